//! What photos' bytes are named by. May import diesel.

diesel::table! {
    /// The bytes of photos, by what they are.
    contents (sha256) {
        /// Their SHA-256, which names the blob.
        sha256 -> Binary,
        /// How many there are.
        size -> BigInt,
        /// When somebody last meant to name it.
        touched -> BigInt,
        /// When its bytes began to be taken away; null: they are not.
        doomed -> Nullable<BigInt>,
    }
}
