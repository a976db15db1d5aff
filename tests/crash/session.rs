//! An upload in parts (`createUploadSession`), as a client does it that may be cut off anywhere.

use serde_json::Value;

use crate::http::{Answer, Connection, Request};
use crate::kinds::picture::ALL;
use crate::outcome::Outcome;

/// Bytes of a part: a large picture has several.
const PART: usize = 100_000;

/// An upload in parts.
pub(crate) struct Session {
    path: String,
    /// How many bytes were acknowledged, and how many sent.
    pub(crate) acknowledged: usize,
    pub(crate) sent: usize,
}

impl Session {
    /// Begins one.
    pub(crate) fn begin(connection: &mut Connection, token: &str) -> Outcome<Self> {
        let path = format!("{ALL}/createUploadSession");
        let body = Some(("application/json", b"{}".to_vec()));
        let begun = json(&connection.send(&Request { method: "POST", path, body }, Some(token))?, &[200])?;
        let address = begun.get("uploadUrl").and_then(Value::as_str).ok_or("no address")?;
        let path = address.find("/v1.0/").and_then(|at| address.get(at..)).ok_or("no path")?;
        Ok(Self { path: path.to_owned(), acknowledged: 0, sent: 0 })
    }

    /// Asks what is awaited: what was acknowledged is not, and what was sent may be.
    pub(crate) fn go_on(&mut self, connection: &mut Connection, length: usize) -> Outcome<()> {
        let awaited = awaited(&json(&connection.send(&Request::get(&self.path), None)?, &[200])?, length)?;
        if awaited != self.acknowledged && awaited != self.sent {
            let (acknowledged, sent) = (self.acknowledged, self.sent);
            return Err(format!("{acknowledged} bytes were acknowledged, {sent} sent, {awaited} are here").into());
        }
        // Whoever is not sure sends the last part again.
        if awaited < length {
            self.acknowledged = awaited;
        }
        Ok(())
    }

    /// Whether what is not acknowledged is one part.
    pub(crate) fn is_at_last(&self, length: usize) -> bool {
        length - self.acknowledged <= PART
    }

    /// Sends the next part.
    pub(crate) fn send_part(&mut self, connection: &mut Connection, whole: &[u8]) -> Outcome<Answer> {
        let (first, end) = (self.acknowledged, whole.len().min(self.acknowledged + PART));
        self.sent = end;
        let part = whole.get(first..end).unwrap_or_default();
        let (path, length, last) = (&self.path, part.len(), end - 1);
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: sharehold\r\nContent-Range: bytes {first}-{last}/{}\r\n\
             Content-Length: {length}\r\n\r\n",
            whole.len()
        );
        connection.write(&[head.as_bytes(), part].concat())?;
        Ok(connection.answer()?)
    }
}

/// How many bytes are here, by what is awaited: all, if that is nothing.
pub(crate) fn awaited(session: &Value, length: usize) -> Outcome<usize> {
    let ranges = session.get("nextExpectedRanges").and_then(Value::as_array).ok_or("no ranges")?;
    let Some(range) = ranges.first() else { return Ok(length) };
    let first = range.as_str().and_then(|range| range.split('-').next()?.parse().ok());
    Ok(first.ok_or_else(|| format!("awaited: {range}"))?)
}

/// The body of an answer, which must have one of these statuses.
pub(crate) fn json(answer: &Answer, statuses: &[u16]) -> Outcome<Value> {
    if !statuses.contains(&answer.status) {
        return Err(format!("answered {} {}", answer.status, answer.words()).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}
