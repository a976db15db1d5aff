-- What photos' bytes are named by, whoever's rows name them: every table with a column that does REFERENCES this one. A row is there before its bytes
-- are, and goes after them.
CREATE TABLE contents (
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size BIGINT NOT NULL,
    -- When somebody last meant to name it.
    touched BIGINT NOT NULL,
    -- When its bytes began to be taken away: nobody may name it until the row is gone. Null: they are not.
    doomed BIGINT,
    PRIMARY KEY (sha256)
) WITHOUT ROWID;

-- A person's photos and the albums that they are in, as contacts are kept: the hot table holds what lists show and what they are
-- filtered and ordered by. Text that is missing is ''.
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

-- What a person has already; and whose it is at all, which the sweep asks.
CREATE UNIQUE INDEX photos_sha256 ON photos (sha256, person);
-- Where the picture that is given without Photos.Location.Read is another one.
CREATE INDEX photos_cut ON photos (cut_sha256, person) WHERE cut_sha256 <> sha256;
CREATE INDEX photos_taken ON photos (person, taken, id);
CREATE INDEX photos_created ON photos (person, created_at, id);
CREATE INDEX photos_name ON photos (person, name_sort, id);

-- The smaller pictures that were made of a photo.
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

-- Whose it is at all, which the sweep asks.
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

-- The last change of each photo, and the photos that are gone: what a delta round walks, in the order of the person's commits.
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

-- The same of albums; what comes into one or leaves it changes it.
CREATE TABLE album_changes (
    person INTEGER NOT NULL,
    changed BIGINT NOT NULL,
    album BLOB NOT NULL,
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, album)
) WITHOUT ROWID;

CREATE INDEX album_changes_gone ON album_changes (at) WHERE gone <> 0;

-- How many photos there are, and how many bytes their originals have together.
CREATE TABLE photo_books (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    photos BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);

-- Pictures that come in parts. A row stays for an hour after its picture is there: some clients send the last part again.
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
