//! Faults of the times: missing, in the wrong unit, too long, over, not yet.

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

use super::Advice;
use crate::cli::token_inspect::rows::{date, seconds};
use crate::cli::token_inspect::shown::kind;
use crate::cli::token_inspect::view::{View, clients, ours, span, theirs};
use crate::token::Refusal;

/// Beyond this a number of seconds is no date that anyone means: milliseconds, most likely (the year 5138).
const MILLISECONDS: i64 = 100_000_000_000;

/// A difference that two clocks may well have.
const SKEW: TimeDelta = TimeDelta::minutes(5);

pub(super) fn times(view: &View<'_>) -> Advice {
    let wrong = ["iat", "exp", "nbf", "auth_time"].into_iter().filter_map(|name| match view.claim(name) {
        None if matches!(name, "iat" | "exp") => Some(format!("there is no `{name}`")),
        None => None,
        Some(Value::Number(_)) => {
            let date = seconds(view, name).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            date.is_none().then(|| format!("`{name}` is no date"))
        }
        Some(other) => Some(format!("`{name}` is {}, not a number", kind(other))),
    });
    let what = wrong.collect::<Vec<_>>().join(", ");
    (what, vec![theirs("write times as numbers of seconds since 1970 (RFC 7519 §2); `iat` and `exp` are required")])
}

pub(super) fn lifetime(view: &View<'_>) -> Advice {
    let (iat, exp) = (seconds(view, "iat").unwrap_or_default(), seconds(view, "exp").unwrap_or_default());
    if exp > MILLISECONDS {
        return ("`exp` is in milliseconds, it seems".into(), vec![theirs("write times in seconds (RFC 7519 §2)")]);
    }
    let lives = TimeDelta::try_seconds(exp.saturating_sub(iat)).unwrap_or(TimeDelta::MAX);
    let most = view.policy().max_token_lifetime_s;
    let most_span = i64::try_from(most).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX);
    let what = format!("it lives {} from iat to exp; allowed are at most {}", span(lives), span(most_span));
    let setting = view.setting("max_token_lifetime_s");
    let longer = ours(format!("allow more: {setting} = {} (now {most})", lives.num_seconds()));
    (what, vec![theirs("issue access tokens that live shorter (and refresh tokens beside them)"), longer])
}

pub(super) fn now(view: &View<'_>, refusal: Refusal) -> Advice {
    let clock = view.now.format("%FT%TZ");
    let apart = |claim| {
        let at = seconds(view, claim).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(view.now);
        view.now - at
    };
    let clocks = || theirs(format!("set the clocks of both by NTP: here it is {clock}"));
    let (what, first, difference) = match refusal {
        Refusal::Expired => {
            let ago = apart("exp");
            let what = format!("it expired {} ago: exp {}, and it is {clock}", span(ago), date(view, "exp"));
            (what, clients("get a new token (with the refresh token, before `expires_in` is over)"), ago)
        }
        Refusal::NotYetValid => {
            let ahead = -apart("nbf");
            let what = format!("it is valid in {} only: nbf {}, and it is {clock}", span(ahead), date(view, "nbf"));
            (what, clients("wait until then"), ahead)
        }
        _ => {
            let ahead = -apart("iat");
            let what =
                format!("it says it was issued {} from now: iat {}, and it is {clock}", span(ahead), date(view, "iat"));
            if seconds(view, "iat").is_some_and(|iat| iat > MILLISECONDS) {
                return (what, vec![theirs("write times in seconds, not milliseconds (RFC 7519 §2)")]);
            }
            return (what, vec![clocks()]);
        }
    };
    let skew = (difference < SKEW).then(clocks);
    (what, std::iter::once(first).chain(skew).collect())
}
