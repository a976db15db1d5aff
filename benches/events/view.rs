//! A month as the API answers it, page by page. May import everything.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use sharehold::access::{Grant, Read};
use sharehold::config::Limits;
use sharehold::query::Options;
use sharehold::resources::calendar::Calendar;
use sharehold::resources::calendar::instances::{Cost, Course, Mark, Page, Window};
use sharehold::resources::calendar::model::View;
use sharehold::resources::calendar::queries::{self, Asked, Seen};
use sharehold::resources::calendar::ready::Writer;
use sharehold::resources::calendar::zone::Zone;
use sharehold::store::{Owned, Store, StoreError, Uid};

use crate::{Fault, agenda};

/// The largest page that a client may have.
const PAGE: usize = 1000;

/// How many instances there are.
pub(crate) async fn month(store: &Store, person: usize) -> Result<usize, Fault> {
    let grant: Grant<Calendar, Read> = Grant::operator(agenda::ISSUER, &agenda::subject(person));
    let view = Options::parse("", &[]).and_then(|options| View::of(&grant, &options, &HeaderMap::new()));
    let view = view.map_err(|problem| problem.to_string())?;
    let limits = Limits::default();
    let time = Duration::from_millis(limits.expansion_ms);
    let [from, to] = agenda::WINDOW;
    let mut asked = Asked {
        calendar: None,
        window: Window { from: from.parse()?, to: to.parse()?, zone: Zone::Utc },
        after: None,
        size: PAGE,
        cost: Cost { instances: usize::try_from(limits.expansion_instances)?, time },
    };
    let mut number = 0;
    loop {
        let of_page = asked.clone();
        let (found, place) = store.read(&grant, move |on| page(on, &of_page)).await?;
        let mut json = Vec::with_capacity(found.len() * 2048);
        let mut writer = Writer::new(&view);
        for seen in &found {
            writer.write(&mut json, seen).map_err(|problem| problem.to_string())?;
        }
        number += found.len();
        if place.is_none() {
            return Ok(number);
        }
        asked.after = place;
    }
}

fn page(on: &mut Owned<'_, Calendar, Read>, asked: &Asked) -> Result<(Vec<Seen>, Option<Mark>), StoreError> {
    queries::window(on, asked)
}

/// All events of such a calendar, read, as the other program has them when it is asked.
pub(crate) fn courses(store: &Store, singles: usize, series: usize) -> Result<Vec<(Uid, Course)>, Fault> {
    let made = |at: usize| {
        let event = if at < series { agenda::series(at)? } else { agenda::single(at - series)? };
        let id = store.new_id();
        let (_, record) = agenda::made(id, &event)?;
        Ok((id, Course::of(&record, &Zone::Utc).ok_or("an event without a course")?))
    };
    (0..singles + series).map(made).collect()
}

/// How many instances there are, of which nothing but their times is made.
pub(crate) fn instances(courses: &[(Uid, Course)]) -> Result<usize, Fault> {
    let [from, to] = agenda::WINDOW;
    let window = Window { from: from.parse()?, to: to.parse()?, zone: Zone::Utc };
    let mut page = Page::new(window, None, usize::MAX, Cost { instances: usize::MAX, time: Duration::MAX });
    for (id, course) in courses {
        page.expand(*id, course, ());
    }
    Ok(page.end().0.len())
}
