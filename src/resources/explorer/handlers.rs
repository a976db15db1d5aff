//! The page and its files, under a policy that lets them reach this server and nothing else.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IfNoneMatch, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use actix_web::web::{Header, Path};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::problem::{Code, Problem};
use crate::resources::explorer::files::{self, File, PAGE};

/// What the page may do: run and load what this server sends, ask this server. A pasted token can go nowhere else.
/// Swagger UI's icons are `data:`, the images that it shows of answers `blob:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /docs`
pub async fn page(known: Header<IfNoneMatch>) -> Result<HttpResponse, Problem> {
    found(PAGE, &known)
}

/// `GET /docs/{file}`
pub async fn file(name: Path<String>, known: Header<IfNoneMatch>) -> Result<HttpResponse, Problem> {
    found(&name, &known)
}

fn found(name: &str, known: &IfNoneMatch) -> Result<HttpResponse, Problem> {
    let file = files::find(name)
        .ok_or_else(|| Problem::new(Code::NotFound, "The explorer has no such file; the page is /docs."))?;
    let current = match known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&file.etag)),
    };
    Ok(if current { headed(HttpResponse::NotModified(), file).finish() } else { whole(file) })
}

fn whole(file: &File) -> HttpResponse {
    let mut response = headed(HttpResponse::Ok(), file);
    response.insert_header((CONTENT_TYPE, file.media));
    // As it is compiled in: every browser takes gzip, and who says nothing does too (RFC 9110 §12.5.3).
    if file.gzip {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    response.body(file.bytes.clone())
}

// Kept, but asked for again each time: after an upgrade no page runs with the files of another.
fn headed(mut response: HttpResponseBuilder, file: &File) -> HttpResponseBuilder {
    response
        .insert_header((CACHE_CONTROL, "public, no-cache"))
        .insert_header((ETAG, file.etag.to_string()))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
    response
}
