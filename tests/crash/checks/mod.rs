//! The checks: one file a subcommand, each with its arguments and a `run` that gives the rows that it showed.

pub(crate) mod backup;
pub(crate) mod faults;
pub(crate) mod full;
pub(crate) mod idle;
pub(crate) mod junk;
pub(crate) mod kill;
pub(crate) mod outage;
mod outage_shown;
pub(crate) mod overload;
pub(crate) mod power;
pub(crate) mod restart;
pub(crate) mod revoke;
pub(crate) mod rolling;
pub(crate) mod slow;
pub(crate) mod upgrade;
pub(crate) mod uploads;
pub(crate) mod verify;
