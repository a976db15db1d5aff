//! A month as the API answers it, page by page. May import everything.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use sharehold::access::{Grant, Read};
use sharehold::config::Limits;
use sharehold::query::Options;
use sharehold::resources::calendar::Calendar;
use sharehold::resources::calendar::instances::{Cost, Key, Window};
use sharehold::resources::calendar::model::View;
use sharehold::resources::calendar::queries::{self, Asked, Seen};
use sharehold::resources::calendar::zone::Zone;
use sharehold::store::{Owned, Store, StoreError};

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
        for seen in &found {
            let written = match &seen.instance {
                Some(instance) => view.write_instance(&mut json, &seen.row, instance),
                None => view.write(&mut json, &seen.row),
            };
            written.map_err(|problem| problem.to_string())?;
        }
        number += found.len();
        if place.is_none() {
            return Ok(number);
        }
        asked.after = place;
    }
}

fn page(on: &mut Owned<'_, Calendar, Read>, asked: &Asked) -> Result<(Vec<Seen>, Option<Key>), StoreError> {
    queries::window(on, asked)
}
