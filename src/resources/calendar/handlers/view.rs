//! `GET …/calendarView`, of everything or of a calendar, and `GET /v1.0/me/events/{id}/instances`: what happens in a window of time, each
//! instance by itself.

use std::time::Duration;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::applied;
use super::window::asked_window;
use crate::access::{Grant, Read};
use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::query::page::Page;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Cost, Key, Place};
use crate::resources::calendar::model::View;
use crate::resources::calendar::queries::{self, Asked, Seen};
use crate::resources::calendar::which::Which;
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};
use crate::resources::{accept, collection};
use crate::store::{Owned, Store, StoreError};

/// The options of a view.
pub const VIEW_OPTIONS: &[&str] = &["startDateTime", "endDateTime", "$select", "$top", "$orderby", "$skiptoken"];

/// `GET /v1.0/me/calendarView`, `GET /v1.0/me/calendar/calendarView` and `GET /v1.0/me/calendars/{calendar}/calendarView`
pub async fn view(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let which = Which::of(&request)?;
    let looked = Looked::of(&grant, &collections, &limits, &request)?;
    let mut asked = looked.asked.clone();
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        asked.calendar = which.calendar(on.person());
        queries::are_there(on, asked.calendar)?;
        let (found, place) = queries::window(on, &asked)?;
        on.gave(found.len());
        Ok((found, place))
    };
    let (found, place) = store.read(&grant, query).await?;
    looked.answer(&found, place)
}

/// `GET /v1.0/me/events/{id}/instances`
pub async fn instances(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = collection::id(&id)?;
    let looked = Looked::of(&grant, &collections, &limits, &request)?;
    let asked = looked.asked.clone();
    let query = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        let (found, place) = queries::instances(on, id, &asked)?;
        on.gave(found.len());
        Ok((found, place))
    };
    let (found, place) = store.read(&grant, query).await?;
    looked.answer(&found, place)
}

/// What is asked for, and how it is answered.
struct Looked<'c> {
    view: View,
    page: Page,
    links: Links<'c>,
    asked: Asked,
}

impl<'c> Looked<'c> {
    fn of(
        grant: &Grant<Calendar, Read>,
        collections: &'c Collections,
        limits: &Limits,
        request: &HttpRequest,
    ) -> Result<Self, Problem> {
        accept::json(request.headers())?;
        let options = Options::parse(request.query_string(), VIEW_OPTIONS)?;
        let view = View::of(grant, &options, request.headers())?;
        in_order(&options)?;
        let page = asked(&options, request.headers(), collections)?;
        let window = asked_window(&options, view.preferences().zone(), limits.expansion_window_days)?;
        // A place is one in the order of one zone.
        let zone = view.preferences().zone();
        let whose = format!("{}\n{}", view.whose(grant), zone.iana().unwrap_or_default());
        let links = Links::new(collections, request.path(), &options, &whose);
        let after = options.get("$skiptoken").map(|sealed| links.place::<Place>(sealed)).transpose()?;
        let cost = cost(limits);
        let size = usize::try_from(page.size).unwrap_or(1);
        let asked = Asked { calendar: None, window, after: after.and_then(|place| place.key()), size, cost };
        Ok(Self { view, page, links, asked })
    }

    fn answer(&self, found: &[Seen], place: Option<Key>) -> Result<HttpResponse, Problem> {
        let mut listing = Listing::new(None, found.iter().map(|seen| seen.row.projection.len() + 400).sum());
        for seen in found {
            match &seen.instance {
                Some(instance) => self.view.write_instance(listing.item(), &seen.row, instance)?,
                None => self.view.write(listing.item(), &seen.row)?,
            }
        }
        let next = place.map(|place| self.links.to(Token::Skip, &Place::from(place))).transpose()?;
        let link = next.as_deref().map(|link| ("@odata.nextLink", link));
        applied(answer(listing.end(link), self.page.preferred), &self.view)
    }
}

/// What one page may cost.
pub(super) fn cost(limits: &Limits) -> Cost {
    let instances = usize::try_from(limits.expansion_instances).unwrap_or(usize::MAX);
    Cost { instances, time: Duration::from_millis(limits.expansion_ms) }
}

/// A view is in the order of time, and in no other.
fn in_order(options: &Options) -> Result<(), Problem> {
    let Some(order) = options.get("$orderby") else { return Ok(()) };
    let mut words = order.split_ascii_whitespace();
    let is_time = words.next().is_some_and(|word| word.eq_ignore_ascii_case("start/dateTime"));
    let is_up = words.next().is_none_or(|word| word.eq_ignore_ascii_case("asc"));
    if is_time && is_up && words.next().is_none() {
        return Ok(());
    }
    let message = "`$orderby` of a window of time takes `start/dateTime` alone, which is its order without it too.";
    Err(Problem::new(Code::InvalidQueryOption, message).target("$orderby"))
}
