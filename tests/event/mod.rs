//! An event's record: nothing of it is lost, nothing in it does harm, and Graph's view of it changes what it names alone.

mod beginning;
mod clock;
pub mod given;
mod hostile;
mod lossless;
mod members;
mod occurrences;
mod own_zones;
mod patch;
mod programs;
mod sent_back;
