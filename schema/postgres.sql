-- The end of migrations/postgres, written by tests/store/schema.rs: UPDATE_SCHEMA=1 cargo test store::schema

CREATE TABLE access_log (
    person bigint NOT NULL,
    hour bigint NOT NULL,
    client text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    operation bigint NOT NULL,
    id bytea NOT NULL,
    items bigint NOT NULL,
    refusals bigint NOT NULL,
    CONSTRAINT access_log_id_check CHECK ((length(id) = 16)),
    CONSTRAINT access_log_pkey PRIMARY KEY (person, hour, client, kind, operation)
);

CREATE TABLE album_changes (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    album bytea NOT NULL,
    gone integer NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT album_changes_pkey PRIMARY KEY (person, changed, album)
);

CREATE TABLE album_photos (
    person bigint NOT NULL,
    album bytea NOT NULL,
    photo bytea NOT NULL,
    CONSTRAINT album_photos_pkey PRIMARY KEY (person, album, photo)
);

CREATE TABLE albums (
    person bigint NOT NULL,
    id bytea NOT NULL,
    changed bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    cover bytea,
    photos bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT albums_id_check CHECK ((length(id) = 16)),
    CONSTRAINT albums_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT albums_pkey PRIMARY KEY (person, id)
);

CREATE TABLE calendars (
    person bigint NOT NULL,
    id bytea NOT NULL,
    changed bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    color text COLLATE "C" NOT NULL,
    hex_color text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT calendars_id_check CHECK ((length(id) = 16)),
    CONSTRAINT calendars_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT calendars_pkey PRIMARY KEY (person, id)
);

CREATE TABLE client_grants (
    person bigint NOT NULL,
    id bytea NOT NULL,
    changed bigint NOT NULL,
    client text COLLATE "C" NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    first_used bigint NOT NULL,
    last_used bigint NOT NULL,
    auth_time bigint,
    issued_at bigint NOT NULL,
    revoked_at bigint,
    cut bigint,
    restored_at bigint,
    CONSTRAINT client_grants_id_check CHECK ((length(id) = 16)),
    CONSTRAINT client_grants_person_client_key UNIQUE (person, client),
    CONSTRAINT client_grants_pkey PRIMARY KEY (person, id)
);

CREATE TABLE contact_books (
    person bigint NOT NULL,
    contacts bigint NOT NULL,
    CONSTRAINT contact_books_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT contact_books_pkey PRIMARY KEY (person)
);

CREATE TABLE contact_cards (
    person bigint NOT NULL,
    id bytea NOT NULL,
    card text COLLATE "C" NOT NULL,
    CONSTRAINT contact_cards_pkey PRIMARY KEY (person, id)
);

CREATE TABLE contact_changes (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    contact bytea NOT NULL,
    folder bytea NOT NULL,
    gone integer NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT contact_changes_pkey PRIMARY KEY (person, changed, contact, folder)
);

CREATE TABLE contact_folder_changes (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    folder bytea NOT NULL,
    gone integer NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT contact_folder_changes_pkey PRIMARY KEY (person, changed, folder)
);

CREATE TABLE contact_folders (
    person bigint NOT NULL,
    id bytea NOT NULL,
    changed bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT contact_folders_id_check CHECK ((length(id) = 16)),
    CONSTRAINT contact_folders_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT contact_folders_pkey PRIMARY KEY (person, id)
);

CREATE TABLE contact_terms (
    person bigint NOT NULL,
    class text COLLATE "C" NOT NULL,
    term text COLLATE "C" NOT NULL,
    contact bytea NOT NULL,
    CONSTRAINT contact_terms_pkey PRIMARY KEY (person, class, term, contact)
);

CREATE TABLE contacts (
    person bigint NOT NULL,
    id bytea NOT NULL,
    folder bytea NOT NULL,
    changed bigint NOT NULL,
    uid text COLLATE "C" NOT NULL,
    display text COLLATE "C" NOT NULL,
    given text COLLATE "C" NOT NULL,
    surname text COLLATE "C" NOT NULL,
    middle text COLLATE "C" NOT NULL,
    nick text COLLATE "C" NOT NULL,
    file_as text COLLATE "C" NOT NULL,
    company text COLLATE "C" NOT NULL,
    department text COLLATE "C" NOT NULL,
    job_title text COLLATE "C" NOT NULL,
    display_sort text COLLATE "C" NOT NULL,
    given_sort text COLLATE "C" NOT NULL,
    surname_sort text COLLATE "C" NOT NULL,
    birthday text COLLATE "C" NOT NULL,
    concealed text COLLATE "C" NOT NULL,
    projection text COLLATE "C" NOT NULL,
    projection_version integer NOT NULL,
    photo text COLLATE "C",
    photo_blob text COLLATE "C",
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT contacts_folder_check CHECK ((length(folder) = 16)),
    CONSTRAINT contacts_id_check CHECK ((length(id) = 16)),
    CONSTRAINT contacts_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT contacts_pkey PRIMARY KEY (person, id)
);

CREATE TABLE contents (
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    touched bigint NOT NULL,
    doomed bigint,
    CONSTRAINT contents_pkey PRIMARY KEY (sha256),
    CONSTRAINT contents_sha256_check CHECK ((length(sha256) = 32))
);

CREATE TABLE event_books (
    person bigint NOT NULL,
    events bigint NOT NULL,
    CONSTRAINT event_books_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT event_books_pkey PRIMARY KEY (person)
);

CREATE TABLE event_changes (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    event bytea NOT NULL,
    calendar bytea NOT NULL,
    gone integer NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT event_changes_pkey PRIMARY KEY (person, changed, event, calendar)
);

CREATE TABLE event_pasts (
    person bigint NOT NULL,
    event bytea NOT NULL,
    changed bigint NOT NULL,
    schedule text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT event_pasts_pkey PRIMARY KEY (person, event, changed)
);

CREATE TABLE event_records (
    person bigint NOT NULL,
    id bytea NOT NULL,
    record text COLLATE "C" NOT NULL,
    CONSTRAINT event_records_pkey PRIMARY KEY (person, id)
);

CREATE TABLE event_terms (
    person bigint NOT NULL,
    class text COLLATE "C" NOT NULL,
    term text COLLATE "C" NOT NULL,
    event bytea NOT NULL,
    CONSTRAINT event_terms_pkey PRIMARY KEY (person, class, term, event)
);

CREATE TABLE events (
    person bigint NOT NULL,
    id bytea NOT NULL,
    calendar bytea NOT NULL,
    changed bigint NOT NULL,
    uid text COLLATE "C" NOT NULL,
    reach integer NOT NULL,
    starts bigint NOT NULL,
    ends bigint,
    schedule text COLLATE "C" NOT NULL,
    begins bigint NOT NULL,
    finishes bigint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    organizer text COLLATE "C" NOT NULL,
    importance text COLLATE "C" NOT NULL,
    sensitivity text COLLATE "C" NOT NULL,
    show_as text COLLATE "C" NOT NULL,
    is_all_day integer NOT NULL,
    is_cancelled integer NOT NULL,
    is_private integer NOT NULL,
    recurs integer NOT NULL,
    subject_sort text COLLATE "C" NOT NULL,
    projection text COLLATE "C" NOT NULL,
    projection_version integer NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT events_calendar_check CHECK ((length(calendar) = 16)),
    CONSTRAINT events_id_check CHECK ((length(id) = 16)),
    CONSTRAINT events_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT events_pkey PRIMARY KEY (person, id)
);

CREATE TABLE idempotency_keys (
    person bigint NOT NULL,
    key bytea NOT NULL,
    request bytea NOT NULL,
    item bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT idempotency_keys_item_check CHECK ((length(item) = 16)),
    CONSTRAINT idempotency_keys_key_check CHECK ((length(key) = 32)),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (person, key),
    CONSTRAINT idempotency_keys_request_check CHECK ((length(request) = 32))
);

CREATE TABLE installation (
    id bigint NOT NULL,
    uid bytea NOT NULL,
    CONSTRAINT installation_pkey PRIMARY KEY (id),
    CONSTRAINT installation_uid_check CHECK ((length(uid) = 16))
);

CREATE TABLE people (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    uid bytea NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT people_issuer_subject_key UNIQUE (issuer, subject),
    CONSTRAINT people_pkey PRIMARY KEY (id),
    CONSTRAINT people_uid_check CHECK ((length(uid) = 16)),
    CONSTRAINT people_uid_key UNIQUE (uid)
);

CREATE TABLE photo_books (
    person bigint NOT NULL,
    photos bigint NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT photo_books_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT photo_books_pkey PRIMARY KEY (person)
);

CREATE TABLE photo_changes (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    photo bytea NOT NULL,
    gone integer NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT photo_changes_pkey PRIMARY KEY (person, changed, photo)
);

CREATE TABLE photo_renditions (
    person bigint NOT NULL,
    photo bytea NOT NULL,
    size text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    CONSTRAINT photo_renditions_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT photo_renditions_pkey PRIMARY KEY (person, photo, size),
    CONSTRAINT photo_renditions_sha256_fkey FOREIGN KEY (sha256) REFERENCES contents(sha256)
);

CREATE TABLE photos (
    person bigint NOT NULL,
    id bytea NOT NULL,
    changed bigint NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    cut_sha256 bytea NOT NULL,
    cut_size bigint NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    is_favorite integer NOT NULL,
    taken bigint NOT NULL,
    taken_offset integer,
    facts text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    latitude bigint,
    longitude bigint,
    thumb_hash text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    camera_make text COLLATE "C" NOT NULL,
    camera_model text COLLATE "C" NOT NULL,
    name_sort text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    recipe text COLLATE "C" NOT NULL,
    CONSTRAINT photos_id_check CHECK ((length(id) = 16)),
    CONSTRAINT photos_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT photos_pkey PRIMARY KEY (person, id),
    CONSTRAINT photos_sha256_fkey FOREIGN KEY (sha256) REFERENCES contents(sha256)
);

CREATE TABLE profiles (
    person bigint NOT NULL,
    changed bigint NOT NULL,
    mail text COLLATE "C",
    projection text COLLATE "C" NOT NULL,
    projection_version integer NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    photo text COLLATE "C",
    photo_blob text COLLATE "C",
    CONSTRAINT profiles_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT profiles_pkey PRIMARY KEY (person)
);

CREATE TABLE readiness (
    id bigint NOT NULL,
    checked_at bigint NOT NULL,
    CONSTRAINT readiness_pkey PRIMARY KEY (id)
);

CREATE TABLE revocation_changes (
    id bigint NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT revocation_changes_pkey PRIMARY KEY (id)
);

CREATE TABLE revocations (
    number bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C",
    client text COLLATE "C",
    token text COLLATE "C",
    before bigint,
    created_at bigint NOT NULL,
    own integer DEFAULT 0 NOT NULL,
    CONSTRAINT revocations_pkey PRIMARY KEY (number)
);

CREATE TABLE seal_keys (
    id bigint NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT seal_keys_pkey PRIMARY KEY (id),
    CONSTRAINT seal_keys_secret_check CHECK ((length(secret) = 32))
);

CREATE TABLE upload_chunks (
    person bigint NOT NULL,
    session bytea NOT NULL,
    first bigint NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    CONSTRAINT upload_chunks_person_session_fkey FOREIGN KEY (person, session) REFERENCES upload_sessions(person, id) ON DELETE CASCADE,
    CONSTRAINT upload_chunks_pkey PRIMARY KEY (person, session, first),
    CONSTRAINT upload_chunks_sha256_fkey FOREIGN KEY (sha256) REFERENCES contents(sha256)
);

CREATE TABLE upload_sessions (
    person bigint NOT NULL,
    id bytea NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    total bigint,
    received bigint NOT NULL,
    chunks bigint NOT NULL,
    photo bytea,
    expires_at bigint NOT NULL,
    CONSTRAINT upload_sessions_id_check CHECK ((length(id) = 16)),
    CONSTRAINT upload_sessions_person_fkey FOREIGN KEY (person) REFERENCES people(id) ON DELETE CASCADE,
    CONSTRAINT upload_sessions_pkey PRIMARY KEY (person, id)
);

CREATE INDEX access_log_hour ON access_log USING btree (hour);

CREATE INDEX album_changes_gone ON album_changes USING btree (at) WHERE (gone <> 0);

CREATE INDEX album_photos_photo ON album_photos USING btree (person, photo, album);

CREATE UNIQUE INDEX calendars_name ON calendars USING btree (person, name_key);

CREATE INDEX client_grants_first_used ON client_grants USING btree (first_used);

CREATE INDEX client_grants_restored ON client_grants USING btree (restored_at);

CREATE INDEX contact_changes_gone ON contact_changes USING btree (at) WHERE (gone <> 0);

CREATE INDEX contact_folder_changes_gone ON contact_folder_changes USING btree (at) WHERE (gone <> 0);

CREATE UNIQUE INDEX contact_folders_name ON contact_folders USING btree (person, name_key);

CREATE INDEX contacts_display ON contacts USING btree (person, display_sort, id);

CREATE INDEX contacts_folder ON contacts USING btree (person, folder, id);

CREATE INDEX contacts_given ON contacts USING btree (person, given_sort, id);

CREATE UNIQUE INDEX contacts_photo_blob ON contacts USING btree (photo_blob) WHERE (photo_blob IS NOT NULL);

CREATE INDEX contacts_surname ON contacts USING btree (person, surname_sort, id);

CREATE UNIQUE INDEX contacts_uid ON contacts USING btree (person, uid);

CREATE INDEX event_changes_gone ON event_changes USING btree (at) WHERE (gone <> 0);

CREATE INDEX event_pasts_at ON event_pasts USING btree (at);

CREATE INDEX events_begins ON events USING btree (person, begins, id);

CREATE INDEX events_calendar ON events USING btree (person, calendar, id);

CREATE INDEX events_reach ON events USING btree (person, reach, starts, id, ends, calendar);

CREATE INDEX events_subject ON events USING btree (person, subject_sort, id);

CREATE UNIQUE INDEX events_uid ON events USING btree (person, uid);

CREATE INDEX idempotency_keys_created ON idempotency_keys USING btree (created_at);

CREATE INDEX photo_changes_gone ON photo_changes USING btree (at) WHERE (gone <> 0);

CREATE INDEX photo_renditions_sha256 ON photo_renditions USING btree (sha256);

CREATE INDEX photos_created ON photos USING btree (person, created_at, id);

CREATE INDEX photos_cut ON photos USING btree (cut_sha256, person) WHERE (cut_sha256 <> sha256);

CREATE INDEX photos_name ON photos USING btree (person, name_sort, id);

CREATE UNIQUE INDEX photos_sha256 ON photos USING btree (sha256, person);

CREATE INDEX photos_taken ON photos USING btree (person, taken, id);

CREATE UNIQUE INDEX profiles_photo_blob ON profiles USING btree (photo_blob);

CREATE INDEX revocations_subject ON revocations USING btree (issuer, subject);

CREATE INDEX upload_chunks_sha256 ON upload_chunks USING btree (sha256);

CREATE INDEX upload_sessions_expires ON upload_sessions USING btree (expires_at);

CREATE OR REPLACE FUNCTION count_revocation_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('UPDATE %I.revocation_changes SET number = number + 1 WHERE id = 1', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$function$;

CREATE TRIGGER client_grants_deleted AFTER DELETE OR TRUNCATE ON client_grants FOR EACH STATEMENT EXECUTE FUNCTION count_revocation_change();

CREATE TRIGGER client_grants_updated AFTER UPDATE OF first_used, restored_at ON client_grants FOR EACH STATEMENT EXECUTE FUNCTION count_revocation_change();

CREATE TRIGGER revocations_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON revocations FOR EACH STATEMENT EXECUTE FUNCTION count_revocation_change();
