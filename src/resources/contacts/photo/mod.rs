//! The photo of a contact: as the person's own, squares of one picture; one that came within an imported card stays there until
//! another is set, and is made anew for whoever asks. `queries` has the row, `handlers` the operations.

pub mod handlers;
pub mod queries;

use actix_web::http::Method;

use crate::picture::MEDIA_TYPE;
use crate::resources::conditions::UNLESS_CURRENT;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::photo;

const CONDITIONS: &[(&str, &str)] = &[
    ("If-Match", "Entity tags, or `*` for any photo; 412 if none is current"),
    ("If-None-Match", "`*`: 412 if there is a photo"),
];

const REMOVING: &[(&str, &str)] = &[("If-Match", "Entity tags, or `*` for any photo; 412 if none is current")];

/// The operations.
pub fn endpoints() -> Vec<Endpoint> {
    const PHOTO: &str = "/v1.0/me/contacts/{contact}/photo";
    const VALUE: &str = "/v1.0/me/contacts/{contact}/photo/$value";
    let reading = |endpoint: Endpoint| {
        endpoint.headers(&[UNLESS_CURRENT]).answers(304, "Not modified", Content::Empty).problems(&[404, 406])
    };
    let metadata = Endpoint::guarded(Method::GET, PHOTO, "getContactPhoto", handlers::get)
        .summary("The largest size that there is of a contact's photo")
        .answers(200, "The photo's type, tag and size", Content::Json(photo::schema));
    let value = Endpoint::guarded(Method::GET, VALUE, "getContactPhotoValue", handlers::get_value)
        .summary("The picture of a contact in its largest size")
        .answers(200, "The picture", Content::Media(&[MEDIA_TYPE]));
    vec![
        reading(metadata),
        reading(value),
        Endpoint::guarded(Method::PUT, VALUE, "setContactPhoto", handlers::put)
            .summary("Sets a contact's photo (JPEG, PNG, WebP or GIF)")
            .headers(CONDITIONS)
            .body(Content::Media(&["image/*", "application/octet-stream"]))
            .answers(200, "The photo's type, tag and largest size", Content::Json(photo::schema))
            .problems(&[404, 406, 408, 412, 413, 415, 422, 507]),
        Endpoint::guarded(Method::DELETE, VALUE, "deleteContactPhoto", handlers::delete)
            .summary("Removes a contact's photo")
            .headers(REMOVING)
            .answers(204, "Removed", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}
