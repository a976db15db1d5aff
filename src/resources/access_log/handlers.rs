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
use crate::resources::collection::{Collections, Walk};
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
    let (view, walk) = (View::of(&options)?, Walk::<Place>::of(&collections, &grant, &request, &options)?);
    let limits = collections.filter_limits();
    let selection = Selection {
        filter: options.get("$filter").map(|text| filter(text, limits)).transpose()?,
        newest_first: options.get("$orderby").map_or(Ok(true), newest_first)?,
    };
    let (after, window) = (walk.after().cloned(), walk.window());
    let query = move |on: &mut Owned<'_, AccessLog, Read>| -> Result<_, StoreError> {
        let count = if window.counted { Some(queries::count(on, &selection)?) } else { None };
        let rows = queries::list(on, &selection, after.as_ref(), window.skip, window.limit)?;
        on.gave(window.shown(rows.len()));
        Ok((count, rows))
    };
    let (count, rows) = store.read(&grant, query).await?;
    walk.answer(count, &rows, |row| view.json(row), |row| Place::from(row))
}
