//! The columns of an event that follow from its record alone.

use std::borrow::Cow;

use diesel::prelude::*;

use super::Made;
use crate::resources::calendar::record;
use crate::store::columns::Instant;
use crate::store::tables::events;

/// As they are written, or as they are found.
#[derive(Debug, PartialEq, Eq, Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = events, treat_none_as_null = true)]
pub(in crate::resources::calendar) struct Values<'m> {
    uid: Cow<'m, str>,
    reach: i32,
    starts: Instant,
    ends: Option<Instant>,
    schedule: Cow<'m, str>,
    begins: Instant,
    finishes: Instant,
    subject: Cow<'m, str>,
    location: Cow<'m, str>,
    organizer: Cow<'m, str>,
    importance: Cow<'m, str>,
    sensitivity: Cow<'m, str>,
    show_as: Cow<'m, str>,
    is_all_day: i32,
    is_cancelled: i32,
    is_private: i32,
    recurs: i32,
    subject_sort: Cow<'m, str>,
    projection: Cow<'m, str>,
    projection_version: i32,
}

impl<'m> From<&'m Made> for Values<'m> {
    fn from(made: &'m Made) -> Self {
        let (of, span) = (&made.projection, made.span);
        let [importance, sensitivity, show_as] = made.words.each_ref().map(|word| word.as_str().into());
        Self {
            uid: made.uid.as_str().into(),
            reach: span.reach,
            starts: span.starts,
            ends: span.ends,
            schedule: made.schedule.as_str().into(),
            begins: span.begins,
            finishes: span.finishes,
            subject: of.subject.as_str().into(),
            location: of.location.as_str().into(),
            organizer: of.organizer.as_str().into(),
            importance,
            sensitivity,
            show_as,
            is_all_day: of.start.all_day.into(),
            is_cancelled: of.is_cancelled.into(),
            is_private: of.private.into(),
            recurs: of.recurs.into(),
            subject_sort: of.subject_sort.as_str().into(),
            projection: of.json.as_str().into(),
            projection_version: record::VERSION,
        }
    }
}

impl Values<'_> {
    /// Whether this version of the program made them: those of another say nothing.
    pub(in crate::resources::calendar) fn is_of_now(&self) -> bool {
        self.projection_version == record::VERSION
    }

    /// Whether it is found where it happens.
    pub(in crate::resources::calendar) fn is_when(&self, other: &Self) -> bool {
        let when = |of: &Self| (of.reach, of.starts, of.ends, of.begins, of.finishes, of.recurs);
        when(self) == when(other) && self.schedule == other.schedule
    }

    /// Whether it is shown as the same.
    pub(in crate::resources::calendar) fn is_shown_as(&self, other: &Self) -> bool {
        self.projection == other.projection
    }
}
