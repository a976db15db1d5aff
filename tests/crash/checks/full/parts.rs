//! A picture in parts across a full disk: the last part, which there is no room for, is sent again when there is.

use crate::house::House;
use crate::http::Connection;
use crate::kinds::drawing::{self, LARGE};
use crate::kinds::{Mark, picture};
use crate::outcome::Outcome;
use crate::server::{PATIENCE, Server};
use crate::session::{Session, awaited, json};

const MARK: Mark = Mark { client: 0, number: 1 };

/// The upload.
pub(super) struct Parts {
    token: String,
    session: Session,
    whole: Vec<u8>,
}

impl Parts {
    /// All of them but the last.
    pub(super) fn begin(house: &House, server: &Server, round: u32) -> Outcome<Self> {
        let (token, whole) = (house.token(&format!("in-parts-{round}"))?, drawing::png(MARK, LARGE)?);
        let mut connection = Connection::open(server.address, PATIENCE)?;
        let mut session = Session::begin(&mut connection, &token)?;
        while !session.is_at_last(whole.len()) {
            let answer = session.send_part(&mut connection, &whole)?;
            session.acknowledged = awaited(&json(&answer, &[202])?, whole.len())?;
        }
        Ok(Self { token, session, whole })
    }

    /// What is wrong with how the last one is refused.
    pub(super) fn refused(&mut self, server: &Server) -> Outcome<Option<String>> {
        let answer = self.session.send_part(&mut Connection::open(server.address, PATIENCE)?, &self.whole)?;
        let wrong = || format!("the last part of a picture is answered {} {}", answer.status, answer.words());
        Ok((answer.status != 507).then(wrong))
    }

    /// What is wrong with the picture, the last part of which is sent again.
    pub(super) fn goes_on(&mut self, server: &Server) -> Outcome<Option<String>> {
        let mut connection = Connection::open(server.address, PATIENCE)?;
        let answer = self.session.send_part(&mut connection, &self.whole)?;
        if answer.status != 201 {
            return Ok(Some(format!("the last part, sent again, is answered {} {}", answer.status, answer.words())));
        }
        let photo = json(&answer, &[201])?;
        let id = photo.get("id").and_then(serde_json::Value::as_str).ok_or("no id")?;
        for address in picture::addresses(id) {
            let drawn = picture::drawn(&mut connection, &self.token, MARK.client, &address)?;
            if drawn != MARK.number {
                return Ok(Some(format!("{address} of write {} is write {drawn}", MARK.number)));
            }
        }
        Ok(None)
    }
}
