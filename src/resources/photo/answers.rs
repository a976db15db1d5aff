//! How a photo and its bytes are answered.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};

use super::{Photo, Piece};
use crate::picture::MEDIA_TYPE;
use crate::problem::{Code, Problem};
use crate::resources::conditions::ETag;

/// One of its squares.
pub fn of_side(photo: &Photo, side: Option<u32>) -> Result<&Piece, Problem> {
    photo.square(side).ok_or_else(|| {
        let sizes: Vec<String> = photo.squares.iter().map(|piece| format!("{0}x{0}", piece.side)).collect();
        let message = format!("This photo is smaller; of it there are {}.", sizes.join(", "));
        Problem::new(Code::ImageNotFound, message)
    })
}

/// 304.
pub fn unchanged(etag: ETag) -> HttpResponse {
    HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).insert_header(KEPT).finish()
}

/// What is told of one square.
pub fn described(photo: &Photo, piece: &Piece) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/json")).insert_header((ETAG, photo.etag(piece).to_string()));
    response.body(photo.describe(piece).to_string())
}

/// May be kept by the person's own browser or app, and is asked for again by its tag each time (security.md P4): a token that
/// was revoked opens nothing.
const KEPT: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "private, no-cache");

/// Even if a browser is led to this address, it is a picture and nothing that acts (security.md row 26).
pub fn picture(etag: ETag, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((ETAG, etag.to_string()))
        .insert_header(KEPT)
        .insert_header((CONTENT_DISPOSITION, "inline; filename=\"photo.jpg\""))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(bytes)
}
