//! The bytes of photos as they are given: the original, or what is made of it without what its camera and its owner wrote into it
//! (`handlers`, `stream`), and smaller pictures (`renditions`), by an access token or by an address that stands for one (`address`). `set`
//! is what is told of those.

mod address;
mod handlers;
mod renditions;
pub mod set;
mod stream;

use actix_web::http::Method;

pub use address::Addresses;

use crate::access::Scope;
use crate::picture::MEDIA_TYPE;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::octets;

const CONTENT: &str = "/v1.0/me/photos/{photo}/content";
const SETS: &str = "/v1.0/me/photos/{photo}/thumbnails";
const SET: &str = "/v1.0/me/photos/{photo}/thumbnails/0";
const ONE: &str = "/v1.0/me/photos/{photo}/thumbnails/0/{size}";
const ONE_CONTENT: &str = "/v1.0/me/photos/{photo}/thumbnails/0/{size}/content";
const SEALED: &str = "/v1.0/renditions/{sealed}";

/// The sizes, by their names.
pub const SIZES: &[&str] = &["small", "medium", "large", "full", "smallSquare", "mediumSquare", "largeSquare"];
const WORDS: &[(&str, &[&str])] = &[("size", SIZES)];

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    let told = |endpoint: Endpoint| endpoint.problems(&[404, 406]);
    vec![
        bytes(Endpoint::guarded(Method::GET, CONTENT, "getPhotoContent", handlers::content))
            .summary("The picture as it came; without `Photos.Location.Read` without what its camera and its owner wrote into it")
            .adding(&[Scope::PhotosLocationRead])
            .answers(200, "The picture", Content::Media(&["image/*"]))
            .answers(206, "The bytes that `Range` asks for", Content::Media(&["image/*"]))
            .problems(&[404, 406, 412, 416]),
        told(Endpoint::guarded(Method::GET, SETS, "listPhotoThumbnails", handlers::sets))
            .summary("The sizes in which a photo is shown, with addresses for `<img>` that need no token, for less than an hour")
            .answers(200, "One set", Content::Json(set::page)),
        told(Endpoint::guarded(Method::GET, SET, "getPhotoThumbnails", handlers::set))
            .same_as("listPhotoThumbnails")
            .summary("The same, not in a list")
            .answers(200, "The set", Content::Json(set::schema)),
        told(Endpoint::guarded(Method::GET, ONE, "getPhotoThumbnail", handlers::one))
            .same_as("listPhotoThumbnails")
            .summary("One of the sizes")
            .words(WORDS)
            .answers(200, "The size", Content::Json(set::one)),
        rendition(Endpoint::guarded(Method::GET, ONE_CONTENT, "getPhotoThumbnailContent", handlers::rendition))
            .summary("The picture in one of the sizes, made when it is first asked for")
            .words(WORDS),
        rendition(Endpoint::sealed(Method::GET, SEALED, "getRendition", handlers::sealed))
            .same_as("getPhotoThumbnailContent")
            .summary("The picture in one of the sizes, by the address that a thumbnail has: for `<img>`")
            .problems(&[404, 410, 412, 416, 422, 507]),
    ]
}

fn bytes(endpoint: Endpoint) -> Endpoint {
    endpoint.headers(octets::HEADERS).answers(304, "Not modified", Content::Empty)
}

fn rendition(endpoint: Endpoint) -> Endpoint {
    bytes(endpoint)
        .answers(200, "A JPEG without any metadata", Content::Media(&[MEDIA_TYPE]))
        .answers(206, "The bytes that `Range` asks for", Content::Media(&[MEDIA_TYPE]))
        .problems(&[404, 406, 412, 416, 422, 507])
}

#[cfg(test)]
mod tests {
    use super::SIZES;
    use crate::picture::Rendition;

    #[test]
    fn the_sizes_are_those_that_are_made() {
        assert_eq!(Rendition::ALL.map(Rendition::name).to_vec(), SIZES);
    }
}
