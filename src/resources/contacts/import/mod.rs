//! vCard files as people have them, into the store. May import what `contacts` may.

pub mod decode;
pub mod found;
pub mod head;
pub mod split;
#[cfg(test)]
mod split_tests;
