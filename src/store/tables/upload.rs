//! Pictures that come in parts. May import diesel.

diesel::table! {
    /// Each person's uploads that are not over, and those that were whole less than an hour ago.
    upload_sessions (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// What the picture is to be called, or ''.
        name -> Text,
        /// What is said of it.
        description -> Text,
        /// How many bytes it has; null: nobody said that yet.
        total -> Nullable<BigInt>,
        /// How many of them are here, from the first one on.
        received -> BigInt,
        /// In how many parts.
        chunks -> BigInt,
        /// The photo that was made of it.
        photo -> Nullable<Binary>,
        /// When it is over.
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// The parts that are here.
    upload_chunks (person, session, first) {
        /// Whose.
        person -> BigInt,
        /// Of which upload.
        session -> Binary,
        /// The place of its first byte in the picture.
        first -> BigInt,
        /// How many bytes it has.
        size -> BigInt,
        /// The content that it is.
        sha256 -> Binary,
    }
}
