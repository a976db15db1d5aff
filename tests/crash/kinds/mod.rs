//! What is written: one file a kind of resource. A new kind joins by a file here and a line in [`KINDS`].

mod contact;
pub(crate) mod drawing;
mod event;
mod items;
mod photo;
pub(crate) mod picture;
mod profile;

use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// Who wrote, and which of its writes it is: every write carries this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The client; it writes for a person of its own.
    pub(crate) client: u16,
    /// Its writes count from 1.
    pub(crate) number: u64,
}

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The write that is seen.
    pub(crate) number: u64,
    /// The person's change number, which each write raises by one: a write done twice shows.
    pub(crate) changes: u64,
}

/// A kind of resource, as the harness writes and reads it.
pub(crate) trait Kind: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The request that carries `mark`.
    fn write(&self, mark: Mark) -> Outcome<Request>;

    /// What a 2xx answer says was written.
    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found>;

    /// What is there for the person of `client`; a [`crate::outcome::Fault`] if it is torn.
    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found>;
}

/// Every kind, and how many of sixteen clients write it.
pub(crate) static KINDS: &[(&dyn Kind, usize)] =
    &[(&profile::Profile, 6), (&photo::Photo, 2), (&contact::CONTACT, 3), (&event::EVENT, 3), (&picture::Picture, 2)];

/// The kind that the client of this index writes.
pub(crate) fn of_client(client: usize) -> Outcome<&'static dyn Kind> {
    let all: usize = KINDS.iter().map(|(_, share)| share).sum();
    let mut place = client % all;
    for (kind, share) in KINDS {
        if place < *share {
            return Ok(*kind);
        }
        place -= share;
    }
    Err("no kinds".into())
}

/// The change number in the entity tag of an answer.
fn changes_of(answer: &Answer) -> Outcome<u64> {
    change_number(answer.header("etag").ok_or("no entity tag")?)
}

/// The change number in the entity tag of an item in a list.
fn changes_in(item: &serde_json::Value) -> Outcome<u64> {
    change_number(item.get("@odata.etag").and_then(serde_json::Value::as_str).ok_or("no entity tag")?)
}

/// That of `W/"3-…"`.
fn change_number(tag: &str) -> Outcome<u64> {
    let number = tag.trim_start_matches("W/").trim_matches('"').split('-').next().and_then(|text| text.parse().ok());
    Ok(number.ok_or_else(|| format!("no change number in {tag}"))?)
}
