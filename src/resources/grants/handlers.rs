//! The grants' operations: parse → store → answer. What is taken back or restored holds in this process before the answer goes.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read, Write};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection::{Collections, Walk};
use crate::resources::conditions::Conditions;
use crate::resources::grants::Grants;
use crate::resources::grants::model::{self, View};
use crate::resources::grants::queries::{self, Row};
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
    let walk = Walk::<String>::of(&collections, &grant, &request, &options)?;
    let (after, window) = (walk.after().and_then(|id| Uid::parse(id)).unwrap_or(Uid::FIRST), walk.window());
    let query = move |on: &mut Owned<'_, Grants, Read>| -> Result<_, StoreError> {
        let count = if window.counted { Some(queries::count(on)?) } else { None };
        let rows = queries::list(on, after, window.skip, window.limit)?;
        on.gave(window.shown(rows.len()));
        Ok((count, rows))
    };
    let (count, rows) = store.read(&grant, query).await?;
    let barred = |row: &Row| mirror.bars(grant.holder(), &row.client, row.auth_time);
    walk.answer(count, &rows, |row| view.json(row, barred(row)), |row| row.id.to_string())
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
    Ok(view.answer(&row, mirror.bars(grant.holder(), &row.client, row.auth_time)))
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
    noted(&mirror).await;
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
    let row = store.write(&grant, restore).await.map_err(Problem::from)?;
    mirror.look().await?;
    Ok(view.answer(&row, mirror.bars(grant.holder(), &row.client, row.auth_time)))
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
    noted(&mirror).await;
    store.write(&grant, queries::revoke_all).await?;
    mirror.look().await?;
    Ok(model::done(&collections.address("/v1.0/$metadata#Edm.Boolean")))
}

/// Has it written down who came until now, so that all of it is taken back. Nothing that fails there keeps anyone from taking back.
async fn noted(mirror: &Mirror) {
    if let Err(fault) = mirror.note().await {
        log::warn!("access is taken back before it is written down who came: {}", fault.detail());
    }
}

/// An id of the path: one that is none is nobody's.
fn parse(id: &str) -> Result<Uid, StoreError> {
    Uid::parse(id).ok_or(StoreError::NotFound)
}
