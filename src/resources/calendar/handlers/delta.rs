//! `GET /v1.0/me/events/delta`, of everything or of a calendar: rounds of what changed.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::applied;
use super::linked::linked;
use crate::access::{Grant, Read};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::accept;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::model::View;
use crate::resources::calendar::queries::{self, Change, Changed};
use crate::resources::calendar::ready::Ready;
use crate::resources::calendar::which::Which;
use crate::resources::collection::{Collections, Listing, Round, answer, asked, lost};
use crate::store::{Halt, Owned, Store};

/// The options of a round.
pub const DELTA_OPTIONS: &[&str] = &["$select", "$top", "$skiptoken", "$deltatoken"];
/// What asks for a window, which Graph's `events/delta` takes: refused, not passed over, for nobody wants to be told everything instead.
const WINDOW: &[&str] = &["startDateTime", "endDateTime"];

/// `GET /v1.0/me/events/delta`, and of one calendar
pub async fn delta(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let asked_for = Options::parse(request.query_string(), &[DELTA_OPTIONS, WINDOW].concat()).unwrap_or_default();
    if let Some(name) = WINDOW.iter().find(|name| asked_for.get(name).is_some()) {
        let message = format!("`{name}` is of no effect here: a round over a window of time is `calendarView/delta`.");
        return Err(Problem::new(Code::InvalidQueryOption, message).target(*name));
    }
    let options = Options::parse(request.query_string(), DELTA_OPTIONS)?;
    let (view, links) = linked(&grant, &collections, &options, &request)?;
    let page = asked(&options, request.headers(), &collections)?;
    let round = Round::asked(&options, &links, store.now())?;
    let size = usize::try_from(page.size).unwrap_or(1);
    let (at, which) = (round.clone(), Which::of(&request)?);
    let query = move |on: &mut Owned<'_, Calendar, Read>| {
        let calendar = which.calendar(on.person());
        queries::are_there(on, calendar)?;
        // Before the changes: all up to this one are committed, and later ones are for the next round.
        let stretch = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let (changes, place) = queries::changes(on, calendar, stretch, size)?;
        on.gave(changes.len());
        Ok::<_, Halt<Problem>>((stretch, changes, place))
    };
    let (stretch, changes, place) = store.read(&grant, query).await?;
    let (member, link) = round.link(&links, stretch, place)?;
    applied(answer(listed(&changes, &view)?.end(Some((member, &link))), page.preferred), &view)
}

fn listed(changes: &[Changed], view: &View) -> Result<Listing, Problem> {
    let room = |change: &Changed| match &change.change {
        Change::Here(row) => row.projection.len() + 320,
        _ => 100,
    };
    let mut listing = Listing::new(None, changes.iter().map(room).sum());
    for Changed { item, change, .. } in changes {
        match change {
            Change::Here(row) => Ready::of(view, row, false)?.write(listing.item(), None)?,
            Change::Deleted => listing.removed(*item, "deleted"),
            Change::Left => listing.removed(*item, "changed"),
        }
    }
    Ok(listing)
}
