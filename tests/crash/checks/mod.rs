//! The checks: one file a subcommand, each with its arguments and a `run` that gives the rows that it showed.

pub(crate) mod kill;
pub(crate) mod power;
pub(crate) mod restart;
pub(crate) mod rolling;
pub(crate) mod upgrade;
