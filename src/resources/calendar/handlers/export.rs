//! Events in the form that other programs read: `text/calendar`, one or the whole selection, streamed some at a time: no transaction
//! is held while the client takes its time, and no more than one step's events. `events.ics` is the same for programs that subscribe
//! to an address and cannot say what they want to have. Under `ReadBasic` it has when things are, and what and where of those that
//! are not private.

use std::collections::VecDeque;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderMap};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use uuid::Uuid;

use super::attempt::record_of;
use super::list::{selection, unchanged};
use super::named::Within;
use crate::access::{Gate, Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::apart::apart;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::calendars::queries as calendars;
use crate::resources::calendar::export::Writer;
use crate::resources::calendar::model::{Level, View};
use crate::resources::calendar::queries::{self, Place, Row, Selection, Stored};
use crate::resources::calendar::record::{Record, Wall, When};
use crate::resources::calendar::which::Which;
use crate::resources::collection::Collections;
use crate::resources::conditions::not_modified;
use crate::store::{Owned, Store, StoreError};

/// What lists and one event are served as, beside JSON.
pub const MEDIA_TYPES: &[&str] = &["text/calendar"];
/// The options of a list in this form: it has no pages.
pub const FEED_OPTIONS: &[&str] = &["$orderby", "$filter", "$search"];
const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";
/// So many rows are listed at a time.
const ROWS: usize = 100;
/// A step of the answer ends when it is as large as this.
const STEP: usize = 256 * 1024;

/// Whether the client would rather have this form than JSON.
pub(super) fn is_asked(headers: &HeaderMap) -> Result<bool, Problem> {
    let json = ["application/json", "application/problem+json", "application/octet-stream"];
    Ok(accept::choose(headers, &[&json, MEDIA_TYPES].concat())? == json.len())
}

/// `GET /v1.0/me/events.ics`, `GET /v1.0/me/calendar/events.ics` and `GET /v1.0/me/calendars/{calendar}/events.ics`
pub async fn feed(
    grant: Grant<Calendar, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    accept::choose(request.headers(), MEDIA_TYPES)?;
    exported(&grant, &store, &collections, &request).await
}

/// The whole selection.
pub(super) async fn exported(
    grant: &Grant<Calendar, Read>,
    store: &Store,
    collections: &Collections,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let options = Options::parse(request.query_string(), FEED_OPTIONS)?;
    let view = View::of(grant, &options, &HeaderMap::new())?.of_calendar();
    let (which, selection) = (Which::of(request)?, selection(&options, view.level(), collections)?);
    if let Some(current) = unchanged(grant, store, request.headers(), &view, which).await? {
        return Ok(current);
    }
    let begin = move |on: &mut Owned<'_, Calendar, Read>| -> Result<_, StoreError> {
        let selection = Selection { calendar: which.calendar(on.person()), ..selection };
        queries::are_there(on, selection.calendar)?;
        let seq = on.seq()?;
        let calendar = selection.calendar.map(|id| calendars::find(on, id)).transpose()?;
        let first = queries::earliest(on, selection.calendar)?;
        on.gave(usize::from(calendar.is_some()));
        Ok((seq, Writer::head(calendar.as_ref()), first, selection))
    };
    let (seq, head, first, selection) = store.read(grant, begin).await?;
    let writer = Writer::new(first, store.now());
    let gate = request.app_data::<Data<Gate>>().ok_or_else(|| Problem::internal("no gate"))?.clone();
    let maker = Maker { grant: grant.clone(), store: store.clone(), level: view.level() };
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
    response.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"calendar.ics\""));
    response.insert_header((ETAG, view.etag(seq).to_string()));
    let rows = VecDeque::new();
    let walk = Walk { maker, gate, selection, writer, head: Some(head), rows, after: None, listed: false };
    Ok(response.streaming(stream::try_unfold(Some(walk), |walk| async move {
        match walk {
            // The head is sent already: the connection is broken off, and the log says why.
            Some(walk) => walk.step().await.map(Some).map_err(|problem| {
                log::error!("an export was broken off: {problem}");
                std::io::Error::other(problem.to_string())
            }),
            None => Ok(None),
        }
    })))
}

/// The answer for one event. A series is whole, by whichever of its occurrences it is named.
pub(super) async fn one(
    grant: &Grant<Calendar, Read>,
    store: &Store,
    within: Within,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let options = Options::parse(request.query_string(), &[])?;
    let view = View::of(grant, &options, &HeaderMap::new())?.of_calendar();
    let row = store.point(grant, move |on| within.find(on)).await?;
    let etag = view.etag(row.changed);
    if not_modified(request.headers(), etag)? {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag.to_string())).finish());
    }
    let maker = Maker { grant: grant.clone(), store: store.clone(), level: view.level() };
    let writer = Writer::new(Some(row.begins), store.now());
    let (_, text) = maker.text(&row, writer).await?;
    let text = [Writer::head(None), text.ok_or(StoreError::NotFound)??, Writer::END.to_owned()].concat();
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
    response.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"event.ics\""));
    response.insert_header((ETAG, etag.to_string()));
    Ok(response.body(text))
}

/// What events are made with.
struct Maker {
    grant: Grant<Calendar, Read>,
    store: Store,
    level: Level,
}

/// The text of an event, or why it has none; none: it has gone since it was listed.
type Text = Option<Result<String, Problem>>;

impl Maker {
    async fn text(&self, row: &Row, mut writer: Writer) -> Result<(Writer, Text), Problem> {
        let (id, level) = (row.id, self.level);
        let record = move |on: &mut Owned<'_, Calendar, Read>| {
            on.gave(1);
            queries::recorded(on, id)
        };
        let stored = match self.store.read(&self.grant, record).await {
            Ok(stored) => stored,
            Err(StoreError::NotFound) => return Ok((writer, None)),
            Err(fault) => return Err(fault.into()),
        };
        let make = move || {
            let text = shown(&stored, level).map(|record| writer.event(record));
            (writer, Some(text))
        };
        apart(row.projection.len(), make).await
    }
}

/// The record as far as the grant reaches.
fn shown(stored: &Stored, level: Level) -> Result<Record, Problem> {
    let mut record = record_of(stored)?;
    let modified = When { local: stored.row.modified_at.datetime().naive_utc(), all_day: false, wall: Wall::Utc };
    record.stamp(&modified);
    Ok(match level {
        Level::Full => record,
        Level::Basic => record.busy(&Uuid::urn(stored.row.id.uuid()).to_string()),
    })
}

/// How far an export has come.
struct Walk {
    maker: Maker,
    gate: Data<Gate>,
    selection: Selection,
    writer: Writer,
    head: Option<String>,
    rows: VecDeque<Row>,
    after: Option<Place>,
    listed: bool,
}

type Step = (Bytes, Option<Walk>);

impl Walk {
    /// The next piece of the answer, and how it goes on.
    async fn step(mut self) -> Result<Step, Problem> {
        // The client may take hours, and the person takes access back meanwhile (design.md §1).
        self.gate.still_admits(self.maker.grant.holder())?;
        let mut out = self.head.take().unwrap_or_default();
        while out.len() < STEP {
            let Some(row) = self.next().await? else {
                out.push_str(Writer::END);
                return Ok((out.into(), None));
            };
            let (writer, text) = self.maker.text(&row, self.writer).await?;
            self.writer = writer;
            match text {
                Some(Ok(text)) => out.push_str(&text),
                // One event that cannot be read must not take the others along.
                Some(Err(problem)) => log::error!("an export left out event {}: {problem}", row.id),
                None => {}
            }
        }
        Ok((out.into(), Some(self)))
    }

    async fn next(&mut self) -> Result<Option<Row>, Problem> {
        while self.rows.is_empty() && !self.listed {
            let (selection, after) = (self.selection.clone(), self.after.take());
            let list = move |on: &mut Owned<'_, Calendar, Read>| queries::list(on, &selection, after.as_ref(), 0, ROWS);
            let (rows, place) = self.maker.store.read(&self.maker.grant, list).await?;
            self.rows = rows.into();
            self.listed = place.is_none();
            self.after = place;
        }
        Ok(self.rows.pop_front())
    }
}
