-- A person's address book. The hot table holds what lists show and what they are filtered and ordered by; the whole record, a vCard,
-- stands apart (a list that had to step over it took three times as long). Text that is missing is '': the databases sort
-- NULL differently. Only `contacts`, `contact_folders` and `contact_books` refer to `people`: a check for each term would cost
-- more than the term.
CREATE TABLE contact_folders (
    person BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BYTEA NOT NULL CHECK (length(id) = 16),
    -- The number of the last change of this row.
    changed BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- The name folded, by which it is unique.
    name_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
);

CREATE UNIQUE INDEX contact_folders_name ON contact_folders (person, name_key);

CREATE TABLE contacts (
    person BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id BYTEA NOT NULL CHECK (length(id) = 16),
    -- A row of `contact_folders`, or the person's own uid: the default folder has no row.
    folder BYTEA NOT NULL CHECK (length(folder) = 16),
    changed BIGINT NOT NULL,
    -- The card's UID, or 'sha256:' and its digest if it is longer than 200 bytes.
    uid TEXT COLLATE "C" NOT NULL,
    -- What $filter compares: folded.
    display TEXT COLLATE "C" NOT NULL,
    given TEXT COLLATE "C" NOT NULL,
    surname TEXT COLLATE "C" NOT NULL,
    middle TEXT COLLATE "C" NOT NULL,
    nick TEXT COLLATE "C" NOT NULL,
    file_as TEXT COLLATE "C" NOT NULL,
    company TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    job_title TEXT COLLATE "C" NOT NULL,
    -- What $orderby sorts by: folded, without accents.
    display_sort TEXT COLLATE "C" NOT NULL,
    given_sort TEXT COLLATE "C" NOT NULL,
    surname_sort TEXT COLLATE "C" NOT NULL,
    -- YYYY-MM-DD, --MM-DD or ''.
    birthday TEXT COLLATE "C" NOT NULL,
    -- A letter for each name that is an address or a number, which Contacts.ReadBasic does not show.
    concealed TEXT COLLATE "C" NOT NULL,
    -- The ready JSON, and by which version of the program's projection it was made.
    projection TEXT COLLATE "C" NOT NULL,
    projection_version INTEGER NOT NULL,
    -- What there is of the photo, as JSON (null: none), and the blob that holds the bytes.
    photo TEXT COLLATE "C",
    photo_blob TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (person, id)
);

CREATE UNIQUE INDEX contacts_uid ON contacts (person, uid);
CREATE INDEX contacts_display ON contacts (person, display_sort, id);
CREATE INDEX contacts_given ON contacts (person, given_sort, id);
CREATE INDEX contacts_surname ON contacts (person, surname_sort, id);
CREATE INDEX contacts_folder ON contacts (person, folder, id);
-- For the sweep, which asks of many blobs whether anybody's row names them.
CREATE UNIQUE INDEX contacts_photo_blob ON contacts (photo_blob) WHERE photo_blob IS NOT NULL;

CREATE TABLE contact_cards (
    person BIGINT NOT NULL,
    id BYTEA NOT NULL,
    -- The whole record, in the syntax of vCard 4.0.
    card TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, id)
);

-- What a contact is found by: a class, and a prefix in it, is a range of the key. Classes: see the table's definition in src/store/tables.rs.
CREATE TABLE contact_terms (
    person BIGINT NOT NULL,
    class TEXT COLLATE "C" NOT NULL,
    term TEXT COLLATE "C" NOT NULL,
    contact BYTEA NOT NULL,
    PRIMARY KEY (person, class, term, contact)
);

-- The last change of each contact, and where it is gone from: what a delta round walks, in the order of the person's commits.
CREATE TABLE contact_changes (
    person BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    contact BYTEA NOT NULL,
    folder BYTEA NOT NULL,
    -- 0: it is there; 1: deleted; 2: it left this folder for another.
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, contact, folder)
);

CREATE INDEX contact_changes_gone ON contact_changes (at) WHERE gone <> 0;

-- The last change of each folder, and the folders that are gone.
CREATE TABLE contact_folder_changes (
    person BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    folder BYTEA NOT NULL,
    gone INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, changed, folder)
);

CREATE INDEX contact_folder_changes_gone ON contact_folder_changes (at) WHERE gone <> 0;

-- How many contacts there are: counting them took as long as there are many.
CREATE TABLE contact_books (
    person BIGINT NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    contacts BIGINT NOT NULL
);
