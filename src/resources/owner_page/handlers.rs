//! The page and its files.

use actix_web::HttpResponse;
use actix_web::http::header::IfNoneMatch;
use actix_web::web::{Data, Header, Path};

use crate::problem::{Code, Problem};
use crate::resources::owner_page::OwnerPage;
use crate::resources::owner_page::files::PAGE;
use crate::resources::static_files::File;

/// `GET /me`
pub async fn page(page: Data<OwnerPage>, known: Header<IfNoneMatch>) -> Result<HttpResponse, Problem> {
    found(&page, PAGE, &known)
}

/// `GET /me/{file}`
pub async fn file(
    page: Data<OwnerPage>,
    name: Path<String>,
    known: Header<IfNoneMatch>,
) -> Result<HttpResponse, Problem> {
    found(&page, &name, &known)
}

fn found(page: &OwnerPage, name: &str, known: &IfNoneMatch) -> Result<HttpResponse, Problem> {
    let file = File::find(&page.files, name)
        .ok_or_else(|| Problem::new(Code::NotFound, "The owner's page has no such file; the page is /me."))?;
    Ok(file.served(&page.policy, known))
}
