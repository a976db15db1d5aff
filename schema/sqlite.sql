-- The end of migrations/sqlite, written by tests/store/schema.rs: UPDATE_SCHEMA=1 cargo test store::schema

CREATE TABLE people (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 16),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- The number of the person's last change; each write takes the next one first.
    seq BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE TABLE profiles (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    -- The number of the last change of this row.
    changed BIGINT NOT NULL,
    -- The address that the authorization server has verified.
    mail TEXT,
    -- The ready JSON, and by which version of the program's projection it was made.
    projection TEXT NOT NULL,
    projection_version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
, photo TEXT, photo_blob TEXT);

CREATE TABLE revocations (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    subject TEXT,
    client TEXT,
    token TEXT,
    before BIGINT,
    created_at BIGINT NOT NULL
, own INTEGER NOT NULL DEFAULT 0);

CREATE TABLE revocation_changes (
    id INTEGER NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);

CREATE TRIGGER revocations_inserted AFTER INSERT ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER revocations_updated AFTER UPDATE ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER revocations_deleted AFTER DELETE ON revocations BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TABLE readiness (
    id INTEGER NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX profiles_photo_blob ON profiles (photo_blob);

CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY,
    uid BLOB NOT NULL CHECK (length(uid) = 16)
);

CREATE TABLE contact_folders (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- The number of the last change of this row.
    changed BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- The name folded, by which it is unique.
    name_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX contact_folders_name ON contact_folders (person, name_key);

CREATE TABLE contacts (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- A row of `contact_folders`, or the person's own uid: the default folder has no row.
    folder BLOB NOT NULL CHECK (length(folder) = 16),
    changed BIGINT NOT NULL,
    -- The card's UID, or 'sha256:' and its digest if it is longer than 200 bytes.
    uid TEXT NOT NULL,
    -- What $filter compares: folded.
    display TEXT NOT NULL,
    given TEXT NOT NULL,
    surname TEXT NOT NULL,
    middle TEXT NOT NULL,
    nick TEXT NOT NULL,
    file_as TEXT NOT NULL,
    company TEXT NOT NULL,
    department TEXT NOT NULL,
    job_title TEXT NOT NULL,
    -- What $orderby sorts by: folded, without accents.
    display_sort TEXT NOT NULL,
    given_sort TEXT NOT NULL,
    surname_sort TEXT NOT NULL,
    -- YYYY-MM-DD, --MM-DD or ''.
    birthday TEXT NOT NULL,
    -- A letter for each name that is an address or a number, which Contacts.ReadBasic does not show.
    concealed TEXT NOT NULL,
    -- The ready JSON, and by which version of the program's projection it was made.
    projection TEXT NOT NULL,
    projection_version INTEGER NOT NULL,
    -- What there is of the photo, as JSON (null: none), and the blob that holds the bytes.
    photo TEXT,
    photo_blob TEXT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX contacts_uid ON contacts (person, uid);

CREATE INDEX contacts_display ON contacts (person, display_sort, id);

CREATE INDEX contacts_given ON contacts (person, given_sort, id);

CREATE INDEX contacts_surname ON contacts (person, surname_sort, id);

CREATE INDEX contacts_folder ON contacts (person, folder, id);

CREATE UNIQUE INDEX contacts_photo_blob ON contacts (photo_blob) WHERE photo_blob IS NOT NULL;

CREATE TABLE contact_cards (
    person INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- The whole record, in the syntax of vCard 4.0.
    card TEXT NOT NULL,
    PRIMARY KEY (person, id)
);

CREATE TABLE contact_terms (
    person INTEGER NOT NULL,
    class TEXT NOT NULL,
    term TEXT NOT NULL,
    contact BLOB NOT NULL,
    PRIMARY KEY (person, class, term, contact)
) WITHOUT ROWID;

CREATE TABLE contact_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    contact BLOB NOT NULL,
    folder BLOB NOT NULL,
    -- 0: it is there; 1: deleted; 2: it left this folder for another.
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, contact, folder)
) WITHOUT ROWID;

CREATE INDEX contact_changes_gone ON contact_changes (at) WHERE gone <> 0;

CREATE TABLE contact_folder_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    folder BLOB NOT NULL,
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, folder)
) WITHOUT ROWID;

CREATE INDEX contact_folder_changes_gone ON contact_folder_changes (at) WHERE gone <> 0;

CREATE TABLE contact_books (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    contacts BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    person INTEGER NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    request BLOB NOT NULL CHECK (length(request) = 32),
    item BLOB NOT NULL CHECK (length(item) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE seal_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL CHECK (length(secret) = 32)
);

CREATE TABLE client_grants (
    person INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    changed BIGINT NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    first_used BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    auth_time BIGINT,
    issued_at BIGINT NOT NULL,
    revoked_at BIGINT,
    cut BIGINT,
    restored_at BIGINT,
    PRIMARY KEY (person, id),
    UNIQUE (person, client)
) WITHOUT ROWID;

CREATE INDEX client_grants_first_used ON client_grants (first_used);

CREATE INDEX client_grants_restored ON client_grants (restored_at);

CREATE TRIGGER client_grants_updated AFTER UPDATE OF first_used, restored_at ON client_grants BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE TRIGGER client_grants_deleted AFTER DELETE ON client_grants BEGIN
    UPDATE revocation_changes SET number = number + 1 WHERE id = 1;
END;

CREATE INDEX revocations_subject ON revocations (issuer, subject);

CREATE TABLE access_log (
    person INTEGER NOT NULL,
    hour BIGINT NOT NULL,
    client TEXT NOT NULL,
    kind TEXT NOT NULL,
    operation BIGINT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    items BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    PRIMARY KEY (person, hour, client, kind, operation)
) WITHOUT ROWID;

CREATE INDEX access_log_hour ON access_log (hour);

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

CREATE TABLE event_terms (
    person INTEGER NOT NULL,
    class TEXT NOT NULL,
    term TEXT NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (person, class, term, event)
) WITHOUT ROWID;

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

CREATE TABLE event_books (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    events BIGINT NOT NULL
);

CREATE TABLE contents (
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size BIGINT NOT NULL,
    -- When somebody last meant to name it.
    touched BIGINT NOT NULL,
    -- When its bytes began to be taken away: nobody may name it until the row is gone. Null: they are not.
    doomed BIGINT,
    PRIMARY KEY (sha256)
) WITHOUT ROWID;

CREATE TABLE photos (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- The number of the last change of this row.
    changed BIGINT NOT NULL,
    -- SHA-256 of the original, and how many bytes it has.
    sha256 BLOB NOT NULL REFERENCES contents (sha256),
    size BIGINT NOT NULL,
    -- The same of the original without what its camera and its owner wrote into it: what is given without Photos.Location.Read.
    cut_sha256 BLOB NOT NULL,
    cut_size BIGINT NOT NULL,
    -- What it is by its content.
    media_type TEXT NOT NULL,
    -- Pixels, as it is shown.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    is_favorite INTEGER NOT NULL,
    -- When it was taken; where that clock stood is not known, as if it were UTC; the least number: not known at all.
    taken BIGINT NOT NULL,
    -- Where that clock stood: minutes east of UTC.
    taken_offset INTEGER,
    -- The ready JSON of what the camera says of itself.
    facts TEXT NOT NULL,
    -- The ready JSON of where it was taken, or ''.
    location TEXT NOT NULL,
    -- The same in millionths of a degree, to be compared.
    latitude BIGINT,
    longitude BIGINT,
    thumb_hash TEXT NOT NULL,
    -- What $filter compares: folded.
    name_key TEXT NOT NULL,
    camera_make TEXT NOT NULL,
    camera_model TEXT NOT NULL,
    -- What $orderby sorts by: folded, without accents.
    name_sort TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    -- The pieces of the original that are given without Photos.Location.Read, as JSON.
    recipe TEXT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX photos_sha256 ON photos (sha256, person);

CREATE INDEX photos_cut ON photos (cut_sha256, person) WHERE cut_sha256 <> sha256;

CREATE INDEX photos_taken ON photos (person, taken, id);

CREATE INDEX photos_created ON photos (person, created_at, id);

CREATE INDEX photos_name ON photos (person, name_sort, id);

CREATE TABLE photo_renditions (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    photo BLOB NOT NULL,
    -- Which, as paths name it: small, largeSquare.
    size TEXT NOT NULL,
    sha256 BLOB NOT NULL REFERENCES contents (sha256),
    -- Pixels.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (person, photo, size)
) WITHOUT ROWID;

CREATE INDEX photo_renditions_sha256 ON photo_renditions (sha256);

CREATE TABLE albums (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    changed BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- A photo in it: the one that was chosen, or another; null: there is none in it.
    cover BLOB,
    -- How many photos are in it.
    photos BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE TABLE album_photos (
    person INTEGER NOT NULL,
    album BLOB NOT NULL,
    photo BLOB NOT NULL,
    PRIMARY KEY (person, album, photo)
) WITHOUT ROWID;

CREATE INDEX album_photos_photo ON album_photos (person, photo, album);

CREATE TABLE photo_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    photo BLOB NOT NULL,
    -- 0: it is there; 1: deleted.
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, photo)
) WITHOUT ROWID;

CREATE INDEX photo_changes_gone ON photo_changes (at) WHERE gone <> 0;

CREATE TABLE album_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    album BLOB NOT NULL,
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, album)
) WITHOUT ROWID;

CREATE INDEX album_changes_gone ON album_changes (at) WHERE gone <> 0;

CREATE TABLE photo_books (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    photos BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);

CREATE TABLE upload_sessions (
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- What the picture is to be called, or '', and what is said of it.
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- How many bytes it has; null: nobody said that yet.
    total BIGINT,
    -- How many of them are here, from the first one on, and in how many parts.
    received BIGINT NOT NULL,
    chunks BIGINT NOT NULL,
    -- The photo that was made of it; null: it is not whole.
    photo BLOB,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
) WITHOUT ROWID;

CREATE INDEX upload_sessions_expires ON upload_sessions (expires_at);

CREATE TABLE upload_chunks (
    person INTEGER NOT NULL,
    session BLOB NOT NULL,
    -- The place of its first byte in the picture.
    first BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sha256 BLOB NOT NULL REFERENCES contents (sha256),
    PRIMARY KEY (person, session, first),
    FOREIGN KEY (person, session) REFERENCES upload_sessions (person, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX upload_chunks_sha256 ON upload_chunks (sha256);
