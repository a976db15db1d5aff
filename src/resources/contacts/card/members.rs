//! The members of a contact that its card gives: what each may hold, whether `Contacts.ReadBasic` sees it, and where it stands in
//! the card. The one table here decides reading, writing and the OpenAPI schema.
//! Imports what stands beside it, `server`, `content_line`, `shape`, `serde_json`.

use serde_json::Value;

use crate::resources::contacts::card::parts::{self, Address};
use crate::resources::contacts::card::slots::{self, Labelled, Slots};
use crate::resources::contacts::card::texts::{Chats, Emails, Link, Phone, Plain, Related, text};
use crate::resources::contacts::card::{dates, dates::Day};
use crate::resources::contacts::server;
use crate::resources::content_line::Property;
use crate::resources::shape::Shape;

/// One member.
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether `Contacts.ReadBasic` sees it.
    pub basic: bool,
    place: Place,
}

/// Where a member stands in the card.
enum Place {
    /// A component of N or ORG.
    Component(&'static str, usize),
    Nickname,
    Categories,
    Address(Address),
    /// The first of these.
    First(&'static (dyn Slots + Sync)),
    /// All of these.
    Each(&'static (dyn Slots + Sync)),
    /// The instant of the day in these.
    Instant(&'static (dyn Slots + Sync)),
    /// The day in these.
    Day(&'static (dyn Slots + Sync)),
}

static LINE: Shape = Shape::Line(256);
static PHONE: Shape = Shape::Line(64);
static LINK: Shape = Shape::Url;
static EMAIL: Shape = Shape::Object(&[("name", Shape::Line(256)), ("address", Shape::Line(320))]);
const PHONES: Shape = Shape::List(50, &PHONE);
const ADDRESS: Shape = Shape::Object(&[
    ("street", Shape::Text(1024)),
    ("city", Shape::Line(128)),
    ("state", Shape::Line(128)),
    ("countryOrRegion", Shape::Line(128)),
    ("postalCode", Shape::Line(40)),
]);
const NAME: Shape = Shape::Line(256);

/// Apple's and Google's property for a person whom a label tells.
const NAMED: &str = "X-ABRELATEDNAMES";
static ASSISTANT: Plain = Plain(&["X-ASSISTANT", "X-EVOLUTION-ASSISTANT", "X-MS-ASSISTANT"]);
static MANAGER: Plain = Plain(&["X-MANAGER", "X-EVOLUTION-MANAGER", "X-MS-MANAGER"]);
static SPOUSE: Related = Related("spouse", &["X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-MS-SPOUSE"]);
static CHILD: Related = Related("child", &["X-MS-CHILD"]);
static ANNIVERSARY: Plain = Plain(&["ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-MS-ANNIVERSARY"]);

const fn basic(name: &'static str, place: Place) -> Member {
    Member { name, shape: NAME, basic: true, place }
}

const fn more(name: &'static str, shape: Shape, place: Place) -> Member {
    Member { name, shape, basic: false, place }
}

const fn plain(names: &'static Plain) -> Place {
    Place::First(names)
}

/// Every member that the card gives, in the order of an answer.
pub static MEMBERS: [Member; 38] = [
    basic("fileAs", plain(&Plain(&["X-EVOLUTION-FILE-AS", "X-FILE-AS"]))),
    basic("displayName", plain(&Plain(&["FN"]))),
    basic("givenName", Place::Component("N", 1)),
    basic("initials", plain(&Plain(&["X-INITIALS"]))),
    basic("middleName", Place::Component("N", 2)),
    basic("nickName", Place::Nickname),
    basic("surname", Place::Component("N", 0)),
    basic("title", Place::Component("N", 3)),
    basic("yomiGivenName", plain(&Plain(&["X-PHONETIC-FIRST-NAME"]))),
    basic("yomiSurname", plain(&Plain(&["X-PHONETIC-LAST-NAME"]))),
    more("yomiCompanyName", NAME, plain(&Plain(&["X-PHONETIC-ORG"]))),
    basic("generation", Place::Component("N", 4)),
    more("emailAddresses", Shape::List(100, &EMAIL), Place::Each(&Emails)),
    more("imAddresses", Shape::List(50, &LINE), Place::Each(&Chats)),
    more("jobTitle", NAME, plain(&Plain(&["TITLE"]))),
    more("companyName", NAME, Place::Component("ORG", 0)),
    more("department", NAME, Place::Component("ORG", 1)),
    more("officeLocation", NAME, plain(&Plain(&["X-OFFICE-LOCATION"]))),
    more("profession", NAME, plain(&Plain(&["ROLE"]))),
    more("businessHomePage", Shape::Url, Place::First(&Link::Work)),
    more("websites", Shape::List(50, &LINK), Place::Each(&Link::Other)),
    more("assistantName", NAME, Place::First(&Labelled(&ASSISTANT, NAMED, "Assistant"))),
    more("manager", NAME, Place::First(&Labelled(&MANAGER, NAMED, "Manager"))),
    more("homePhones", PHONES, Place::Each(&Phone::Home)),
    more("mobilePhone", Shape::Line(64), Place::First(&Phone::Mobile)),
    more("businessPhones", PHONES, Place::Each(&Phone::Business)),
    more("otherPhones", PHONES, Place::Each(&Phone::Other)),
    more("homeAddress", ADDRESS, Place::Address(Address::Home)),
    more("businessAddress", ADDRESS, Place::Address(Address::Business)),
    more("otherAddress", ADDRESS, Place::Address(Address::Other)),
    more("spouseName", NAME, Place::First(&Labelled(&SPOUSE, NAMED, "Spouse"))),
    more("personalNotes", Shape::Text(64 * 1024), plain(&Plain(&["NOTE"]))),
    more("children", Shape::List(50, &LINE), Place::Each(&Labelled(&CHILD, NAMED, "Child"))),
    more("categories", Shape::List(100, &LINE), Place::Categories),
    Member { name: "birthday", shape: Shape::Line(64), basic: true, place: Place::Instant(&Plain(&["BDAY"])) },
    Member { name: "birthdayDate", shape: Shape::PartialDate, basic: true, place: Place::Day(&Plain(&["BDAY"])) },
    more("anniversaryDate", Shape::PartialDate, Place::Day(&Labelled(&ANNIVERSARY, "X-ABDATE", "Anniversary"))),
    more("pronouns", NAME, plain(&Plain(&["PRONOUNS"]))),
];

/// The member of a contact that has this name, but for the case of letters.
pub(super) fn ours(name: &str) -> Option<&'static str> {
    let mut ours = MEMBERS.iter().map(|member| member.name).chain(server::SERVER_MEMBERS.iter().map(|(name, _)| *name));
    ours.find(|ours| ours.eq_ignore_ascii_case(name))
}

impl Member {
    /// What the card says.
    pub(super) fn shown(&self, properties: &[Property]) -> Value {
        let text = |text: String| if text.is_empty() { Value::Null } else { text.into() };
        match &self.place {
            Place::Component(name, at) => text(parts::component(properties, name, *at)),
            Place::Nickname => text(parts::nickname(properties)),
            Place::Categories => parts::categories(properties).into(),
            Place::Address(address) => address.shown(properties),
            Place::First(slots) => {
                let first = slots::all(properties, *slots).into_iter().next();
                first.filter(|value| value.as_str() != Some("")).unwrap_or(Value::Null)
            }
            Place::Each(slots) => {
                slots::all(properties, *slots).into_iter().filter(|value| value.as_str() != Some("")).collect()
            }
            Place::Instant(slots) => day(properties, *slots).and_then(Day::instant).into(),
            Place::Day(slots) => day(properties, *slots).map(Day::shown).into(),
        }
    }

    /// Makes the card say `given`, which the shape has checked.
    pub(super) fn put(&self, properties: &mut Vec<Property>, given: &Value) {
        if self.shown(properties) == *given {
            return;
        }
        match &self.place {
            Place::Component(name, at) => parts::put_component(properties, name, *at, text(given)),
            Place::Nickname => parts::put_nickname(properties, text(given)),
            Place::Categories => parts::put_categories(properties, list(given)),
            Place::Address(address) => address.put(properties, given),
            Place::First(slots) => slots::put_first(properties, *slots, Some(given).filter(|given| !given.is_null())),
            Place::Each(slots) => slots::put_all(properties, *slots, list(given)),
            Place::Instant(slots) => put_day(properties, *slots, dates::given_instant(text(given))),
            Place::Day(slots) => put_day(properties, *slots, dates::given(text(given))),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn day(properties: &[Property], slots: &dyn Slots) -> Option<Day> {
    slots.places(properties).into_iter().filter_map(|at| properties.get(at)).find_map(dates::day)
}

fn put_day(properties: &mut Vec<Property>, slots: &dyn Slots, day: Option<Day>) {
    let places = slots.places(properties);
    let says = |at: &&usize| properties.get(**at).and_then(dates::day).is_some();
    let place = places.iter().find(says).or(places.first()).copied();
    match (place, day) {
        (Some(at), None) => drop(properties.remove(at)),
        (Some(at), Some(day)) => {
            if let Some(property) = properties.get_mut(at) {
                dates::set(property, day);
            }
        }
        (None, Some(day)) => {
            let mut property = slots.blank();
            dates::set(&mut property, day);
            properties.push(property);
        }
        (None, None) => {}
    }
}
