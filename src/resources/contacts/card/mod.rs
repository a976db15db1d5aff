//! A contact's card: the whole record, a vCard's properties, and the Graph contact that is a view of it.
//! Pure: may import problem, json, `query::text`, `content_line`, `shape`, `server`; nothing here knows the database or HTTP.

mod dates;
mod files;
mod jscontact;
mod kept;
mod lines;
mod members;
mod merge;
mod names;
mod parts;
mod project;
mod read;
mod slots;
mod terms;
mod texts;
mod write;

use serde_json::{Map, Value};

pub use members::{MEMBERS, Member};
pub use project::{FOLDED, NAMES, Projection, cut, seen_by_basic};
pub use terms::CHARS as TERM;

use crate::problem::Problem;
use crate::query::text::looks_like_address_or_number;
pub use crate::resources::content_line::Fault as CardFault;
use crate::resources::content_line::{Property, Source};

/// Which projection [`Card::project`] makes. A row of another is made anew when its contact is next changed, and its terms with it.
pub const VERSION: i32 = 1;

/// The vCard version to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// RFC 6350.
    V4,
    /// RFC 2426.
    V3,
}

/// What a card is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `text/vcard`
    VCard(Version),
    /// `application/jscontact+json`
    JsContact,
}

impl Form {
    /// Of a vCard.
    pub fn of_vcard(text: &str) -> Self {
        let version = text
            .lines()
            .find_map(|line| line.trim_end().to_ascii_uppercase().strip_prefix("VERSION:").map(str::to_owned));
        Self::VCard(if version.is_some_and(|version| version.trim() == "3.0") { Version::V3 } else { Version::V4 })
    }
}

/// A contact's whole record: a vCard's properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    properties: Vec<Property>,
}

impl Card {
    /// An empty card, without UID.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one vCard (2.1, 3.0 or 4.0) as clients send it, from BEGIN to END. One whose FN is not there, or empty, gets one.
    pub fn read(text: &str) -> Result<Self, CardFault> {
        let mut card = Self { properties: read::properties(text, Source::Client)? };
        if card.properties.is_empty() {
            return Err(CardFault::new(0, "The card is empty: nothing stands between BEGIN:VCARD and END:VCARD."));
        }
        card.name();
        Ok(card)
    }

    /// Gives a card whose FN is not there, or empty, one, if something in it can stand for a name.
    pub fn name(&mut self) {
        let says = |property: &Property| property.is("FN") && !property.text().trim().is_empty();
        if self.properties.iter().any(says) {
            return;
        }
        let name = names::derived(&self.properties);
        match self.properties.iter_mut().find(|property| property.is("FN")) {
            _ if name.is_empty() => {}
            // What is given stays, unless there is a name to say.
            Some(_) if looks_like_address_or_number(&name) => {}
            Some(empty) => empty.value = name,
            None => self.properties.push(Property::new("FN", name)),
        }
    }

    /// Reads the record as it is kept, however large.
    pub fn stored(text: &str) -> Result<Self, CardFault> {
        read::properties(text, Source::Record).map(|properties| Self { properties })
    }

    /// What is kept: everything, in vCard 4.0's syntax.
    pub fn record(&self) -> String {
        write::record(&self.properties)
    }

    /// `text/vcard`.
    pub fn write(&self, version: Version) -> String {
        write::card(&self.properties, version)
    }

    /// The card of members as they were shown: nothing about them is checked, since what was imported is as it is.
    pub fn of_shown(members: &Map<String, Value>) -> Self {
        Self { properties: merge::shown(members) }
    }

    /// Reads a JSContact card.
    pub fn from_jscontact(json: impl AsRef<[u8]>) -> Result<Self, CardFault> {
        jscontact::read(json.as_ref()).map(|properties| Self { properties })
    }

    /// `application/jscontact+json`.
    pub fn to_jscontact(&self) -> Result<String, CardFault> {
        jscontact::write(&self.properties)
    }

    /// The UID, as written.
    pub fn uid(&self) -> Option<&str> {
        let uid = self.properties.iter().find(|property| property.is("UID"));
        uid.map(|uid| uid.value.trim()).filter(|uid| !uid.is_empty())
    }

    /// Gives the card a UID.
    pub fn set_uid(&mut self, uid: &str) {
        let uid: String = uid.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect();
        match self.properties.iter_mut().find(|property| property.is("UID")) {
            Some(property) => property.value = uid,
            None => self.properties.insert(0, Property::new("UID", uid)),
        }
    }

    /// Merges a change of Graph members, as PATCH means it, into the whole record; on a refusal nothing is changed.
    pub fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), Problem> {
        self.properties = merge::merged(&self.properties, changes)?;
        Ok(())
    }

    /// The bytes of the picture that stands in the card, whatever they are.
    pub fn photo(&self) -> Option<Vec<u8>> {
        self.properties.iter().filter(|property| property.is("PHOTO")).find_map(files::bytes)
    }

    /// Makes this the only picture, or leaves none.
    pub fn set_photo(&mut self, jpeg: Option<&[u8]>) {
        self.properties.retain(|property| !property.is("PHOTO"));
        self.properties.extend(jpeg.map(|bytes| Property::new("PHOTO", files::jpeg(bytes))));
    }

    /// What the database keeps beside the record.
    pub fn project(&self) -> Projection {
        project::of(&self.properties)
    }
}
