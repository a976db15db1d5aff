//! What a request for a window of time asks for, and how it is answered.

use actix_web::{HttpRequest, HttpResponse};

use super::applied;
use super::linked::linked;
use super::window::asked_window;
use crate::access::{Grant, Read};
use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::query::page::Page;
use crate::resources::accept;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Cost, Mark, Place, Window};
use crate::resources::calendar::model::View;
use crate::resources::calendar::queries::{Asked, Seen};
use crate::resources::calendar::ready::Writer;
use crate::resources::collection::{Collections, Links, Listing, Token, answer, asked};

/// It.
pub(super) struct Looked<'c> {
    pub(super) options: Options,
    pub(super) view: View,
    pub(super) page: Page,
    pub(super) links: Links<'c>,
    window: Window,
    cost: Cost,
}

impl<'c> Looked<'c> {
    pub(super) fn of(
        grant: &Grant<Calendar, Read>,
        collections: &'c Collections,
        limits: &Limits,
        request: &HttpRequest,
        known: &[&str],
    ) -> Result<Self, Problem> {
        accept::json(request.headers())?;
        let options = Options::parse(request.query_string(), known)?;
        let (view, links) = linked(grant, collections, &options, request)?;
        in_order(&options)?;
        let page = asked(&options, request.headers(), collections)?;
        // A place is one in the order of one zone: that of the link, if one is followed.
        let zone = view.preferences().zone();
        let window = asked_window(&options, zone, limits.expansion_window_days)?;
        Ok(Self { options, view, page, links, window, cost: Cost::of(limits) })
    }

    /// Where the page before ended.
    pub(super) fn after(&self) -> Result<Option<Mark>, Problem> {
        let place = self.options.get("$skiptoken").map(|sealed| self.links.place::<Place>(sealed)).transpose()?;
        Ok(place.and_then(|place| place.mark()))
    }

    /// The page that begins there, of all calendars.
    pub(super) fn asked(&self, after: Option<Mark>) -> Asked {
        let size = usize::try_from(self.page.size).unwrap_or(1);
        Asked { calendar: None, window: self.window.clone(), after, size, cost: self.cost }
    }

    /// The answer with these; there may be more after `place`.
    pub(super) fn answer(&self, found: &[Seen], place: Option<Mark>) -> Result<HttpResponse, Problem> {
        let next = place.map(|place| self.links.to(Token::Skip, &Place::from(place))).transpose()?;
        self.linked(self.listed(found)?, next.as_deref().map(|link| ("@odata.nextLink", link)))
    }

    pub(super) fn listed(&self, found: &[Seen]) -> Result<Listing, Problem> {
        let mut listing = Listing::new(None, found.iter().map(|seen| seen.row.projection.len() + 768).sum());
        let mut writer = Writer::new(&self.view);
        found.iter().try_for_each(|seen| writer.write(listing.item(), seen))?;
        Ok(listing)
    }

    pub(super) fn linked(&self, listing: Listing, link: Option<(&str, &str)>) -> Result<HttpResponse, Problem> {
        applied(answer(listing.end(link), self.page.preferred), &self.view)
    }
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
