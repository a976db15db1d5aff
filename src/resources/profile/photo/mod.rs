//! The person's photo: squares of one picture, in the sizes of api.md §5, made anew from what was sent.
//! `resources::photo` has what is stored and shown, `queries` the row, `keep` the order in which blob and row are written, `handlers` the
//! operations.
//!
//! A size larger than the original is not there (404), as in Graph; nothing is scaled up.

pub mod handlers;
pub mod keep;
pub mod queries;

use actix_web::http::Method;

use crate::picture::MEDIA_TYPE;
use crate::resources::conditions::UNLESS_CURRENT;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::photo;

/// The sides of the squares, as paths name them.
const SIZES: &[&str] = &["48", "64", "96", "120", "240", "360", "432", "504", "648"];
const WORDS: &[(&str, &[&str])] = &[("W", SIZES), ("H", SIZES)];

const CONDITIONS: &[(&str, &str)] = &[
    ("If-Match", "Entity tags, or `*` for any photo; 412 if none is current"),
    ("If-None-Match", "`*`: 412 if there is a photo"),
];

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    const PHOTO: &str = "/v1.0/me/photo";
    const VALUE: &str = "/v1.0/me/photo/$value";
    const SIZE: &str = "/v1.0/me/photos/{W}x{H}";
    const SIZE_VALUE: &str = "/v1.0/me/photos/{W}x{H}/$value";
    let read = |path, id| Endpoint::guarded(Method::GET, path, id, handlers::get);
    let read_value = |path, id| Endpoint::guarded(Method::GET, path, id, handlers::get_value);
    let metadata =
        |endpoint: Endpoint| endpoint.answers(200, "The photo's type, tag and size", Content::Json(photo::schema));
    let value = |endpoint: Endpoint| endpoint.answers(200, "The picture", Content::Media(&[MEDIA_TYPE]));
    let reading = |endpoint: Endpoint| {
        endpoint.headers(&[UNLESS_CURRENT]).answers(304, "Not modified", Content::Empty).problems(&[404, 406])
    };
    vec![
        reading(metadata(read(PHOTO, "getPhoto"))).summary("The largest size that there is of the person's photo"),
        reading(value(read_value(VALUE, "getPhotoValue"))).summary("The picture in its largest size"),
        Endpoint::guarded(Method::PUT, VALUE, "setPhoto", handlers::put)
            .summary("Sets the photo (JPEG, PNG, WebP or GIF)")
            .headers(CONDITIONS)
            .body(Content::Media(&["image/*", "application/octet-stream"]))
            .answers(200, "The photo's type, tag and largest size", Content::Json(photo::schema))
            .problems(&[406, 408, 412, 413, 415, 422, 507]),
        Endpoint::guarded(Method::DELETE, VALUE, "deletePhoto", handlers::delete)
            .summary("Removes the photo")
            .headers(CONDITIONS)
            .answers(204, "Removed", Content::Empty)
            .problems(&[404, 412, 507]),
        reading(metadata(read(SIZE, "getPhotoOfSize").same_as("getPhoto")))
            .words(WORDS)
            .summary("One size of the person's photo"),
        reading(value(read_value(SIZE_VALUE, "getPhotoOfSizeValue").same_as("getPhotoValue")))
            .words(WORDS)
            .summary("The picture in one size"),
    ]
}

#[cfg(test)]
mod tests {
    use super::SIZES;
    use crate::picture::SIDES;

    #[test]
    fn the_sizes_are_those_that_are_made() {
        assert_eq!(SIDES.map(|side| side.to_string()).to_vec(), SIZES);
    }
}
