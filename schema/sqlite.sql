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
);

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
