//! `POST /v1.0/me/contacts`, into the default folder or into another.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use super::{import, shown};
use crate::access::{Create, Grant, Scope};
use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::apart::{announced, apart};
use crate::resources::collection;
use crate::resources::collection::Collections;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::Card;
use crate::resources::contacts::model::{self, View};
use crate::resources::contacts::queries::{self, Made};
use crate::resources::idempotency::{self, Idempotency};
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Owned, Store};

/// `POST /v1.0/me/contacts`, and `POST /v1.0/me/contactFolders/{folder}/contacts`
pub async fn create(
    grant: Grant<Contacts, Create>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let folder = request.match_info().get("folder").map(collection::id).transpose()?;
    created(grant, &store, (&collections, limits.quota_contacts), folder, &request, payload).await
}

async fn created(
    grant: Grant<Contacts, Create>,
    store: &Store,
    (collections, quota): (&Collections, u64),
    folder: Option<Uid>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    if import::is_meant(request) {
        return import::import(grant, store, quota, folder, request, payload).await;
    }
    accept::json(request.headers())?;
    if body::media_type(request) != "application/json" {
        let message = "This takes `application/json`, `text/vcard` or `application/jscontact+json`: say which in \
                       `Content-Type`.";
        return Err(Problem::new(Code::UnsupportedMedia, message).target("Content-Type"));
    }
    let options = Options::parse(request.query_string(), &[])?;
    let view = View::of(&grant, &options)?;
    let mut given = body::object(request, payload).await?;
    let again = Idempotency::of(request, grant.holder(), collections.flights(), &given)?;
    let once = again.once();
    let folder = folder.or(model::take_folder(&mut given)?);
    let id = store.new_id();
    let work = move || {
        let mut card = Card::new();
        card.merge(&given)?;
        // As Graph: who gives a company alone sees it listed under that.
        card.name();
        card.set_uid(&Uuid::urn(id.uuid()).to_string());
        Made::of(&card)
    };
    let made = apart(announced(request), work).await??;
    let write = move |on: &mut Owned<'_, Contacts, Create>| {
        idempotency::made(on, once, queries::find, |on| {
            let folder = folder.unwrap_or(queries::default_folder(on));
            queries::folder_is_there(on, folder)?;
            Ok((id, queries::insert(on, id, folder, &made, quota)?))
        })
    };
    let row = store.write(&grant, write).await?;
    // Who may only add sees what it added, and nothing that became of it.
    let became_another = row.id != id && row.modified_at != row.created_at;
    let blind = became_another && !grant.scopes().has(Scope::ContactsReadBasic);
    let mut response = shown(StatusCode::CREATED, &row, &if blind { view.of_id_alone() } else { view })?;
    let location = HeaderValue::try_from(collections.address(&format!("/v1.0/me/contacts/{}", row.id)));
    response.headers_mut().insert(LOCATION, location.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}
