-- Who has an account here: one row for each (issuer, subject). Instants are microseconds since 1970, UTC.
-- Ids are never used again (AUTOINCREMENT): a process that still remembers a deleted person must not meet another one.
-- INTEGER PRIMARY KEY is SQLite's 64-bit row id, so that the table itself is in the order of its key.
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
);
