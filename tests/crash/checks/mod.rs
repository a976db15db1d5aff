//! The checks: one file a subcommand, each with its arguments and a `run` that gives the rows that it showed.

pub(crate) mod backup;
pub(crate) mod kill;
pub(crate) mod verify;
