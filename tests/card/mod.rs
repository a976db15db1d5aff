//! A contact's card: nothing of it is lost, nothing in it does harm, and Graph's view of it changes what it names alone.

pub mod given;
mod hostile;
mod jscontact;
mod lossless;
pub mod original;
mod patch;
mod phones;
