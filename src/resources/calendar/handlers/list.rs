//! `GET /v1.0/me/events`, of everything or of a calendar, and `/$count`.

use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::linked::linked;
use super::{applied, export};
use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::query::search::Search;
use crate::resources::accept;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::filter::{filter, order};
use crate::resources::calendar::model::{Level, View};
use crate::resources::calendar::queries::{self, Place, Selection};
use crate::resources::calendar::ready::Ready;
use crate::resources::calendar::which::Which;
use crate::resources::collection::{Collections, Listing, Token, answer, asked};
use crate::resources::conditions::not_modified;
use crate::store::{Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count", "$orderby", "$filter", "$search"];
/// The options of a count.
pub const COUNT_OPTIONS: &[&str] = &["$filter", "$search"];

/// `GET /v1.0/me/events`, `GET /v1.0/me/calendar/events` and `GET /v1.0/me/calendars/{calendar}/events`
pub async fn list(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if export::is_asked(request.headers())? {
        return export::exported(&grant, &store, &collections, &request).await;
    }
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let (view, links) = linked(&grant, &collections, &options, &request)?;
    let (which, selection) = (Which::of(&request)?, selection(&options, view.level(), &collections)?);
    let page = asked(&options, request.headers(), &collections)?;
    let after = options.get("$skiptoken").map(|sealed| links.place::<Place>(sealed)).transpose()?;
    if let Some(current) = unchanged(&grant, &store, request.headers(), &view, which).await? {
        return Ok(current);
    }
    let size = usize::try_from(page.size).unwrap_or(1);
    let skip = if after.is_some() { 0 } else { usize::try_from(page.skip).unwrap_or(usize::MAX) };
    let counted = page.count;
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        let selection = Selection { calendar: which.calendar(on.person()), ..selection };
        queries::are_there(on, selection.calendar)?;
        // Before the rows: a change between the two makes the tag older than the page, never newer.
        let seq = on.seq()?;
        let count = if counted { Some(queries::count(on, &selection)?) } else { None };
        let (rows, place) = queries::list(on, &selection, after.as_ref(), skip, size)?;
        on.gave(rows.len().max(counted.into()));
        Ok((seq, count, rows, place))
    };
    let (seq, count, rows, place) = store.read(&grant, query).await?;
    let room = rows.iter().map(|row| row.projection.len() + 320).sum();
    let mut listing = Listing::new(count, room);
    for row in &rows {
        Ready::of(&view, row, false)?.write(listing.item(), None)?;
    }
    let next = place.map(|place| links.to(Token::Skip, &place)).transpose()?;
    let link = next.as_deref().map(|link| ("@odata.nextLink", link));
    let mut response = applied(answer(listing.end(link), page.preferred), &view)?;
    let etag = HeaderValue::try_from(view.etag(seq).to_string());
    response.headers_mut().insert(ETAG, etag.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// `GET /v1.0/me/events/$count`, and of one calendar
pub async fn count(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &["text/plain", "application/json", "application/octet-stream"])?;
    let options = Options::parse(request.query_string(), COUNT_OPTIONS)?;
    let (which, selection) = (Which::of(&request)?, selection(&options, Level::of(&grant), &collections)?);
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        on.gave(1);
        let selection = Selection { calendar: which.calendar(on.person()), ..selection };
        queries::are_there(on, selection.calendar)?;
        queries::count(on, &selection)
    };
    let count = store.read(&grant, query).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(count.to_string()))
}

/// Which events are asked for, as far as the grant reaches.
pub(super) fn selection(options: &Options, level: Level, collections: &Collections) -> Result<Selection, Problem> {
    let limits = collections.filter_limits();
    let filter = options.get("$filter").map(|text| filter(text, level, limits)).transpose()?;
    let order = options.get("$orderby").map(|text| order(text, level)).transpose()?;
    let search = options.get("$search").map(Search::parse).transpose()?;
    Ok(Selection { calendar: None, level, filter, search, order: order.unwrap_or_default() })
}

/// 304, if the client has what there is: nothing of the person's was changed since (performance.md §0-7).
pub(super) async fn unchanged(
    grant: &Grant<Calendar, Read>,
    store: &Store,
    headers: &HeaderMap,
    view: &View,
    which: Which,
) -> Result<Option<HttpResponse>, Problem> {
    if !headers.contains_key("if-none-match") {
        return Ok(None);
    }
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        on.gave(0);
        // A calendar that is not there is not unchanged.
        queries::are_there(on, which.calendar(on.person()))?;
        on.seq()
    };
    let etag = view.etag(store.point(grant, query).await?);
    let current = not_modified(headers, etag)?;
    Ok(current.then(|| HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish()))
}
