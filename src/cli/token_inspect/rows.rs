//! From findings to rows: what held is said in a few words, what did not is said by `advice`.

use chrono::DateTime;
use serde_json::Value;

use super::advice;
use super::report::{Held, Row};
use super::shown::value;
use super::view::{View, span};
use crate::token::Step;

/// The rows and their steps, in the order in which they are shown.
const ROWS: &[(&str, &[Step])] = &[
    ("shape", &[Step::Shape]),
    ("envelope", &[Step::Encrypted, Step::OuterHeader, Step::OuterAlg, Step::OuterEnc, Step::OuterCty]),
    ("our key", &[Step::OuterKid]),
    ("parts", &[Step::Parts]),
    ("decryption", &[Step::Decryption]),
    ("inside", &[Step::Nested, Step::InnerHeader, Step::Claims]),
    ("issuer", &[Step::Issuer]),
    ("type", &[Step::Typ]),
    ("signature", &[Step::Signature]),
    ("audience", &[Step::Audience]),
    ("subject", &[Step::Subject]),
    ("client", &[Step::Client]),
    ("token id", &[Step::TokenId]),
    ("scope", &[Step::Scopes]),
    ("times", &[Step::Times]),
    ("lifetime", &[Step::Lifetime]),
    ("now", &[Step::Now]),
    ("repeated", &[Step::Repeated]),
    ("bound", &[Step::Bound]),
    ("details", &[Step::AuthorizationDetails]),
];

/// Rows that are worth a line only if they do not hold.
const QUIET: &[&str] = &["parts", "repeated", "bound", "details"];

/// Rows about the envelope: there are none without one.
const ENVELOPE: &[&str] = &["our key", "decryption"];

/// Every row.
pub(super) fn rows(view: &View<'_>) -> Vec<Row> {
    ROWS.iter().flat_map(|(name, steps)| row(view, name, steps)).collect()
}

fn row(view: &View<'_>, name: &'static str, steps: &[Step]) -> Vec<Row> {
    let found = |step: &Step| view.seen.at(*step).map(|found| (*step, found));
    let mut found: Vec<_> = steps.iter().filter_map(found).collect();
    let reached = !found.is_empty();
    found.retain(|(_, found)| found.is_err());
    if !found.is_empty() {
        return found.into_iter().filter_map(|(step, found)| Some(fault(view, name, step, found.err()?))).collect();
    }
    let bare = view.seen.outer.is_none() && view.seen.at(Step::Nested).is_some();
    if QUIET.contains(&name) || (bare && ENVELOPE.contains(&name)) {
        return Vec::new();
    }
    let proven = view.seen.proven || !is_said_by_the_token(name);
    let held = match (reached, proven) {
        (false, _) => Held::NotReached,
        (true, true) => Held::Yes,
        (true, false) => Held::Unproven,
    };
    let what = if reached { held_words(view, name) } else { "not reached".to_owned() };
    vec![Row { name, held, fault: None, what, mends: Vec::new() }]
}

fn fault(view: &View<'_>, name: &'static str, step: Step, refusal: crate::token::Refusal) -> Row {
    let (what, mends) = advice::of(view, step, refusal);
    Row { name, held: Held::No, fault: Some(refusal), what, mends }
}

/// Whether the row is about something that only the signature makes true.
fn is_said_by_the_token(name: &str) -> bool {
    !matches!(name, "shape" | "envelope" | "our key" | "parts" | "decryption" | "inside" | "signature")
}

/// What is said of a row that holds.
fn held_words(view: &View<'_>, name: &str) -> String {
    let encrypted = view.seen.outer.is_some();
    match name {
        "shape" if view.token.matches('.').count() == 4 => "five parts: encrypted (JWE)".into(),
        "shape" => "three parts: signed, not encrypted (JWS)".into(),
        "envelope" if encrypted => {
            let member = |name| value(view.outer(name));
            format!("alg {}, enc {}, cty {}, kid {}", member("alg"), member("enc"), member("cty"), member("kid"))
        }
        "envelope" => "none, and none is needed from this issuer (accept_unencrypted)".into(),
        "our key" => match view.outer("kid") {
            Some(kid) => format!("the kid {} is ours", value(Some(kid))),
            None => format!("the token names no key: each of our {} is tried", view.kids.len()),
        },
        "decryption" => match &view.seen.opened_by {
            Some(kid) => format!("opened with our key \"{kid}\""),
            None => "opened".into(),
        },
        "inside" => {
            let member = |name| value(view.inner(name));
            format!("a signed token: alg {}, typ {}, kid {}", member("alg"), member("typ"), member("kid"))
        }
        "issuer" => format!("{} is {}", value(view.claim("iss")), view.setting("issuer")),
        "type" => value(view.inner("typ")),
        "signature" => format!("made with {} by a key of that issuer", value(view.inner("alg"))),
        "audience" => format!("{} names this server", value(view.claim("aud"))),
        "client" => format!("{} = {}", view.client_claim(), value(view.claim(&view.client_claim()))),
        "scope" => value(view.claim("scope").or_else(|| view.claim("scp"))),
        "times" | "lifetime" | "now" => time_words(view, name),
        _ => "is there".into(),
    }
}

/// A time that is a number, whole seconds.
pub(super) fn seconds(view: &View<'_>, claim: &str) -> Option<i64> {
    let claim = view.claim(claim)?;
    #[expect(clippy::cast_possible_truncation, reason = "only to be shown; a cast of a float saturates")]
    claim.as_i64().or_else(|| claim.as_f64().map(|seconds| seconds.floor() as i64))
}

/// A time as people write it.
pub(super) fn date(view: &View<'_>, claim: &str) -> String {
    let date = seconds(view, claim).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    date.map_or_else(|| value(view.claim(claim)), |date| date.format("%FT%TZ").to_string())
}

fn time_words(view: &View<'_>, name: &str) -> String {
    let at = |claim| seconds(view, claim).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let (Some(iat), Some(exp)) = (at("iat"), at("exp")) else { return "are there".into() };
    match name {
        "times" => {
            let nbf = view.claim("nbf").map(|_: &Value| format!(", nbf {}", date(view, "nbf")));
            format!("iat {}, exp {}{}", date(view, "iat"), date(view, "exp"), nbf.unwrap_or_default())
        }
        "lifetime" if exp < iat => "exp is before iat".into(),
        "lifetime" => {
            let most = i64::try_from(view.policy().max_token_lifetime_s).unwrap_or(i64::MAX / 1000);
            format!("{} from iat to exp; at most {}", span(exp - iat), span(chrono::TimeDelta::seconds(most)))
        }
        _ => format!("valid for another {}", span(exp - view.now)),
    }
}
