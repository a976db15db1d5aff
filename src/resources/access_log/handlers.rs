//! `GET /v1.0/me/accessLog`: parse → store → answer.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::access_log::AccessLog;
use crate::resources::access_log::filter::{filter, newest_first};
use crate::resources::access_log::model::View;
use crate::resources::access_log::queries::{self, Place, Selection};
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};
use crate::store::{Owned, Store, StoreError};

/// The options of the list.
pub const OPTIONS: &[&str] = &["$select", "$top", "$skip", "$skiptoken", "$count", "$orderby", "$filter"];

/// `GET /v1.0/me/accessLog`
pub async fn list(
    grant: Grant<AccessLog, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), OPTIONS)?;
    let (view, page) = (View::of(&options)?, asked(&options, request.headers(), &collections)?);
    let limits = collections.filter_limits();
    let selection = Selection {
        filter: options.get("$filter").map(|text| filter(text, limits)).transpose()?,
        newest_first: options.get("$orderby").map_or(Ok(true), newest_first)?,
    };
    let whose = format!("{}\n{}", grant.holder().issuer(), grant.holder().subject());
    let links = Links::new(&collections, request.path(), &options, &whose);
    let after = options.get("$skiptoken").map(|sealed| links.place::<Place>(sealed)).transpose()?;
    let number = |asked: u64| i64::try_from(asked).unwrap_or(i64::MAX);
    let skip = if after.is_some() { 0 } else { number(page.skip) };
    let (size, counted) = (usize::try_from(page.size).unwrap_or(1), page.count);
    let query = move |on: &mut Owned<'_, AccessLog, Read>| -> Result<_, StoreError> {
        let count = if counted { Some(queries::count(on, &selection)?) } else { None };
        let rows = queries::list(on, &selection, after.as_ref(), skip, number(page.size).saturating_add(1))?;
        on.gave(rows.len().min(size));
        Ok((count, rows))
    };
    let (count, mut rows) = store.read(&grant, query).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let place = rows.last().filter(|_| more).map(Place::from);
    let next = place.map(|place| links.to(Token::Skip, &place)).transpose()?;
    let mut listing = Listing::new(count, rows.len() * 192);
    for row in rows {
        listing.item().extend_from_slice(view.json(row).to_string().as_bytes());
    }
    Ok(answer(listing.end(next.as_deref().map(|link| ("@odata.nextLink", link))), page.preferred))
}
