//! The contacts of a person.

pub mod import;
