//! The people whose profiles and contacts are read, and their tokens.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use sharehold::clock::{Clock as _, SystemClock};
use ureq::Agent;

use crate::book::{ISSUER, subject};
use crate::child::Child;
use crate::database::Database;
use crate::mint::Authority;
use crate::setting::{AUDIENCE, Fault, PEOPLE, Route, key};

/// An answer.
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
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject(person), "client_id": "address-book",
            "scope": "User.ReadWrite Contacts.Read", "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
            "email": format!("person-{person:04}@example.org"), "email_verified": true,
        })
    };
    Ok((0..PEOPLE).map(|person| authority.mint(&claims(person))).collect())
}

/// A profile and a page of contacts. Answers of all people are of about one length, and their tags are the same.
pub(crate) struct Samples {
    /// `GET /v1.0/me`
    pub profile: Sample,
    /// `GET /v1.0/me/contacts`
    pub page: Sample,
}

/// Writes everyone's profile into every database, reads profiles and contacts back once, so that all caches are warm, and
/// says what they look like.
pub(crate) fn fill(child: &Child, databases: &[Database], tokens: &[String]) -> Result<Samples, Fault> {
    let agent: Agent = Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).build().into();
    let (mut profiles, mut pages) = (None, None);
    for route in Route::on(databases) {
        let (Route::Me(_) | Route::List(_)) = route else { continue };
        let port = route.port(child.ports()).ok_or("no port")?;
        let url = format!("http://127.0.0.1:{port}{}", route.path());
        for (person, token) in tokens.iter().enumerate() {
            let bearer = format!("Bearer {token}");
            if matches!(route, Route::Me(_)) {
                let patch = agent.patch(&url).header("Authorization", &bearer).content_type("application/json");
                patch.send(profile(person).to_string())?;
            }
            let mut got = agent.get(&url).header("Authorization", &bearer).call()?;
            let etag = got.headers().get("etag").ok_or("no entity tag")?.to_str()?.to_owned();
            let body = got.body_mut().read_to_string()?;
            let samples = if matches!(route, Route::Me(_)) { &mut profiles } else { &mut pages };
            let first: &Sample = samples.get_or_insert(Sample { etag: etag.clone(), body });
            if first.etag != etag {
                return Err(format!("{url}: {etag} is not {}, as others' is", first.etag).into());
            }
        }
    }
    profiles.zip(pages).map(|(profile, page)| Samples { profile, page }).ok_or_else(|| "no database".into())
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
