//! The people whose profiles are read, and their tokens.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use sharehold::clock::{Clock as _, SystemClock};
use ureq::Agent;

use crate::child::Child;
use crate::database::Database;
use crate::mint::Authority;
use crate::setting::{AUDIENCE, Fault, ISSUER, PEOPLE, Route, key};

/// An answer of `GET /v1.0/me`.
pub(crate) struct Sample {
    /// Its entity tag.
    pub etag: String,
    /// Its body, one line of JSON.
    pub body: String,
}

/// A token for each person, valid for an hour.
pub(crate) fn tokens() -> Result<Vec<String>, Fault> {
    let authority = Authority::new(
        &fs::read_to_string(key("certified.rsa.pem"))?,
        None,
        &fs::read_to_string(key("ours-2048.pem"))?,
    );
    let now = SystemClock.now().timestamp();
    let claims = |person: usize| {
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": format!("person-{person:04}"), "client_id": "address-book",
            "scope": "User.ReadWrite", "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
            "email": format!("person-{person:04}@example.org"), "email_verified": true,
        })
    };
    Ok((0..PEOPLE).map(|person| authority.mint(&claims(person))).collect())
}

/// Writes everyone's profile into every database, reads each back once, so that all caches are warm, and says what the
/// first looks like. Answers of all are of about one length.
pub(crate) fn fill(child: &Child, databases: &[Database], tokens: &[String]) -> Result<Sample, Fault> {
    let agent: Agent = Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).build().into();
    let mut sample = None;
    for route in Route::on(databases).into_iter().filter(|route| matches!(route, Route::Me(_))) {
        let port = route.port(child.ports()).ok_or("no port")?;
        let url = format!("http://127.0.0.1:{port}{}", route.path());
        for (person, token) in tokens.iter().enumerate() {
            let bearer = format!("Bearer {token}");
            let patch = agent.patch(&url).header("Authorization", &bearer).content_type("application/json");
            patch.send(profile(person).to_string())?;
            let mut got = agent.get(&url).header("Authorization", &bearer).call()?;
            let etag = got.headers().get("etag").ok_or("no entity tag")?.to_str()?.to_owned();
            let body = got.body_mut().read_to_string()?;
            sample.get_or_insert(Sample { etag, body });
        }
    }
    sample.ok_or_else(|| "no database".into())
}

fn profile(person: usize) -> Value {
    json!({
        "displayName": format!("Ana María Núñez {person:04}"),
        "givenName": "Ana María",
        "surname": format!("Núñez {person:04}"),
        "preferredLanguage": "es-CL",
        "mobilePhone": "+56 9 5555 0100",
        "streetAddress": "Avenida Providencia 1234",
        "city": "Santiago",
        "postalCode": "7500000",
        "country": "Chile",
        "birthday": "1979-05-31",
    })
}
