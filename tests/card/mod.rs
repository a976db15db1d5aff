//! A contact's card: nothing of it is lost, nothing in it does harm, and Graph's view of it changes what it names alone.

mod given;
mod hostile;
mod jscontact;
mod lossless;
mod patch;
mod phones;
