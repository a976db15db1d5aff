//! A client that uploads one picture after the other, whole or in parts. What was not answered it sends again, or goes on with.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::house::House;
use crate::http::{Answer, Connection, Request};
use crate::kinds::Mark;
use crate::kinds::drawing::{self, LARGE};
use crate::kinds::picture::{self, ALL};
use crate::ledger::Wrong;
use crate::outcome::Outcome;
use crate::session::{Session, awaited, json};
use crate::tally::Tally;

const PATIENCE: Duration = Duration::from_secs(20);
/// Of the photos every so many-th is removed at the end.
const REMOVED: u64 = 10;

/// The client.
pub(super) struct Uploader {
    index: u16,
    token: String,
    in_parts: bool,
    /// The picture that is uploaded; the ones before were acknowledged.
    number: u64,
    session: Option<Session>,
    /// By number: the photo's id, and its SHA-256.
    pub(super) acknowledged: BTreeMap<u64, (String, String)>,
    /// Parts that were acknowledged, and pictures that were gone on with after a kill.
    pub(super) parts: u64,
    pub(super) resumed: u64,
    /// Answers that should not be.
    pub(super) odd: Vec<String>,
}

impl Uploader {
    pub(super) fn new(house: &House, index: u16) -> Outcome<Self> {
        let token = house.token(&format!("person-{index}"))?;
        Ok(Self {
            index,
            token,
            in_parts: index % 2 == 1,
            number: 1,
            session: None,
            acknowledged: BTreeMap::new(),
            parts: 0,
            resumed: 0,
            odd: Vec::new(),
        })
    }

    /// Uploads until there is no answer.
    pub(super) fn upload(&mut self, address: SocketAddr) {
        while let Ok(mut connection) = Connection::open(address, PATIENCE) {
            match self.one(&mut connection) {
                Ok(()) => self.number += 1,
                Err(fault) if fault.is::<io::Error>() => break,
                Err(fault) => {
                    self.odd.push(format!("client {}, picture {}: {fault}", self.index, self.number));
                    break;
                }
            }
        }
    }

    fn one(&mut self, connection: &mut Connection) -> Outcome<()> {
        let mark = Mark { client: self.index, number: self.number };
        let bytes = if self.in_parts { drawing::png(mark, LARGE)? } else { picture::bytes(mark)? };
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        let answer = if self.in_parts {
            self.parts(connection, &bytes)?
        } else {
            let path = format!("{ALL}?name={}", picture::name(mark));
            connection.send(&Request { method: "POST", path, body: Some(("image/png", bytes)) }, Some(&self.token))?
        };
        // 200: it was there already, and its answer was cut off.
        let photo = json(&answer, &[200, 201])?;
        let id = photo.get("id").and_then(Value::as_str).ok_or("no id")?;
        let told = photo.pointer("/file/hashes/sha256Hash").and_then(Value::as_str).unwrap_or_default();
        if !told.eq_ignore_ascii_case(&sha256) {
            return Err(format!("another picture was acknowledged: {photo}").into());
        }
        self.acknowledged.insert(self.number, (id.to_owned(), sha256));
        self.session = None;
        Ok(())
    }

    /// Sends the parts that are not acknowledged; the answer to the last.
    fn parts(&mut self, connection: &mut Connection, whole: &[u8]) -> Outcome<Answer> {
        let session = match &mut self.session {
            Some(session) => {
                session.go_on(connection, whole.len())?;
                self.resumed += 1;
                session
            }
            none => none.insert(Session::begin(connection, &self.token)?),
        };
        loop {
            let answer = session.send_part(connection, whole)?;
            if session.sent == whole.len() {
                return Ok(answer);
            }
            session.acknowledged = awaited(&json(&answer, &[202])?, whole.len())?;
            if session.acknowledged != session.sent {
                return Err(format!("after {} bytes {} are awaited", session.sent, session.acknowledged).into());
            }
            self.parts += 1;
        }
    }

    /// Every photo that was acknowledged must be there, to the last byte, and no other but the one that was not answered.
    pub(super) fn read_back(&self, address: SocketAddr, tally: &mut Tally) -> Outcome<()> {
        let mut connection = Connection::open(address, PATIENCE)?;
        let who = format!("client {}", self.index);
        for (number, (id, sha256)) in &self.acknowledged {
            let [content, small] = picture::addresses(id);
            let answer = connection.send(&Request::get(&content), Some(&self.token))?;
            if answer.status != 200 {
                tally.count(&who, &Wrong::Lost(format!("{content}: {} {}", answer.status, answer.words())));
            } else if format!("{:x}", Sha256::digest(&answer.body)) != *sha256 {
                tally.count(&who, &Wrong::Torn(format!("{content} is not what was sent")));
            }
            match picture::drawn(&mut connection, &self.token, self.index, &small) {
                Ok(drawn) if drawn == *number => {}
                Err(fault) if fault.is::<io::Error>() => return Err(fault),
                wrong => tally.count(&who, &Wrong::Torn(format!("{small} of {number}: {wrong:?}"))),
            }
        }
        let count = connection.send(&Request::get(format!("{ALL}/$count")), Some(&self.token))?;
        let (count, sure) = (String::from_utf8_lossy(&count.body).parse::<usize>()?, self.acknowledged.len());
        if count < sure {
            tally.count(&who, &Wrong::Lost(format!("{count} photos of {sure}")));
        } else if count > sure + 1 {
            tally.count(&who, &Wrong::Doubled(format!("{count} photos of {sure}, and one that was not answered")));
        }
        Ok(())
    }

    /// Removes every tenth; what is removed is no longer looked for.
    pub(super) fn remove_some(&mut self, address: SocketAddr) -> Outcome<()> {
        let mut connection = Connection::open(address, PATIENCE)?;
        for (_, (id, _)) in self.acknowledged.extract_if(.., |number, _| number.is_multiple_of(REMOVED)) {
            let request = Request { method: "DELETE", ..Request::get(format!("{ALL}/{id}")) };
            let answer = connection.send(&request, Some(&self.token))?;
            if answer.status != 204 {
                return Err(format!("DELETE {id}: {} {}", answer.status, answer.words()).into());
            }
        }
        Ok(())
    }
}
