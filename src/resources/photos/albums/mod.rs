//! Albums: a photo is in any number of them, and stays when one is deleted.
//! `model` has the answers, `queries` the database, `within` what comes into an album and leaves it, `handlers` the operations.
//!
//! What comes into an album or leaves it changes the album, and not the photo: a photo does not tell where it is.

pub mod handlers;
pub mod model;
pub mod queries;
pub mod within;

use actix_web::http::Method;

use crate::resources::collection::PAGES;
use crate::resources::conditions::{CHANGING, IF_CURRENT, UNLESS_CURRENT};
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::idempotency;

const ALL: &str = "/v1.0/me/albums";
const COUNT: &str = "/v1.0/me/albums/$count";
const DELTA: &str = "/v1.0/me/albums/delta";
const ONE: &str = "/v1.0/me/albums/{album}";
const WITHIN: &str = "/v1.0/me/albums/{album}/photos";
const ONE_WITHIN: &str = "/v1.0/me/albums/{album}/photos/{photo}";

/// The operations.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = of_all();
    all.extend(of_one());
    all.extend(of_what_is_within());
    all
}

fn of_all() -> Vec<Endpoint> {
    vec![
        Endpoint::guarded(Method::GET, ALL, "listAlbums", handlers::list)
            .summary("The person's albums, a page at a time")
            .options(handlers::OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of albums", Content::Json(model::page_schema))
            .problems(&[406]),
        Endpoint::guarded(Method::POST, ALL, "createAlbum", handlers::create)
            .summary("Adds an album")
            .headers(&[idempotency::HEADER])
            .body(Content::Json(model::body_schema))
            .answers(201, "The album, and its address in `Location`", Content::Json(model::schema))
            .problems(&[404, 406, 408, 409, 413, 415, 422, 507]),
        Endpoint::guarded(Method::GET, COUNT, "countAlbums", handlers::count)
            .summary("How many albums there are")
            .answers(200, "The number", Content::Media(&["text/plain"]))
            .problems(&[406]),
        Endpoint::guarded(Method::GET, DELTA, "deltaAlbums", handlers::delta)
            .summary("Which albums changed since the round before, by what is in them too; without a token, all")
            .options(handlers::DELTA_OPTIONS)
            .headers(PAGES)
            .answers(200, "A page of a round, with `@removed` for what is gone", Content::Json(model::round_schema))
            .problems(&[406, 410]),
    ]
}

fn of_one() -> Vec<Endpoint> {
    let album = || Content::Json(model::schema);
    vec![
        Endpoint::guarded(Method::GET, ONE, "getAlbum", handlers::get)
            .summary("One album")
            .options(&["$select"])
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The album", album())
            .answers(304, "Not modified", Content::Empty)
            .problems(&[404, 406]),
        Endpoint::guarded(Method::PATCH, ONE, "updateAlbum", handlers::patch)
            .summary("Changes what an album is called, what is said of it, and its cover")
            .headers(CHANGING)
            .body(Content::Json(model::body_schema))
            .answers(200, "The album after the change", album())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 412, 413, 415, 507]),
        Endpoint::guarded(Method::DELETE, ONE, "deleteAlbum", handlers::delete)
            .summary("Deletes an album; the photos in it stay")
            .headers(&[IF_CURRENT])
            .answers(204, "Deleted", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}

fn of_what_is_within() -> Vec<Endpoint> {
    vec![
        Endpoint::guarded(Method::POST, WITHIN, "addPhotosToAlbum", handlers::add)
            .summary("Puts photos into an album; those that are in it already stay")
            .headers(CHANGING)
            .body(Content::Json(model::ids_schema))
            .answers(200, "The album after the change", Content::Json(model::schema))
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 412, 413, 415, 507]),
        Endpoint::guarded(Method::DELETE, ONE_WITHIN, "removePhotoFromAlbum", handlers::take_out)
            .summary("Takes a photo out of an album; the photo stays")
            .headers(&[IF_CURRENT])
            .answers(204, "Taken out", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}
