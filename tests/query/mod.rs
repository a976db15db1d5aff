//! What holds for every text and every filter, whoever sends it.

mod filters;
pub mod grammar;
mod texts;
