//! What the database keeps beside the card, ready to answer, compare, order and search by.
//! Imports `members`, `open`, `dates`, `terms`, `query::text`, `serde_json`.

use serde_json::Value;

use crate::query::text::{bare, fold, looks_like_address_or_number};
use crate::resources::contacts::card::members::{self, MEMBERS, Member};
use crate::resources::contacts::card::{files, terms};
use crate::resources::content_line::{Property, open};

/// The most characters of a text that is compared.
pub const FOLDED: usize = 256;
const SORTED: usize = 128;

/// The name members by the letters of `concealed`.
pub const NAMES: [(&str, char); 11] = [
    ("fileAs", 'f'),
    ("displayName", 'd'),
    ("givenName", 'g'),
    ("initials", 'i'),
    ("middleName", 'm'),
    ("nickName", 'n'),
    ("surname", 's'),
    ("title", 't'),
    ("yomiGivenName", 'y'),
    ("yomiSurname", 'z'),
    ("generation", 'x'),
];

/// A card's columns, projections and terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each text is the member of its name, folded; `_sort`: bare")]
pub struct Projection {
    /// The JSON object of all members that the card gives, in the table's order, then the unknown ones.
    pub json: String,
    pub display: String,
    pub given: String,
    pub surname: String,
    pub middle: String,
    pub nick: String,
    pub file_as: String,
    pub company: String,
    pub department: String,
    pub job_title: String,
    pub display_sort: String,
    pub given_sort: String,
    pub surname_sort: String,
    /// `YYYY-MM-DD`, `--MM-DD` or ''.
    pub birthday: String,
    /// The letters ([`NAMES`]) of names that are an address or a number, which `Contacts.ReadBasic` must not see.
    pub concealed: String,
    /// Class and term; the classes are those of `terms`.
    pub terms: Vec<(char, String)>,
    /// Whether a picture stands in the card.
    pub has_photo: bool,
}

/// The projection of a card.
pub(super) fn of(properties: &[Property]) -> Projection {
    let values: Vec<(&str, Value)> = MEMBERS.iter().map(|member| (member.name, member.shown(properties))).collect();
    let text = |name: &str| {
        let value = values.iter().find(|(member, _)| *member == name).and_then(|(_, value)| value.as_str());
        value.unwrap_or_default()
    };
    let folded = |name: &str| cut(&fold(text(name)), FOLDED);
    let sorted = |name: &str| cut(&bare(text(name)), SORTED);
    let hidden = |name: &str| looks_like_address_or_number(text(name));
    let concealed = NAMES.iter().filter(|(name, _)| hidden(name)).map(|(_, letter)| *letter).collect();
    Projection {
        json: json(properties, &values),
        display: folded("displayName"),
        given: folded("givenName"),
        surname: folded("surname"),
        middle: folded("middleName"),
        nick: folded("nickName"),
        file_as: folded("fileAs"),
        company: folded("companyName"),
        department: folded("department"),
        job_title: folded("jobTitle"),
        display_sort: sorted("displayName"),
        given_sort: sorted("givenName"),
        surname_sort: sorted("surname"),
        birthday: text("birthdayDate").to_owned(),
        concealed,
        terms: terms::of(properties, &|name| (text(name), hidden(name))),
        has_photo: properties.iter().any(|property| property.is("PHOTO") && files::bytes(property).is_some()),
    }
}

fn json(properties: &[Property], values: &[(&str, Value)]) -> String {
    let unknown = open::shown(properties, members::ours);
    let known = values.iter().map(|(name, value)| (*name, value));
    object(known.chain(unknown.iter().map(|(name, value)| (name.as_str(), value))))
}

/// What `Contacts.ReadBasic` sees of a member's value: no name that is an address or a number, no year of birth, and nothing of
/// a member that is not its. `birthday` as [`Projection::birthday`] has it.
pub fn seen_by_basic(member: &Member, value: Value, birthday: &str) -> Value {
    match member.name {
        "birthdayDate" => without_year(birthday),
        name if !member.basic || name == "birthday" => Value::Null,
        _ if value.as_str().is_some_and(looks_like_address_or_number) => Value::Null,
        _ => value,
    }
}

fn without_year(birthday: &str) -> Value {
    match birthday.len() {
        10 => format!("-{}", birthday.get(4..).unwrap_or_default()).into(),
        7 => birthday.into(),
        _ => Value::Null,
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    let each = members.map(|(name, value)| format!("{}:{value}", Value::from(name)));
    format!("{{{}}}", each.collect::<Vec<_>>().join(","))
}

/// At most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
