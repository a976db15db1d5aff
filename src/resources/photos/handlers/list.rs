//! `GET /v1.0/me/photos`, of everything or of an album, and `/$count`.

use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::ITEM;
use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection;
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};
use crate::resources::conditions::not_modified;
use crate::resources::photos::Photos;
use crate::resources::photos::expand::{EXPAND, Expanded};
use crate::resources::photos::filter::{filter, order};
use crate::resources::photos::model::{Level, View};
use crate::resources::photos::queries::{self, Place, Selection};
use crate::store::columns::Uid;
use crate::store::{Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count", "$orderby", "$filter", EXPAND];
/// The options of a count.
pub const COUNT_OPTIONS: &[&str] = &["$filter"];

/// `GET /v1.0/me/photos`
pub async fn list(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&grant, &store, &collections, &request, None).await
}

/// `GET /v1.0/me/albums/{album}/photos`
pub async fn list_of_album(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    album: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&grant, &store, &collections, &request, Some(collection::id(&album)?)).await
}

/// `GET /v1.0/me/photos/$count`
pub async fn count(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &["text/plain", "application/json", "application/octet-stream"])?;
    let options = Options::parse(request.query_string(), COUNT_OPTIONS)?;
    let selection = selection(&options, Level::of(&grant), None, &collections)?;
    let count = move |on: &mut Owned<'_, Photos, Read>| {
        on.gave(1);
        queries::count(on, &selection)
    };
    let count = store.read(&grant, count).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(count.to_string()))
}

/// Which photos are asked for, as far as the grant reaches.
fn selection(
    options: &Options,
    level: Level,
    album: Option<Uid>,
    collections: &Collections,
) -> Result<Selection, Problem> {
    let limits = collections.filter_limits();
    let filter = options.get("$filter").map(|text| filter(text, level, limits)).transpose()?;
    let order = options.get("$orderby").map(order).transpose()?;
    Ok(Selection { album, level, filter, order: order.unwrap_or_default() })
}

async fn page(
    grant: &Grant<Photos, Read>,
    store: &Store,
    collections: &Collections,
    request: &HttpRequest,
    album: Option<Uid>,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let expanded = Expanded::of(&options, grant, collections, store.now().datetime())?;
    let view = View::of(grant, &options)?.with(expanded);
    let selection = selection(&options, view.level(), album, collections)?;
    let page = asked(&options, request.headers(), collections)?;
    let links = Links::new(collections, request.path(), &options, &view.whose(grant));
    let after = options.get("$skiptoken").map(|sealed| links.place::<Place>(sealed)).transpose()?;
    if let Some(current) = unchanged(grant, store, request.headers(), &view, album).await? {
        return Ok(current);
    }
    let size = view.page(usize::try_from(page.size).unwrap_or(1));
    let skip = if after.is_some() { 0 } else { usize::try_from(page.skip).unwrap_or(usize::MAX) };
    let counted = page.count;
    let query = move |on: &mut Owned<'_, Photos, Read>| -> Result<_, StoreError> {
        if let Some(album) = album {
            queries::album_is_there(on, album)?;
        }
        // Before the rows: a change between the two makes the tag older than the page, never newer.
        let seq = on.seq()?;
        let count = if counted { Some(queries::count(on, &selection)?) } else { None };
        let (rows, place) = queries::list(on, &selection, after.as_ref(), skip, size)?;
        on.gave(rows.len().max(counted.into()));
        Ok((seq, count, rows, place))
    };
    let (seq, count, rows, place) = store.read(grant, query).await?;
    let mut listing = Listing::new(count, rows.len() * ITEM);
    for row in &rows {
        view.write(listing.item(), row)?;
    }
    let next = place.map(|place| links.to(Token::Skip, &place)).transpose()?;
    let link = next.as_deref().map(|link| ("@odata.nextLink", link));
    let mut response = answer(listing.end(link), page.preferred);
    if !view.is_ever_new() {
        let etag = HeaderValue::try_from(view.etag(seq).to_string());
        response.headers_mut().insert(ETAG, etag.map_err(|fault| Problem::internal(fault.to_string()))?);
    }
    Ok(response)
}

/// 304, if the client has what there is: nothing of the person's was changed since (performance.md §0-7).
async fn unchanged(
    grant: &Grant<Photos, Read>,
    store: &Store,
    headers: &HeaderMap,
    view: &View<'_>,
    album: Option<Uid>,
) -> Result<Option<HttpResponse>, Problem> {
    if view.is_ever_new() || !headers.contains_key("if-none-match") {
        return Ok(None);
    }
    let query = move |on: &mut Owned<'_, Photos, Read>| -> Result<_, StoreError> {
        on.gave(0);
        // An album that is not there is not unchanged.
        if let Some(album) = album {
            queries::album_is_there(on, album)?;
        }
        on.seq()
    };
    let etag = view.etag(store.point(grant, query).await?);
    let current = not_modified(headers, etag)?;
    Ok(current.then(|| HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish()))
}
