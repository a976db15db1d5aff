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
