//! `POST /v1.0/me/events`, and into one calendar.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use uuid::Uuid;

use super::{import, located, shown};
use crate::access::{Grant, Write};
use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::apart::{announced, apart};
use crate::resources::calendar::Calendar;
use crate::resources::calendar::calendars::handlers::named;
use crate::resources::calendar::model::{self, View};
use crate::resources::calendar::queries::{self, Made};
use crate::resources::calendar::record::{Record, When};
use crate::resources::collection::Collections;
use crate::resources::idempotency::{self, Idempotency};
use crate::resources::shape::invalid;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Owned, Store};

/// `POST /v1.0/me/events`, `POST /v1.0/me/calendar/events` and `POST /v1.0/me/calendars/{calendar}/events`
pub async fn create(
    grant: Grant<Calendar, Write>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (named, quota) = (named(&request)?, limits.quota_events);
    if import::is_meant(&request) {
        return import::import(grant, &store, quota, named, &request, payload).await;
    }
    created(grant, &store, (&collections, quota), named, &request, payload).await
}

async fn created(
    grant: Grant<Calendar, Write>,
    store: &Store,
    (collections, quota): (&Collections, u64),
    named: Option<Uid>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    if body::media_type(request) != "application/json" {
        let message = "This takes `application/json` or `text/calendar`: say which in `Content-Type`.";
        return Err(Problem::new(Code::UnsupportedMedia, message).target("Content-Type"));
    }
    let options = Options::parse(request.query_string(), &[])?;
    let view = View::of(&grant, &options, request.headers())?;
    let mut given = body::object(request, payload).await?;
    let transaction = match given.get("transactionId") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(invalid("transactionId", "is not a string")),
    };
    let flights = collections.flights();
    let again = Idempotency::of_transaction(request, grant.holder(), flights, &given, transaction.as_deref())?;
    let once = again.once();
    let calendar = named.or(model::take_calendar(&mut given)?);
    let (id, now) = (store.new_id(), store.now());
    let work = move || {
        let mut record = Record::create(&Uuid::urn(id.uuid()).to_string(), &given)?;
        record.stamp(&When::utc(now.datetime().naive_utc()));
        Made::of(&record)
    };
    let made = apart(announced(request), work).await??;
    let write = move |on: &mut Owned<'_, Calendar, Write>| {
        idempotency::made(on, once, queries::find, |on| {
            let calendar = calendar.unwrap_or(on.person().uid);
            queries::calendar_is_there(on, calendar)?;
            Ok((id, queries::insert(on, id, calendar, &made, quota)?))
        })
    };
    let row = store.write(&grant, write).await?;
    located(shown(StatusCode::CREATED, &row, None, &view)?, collections, row.id)
}
