//! Pages for people: files that are compiled in, and the answers that bring them, under a policy of the page's own (CSP Level 3) that
//! keeps it to what it needs. May import nothing of ours.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, EntityTag, IfNoneMatch,
    REFERRER_POLICY, X_FRAME_OPTIONS,
};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Media type of a page.
pub const HTML: &str = "text/html; charset=utf-8";
/// Media type of its scripts.
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Media type of its looks.
pub const STYLE: &str = "text/css; charset=utf-8";

/// A file as it is served.
pub struct File {
    name: &'static str,
    media: &'static str,
    gzip: bool,
    bytes: Bytes,
    etag: EntityTag,
}

impl File {
    /// A file of this name and media type.
    pub fn new(name: &'static str, media: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = EntityTag::new_strong(URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes)));
        Self { name, media, gzip: false, bytes, etag }
    }

    /// Says whether its bytes are gzip.
    #[must_use]
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// The file of this name, if there is one.
    pub fn find<'f>(files: &'f [Self], name: &str) -> Option<&'f Self> {
        files.iter().find(|file| file.name == name)
    }

    /// The answer that brings it, or says that what the client has (`known`) is still it.
    pub fn served(&self, policy: &str, known: &IfNoneMatch) -> HttpResponse {
        let current = match known {
            IfNoneMatch::Any => true,
            IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&self.etag)),
        };
        if current { self.headed(HttpResponse::NotModified(), policy).finish() } else { self.whole(policy) }
    }

    fn whole(&self, policy: &str) -> HttpResponse {
        let mut response = self.headed(HttpResponse::Ok(), policy);
        response.insert_header((CONTENT_TYPE, self.media));
        // As it is compiled in: every browser takes gzip, and who says nothing does too (RFC 9110 §12.5.3).
        if self.gzip {
            response.insert_header((CONTENT_ENCODING, "gzip"));
        }
        response.body(self.bytes.clone())
    }

    // Kept, but asked for again each time: after an upgrade no page runs with the files of another.
    fn headed(&self, mut response: HttpResponseBuilder, policy: &str) -> HttpResponseBuilder {
        response
            .insert_header((CACHE_CONTROL, "public, no-cache"))
            .insert_header((ETAG, self.etag.to_string()))
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
        response
    }
}
