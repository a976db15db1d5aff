//! Every table, once, for both databases. Written by hand: `diesel print-schema` reads one database only.
//! May import diesel. `tests/store/schema.rs` compares this file with the live columns of both.

mod calendar;
mod content;
mod hold;
mod library;
mod upload;

pub use calendar::{calendars, event_books, event_changes, event_pasts, event_records, event_terms, events};
pub use content::contents;
pub use hold::{access_log, client_grants};
pub use library::{album_changes, album_photos, albums, photo_books, photo_changes, photo_renditions, photos};
pub use upload::{upload_chunks, upload_sessions};

diesel::table! {
    /// Who has an account.
    people (id) {
        /// The person's number inside this database; never used again.
        id -> BigInt,
        /// The person's id outside.
        uid -> Binary,
        /// `iss` of the person's tokens.
        issuer -> Text,
        /// `sub` of the person's tokens.
        subject -> Text,
        /// The number of the person's last change.
        seq -> BigInt,
        /// When the account was made.
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Each person's profile.
    profiles (person) {
        /// Whose it is.
        person -> BigInt,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// The address that the authorization server has verified.
        mail -> Nullable<Text>,
        /// The ready JSON, without what the other columns say.
        projection -> Text,
        /// Which version of the projection made it; 0: none yet.
        projection_version -> Integer,
        /// When the row was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
        /// What there is of the photo, as JSON; null: there is none.
        photo -> Nullable<Text>,
        /// The blob that holds its bytes.
        photo_blob -> Nullable<Text>,
    }
}

diesel::table! {
    /// What no longer opens anything.
    revocations (number) {
        /// The row's own, never used again.
        number -> BigInt,
        /// Whose tokens: `iss`.
        issuer -> Text,
        /// Only this `sub`.
        subject -> Nullable<Text>,
        /// Only this client.
        client -> Nullable<Text>,
        /// Only this `jti`.
        token -> Nullable<Text>,
        /// Only tokens issued before this instant.
        before -> Nullable<BigInt>,
        /// When it was revoked.
        created_at -> BigInt,
        /// 1: by the person; 0: by the operator.
        own -> Integer,
    }
}

diesel::table! {
    /// The row that counts the changes of `revocations`; triggers of the database do.
    revocation_changes (id) {
        /// Always 1.
        id -> BigInt,
        /// How many changes there have been.
        number -> BigInt,
    }
}

diesel::table! {
    /// The row that the readiness probe writes.
    readiness (id) {
        /// Always 1.
        id -> BigInt,
        /// When it was last written.
        checked_at -> BigInt,
    }
}

diesel::table! {
    /// The row that says which database this is.
    installation (id) {
        /// Always 1.
        id -> BigInt,
        /// The database's own id; the folder of its blobs holds the same.
        uid -> Binary,
    }
}

diesel::table! {
    /// The folders of each person's address book, but for the default one, which has no row.
    contact_folders (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// What the person calls it.
        name -> Text,
        /// The name folded, by which it is unique.
        name_key -> Text,
        /// When it was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
    }
}

diesel::table! {
    /// Each person's contacts: what lists show, and what they are filtered and ordered by. Text that is missing is ''.
    contacts (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// A folder's id, or the person's uid: the default folder.
        folder -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// The card's UID, or `sha256:` and its digest if it is longer than 200 bytes.
        uid -> Text,
        /// displayName, folded.
        display -> Text,
        /// givenName, folded.
        given -> Text,
        /// surname, folded.
        surname -> Text,
        /// middleName, folded.
        middle -> Text,
        /// nickName, folded.
        nick -> Text,
        /// fileAs, folded.
        file_as -> Text,
        /// companyName, folded.
        company -> Text,
        /// department, folded.
        department -> Text,
        /// jobTitle, folded.
        job_title -> Text,
        /// displayName, folded and without accents.
        display_sort -> Text,
        /// givenName, folded and without accents.
        given_sort -> Text,
        /// surname, folded and without accents.
        surname_sort -> Text,
        /// `YYYY-MM-DD`, `--MM-DD` or ''.
        birthday -> Text,
        /// A letter for each name that `Contacts.ReadBasic` does not show: d(isplay), g(iven), s(urname), m(iddle), n(ick), f(ile as).
        concealed -> Text,
        /// The ready JSON of what the card gives.
        projection -> Text,
        /// Which version of the projection made it.
        projection_version -> Integer,
        /// What there is of the photo, as JSON; null: there is none.
        photo -> Nullable<Text>,
        /// The blob that holds its bytes.
        photo_blob -> Nullable<Text>,
        /// When the row was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
    }
}

diesel::table! {
    /// Each contact's whole record.
    contact_cards (person, id) {
        /// Whose.
        person -> BigInt,
        /// The contact.
        id -> Binary,
        /// A vCard, in the syntax of 4.0.
        card -> Text,
    }
}

diesel::table! {
    /// What contacts are found by, folded in Rust: a class, and a prefix in it, is a range of the key.
    ///
    /// Classes: `n` a word of a name that `Contacts.ReadBasic` shows, `w` a word of anything else, `t` a phone number's digits
    /// from the start of a group on, `a` a whole e-mail address; and whole values for `any()`: `m` mobilePhone,
    /// `b` businessPhones, `h` homePhones, `o` otherPhones, `c` categories, `i` imAddresses.
    contact_terms (person, class, term, contact) {
        /// Whose.
        person -> BigInt,
        /// What the term is.
        class -> Text,
        /// The term.
        term -> Text,
        /// The contact.
        contact -> Binary,
    }
}

diesel::table! {
    /// The last change of each contact, and where it is gone from.
    contact_changes (person, changed, contact, folder) {
        /// Whose.
        person -> BigInt,
        /// The number of the change.
        changed -> BigInt,
        /// The contact.
        contact -> Binary,
        /// The folder that it is in, or left.
        folder -> Binary,
        /// 0: it is there; 1: deleted; 2: it left this folder for another.
        gone -> Integer,
        /// When.
        at -> BigInt,
    }
}

diesel::table! {
    /// The last change of each folder, and the folders that are gone.
    contact_folder_changes (person, changed, folder) {
        /// Whose.
        person -> BigInt,
        /// The number of the change.
        changed -> BigInt,
        /// The folder.
        folder -> Binary,
        /// 0: it is there; 1: deleted.
        gone -> Integer,
        /// When.
        at -> BigInt,
    }
}

diesel::table! {
    /// How many contacts each person has.
    contact_books (person) {
        /// Whose.
        person -> BigInt,
        /// How many.
        contacts -> BigInt,
    }
}

diesel::table! {
    /// Which creates were done already, of every kind of resource.
    idempotency_keys (person, key) {
        /// Whose.
        person -> BigInt,
        /// SHA-256 of the client and its key.
        key -> Binary,
        /// SHA-256 of the request.
        request -> Binary,
        /// What it made.
        item -> Binary,
        /// When.
        created_at -> BigInt,
    }
}

diesel::table! {
    /// What page and delta tokens are sealed with; the greatest number is the current one.
    seal_keys (id) {
        /// Its number.
        id -> BigInt,
        /// 32 bytes.
        secret -> Binary,
    }
}

diesel::joinable!(profiles -> people (person));
diesel::joinable!(client_grants -> people (person));
diesel::allow_tables_to_appear_in_same_query!(people, profiles, client_grants);
diesel::allow_tables_to_appear_in_same_query!(
    contact_folders,
    contacts,
    contact_cards,
    contact_terms,
    contact_changes,
    contact_folder_changes,
);
