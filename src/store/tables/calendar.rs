//! What a person's calendars are made of. May import diesel.

use super::people;

diesel::table! {
    /// The calendars of each person; the default one has no row until it is changed.
    calendars (person, id) {
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
        /// One of Graph's names of colours.
        color -> Text,
        /// `#rrggbb` or ''.
        hex_color -> Text,
        /// When it was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
    }
}

diesel::table! {
    /// Each person's events: what lists show, and what they are filtered and ordered by. Text that is missing is ''.
    events (person, id) {
        /// Whose.
        person -> BigInt,
        /// Its id outside.
        id -> Binary,
        /// A calendar's id, or the person's uid: the default calendar.
        calendar -> Binary,
        /// The number of the last change of this row.
        changed -> BigInt,
        /// The record's UID, or `sha256:` and its digest if it is longer than 200 bytes.
        uid -> Text,
        /// 0: single and of at most 31 days; 2: the same of no zone; 1: a series, or longer.
        reach -> Integer,
        /// When the first of its instances begins.
        starts -> BigInt,
        /// By when the last of them has ended; null: never.
        ends -> Nullable<BigInt>,
        /// Of reach 1 the record with nothing but its times.
        schedule -> Text,
        /// When the event itself begins; of a series, its first instance as the rule has it.
        begins -> BigInt,
        /// When that ends.
        finishes -> BigInt,
        /// subject, folded.
        subject -> Text,
        /// location/displayName, folded.
        location -> Text,
        /// The organizer's address.
        organizer -> Text,
        /// As the member of this name, folded.
        importance -> Text,
        /// As the member of this name, folded.
        sensitivity -> Text,
        /// showAs, folded.
        show_as -> Text,
        /// 1: its times are dates.
        is_all_day -> Integer,
        /// 1: it is cancelled.
        is_cancelled -> Integer,
        /// 1: `Calendars.ReadBasic` sees a busy block.
        is_private -> Integer,
        /// 1: a series.
        recurs -> Integer,
        /// subject, folded and without accents.
        subject_sort -> Text,
        /// The ready JSON of what the record gives.
        projection -> Text,
        /// Which version of the projection made it.
        projection_version -> Integer,
        /// When it was made.
        created_at -> BigInt,
        /// When it was last changed.
        modified_at -> BigInt,
    }
}

diesel::table! {
    /// Each event's whole record.
    event_records (person, id) {
        /// Whose.
        person -> BigInt,
        /// The event.
        id -> Binary,
        /// iCalendar text.
        record -> Text,
    }
}

diesel::table! {
    /// What events are found by, folded in Rust: a class, and a prefix in it, is a range of the key.
    ///
    /// Classes: `n` a word that `Calendars.ReadBasic` shows, `w` a word of anything else, `a` an address of people; and whole values for
    /// `any()`: `c` categories, `p` those of a private event, `l` names of places of one that is not private.
    event_terms (person, class, term, event) {
        /// Whose.
        person -> BigInt,
        /// What the term is.
        class -> Text,
        /// The term.
        term -> Text,
        /// The event.
        event -> Binary,
    }
}

diesel::table! {
    /// The last change of each event, and where it is gone from.
    event_changes (person, changed, event, calendar) {
        /// Whose.
        person -> BigInt,
        /// The number of the change.
        changed -> BigInt,
        /// The event.
        event -> Binary,
        /// The calendar that it is in, or left.
        calendar -> Binary,
        /// 0: it is there; 1: deleted; 2: it left this calendar for another.
        gone -> Integer,
        /// When.
        at -> BigInt,
    }
}

diesel::table! {
    /// When each series happened before a change of that.
    event_pasts (person, event, changed) {
        /// Whose.
        person -> BigInt,
        /// The event.
        event -> Binary,
        /// The change that ended it.
        changed -> BigInt,
        /// As the event's was; '' of what was single.
        schedule -> Text,
        /// When that was.
        at -> BigInt,
    }
}

diesel::table! {
    /// How many events each person has.
    event_books (person) {
        /// Whose.
        person -> BigInt,
        /// How many.
        events -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(people, calendars, events, event_records, event_terms, event_changes);
