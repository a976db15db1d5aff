//! When an event that repeats happens (RFC 5545 §3.3.10 and §3.8.5): `rule` is what an RRULE says, `parse` and `write` its text,
//! `of_graph` and `to_graph` the `patternedRecurrence` of Microsoft Graph, `first` where a rule begins, `days` and `walk` the local times that it gives, `series` the
//! instances of an event with its RDATEs and EXDATEs, `budget` what an expansion may cost, `time` and `period` the values, `fault` what is wrong,
//! `strict` what is not taken of a new rule.
//!
//! A rule is expanded in wall-clock time, and each local time becomes an instant by the zone, so that a meeting at nine stays at
//! nine. What is finer than daily is not expanded. Imports `calendar::zone`, chrono, `serde_json`.

pub mod budget;
mod days;
pub mod fault;
mod first;
mod of_graph;
mod parse;
pub mod period;
pub mod rule;
pub mod series;
mod strict;
pub mod time;
mod to_graph;
mod walk;
mod write;

pub use budget::Budget;
pub use fault::RuleFault;
pub use period::Span;
pub use rule::{Frequency, Rule};
pub use series::{Found, Instance, Series, Times};
pub use time::Time;

pub(in crate::resources::calendar) use walk::Walk;
