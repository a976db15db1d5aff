//! `GET …/calendarView/delta`: the first round is the window, the others what changed of it. Whoever keeps what he is told by id, and drops
//! what is told to be removed, has the window: of a series that was changed all instances in it are told anew, and all that were in it
//! before and are not.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::looked::Looked;
use super::view_round::{Stretch, ViewRound};
use crate::access::{Grant, Read};
use crate::config::Limits;
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::Mark;
use crate::resources::calendar::queries::{self, Told, Walked};
use crate::resources::calendar::ready::Writer;
use crate::resources::calendar::which::Which;
use crate::resources::collection::{Collections, Listing, lost};
use crate::store::{Halt, Owned, Store};

/// The options of a round.
pub const VIEW_DELTA_OPTIONS: &[&str] =
    &["startDateTime", "endDateTime", "$select", "$top", "$skiptoken", "$deltatoken"];

/// `GET /v1.0/me/calendarView/delta`, and of one calendar
pub async fn view_delta(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let which = Which::of(&request)?;
    let looked = Looked::of(&grant, &collections, &limits, &request, VIEW_DELTA_OPTIONS)?;
    let round = ViewRound::asked(&looked.options, &looked.links, store.now())?;
    let (at, mut asked) = (round.clone(), looked.asked(None));
    let query = move |on: &mut Owned<'_, Calendar, Read>| {
        asked.calendar = which.calendar(on.person());
        queries::are_there(on, asked.calendar)?;
        // Before the rows: all up to this change are committed. Later ones are for the next round, or for a later page of this one.
        let (stretch, until) = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let (told, more) = match stretch {
            Stretch::List(after) => {
                asked.after = after;
                let (found, place) = queries::window(on, &asked)?;
                (found.into_iter().map(Told::Here).collect(), place.map(|place| (None, Some(place))))
            }
            Stretch::Changes(since, walked) => {
                let (told, walked) = queries::told(on, &asked, (since, until), walked)?;
                // An event that was changed while these were read has its turn in this round too.
                let walked = if on.seq()? > until { walked.or(Some(Walked::after(until))) } else { walked };
                (told, walked.map(|walked| (Some(walked.change), walked.inside.map(Mark::from))))
            }
        };
        on.gave(told.len());
        Ok::<_, Halt<Problem>>((told, until, more))
    };
    let (told, until, more) = store.read(&grant, query).await?;
    let (member, link) = round.link(&looked.links, until, more)?;
    let mut listing = Listing::new(None, told.len() * 1024);
    let mut writer = Writer::new(&looked.view);
    for told in &told {
        match told {
            Told::Here(seen) => writer.write(listing.item(), seen)?,
            Told::Gone(id, deleted) => listing.removed(id, if *deleted { "deleted" } else { "changed" }),
        }
    }
    looked.linked(listing, Some((member, &link)))
}
