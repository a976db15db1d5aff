//! What a person's photos are made of. May import diesel.

use super::{contents, people};

diesel::table! {
    /// Each person's photos: what lists show, and what they are filtered and ordered by. Text that is missing is ''.
    photos (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// SHA-256 of the original.
        sha256 -> Binary,
        /// How many bytes the original has.
        size -> BigInt,
        /// SHA-256 of the original without what its camera and its owner wrote into it.
        cut_sha256 -> Binary,
        /// How many bytes that has.
        cut_size -> BigInt,
        /// What it is by its content.
        media_type -> Text,
        /// Pixels across, as it is shown.
        width -> BigInt,
        /// Pixels down.
        height -> BigInt,
        /// What the person calls it.
        name -> Text,
        /// What the person says of it.
        description -> Text,
        /// 1: the person likes it best.
        is_favorite -> Integer,
        /// When it was taken; where that clock stood is not known, as if it were UTC; the least number: not known at all.
        taken -> BigInt,
        /// Where that clock stood: minutes east of UTC.
        taken_offset -> Nullable<Integer>,
        /// The ready JSON of what the camera says of itself.
        facts -> Text,
        /// The ready JSON of where it was taken, or ''.
        location -> Text,
        /// Millionths of a degree.
        latitude -> Nullable<BigInt>,
        /// Millionths of a degree.
        longitude -> Nullable<BigInt>,
        /// What stands in for it while it is fetched.
        thumb_hash -> Text,
        /// name, folded.
        name_key -> Text,
        /// cameraMake, folded.
        camera_make -> Text,
        /// cameraModel, folded.
        camera_model -> Text,
        /// name, folded and without accents.
        name_sort -> Text,
        /// When it was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
        /// The pieces of the original that are given without `Photos.Location.Read`, as JSON.
        recipe -> Text,
    }
}

diesel::table! {
    /// The smaller pictures that were made of a photo.
    photo_renditions (person, photo, size) {
        /// Whose.
        person -> BigInt,
        /// Of which photo.
        photo -> Binary,
        /// Which, as paths name it.
        size -> Text,
        /// SHA-256 of its bytes.
        sha256 -> Binary,
        /// Pixels across.
        width -> BigInt,
        /// Pixels down.
        height -> BigInt,
    }
}

diesel::table! {
    /// Each person's albums.
    albums (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// What the person calls it.
        name -> Text,
        /// What the person says of it.
        description -> Text,
        /// A photo in it: the one that was chosen, or another.
        cover -> Nullable<Binary>,
        /// How many photos are in it.
        photos -> BigInt,
        /// When it was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
    }
}

diesel::table! {
    /// Which photos are in which albums.
    album_photos (person, album, photo) {
        /// Whose.
        person -> BigInt,
        /// The album.
        album -> Binary,
        /// The photo.
        photo -> Binary,
    }
}

diesel::table! {
    /// The last change of each photo, and the photos that are gone.
    photo_changes (person, changed, photo) {
        /// Whose.
        person -> BigInt,
        /// The number of the change.
        changed -> BigInt,
        /// The photo.
        photo -> Binary,
        /// 0: it is there; 1: deleted.
        gone -> Integer,
        /// When.
        at -> BigInt,
    }
}

diesel::table! {
    /// The last change of each album, and the albums that are gone.
    album_changes (person, changed, album) {
        /// Whose.
        person -> BigInt,
        /// The number of the change.
        changed -> BigInt,
        /// The album.
        album -> Binary,
        /// 0: it is there; 1: deleted.
        gone -> Integer,
        /// When.
        at -> BigInt,
    }
}

diesel::table! {
    /// How many photos each person has, and how many bytes.
    photo_books (person) {
        /// Whose.
        person -> BigInt,
        /// How many.
        photos -> BigInt,
        /// How many bytes their originals have together.
        bytes -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(people, photos, albums, album_photos, photo_changes, album_changes);
diesel::allow_tables_to_appear_in_same_query!(contents, photos, photo_renditions);
