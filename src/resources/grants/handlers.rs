//! The grants' operations: parse → store → answer. What is taken back or restored holds in this process before the answer goes.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};
use crate::resources::conditions::Conditions;
use crate::resources::grants::Grants;
use crate::resources::grants::model::{self, View};
use crate::resources::grants::queries;
use crate::store::columns::Uid;
use crate::store::{Halt, Mirror, Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count"];

/// `GET /v1.0/me/oauth2PermissionGrants`
pub async fn list(
    grant: Grant<Grants, Read>,
    store: Data<Store>,
    mirror: Data<Mirror>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let view = View::of(&options, mirror.consent())?;
    let page = asked(&options, request.headers(), &collections)?;
    let whose = format!("{}\n{}", grant.holder().issuer(), grant.holder().subject());
    let links = Links::new(&collections, request.path(), &options, &whose);
    let after = options.get("$skiptoken").map(|sealed| links.place::<String>(sealed)).transpose()?;
    let after = after.and_then(|id| Uid::parse(&id));
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let skip = if after.is_some() { 0 } else { number(page.skip) };
    let (size, counted) = (number(page.size), page.count);
    let query = move |on: &mut Owned<'_, Grants, Read>| -> Result<_, StoreError> {
        let count = if counted { Some(queries::count(on)?) } else { None };
        let rows = queries::list(on, after.unwrap_or(Uid::FIRST), skip, size.saturating_add(1))?;
        on.gave(rows.len().min(usize::try_from(size).unwrap_or(1)));
        Ok((count, rows))
    };
    let (count, rows) = store.read(&grant, query).await?;
    let size = usize::try_from(size).unwrap_or(1);
    let mut listing = Listing::new(count, rows.len() * 400);
    for row in rows.iter().take(size) {
        listing.item().extend_from_slice(view.json(row).to_string().as_bytes());
    }
    let last = rows.get(size.wrapping_sub(1)).filter(|_| rows.len() > size);
    let next = last.map(|last| links.to(Token::Skip, &last.id.to_string())).transpose()?;
    Ok(answer(listing.end(next.as_deref().map(|link| ("@odata.nextLink", link))), page.preferred))
}

/// `GET /v1.0/me/oauth2PermissionGrants/{id}`
pub async fn get(
    grant: Grant<Grants, Read>,
    store: Data<Store>,
    mirror: Data<Mirror>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &["$select"])?, mirror.consent())?;
    let id = parse(&id)?;
    let row = store.point(&grant, move |on| queries::find(on, id)).await?;
    Ok(view.answer(&row))
}

/// `DELETE /v1.0/me/oauth2PermissionGrants/{id}`
pub async fn revoke(
    grant: Grant<Grants, Write>,
    store: Data<Store>,
    mirror: Data<Mirror>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let (id, conditions) = (parse(&id)?, Conditions::of(request.headers())?);
    mirror.note().await?;
    let revoke = move |on: &mut Owned<'_, Grants, Write>| queries::revoke(on, id, &conditions);
    store.write(&grant, revoke).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    mirror.look().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v1.0/me/oauth2PermissionGrants/{id}/restore`
pub async fn restore(
    grant: Grant<Grants, Write>,
    store: Data<Store>,
    mirror: Data<Mirror>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&Options::parse(request.query_string(), &[])?, mirror.consent())?;
    let (id, conditions) = (parse(&id)?, Conditions::of(request.headers())?);
    let asking = grant.holder().client().to_owned();
    let restore = move |on: &mut Owned<'_, Grants, Write>| queries::restore(on, id, &asking, &conditions);
    let row = store.write(&grant, restore).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    mirror.look().await?;
    Ok(view.answer(&row))
}

/// `POST /v1.0/me/revokeSignInSessions`
pub async fn revoke_all(
    grant: Grant<Grants, Write>,
    store: Data<Store>,
    mirror: Data<Mirror>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    mirror.note().await?;
    store.write(&grant, queries::revoke_all).await?;
    mirror.look().await?;
    Ok(model::done(&collections.address("/v1.0/$metadata#Edm.Boolean")))
}

/// An id of the path: one that is none is nobody's.
fn parse(id: &str) -> Result<Uid, StoreError> {
    Uid::parse(id).ok_or(StoreError::NotFound)
}
