//! The blob store on both of its places, a folder and a bucket.

mod away;
mod commands;
mod contents;
mod place;
mod races;
