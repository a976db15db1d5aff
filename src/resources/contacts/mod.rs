//! Contacts: a person's address book.
//! May import what `resources` may.

pub mod card;
