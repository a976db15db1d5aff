//! What answers a request for a page, and the links that go on from it. Links carry the preferences of the first request: programs
//! follow them without its headers, as Graph's allow.

use actix_web::HttpRequest;

use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::model::View;
use crate::resources::collection::{Collections, Links};

/// The view of the request, and its links.
pub(super) fn linked<'c>(
    grant: &Grant<Calendar, Read>,
    collections: &'c Collections,
    options: &Options,
    request: &HttpRequest,
) -> Result<(View, Links<'c>), Problem> {
    let view = View::of(grant, options, request.headers())?;
    let links = Links::new(collections, request.path(), options, &view.whose(grant));
    let view = match links.carried(options) {
        Some(carried) => view.following(&carried)?,
        // Of a token that does not open, whoever reads the place tells.
        None => view,
    };
    let carried = view.preferences().applied().unwrap_or_default();
    Ok((view, links.carrying(carried)))
}
