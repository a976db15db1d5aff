//! The members of an event that the server sets, not the record, and those that only follow from others. Whoever sends a whole
//! event back sends them along: they say nothing then. A leaf: imports nothing of ours.

/// Each with whether `Calendars.ReadBasic` sees it.
pub const SERVER_MEMBERS: [(&str, bool); 16] = [
    ("id", true),
    ("changeKey", false),
    ("createdDateTime", false),
    ("lastModifiedDateTime", false),
    ("type", true),
    ("seriesMasterId", true),
    ("originalStart", true),
    ("occurrenceId", true),
    ("isOrganizer", false),
    ("responseStatus", false),
    ("isDraft", false),
    ("webLink", false),
    ("calendar", false),
    ("calendarId", true),
    ("uid", false),
    ("onlineMeeting", false),
];

/// Whether it is the server that sets the member of this name.
pub fn sets(name: &str) -> bool {
    SERVER_MEMBERS.iter().any(|(member, _)| *member == name)
}
