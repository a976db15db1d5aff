//! `GET /v1.0/me/photos/delta`: rounds of what changed.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::ITEM;
use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection::{Collections, Links, Listing, Round, answer, asked, lost};
use crate::resources::photos::Photos;
use crate::resources::photos::model::View;
use crate::resources::photos::queries;
use crate::store::{Halt, Owned, Store};

/// The options of a round.
pub const DELTA_OPTIONS: &[&str] = &["$select", "$top", "$skiptoken", "$deltatoken"];

/// `GET /v1.0/me/photos/delta`
pub async fn delta(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), DELTA_OPTIONS)?;
    let (view, page) = (View::of(&grant, &options)?, asked(&options, request.headers(), &collections)?);
    let links = Links::new(&collections, request.path(), &options, &view.whose(&grant));
    let round = Round::asked(&options, &links, store.now())?;
    let (size, at) = (usize::try_from(page.size).unwrap_or(1), round.clone());
    let limit = i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1);
    let query = move |on: &mut Owned<'_, Photos, Read>| {
        // Before the changes: all up to this one are committed, and later ones are for the next round.
        let stretch = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let changes = queries::changes(on, stretch, limit)?;
        on.gave(changes.len().min(size));
        Ok::<_, Halt<Problem>>((stretch, changes))
    };
    let (stretch, changes) = store.read(&grant, query).await?;
    let (changes, more) = changes.split_at_checked(size).unwrap_or((&changes, &[]));
    let mut listing = Listing::new(None, changes.len() * ITEM);
    for (_, photo, row) in changes {
        match row {
            Some(row) => view.write(listing.item(), row)?,
            None => listing.removed(*photo, "deleted"),
        }
    }
    let place = changes.last().filter(|_| !more.is_empty()).map(|(change, photo, _)| (*change, *photo));
    let (member, link) = round.link(&links, stretch, place)?;
    Ok(answer(listing.end(Some((member, &link))), page.preferred))
}
