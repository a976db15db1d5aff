//! Photos: a person's pictures, each original kept as it came, and the albums that they are in (api.md §8).
//! `upload` is what comes in, `form` what comes in a form, `uploads` what comes in parts, `keep` how it is kept, `hashes` what is there
//! already, `taken` when a picture was taken, `change` what a body changes, `name` what a photo may be called, `model` the answers, `schema`
//! their OpenAPI schemas, `queries` the database, `handlers` the operations, `filter` what may be filtered and ordered, `expand` what is
//! shown with them, `albums` what they lie in, `content` the bytes that are given, `audit` what `verify` looks at.
//!
//! Where a picture was taken, and what tells it by another way (the original's size and hash), is given with
//! `Photos.Location.Read` alone: by itself that opens nothing.

pub mod albums;
pub mod audit;
pub mod change;
pub mod content;
pub mod expand;
pub mod filter;
pub mod form;
pub mod handlers;
pub mod hashes;
pub mod keep;
pub mod model;
pub mod name;
pub mod queries;
pub mod schema;
pub mod taken;
pub mod upload;
pub mod uploads;

use actix_web::http::Method;

use crate::access::{Kind, Permits, Read, Scope, Write};
use crate::resources::collection::{LISTING, PAGES};
use crate::resources::conditions::{CHANGING, IF_CURRENT, UNLESS_CURRENT};
use crate::resources::endpoint::{Content, Endpoint};

/// The kind.
#[derive(Debug)]
pub enum Photos {}

impl Kind for Photos {
    const NAME: &'static str = "photos";
}
impl Permits<Read> for Photos {
    const SCOPES: &'static [Scope] = &[Scope::PhotosRead];
}
impl Permits<Write> for Photos {
    const SCOPES: &'static [Scope] = &[Scope::PhotosReadWrite];
}

const ALL: &str = "/v1.0/me/photos";
const COUNT: &str = "/v1.0/me/photos/$count";
const DELTA: &str = "/v1.0/me/photos/delta";
const ONE: &str = "/v1.0/me/photos/{photo}";
const HASHES: &str = "/v1.0/me/photos/checkHashes";
const OF_ALBUM: &str = "/v1.0/me/albums/{album}/photos";

const NAMED: &[(&str, &str)] = &[(
    "Content-Disposition",
    "`attachment; filename=\"name.jpg\"`: what the photo is called, where `name` does not say it",
)];

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    let of_photos = of_all().into_iter().chain(of_one()).map(|endpoint| endpoint.adding(&[Scope::PhotosLocationRead]));
    let further = content::endpoints().into_iter().chain(uploads::endpoints());
    of_photos.chain(further).chain(albums::endpoints()).collect()
}

fn of_all() -> Vec<Endpoint> {
    vec![
        lists(Endpoint::guarded(Method::GET, ALL, "listPhotos", handlers::list))
            .summary("The person's photos, a page at a time"),
        Endpoint::guarded(Method::POST, ALL, "createPhoto", handlers::create)
            .summary("Adds a picture (JPEG, PNG, WebP or GIF), which is kept as it is")
            .options(handlers::CREATE_OPTIONS)
            .headers(NAMED)
            .body(Content::Media(&["image/*", "application/octet-stream", form::MEDIA]))
            .answers(200, "The photo of the same bytes that was there already", Content::Json(schema::photo))
            .answers(201, "The photo, and its address in `Location`", Content::Json(schema::photo))
            .problems(&[406, 408, 413, 415, 422, 507]),
        Endpoint::guarded(Method::GET, COUNT, "countPhotos", handlers::count)
            .summary("How many photos there are")
            .options(handlers::COUNT_OPTIONS)
            .fields("$filter", filter::filtered())
            .answers(200, "The number", Content::Media(&["text/plain"]))
            .problems(&[406]),
        Endpoint::guarded(Method::GET, DELTA, "deltaPhotos", handlers::delta)
            .summary("Which photos changed since the round before; without a token, all")
            .options(handlers::DELTA_OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of a round, with `@removed` for what is gone", Content::Json(schema::round))
            .problems(&[406, 410]),
        Endpoint::guarded(Method::POST, HASHES, "checkPhotoHashes", hashes::check)
            .summary("Which of these pictures are there already, by their SHA-256")
            .body(Content::Json(hashes::request))
            .answers(200, "Those that are, with their photos", Content::Json(hashes::answer))
            .problems(&[406, 408, 413, 415]),
        lists(Endpoint::guarded(Method::GET, OF_ALBUM, "listPhotosOfAlbum", handlers::list_of_album))
            .summary("The photos of one album, a page at a time"),
    ]
}

/// A list, of all or of an album.
fn lists(endpoint: Endpoint) -> Endpoint {
    endpoint
        .same_as("listPhotos")
        .options(handlers::OPTIONS)
        .fields("$filter", filter::filtered())
        .fields("$orderby", filter::ordered())
        .headers(LISTING)
        .answers(200, "A page of photos", Content::Json(schema::page))
        .answers(304, "Not modified", Content::Empty)
        .problems(&[404, 406])
}

fn of_one() -> Vec<Endpoint> {
    let photo = || Content::Json(schema::photo);
    vec![
        Endpoint::guarded(Method::GET, ONE, "getPhotoItem", handlers::get)
            .summary("One photo: what is known of it")
            .options(handlers::ONE_OPTIONS)
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The photo", photo())
            .answers(304, "Not modified", Content::Empty)
            .problems(&[404, 406]),
        Endpoint::guarded(Method::PATCH, ONE, "updatePhotoItem", handlers::patch)
            .summary("Changes what is said of a photo; its original stays as it is")
            .headers(CHANGING)
            .body(Content::Json(schema::body))
            .answers(200, "The photo after the change", photo())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 412, 413, 415, 507]),
        Endpoint::guarded(Method::DELETE, ONE, "deletePhotoItem", handlers::delete)
            .summary("Deletes a photo, and takes it out of all albums")
            .headers(&[IF_CURRENT])
            .answers(204, "Deleted", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}
