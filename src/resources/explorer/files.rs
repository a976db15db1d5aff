//! The explorer's files: our page around Swagger UI, and Swagger UI itself, as `utoipa-swagger-ui` has it compiled in.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::web::Bytes;
use utoipa_swagger_ui::Config;

use crate::resources::static_files::{File, HTML, SCRIPT, STYLE};

/// The page itself.
pub const PAGE: &str = "index.html";

/// All of them.
pub static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = vec![
        File::new(PAGE, HTML, &include_bytes!("page/index.html")[..]),
        File::new("explorer.js", SCRIPT, &include_bytes!("page/explorer.js")[..]),
        File::new("explorer.css", STYLE, &include_bytes!("page/explorer.css")[..]),
    ];
    files.extend(swagger("swagger-ui-bundle.js", SCRIPT));
    files.extend(swagger("swagger-ui.css", STYLE));
    files
});

fn swagger(name: &'static str, media: &'static str) -> Option<File> {
    // The configuration would go into the crate's own page, which is not served.
    let file = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).ok()??;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(File::new(name, media, bytes).gzip(file.gzpipped))
}
