//! `POST /v1.0/me/calendar/getSchedule`: when the person is busy, in all calendars. Of anybody else nothing is said, nor whether there
//! is anybody.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::applied;
use crate::access::{Grant, Holder, ReadBusy, Scope};
use crate::config::Limits;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Cost, Window};
use crate::resources::calendar::model::View;
use crate::resources::calendar::queries::{self, Asked as Page, Seen};
use crate::resources::calendar::schedule::{self, Asked, Busy};
use crate::resources::calendar::zone::Zone;
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::{Owned, Store, StoreError};

/// So many pages are looked through, each at the cost of one.
const PAGES: usize = 8;

const NOT_FOUND: [&str; 2] = ["ErrorMailRecipientNotFound", "There is no such schedule, or it is not yours."];
const TOO_MANY: [&str; 2] = [
    "ErrorResultSetTooBig",
    "There are too many events, or they are too costly to look through: ask for a shorter time.",
];

/// `POST /v1.0/me/calendar/getSchedule`
pub async fn schedule(
    grant: Grant<Calendar, ReadBusy>,
    store: Data<Store>,
    limits: Data<Limits>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &[])?, request.headers())?;
    let asked = Asked::of(&body::object(&request, payload).await?)?;
    let zone = view.preferences().preferred().unwrap_or(&asked.zone).clone();
    let window = Window { from: asked.from, to: asked.to, zone: zone.clone() };
    let mut page = Page {
        calendar: None,
        window,
        after: None,
        size: usize::try_from(limits.expansion_instances).unwrap_or(1),
        cost: Cost::of(&limits),
    };
    let query = move |on: &mut Owned<'_, Calendar, ReadBusy>| -> Result<_, StoreError> {
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let (found, place) = queries::window(on, &page)?;
            all.extend(found);
            page.after = place;
            if page.after.is_none() || all.len() > page.size {
                break;
            }
        }
        on.gave(all.len().max(1));
        // Whoever is told of a part would take the rest for free.
        let own = (on.person().uid, queries::own_mail(on)?);
        Ok((own, page.after.is_none().then_some(all)))
    };
    let (own, found) = store.read(&grant, query).await?;
    let shown = grant.scopes().has(Scope::CalendarsRead);
    let busy = found.map(|found| busy(&found, &zone, shown)).transpose()?;
    let answers = asked.schedules.iter().map(|who| match &busy {
        _ if !is_own(who, grant.holder(), &own) => schedule::refused(who, NOT_FOUND[0], NOT_FOUND[1]),
        Some(busy) => asked.answer(who, busy, view.preferences()),
        None => schedule::refused(who, TOO_MANY[0], TOO_MANY[1]),
    });
    let answer = json!({"value": answers.collect::<Vec<Value>>()}).to_string();
    applied(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(answer), &view)
}

/// Whether it is the person who asks: by the id, or an address that was verified: the one that the token says, or the account's `mail`.
fn is_own(who: &str, holder: &Holder, (person, mail): &(Uid, Option<String>)) -> bool {
    let who = who.trim();
    let mut addresses = holder.verified_email().into_iter().chain(mail.as_deref());
    who.eq_ignore_ascii_case("me")
        || Uid::parse(who) == Some(*person)
        || addresses.any(|address| address.eq_ignore_ascii_case(who))
}

fn busy(found: &[Seen], zone: &Zone, shown: bool) -> Result<Vec<Busy>, Problem> {
    let mut busy = Vec::new();
    for seen in found {
        let one = Busy::of(seen, zone, shown);
        busy.extend(one.map_err(|fault| Problem::internal(format!("event {}: {fault}", seen.row.id)))?);
    }
    Ok(busy)
}
