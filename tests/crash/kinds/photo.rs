//! The profile photo: the mark is drawn into the picture, and read back from the JPEG that is served.

use super::drawing::{self, SMALL};
use super::{Found, Kind, Mark, changes_of};
use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// `PUT /v1.0/me/photo/$value`
pub(crate) struct Photo;

const PATH: &str = "/v1.0/me/photo/$value";

impl Kind for Photo {
    fn name(&self) -> &'static str {
        "photo"
    }

    fn write(&self, mark: Mark) -> Outcome<Request> {
        Ok(Request { method: "PUT", path: PATH.into(), body: Some(("image/png", drawing::png(mark, SMALL)?)) })
    }

    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found> {
        Ok(Found { number: mark.number, changes: changes_of(answer)? })
    }

    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found> {
        let answer = connection.send(&Request::get(PATH), Some(token))?;
        if answer.status == 404 {
            let profile = connection.send(&Request::get("/v1.0/me"), Some(token))?;
            return Ok(Found { number: 0, changes: changes_of(&profile)? });
        }
        if answer.status != 200 {
            return Err(format!("GET {PATH}: {} {}", answer.status, answer.words()).into());
        }
        let number = drawing::read(&answer.body, client).map_err(|fault| format!("torn: {fault}"))?;
        Ok(Found { number, changes: changes_of(&answer)? })
    }
}
