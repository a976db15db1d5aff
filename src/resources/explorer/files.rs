//! The explorer's files: our page around Swagger UI, and Swagger UI itself, as `utoipa-swagger-ui` has it compiled in.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::http::header::EntityTag;
use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use utoipa_swagger_ui::Config;

/// A file as it is served.
pub struct File {
    name: &'static str,
    /// Its media type.
    pub media: &'static str,
    /// Whether `bytes` are gzip.
    pub gzip: bool,
    /// What it holds.
    pub bytes: Bytes,
    /// Changes with what it holds.
    pub etag: EntityTag,
}

/// The page itself.
pub const PAGE: &str = "index.html";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = vec![
        ours(PAGE, HTML, include_bytes!("page/index.html")),
        ours("explorer.js", SCRIPT, include_bytes!("page/explorer.js")),
        ours("explorer.css", STYLE, include_bytes!("page/explorer.css")),
    ];
    files.extend(swagger("swagger-ui-bundle.js", SCRIPT));
    files.extend(swagger("swagger-ui.css", STYLE));
    files
});

/// The file of this name, if there is one.
pub fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

fn ours(name: &'static str, media: &'static str, bytes: &'static [u8]) -> File {
    File { name, media, gzip: false, bytes: Bytes::from_static(bytes), etag: etag(bytes) }
}

fn swagger(name: &'static str, media: &'static str) -> Option<File> {
    // The configuration would go into the crate's own page, which is not served.
    let file = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).ok()??;
    let etag = etag(&file.bytes);
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(File { name, media, gzip: file.gzpipped, bytes, etag })
}

fn etag(bytes: &[u8]) -> EntityTag {
    EntityTag::new_strong(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
}
