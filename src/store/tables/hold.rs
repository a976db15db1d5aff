//! What the owner's hold on their data is made of. May import diesel.

diesel::table! {
    /// Which client read or changed how much of each person's, by the hour.
    access_log (person, hour, client, kind, operation) {
        /// Whose.
        person -> BigInt,
        /// When the hour began.
        hour -> BigInt,
        /// Who.
        client -> Text,
        /// Of what kind.
        kind -> Text,
        /// 0: read; 1: write.
        operation -> BigInt,
        /// The row's id outside.
        id -> Binary,
        /// How many items.
        items -> BigInt,
        /// How often it was refused.
        refusals -> BigInt,
    }
}

diesel::table! {
    /// Which client sites use tokens of each person's.
    client_grants (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// The client.
        client -> Text,
        /// The names of the scopes that its tokens had, in their order, between spaces.
        scopes -> Text,
        /// When it was first used.
        first_used -> BigInt,
        /// When it was last used, within a minute.
        last_used -> BigInt,
        /// The latest sign-in that a token told of; null: none did.
        auth_time -> Nullable<BigInt>,
        /// The latest `iat` of a token.
        issued_at -> BigInt,
        /// When the person took it back; null: never, or it was restored.
        revoked_at -> Nullable<BigInt>,
        /// Sign-ins not later than this are out since then.
        cut -> Nullable<BigInt>,
        /// When the person restored it; null: never, or it was taken back since.
        restored_at -> Nullable<BigInt>,
    }
}
