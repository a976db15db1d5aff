//! `GET /v1.0/me/contacts`, of everything or of a folder, and `/$count`.

use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::export::{self, Form, Maker};
use crate::access::{Gate, Grant, Read};
use crate::blobs::Blobs;
use crate::problem::Problem;
use crate::query::Options;
use crate::query::search::Search;
use crate::resources::accept;
use crate::resources::collection;
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};
use crate::resources::conditions::not_modified;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::filter::{filter, order};
use crate::resources::contacts::folders::{self, Folders};
use crate::resources::contacts::model::{Level, View};
use crate::resources::contacts::queries::{self, Place, Selection};
use crate::store::columns::Uid;
use crate::store::{Owned, Store, StoreError};

/// The options of a list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count", "$orderby", "$filter", "$search"];
/// The options of a count.
pub const COUNT_OPTIONS: &[&str] = &["$filter", "$search"];

/// The options of a list in another form than JSON: it has no pages.
const EXPORT_OPTIONS: &[&str] = &["$orderby", "$filter", "$search"];

/// `GET /v1.0/me/contacts`
pub async fn list(
    grant: Grant<Contacts, Read>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&grant, (&store, &blobs), &collections, &request, None).await
}

/// `GET /v1.0/me/contactFolders/{folder}/contacts`. Which contacts are in a folder says what `parentFolderId` does, so it takes
/// the folders' grant.
pub async fn list_of_folder(
    grant: Grant<Folders, Read>,
    store: Data<Store>,
    blobs: Data<Blobs>,
    collections: Data<Collections>,
    folder: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (grant, folder) = (folders::contacts_of(&grant)?, collection::id(&folder)?);
    page(&grant, (&store, &blobs), &collections, &request, Some(folder)).await
}

/// `GET /v1.0/me/contacts/$count`
pub async fn count(
    grant: Grant<Contacts, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), &["text/plain", "application/json", "application/octet-stream"])?;
    let options = Options::parse(request.query_string(), COUNT_OPTIONS)?;
    let selection = selection(&options, Level::of(&grant), None, &collections)?;
    let count = store
        .read(&grant, move |on| {
            on.gave(1);
            queries::count(on, &selection)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(count.to_string()))
}

/// Which contacts are asked for, as far as the grant reaches.
pub fn selection(
    options: &Options,
    level: Level,
    folder: Option<Uid>,
    collections: &Collections,
) -> Result<Selection, Problem> {
    let limits = collections.filter_limits();
    let filter = options.get("$filter").map(|text| filter(text, level, limits)).transpose()?;
    let order = options.get("$orderby").map(|text| order(text, level)).transpose()?;
    let search = options.get("$search").map(Search::parse).transpose()?;
    Ok(Selection { folder, level, filter, search, order: order.unwrap_or_default() })
}

async fn page(
    grant: &Grant<Contacts, Read>,
    (store, blobs): (&Store, &Blobs),
    collections: &Collections,
    request: &HttpRequest,
    folder: Option<Uid>,
) -> Result<HttpResponse, Problem> {
    let form = Form::asked(request.headers())?;
    if form != Form::Json {
        return exported(grant, (store, blobs), collections, request, folder, form).await;
    }
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let view = View::of(grant, &options)?;
    let selection = selection(&options, view.level(), folder, collections)?;
    let page = asked(&options, request.headers(), collections)?;
    let links = Links::new(collections, request.path(), &options, &view.whose(grant));
    let after = options.get("$skiptoken").map(|sealed| links.place::<Place>(sealed)).transpose()?;
    if let Some(current) = unchanged(grant, store, request.headers(), &view, folder).await? {
        return Ok(current);
    }
    let size = usize::try_from(page.size).unwrap_or(1);
    let skip = if after.is_some() { 0 } else { usize::try_from(page.skip).unwrap_or(usize::MAX) };
    let counted = page.count;
    let query = move |on: &mut Owned<'_, Contacts, Read>| -> Result<_, StoreError> {
        if let Some(folder) = folder {
            queries::folder_is_there(on, folder)?;
        }
        // Before the rows: a change between the two makes the tag older than the page, never newer.
        let seq = on.seq()?;
        let count = if counted { Some(queries::count(on, &selection)?) } else { None };
        let (rows, place) = queries::list(on, &selection, after.as_ref(), skip, size)?;
        on.gave(rows.len().max(counted.into()));
        Ok((seq, count, rows, place))
    };
    let (seq, count, rows, place) = store.read(grant, query).await?;
    let room = rows.iter().map(|row| row.projection.len() + 320).sum();
    let mut listing = Listing::new(count, room);
    for row in &rows {
        view.write(listing.item(), row)?;
    }
    let next = place.map(|place| links.to(Token::Skip, &place)).transpose()?;
    let link = next.as_deref().map(|link| ("@odata.nextLink", link));
    let mut response = answer(listing.end(link), page.preferred);
    let etag = HeaderValue::try_from(view.etag(seq).to_string());
    response.headers_mut().insert(ETAG, etag.map_err(|fault| Problem::internal(fault.to_string()))?);
    Ok(response)
}

/// The whole selection in another form.
async fn exported(
    grant: &Grant<Contacts, Read>,
    (store, blobs): (&Store, &Blobs),
    collections: &Collections,
    request: &HttpRequest,
    folder: Option<Uid>,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let options = Options::parse(request.query_string(), EXPORT_OPTIONS)?;
    let view = View::of(grant, &options)?;
    let selection = selection(&options, view.level(), folder, collections)?;
    export::folder_is_there(grant, store, folder).await?;
    let gate = request.app_data::<Data<Gate>>().ok_or_else(|| Problem::internal("no gate"))?;
    Ok(Maker::new(grant.clone(), (store, blobs), view, form).all(selection, gate.clone()))
}

/// 304, if the client has what there is: nothing of the person's was changed since (performance.md §0-7).
async fn unchanged(
    grant: &Grant<Contacts, Read>,
    store: &Store,
    headers: &HeaderMap,
    view: &View,
    folder: Option<Uid>,
) -> Result<Option<HttpResponse>, Problem> {
    if !headers.contains_key("if-none-match") {
        return Ok(None);
    }
    let query = move |on: &mut Owned<'_, Contacts, Read>| -> Result<_, StoreError> {
        on.gave(0);
        // A folder that is not there is not unchanged.
        if let Some(folder) = folder {
            queries::folder_is_there(on, folder)?;
        }
        on.seq()
    };
    let etag = view.etag(store.point(grant, query).await?);
    let current = not_modified(headers, etag)?;
    Ok(current.then(|| HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish()))
}
