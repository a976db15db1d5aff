//! The page and its files, under a policy that lets them reach this server and nothing else.

use actix_web::HttpResponse;
use actix_web::http::header::IfNoneMatch;
use actix_web::web::{Header, Path};

use crate::problem::{Code, Problem};
use crate::resources::explorer::files::{FILES, PAGE};
use crate::resources::static_files::File;

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
    let file = File::find(&FILES, name)
        .ok_or_else(|| Problem::new(Code::NotFound, "The explorer has no such file; the page is /docs."))?;
    Ok(file.served(POLICY, known))
}
