-- A person's calendars and what is in them, as contacts are kept: the hot table holds what lists show and what they are filtered, ordered
-- and searched by; the whole record, iCalendar text, stands apart. Text that is missing is ''.
CREATE TABLE calendars (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- The person's own uid: the default calendar, which has no row until it is changed.
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- The number of the last change of this row.
    changed BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- The name folded, by which it is unique.
    name_key TEXT NOT NULL,
    -- One of Graph's names of colours.
    color TEXT NOT NULL,
    -- #rrggbb or ''.
    hex_color TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX calendars_name ON calendars (person, name_key);

CREATE TABLE events (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- A calendar's id, or the person's own uid: the default calendar.
    calendar BLOB NOT NULL CHECK (length(calendar) = 16),
    changed BIGINT NOT NULL,
    -- The record's UID, or 'sha256:' and its digest if it is longer than 200 bytes.
    uid TEXT NOT NULL,
    -- 0: single, and of at most 31 days, so that a window finds it by its start alone; 2: the same of no zone, whose times are as if
    -- they were UTC; 1: a series, or longer.
    reach INTEGER NOT NULL,
    -- When the first of its instances begins, and by when the last has ended; null: it never has.
    starts BIGINT NOT NULL,
    ends BIGINT,
    -- Of reach 1 the record with nothing but its times: what its instances are found by. Else ''.
    schedule TEXT NOT NULL,
    -- When the event itself begins and ends; of a series, its first instance as the rule has it.
    begins BIGINT NOT NULL,
    finishes BIGINT NOT NULL,
    -- What $filter compares: texts folded, words as Graph has them.
    subject TEXT NOT NULL,
    location TEXT NOT NULL,
    organizer TEXT NOT NULL,
    importance TEXT NOT NULL,
    sensitivity TEXT NOT NULL,
    show_as TEXT NOT NULL,
    is_all_day INTEGER NOT NULL,
    is_cancelled INTEGER NOT NULL,
    -- 1: Calendars.ReadBasic sees a busy block.
    is_private INTEGER NOT NULL,
    -- 1: a series.
    recurs INTEGER NOT NULL,
    -- What $orderby sorts by: folded, without accents.
    subject_sort TEXT NOT NULL,
    -- The ready JSON, and by which version of the program's projection it was made.
    projection TEXT NOT NULL,
    projection_version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX events_uid ON events (person, uid);
CREATE INDEX events_calendar ON events (person, calendar, id);
-- A window: the first three find it, in order; the others tell what is not in it without the row.
CREATE INDEX events_reach ON events (person, reach, starts, id, ends, calendar);
CREATE INDEX events_begins ON events (person, begins, id);
CREATE INDEX events_subject ON events (person, subject_sort, id);

CREATE TABLE event_records (
    person INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- The whole record: the VEVENTs of one UID and the VTIMEZONEs that they name (RFC 5545).
    record TEXT NOT NULL,
    PRIMARY KEY (person, id)
);

-- What an event is found by: a class, and a prefix in it, is a range of the key. Classes: see src/store/tables/calendar.rs.
CREATE TABLE event_terms (
    person INTEGER NOT NULL,
    class TEXT NOT NULL,
    term TEXT NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (person, class, term, event)
) WITHOUT ROWID;

-- The last change of each event, and where it is gone from: what a delta round walks, in the order of the person's commits.
CREATE TABLE event_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    event BLOB NOT NULL,
    calendar BLOB NOT NULL,
    -- 0: it is there; 1: deleted; 2: it left this calendar for another.
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, event, calendar)
) WITHOUT ROWID;

CREATE INDEX event_changes_gone ON event_changes (at) WHERE gone <> 0;

-- When a series happened before a change of that, or before it was deleted: which instances clients may have that are none any longer.
CREATE TABLE event_pasts (
    person INTEGER NOT NULL,
    event BLOB NOT NULL,
    -- The change that ended it.
    changed BIGINT NOT NULL,
    -- As in events; '' of what was single.
    schedule TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, event, changed)
) WITHOUT ROWID;

CREATE INDEX event_pasts_at ON event_pasts (at);

-- How many events there are.
CREATE TABLE event_books (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    events BIGINT NOT NULL
);
