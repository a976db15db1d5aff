//! `GET, PATCH, DELETE /v1.0/me/contacts/{id}`.
//!
//! A change is read, merged and projected before the writer's turn, and written only if the row is still what was read: up to
//! three times (design.md decision 3a).

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::export::{Form, Maker};
use super::{changed, shown};
use crate::access::{Grant, Read, Write};
use crate::blobs::{Blobs, Key};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::conditions::{Conditions, not_modified, prefers_minimal};
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::Card;
use crate::resources::contacts::model::{self, View};
use crate::resources::contacts::queries::{self, Made, Row, Stored};
use crate::resources::photo::keep;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Busy, Halt, Owned, Store, StoreError};

/// How often a change is tried when others are in its way.
pub(super) const TRIES: usize = 3;

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
    let (view, id) = (View::of(&grant, &options)?, model::id(&id)?);
    let row = store.point(&grant, move |on| queries::find(on, id)).await?;
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
    let (view, id) = (View::of(&grant, &options)?, model::id(&id)?);
    let conditions = Conditions::of(request.headers())?;
    let changes = body::object(&request, payload).await?;
    let row = merged(&grant, &store, id, &conditions, changes).await?;
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
    let id = model::id(&id)?;
    let conditions = Conditions::of(request.headers())?;
    for _ in 0..TRIES {
        let old = allowed(&grant, &store, id, &conditions).await?;
        let blob = old.blob.as_deref().and_then(Key::parse);
        let delete = move |on: &mut Owned<'_, Contacts, Write>| {
            let is_done = queries::delete(on, &old)?;
            on.gave(is_done.into());
            Ok::<_, Halt<Problem>>(is_done)
        };
        if store.write(&grant, delete).await? {
            if let Some(blob) = blob {
                keep::discard(&blobs, blob).await;
            }
            return Ok(HttpResponse::NoContent().finish());
        }
    }
    Err(StoreError::Busy(Busy::Raced).into())
}

/// Merges `changes` into the contact.
async fn merged(
    grant: &Grant<Contacts, Write>,
    store: &Store,
    id: Uid,
    conditions: &Conditions,
    mut changes: Map<String, Value>,
) -> Result<Row, Problem> {
    let folder = model::take_folder(&mut changes)?;
    for _ in 0..TRIES {
        let old = allowed(grant, store, id, conditions).await?;
        let mut card = card_of(&old)?;
        card.merge(&changes)?;
        let (made, folder) = (Made::of(&card)?, folder.unwrap_or(old.row.folder));
        if made.record() == old.card && folder == old.row.folder {
            // A change that changes nothing makes no new version.
            return Ok(old.row);
        }
        let write = move |on: &mut Owned<'_, Contacts, Write>| {
            queries::folder_is_there(on, folder).map_err(no_folder)?;
            let row = queries::replace(on, &old, folder, &made)?;
            on.gave(row.is_some().into());
            Ok::<_, Halt<Problem>>(row)
        };
        if let Some(row) = store.write(grant, write).await? {
            return Ok(row);
        }
    }
    Err(StoreError::Busy(Busy::Raced).into())
}

/// That a body names a folder that is not there: the contact is.
fn no_folder(fault: StoreError) -> Halt<Problem> {
    match fault {
        StoreError::NotFound => Halt::Refused(model::no_folder()),
        fault => fault.into(),
    }
}

/// The contact, if the conditions allow a change of it.
pub(super) async fn allowed(
    grant: &Grant<Contacts, Write>,
    store: &Store,
    id: Uid,
    conditions: &Conditions,
) -> Result<Stored, Problem> {
    let old = store.read(grant, move |on| queries::load(on, id)).await?;
    if conditions.allow(Some(old.row.changed)) {
        return Ok(old);
    }
    let message = "The contact was changed since. Get it again, then change it.";
    Err(Problem::new(Code::PreconditionFailed, message))
}

/// The record of what is stored.
pub(super) fn card_of(stored: &Stored) -> Result<Card, Problem> {
    Card::stored(&stored.card).map_err(|fault| Problem::internal(format!("contact {}: {fault}", stored.row.id)))
}
