//! What the database keeps beside the record, ready to answer, compare, order and search by.
//! Imports `members`, `rules`, `status`, `terms`, `times`, `when`, `ical`, `query::text`, `content_line`, `serde_json`.

use serde_json::Value;

use crate::query::text::{bare, fold};
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::members::{self, Basic, MEMBERS, Member};
use crate::resources::calendar::record::texts::{part, text};
use crate::resources::calendar::record::when::When;
use crate::resources::calendar::record::{rules, status, terms, times};
use crate::resources::content_line::open;

/// The most characters of a text that is compared.
pub const FOLDED: usize = 256;
const SORTED: usize = 128;

/// An event's columns, projection and terms.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct Projection {
    /// The JSON object of all members that the record gives, in the table's order, then the unknown ones. Times are as the
    /// record has them: a zone may be a TZID that only its VTIMEZONE explains, or '' for a floating time.
    pub json: String,
    /// When it begins.
    pub start: When,
    /// When it ends, never before it begins; the first instance of a series.
    pub end: When,
    /// Whether it repeats.
    pub recurs: bool,
    /// `subject`, folded.
    pub subject: String,
    /// `subject`, bare.
    pub subject_sort: String,
    /// The first location's name, folded.
    pub location: String,
    /// `organizer/emailAddress/address`, folded.
    pub organizer: String,
    /// As the member of this name.
    pub importance: String,
    /// As the member of this name.
    pub sensitivity: String,
    /// As the member of this name.
    pub show_as: String,
    /// As the member of this name.
    pub is_cancelled: bool,
    /// As the member of this name.
    pub has_attachments: bool,
    /// As the member of this name.
    pub is_reminder_on: bool,
    /// Whether `Calendars.ReadBasic` sees a busy block only.
    pub private: bool,
    /// Class and term; the classes are those of `terms`.
    pub terms: Vec<(char, String)>,
}

/// The projection of an event; none without a start, which no record lacks.
pub(super) fn of(event: &Component, clocks: &Clocks) -> Option<Projection> {
    let start = times::start(event)?;
    let values: Vec<(&str, Value)> = MEMBERS.iter().map(|member| (member.name, member.shown(event, clocks))).collect();
    let value = |name: &str| values.iter().find(|(member, _)| *member == name).map_or(&Value::Null, |(_, value)| value);
    let text = |name: &str| value(name).as_str().unwrap_or_default();
    let is = |name: &str| value(name).as_bool().unwrap_or_default();
    let folded = |value: &Value| cut(&fold(value.as_str().unwrap_or_default()), FOLDED);
    let private = is_private(text("sensitivity"));
    Some(Projection {
        json: json(event, &values),
        end: times::end(event, clocks, &start),
        start,
        recurs: rules::recurs(event),
        subject: folded(value("subject")),
        subject_sort: cut(&bare(text("subject")), SORTED),
        location: folded(part(value("location"), "displayName")),
        organizer: folded(part(part(value("organizer"), "emailAddress"), "address")),
        importance: text("importance").to_owned(),
        sensitivity: text("sensitivity").to_owned(),
        show_as: text("showAs").to_owned(),
        is_cancelled: is("isCancelled"),
        has_attachments: is("hasAttachments"),
        is_reminder_on: is("isReminderOn"),
        private,
        terms: terms::of(event, value, private),
    })
}

/// Whether an event of this `sensitivity` is a busy block to who may see but the basics.
pub fn is_private(sensitivity: &str) -> bool {
    ["private", "confidential"].contains(&sensitivity)
}

/// The event with the class of its series, if that is private and its own is not.
pub(super) fn as_private_as(event: &Component, series: Option<&Component>) -> Component {
    let is_private = |event: &Component| is_private(text(&status::sensitivity(event)));
    let mut event = event.clone();
    if let Some(series) = series.filter(|series| is_private(series) && !is_private(&event)) {
        event.set("CLASS", Some(series.value("CLASS").to_owned()));
    }
    event
}

/// Whether `Calendars.ReadBasic` sees what a member holds, of an event that is private or not.
pub fn is_seen_by_basic(member: &Member, private: bool) -> bool {
    match member.basic {
        Basic::Always => true,
        Basic::UnlessPrivate => !private,
        Basic::Never => false,
    }
}

fn json(event: &Component, values: &[(&str, Value)]) -> String {
    let unknown = open::shown(&event.properties, members::ours);
    let known = values.iter().map(|(name, value)| (*name, value));
    let all = known.chain(unknown.iter().map(|(name, value)| (name.as_str(), value)));
    let each = all.map(|(name, value)| format!("{}:{value}", Value::from(name)));
    format!("{{{}}}", each.collect::<Vec<_>>().join(","))
}

/// At most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
