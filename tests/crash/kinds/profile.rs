//! The profile: each write puts its mark into several members, of which all must be the same write's.

use serde_json::{Value, json};

use super::{Found, Kind, Mark, changes_of};
use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// `PATCH /v1.0/me`
pub(crate) struct Profile;

/// The members that carry the mark.
const MEMBERS: [&str; 4] = ["givenName", "city", "companyName", "jobTitle"];

impl Kind for Profile {
    fn name(&self) -> &'static str {
        "profile"
    }

    fn write(&self, mark: Mark) -> Outcome<Request> {
        let text = text(mark);
        let members: serde_json::Map<_, _> = MEMBERS.iter().map(|name| ((*name).to_owned(), json!(text))).collect();
        let body = Value::Object(members).to_string().into_bytes();
        Ok(Request { method: "PATCH", path: "/v1.0/me".into(), body: Some(("application/json", body)) })
    }

    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found> {
        seen(answer, mark.client)
    }

    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found> {
        let answer = connection.send(&Request::get("/v1.0/me"), Some(token))?;
        if answer.status != 200 {
            return Err(format!("GET /v1.0/me: {} {}", answer.status, answer.words()).into());
        }
        seen(&answer, client)
    }
}

fn text(mark: Mark) -> String {
    format!("client {} write {}", mark.client, mark.number)
}

fn seen(answer: &Answer, client: u16) -> Outcome<Found> {
    let profile: Value = serde_json::from_slice(&answer.body)?;
    let members: Vec<&str> = MEMBERS.iter().filter_map(|name| profile.get(*name)?.as_str()).collect();
    let changes = changes_of(answer)?;
    let Some(first) = members.first() else { return Ok(Found { number: 0, changes }) };
    let number = first.rsplit(' ').next().and_then(|number| number.parse().ok()).ok_or("no number")?;
    let whole = text(Mark { client, number });
    if members.len() != MEMBERS.len() || members.iter().any(|member| *member != whole) {
        return Err(format!("torn: {members:?}").into());
    }
    Ok(Found { number, changes })
}
