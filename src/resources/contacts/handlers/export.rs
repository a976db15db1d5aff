//! Contacts in the forms that other programs read: `text/vcard` and `application/jscontact+json`, one or the whole selection,
//! streamed some at a time: no transaction is held while the client takes its time, and no more than one step's cards.
//! Under `ReadBasic` a card has the names, the birthday without year and the uploaded photo, and nothing else.

use std::collections::VecDeque;

use actix_web::HttpResponse;
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::{Bytes, Data};
use futures_util::stream;
use mediatype::names::{TEXT, VCARD};
use mediatype::{MediaTypeList, Name, ReadParams as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::attempt::card_of;
use crate::access::{Gate, Grant, Read};
use crate::blobs::{BlobFault, Blobs, Key};
use crate::problem::{Code, Problem};
use crate::resources::accept;
use crate::resources::apart::apart;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::{Card, MEMBERS, Version};
use crate::resources::contacts::model::{Level, View};
use crate::resources::contacts::queries::{self, Place, Row, Selection};
use crate::resources::photo::Photo;
use crate::store::columns::Uid;
use crate::store::{Owned, Store, StoreError};

/// What a list and one contact are served as, beside JSON.
pub const MEDIA_TYPES: &[&str] = &["text/vcard", "application/jscontact+json"];
/// So many rows are listed at a time.
const ROWS: usize = 100;
/// A step of the answer ends when it is as large as this.
const STEP: usize = 256 * 1024;

/// A form of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The Graph projection.
    Json,
    /// `text/vcard`
    VCard(Version),
    /// `application/jscontact+json`
    JsContact,
}

impl Form {
    /// The one that the client would rather have.
    pub(super) fn asked(headers: &HeaderMap) -> Result<Self, Problem> {
        let json = ["application/json", "application/problem+json", "application/octet-stream"];
        let offered = [&json, MEDIA_TYPES].concat();
        let (accept, version) = vcards(headers)?;
        Ok(match accept::choose(&accept, &offered)? {
            3 => Self::VCard(version),
            4 => Self::JsContact,
            _ => Self::Json,
        })
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::VCard(Version::V4) => "text/vcard; version=4.0; charset=utf-8",
            Self::VCard(Version::V3) => "text/vcard; version=3.0; charset=utf-8",
            Self::JsContact => "application/jscontact+json",
        }
    }

    fn text(self, card: &Card) -> Result<String, Problem> {
        match self {
            Self::VCard(version) => Ok(card.write(version)),
            Self::Json | Self::JsContact => card.to_jscontact().map_err(|fault| Problem::internal(fault.to_string())),
        }
    }
}

/// `Accept` as it is compared, without the vCards of other versions than ours and by one name of the type, and the version
/// that it asks for.
fn vcards(headers: &HeaderMap) -> Result<(HeaderMap, Version), Problem> {
    let values = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let (mut kept, mut version, mut unknown) = (Vec::new(), Version::V4, false);
    for mut media in MediaTypeList::new(&values).flatten() {
        if media.ty == TEXT && ["vcard", "x-vcard"].iter().any(|name| media.subty.as_str().eq_ignore_ascii_case(name)) {
            media.subty = VCARD;
            let asked = Name::new("version").and_then(|name| media.get_param(name));
            match asked.map(|of| of.unquoted_str().into_owned()).as_deref() {
                Some("3.0") => version = Version::V3,
                Some("4.0") | None => {}
                Some(_) => {
                    unknown = true;
                    continue;
                }
            }
        }
        kept.push(media.to_string());
    }
    if unknown && kept.is_empty() {
        let message = "vCards are served in versions 3.0 and 4.0: ask for `text/vcard;version=4.0`.";
        return Err(Problem::new(Code::NotAcceptable, message).target("Accept"));
    }
    let mut accept = HeaderMap::new();
    if let Ok(value) = HeaderValue::try_from(kept.join(",")) {
        accept.insert(ACCEPT, value);
    }
    Ok((accept, version))
}

/// What cards are made with.
#[derive(Clone)]
pub(super) struct Maker {
    grant: Grant<Contacts, Read>,
    store: Store,
    blobs: Blobs,
    view: View,
    form: Form,
}

impl Maker {
    pub(super) fn new(grant: Grant<Contacts, Read>, (store, blobs): (&Store, &Blobs), view: View, form: Form) -> Self {
        Self { grant, store: store.clone(), blobs: blobs.clone(), view, form }
    }

    /// The answer for one contact.
    pub(super) async fn one(&self, row: &Row) -> Result<HttpResponse, Problem> {
        let text = self.text(row).await?.ok_or(StoreError::NotFound)??;
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, self.form.media_type()));
        response.insert_header(("ETag", self.view.etag(row.changed).to_string()));
        Ok(response.body(text))
    }

    /// The answer for all of `selection`, as long as `gate` would let its grant in.
    pub(super) fn all(self, selection: Selection, gate: Data<Gate>) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, self.form.media_type()));
        if matches!(self.form, Form::VCard(_)) {
            response.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"contacts.vcf\""));
        }
        let walk =
            Walk { maker: self, gate, selection, rows: VecDeque::new(), after: None, begun: false, listed: false };
        response.streaming(stream::try_unfold(Some(walk), |walk| async move {
            match walk {
                // The head is sent already: the connection is broken off, and the log says why.
                Some(walk) => walk.step().await.map(Some).map_err(|problem| {
                    log::error!("an export was broken off: {problem}");
                    std::io::Error::other(problem.to_string())
                }),
                None => Ok(None),
            }
        }))
    }

    /// The contact in its form, or why it has none; none: it has gone since it was listed.
    async fn text(&self, row: &Row) -> Result<Option<Result<String, Problem>>, Problem> {
        let id = row.id;
        let record = move |on: &mut Owned<'_, Contacts, Read>| {
            on.gave(1);
            queries::record(on, id)
        };
        let stored = match self.store.read(&self.grant, record).await {
            Ok(stored) => stored,
            Err(StoreError::NotFound) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        let jpeg = self.uploaded(&stored.row, stored.blob.as_deref()).await?;
        let (record, projection) = (stored.card.len(), stored.row.projection.len());
        let bytes = record.saturating_add(projection).saturating_add(jpeg.as_ref().map_or(0, Vec::len));
        let (view, form) = (self.view.clone(), self.form);
        let make = move || {
            let mut card = match view.level() {
                Level::Full => card_of(&stored)?,
                Level::Basic => basic(&view, &stored.row)?,
            };
            if let Some(jpeg) = &jpeg {
                card.set_photo(Some(jpeg));
            }
            form.text(&card)
        };
        Ok(Some(apart(bytes, make).await?))
    }

    /// The largest square of the photo that was uploaded.
    async fn uploaded(&self, row: &Row, blob: Option<&str>) -> Result<Option<Vec<u8>>, Problem> {
        let (Some(described), Some(key)) = (&row.photo, blob.and_then(Key::parse)) else { return Ok(None) };
        let photo: Photo = serde_json::from_str(described).map_err(|fault| Problem::internal(fault.to_string()))?;
        let Some(piece) = photo.square(None) else { return Ok(None) };
        match self.blobs.get(key, piece.range()).await {
            Ok(bytes) if piece.is(&bytes) => Ok(Some(bytes)),
            Ok(_) => Err(Problem::internal("a photo's bytes are not those that were stored")),
            // It was replaced since the row was read.
            Err(BlobFault::Absent) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}

/// The card of what `ReadBasic` sees.
fn basic(view: &View, row: &Row) -> Result<Card, Problem> {
    let mut json = Vec::new();
    view.write(&mut json, row)?;
    let mut seen: Map<String, Value> =
        serde_json::from_slice(&json).map_err(|fault| Problem::internal(fault.to_string()))?;
    let is_cards = |name: &str| MEMBERS.iter().any(|member| member.name == name);
    seen.retain(|name, value| is_cards(name) && !value.is_null());
    let mut card = Card::of_shown(&seen);
    card.set_uid(&Uuid::urn(row.id.uuid()).to_string());
    Ok(card)
}

/// How far an export has come.
struct Walk {
    maker: Maker,
    gate: Data<Gate>,
    selection: Selection,
    rows: VecDeque<Row>,
    after: Option<Place>,
    begun: bool,
    listed: bool,
}

type Step = (Bytes, Option<Walk>);

impl Walk {
    /// The next piece of the answer, and how it goes on.
    async fn step(mut self) -> Result<Step, Problem> {
        // The client may take hours, and the person takes access back meanwhile (design.md §1).
        self.gate.still_admits(self.maker.grant.holder())?;
        let is_array = self.maker.form == Form::JsContact;
        let mut text = String::new();
        let mut open = if is_array { "[" } else { "" };
        if self.begun {
            open = if is_array { "," } else { "" };
        }
        while text.len() < STEP {
            let Some(row) = self.next().await? else {
                text.push_str(if !is_array {
                    ""
                } else if self.begun {
                    "]"
                } else {
                    "[]"
                });
                return Ok((text.into(), None));
            };
            match self.maker.text(&row).await? {
                Some(Ok(card)) => {
                    text.push_str(open);
                    text.push_str(&card);
                    self.begun = true;
                    open = if is_array { "," } else { "" };
                }
                // One contact that cannot be read must not take the others along.
                Some(Err(problem)) => log::error!("an export left out contact {}: {problem}", row.id),
                None => {}
            }
        }
        Ok((text.into(), Some(self)))
    }

    async fn next(&mut self) -> Result<Option<Row>, Problem> {
        while self.rows.is_empty() && !self.listed {
            let (selection, after) = (self.selection.clone(), self.after.take());
            let list = move |on: &mut Owned<'_, Contacts, Read>| queries::list(on, &selection, after.as_ref(), 0, ROWS);
            let (rows, place) = self.maker.store.read(&self.maker.grant, list).await?;
            self.rows = rows.into();
            self.listed = place.is_none();
            self.after = place;
        }
        Ok(self.rows.pop_front())
    }
}

/// Refuses a folder that is not there before the answer has begun.
pub(super) async fn folder_is_there(
    grant: &Grant<Contacts, Read>,
    store: &Store,
    folder: Option<Uid>,
) -> Result<(), Problem> {
    let Some(folder) = folder else { return Ok(()) };
    Ok(store.read(grant, move |on| queries::folder_is_there(on, folder)).await?)
}
