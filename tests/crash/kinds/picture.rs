//! Photos of the library: each write adds one, with the mark drawn into it. The newest is read back from its content and from a
//! rendition, and all of them are counted: each is one of the person's changes, so one that is lost shows.

use serde_json::Value;

use super::drawing::{self, LARGE, SMALL};
use super::{Found, Kind, Mark, changes_in, changes_of};
use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// `POST /v1.0/me/photos`
pub(crate) struct Picture;

/// Where photos are.
pub(crate) const ALL: &str = "/v1.0/me/photos";
/// The last of so many is large.
const ONE_LARGE_OF: u64 = 8;
/// The change that made the account, before any of a photo.
const ACCOUNT: u64 = 1;

/// Its bytes.
pub(crate) fn bytes(mark: Mark) -> Outcome<Vec<u8>> {
    drawing::png(mark, if mark.number.is_multiple_of(ONE_LARGE_OF) { LARGE } else { SMALL })
}

/// What it is called. As many digits always: they are ordered as text.
pub(crate) fn name(mark: Mark) -> String {
    format!("{}-{:012}.png", mark.client, mark.number)
}

/// What a photo's address or that of a rendition answers: the write that is drawn there.
pub(crate) fn drawn(connection: &mut Connection, token: &str, client: u16, path: &str) -> Outcome<u64> {
    let answer = connection.send(&Request::get(path), Some(token))?;
    if answer.status != 200 {
        return Err(format!("torn: GET {path}: {} {}", answer.status, answer.words()).into());
    }
    drawing::read(&answer.body, client).map_err(|fault| format!("torn: {path}: {fault}").into())
}

/// The addresses of what is there of the photo `id`: content and small rendition.
pub(crate) fn addresses(id: &str) -> [String; 2] {
    [format!("{ALL}/{id}/content"), format!("{ALL}/{id}/thumbnails/0/small/content")]
}

impl Kind for Picture {
    fn name(&self) -> &'static str {
        "picture"
    }

    fn write(&self, mark: Mark) -> Outcome<Request> {
        let path = format!("{ALL}?name={}", name(mark));
        Ok(Request { method: "POST", path, body: Some(("image/png", bytes(mark)?)) })
    }

    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found> {
        let photo: Value = serde_json::from_slice(&answer.body)?;
        Ok(Found { number: number(&photo, mark.client)?, changes: changes_of(answer)? })
    }

    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found> {
        let path = format!("{ALL}?$orderby=name%20desc&$top=1&$count=true");
        let answer = connection.send(&Request::get(&path), Some(token))?;
        if answer.status != 200 {
            return Err(format!("GET {path}: {} {}", answer.status, answer.words()).into());
        }
        let list: Value = serde_json::from_slice(&answer.body)?;
        let count = list.get("@odata.count").and_then(Value::as_u64).ok_or("no count")?;
        let Some(newest) = list.pointer("/value/0") else { return Ok(Found { number: 0, changes: count }) };
        let (number, id) = (number(newest, client)?, newest.get("id").and_then(Value::as_str).ok_or("no id")?);
        for address in addresses(id) {
            let drawn = drawn(connection, token, client, &address)?;
            if drawn != number {
                return Err(format!("torn: {address} of write {number} is write {drawn}").into());
            }
        }
        let changes = changes_in(newest)?;
        if changes != count + ACCOUNT {
            return Err(format!("torn: {count} photos after {changes} changes").into());
        }
        Ok(Found { number, changes })
    }
}

/// The write that its name tells.
fn number(photo: &Value, client: u16) -> Outcome<u64> {
    let told = photo.get("name").and_then(Value::as_str).unwrap_or_default();
    let number = told.split(['-', '.']).nth(1).and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| format!("torn: {photo}"))?;
    if told == name(Mark { client, number }) { Ok(number) } else { Err(format!("torn: {told} of {client}").into()) }
}
