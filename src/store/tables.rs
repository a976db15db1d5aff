//! Every table, once, for both databases. Written by hand: `diesel print-schema` reads one database only.
//! May import diesel. `tests/store/schema.rs` compares this file with the live columns of both.

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

diesel::joinable!(profiles -> people (person));
diesel::allow_tables_to_appear_in_same_query!(people, profiles);
