//! `GET, PATCH, DELETE /v1.0/me/contacts/{id}`.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::attempt::{Next, Target, card_of, change};
use super::export::{Form, Maker};
use super::{changed, shown};
use crate::access::{Grant, Read, Write};
use crate::blobs::{Blobs, Key};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::apart::announced;
use crate::resources::collection;
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::contacts::Contacts;
use crate::resources::contacts::model::{self, View};
use crate::resources::contacts::queries::{self, Made, Row, Stored};
use crate::resources::photo::keep;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// `GET /v1.0/me/contacts/{id}`
pub async fn get(
    grant: Grant<Contacts, Read>,
    (store, blobs): (Data<Store>, Data<Blobs>),
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let form = Form::asked(request.headers())?;
    let known: &[&str] = if form == Form::Json { &["$select"] } else { &[] };
    let options = Options::parse(request.query_string(), known)?;
    let (view, id) = (View::of(&grant, &options)?, collection::id(&id)?);
    let found = move |on: &mut Owned<'_, Contacts, Read>| {
        // In another form it is read once more, whole, and counted then.
        on.gave((form == Form::Json).into());
        queries::find(on, id)
    };
    let row = store.point(&grant, found).await?;
    let etag = view.etag(row.changed);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    if form != Form::Json {
        return Maker::new(grant, (&store, &blobs), view, form).one(&row).await;
    }
    shown(StatusCode::OK, &row, &view)
}

/// `PATCH /v1.0/me/contacts/{id}`
pub async fn patch(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), &[])?;
    let (view, id) = (View::of(&grant, &options)?, collection::id(&id)?);
    let conditions = Conditions::of(request.headers())?;
    let changes = body::object(&request, payload).await?;
    let target = Target { key: id, conditions: &conditions, bytes: announced(&request) };
    let row = merged(&grant, &store, target, changes).await?;
    if prefers_minimal(request.headers()) {
        return Ok(changed(&row, &view));
    }
    shown(StatusCode::OK, &row, &view)
}

/// `DELETE /v1.0/me/contacts/{id}`
pub async fn delete(
    grant: Grant<Contacts, Write>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Options::parse(request.query_string(), &[])?;
    let id = collection::id(&id)?;
    let conditions = Conditions::of(request.headers())?;
    let target = Target { key: id, conditions: &conditions, bytes: 0 };
    let delete = |on: &mut Owned<'_, Contacts, Write>, old: &Stored| {
        let is_done = queries::delete(on, old)?;
        on.gave(is_done.into());
        Ok(is_done.then(|| old.blob.as_deref().and_then(Key::parse)))
    };
    if let Some(blob) = change(&grant, &store, target, |old| Ok(Next::Write(old)), delete).await? {
        keep::discard(&blobs, blob).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Merges `changes` into the contact.
async fn merged(
    grant: &Grant<Contacts, Write>,
    store: &Store,
    target: Target<'_, Uid>,
    mut changes: Map<String, Value>,
) -> Result<Row, Problem> {
    let folder = model::take_folder(&mut changes)?;
    let prepare = move |old: Stored| {
        let mut card = card_of(&old)?;
        card.merge(&changes)?;
        let (made, folder) = (Made::of(&card)?, folder.unwrap_or(old.row.folder));
        // A change that changes nothing makes no new version.
        let is_same = made.record() == old.card && folder == old.row.folder;
        Ok(if is_same { Next::Done(old.row) } else { Next::Write((old, made, folder)) })
    };
    let write = |on: &mut Owned<'_, Contacts, Write>, (old, made, folder): &(Stored, Made, Uid)| {
        queries::folder_is_there(on, *folder).map_err(no_folder)?;
        let row = queries::replace(on, old, *folder, made)?;
        on.gave(row.is_some().into());
        Ok(row)
    };
    change(grant, store, target, prepare, write).await
}

/// That a body names a folder that is not there: the contact is.
fn no_folder(fault: StoreError) -> Halt<Problem> {
    match fault {
        StoreError::NotFound => Halt::Refused(model::no_folder()),
        fault => fault.into(),
    }
}
