//! The checks: one file a subcommand, each with its arguments and a `run` that gives the rows that it showed.

pub(crate) mod faults;
pub(crate) mod full;
pub(crate) mod kill;
