//! What the rows are written from: the inspection, and the configuration that it was made under.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::report::{Mend, Whose};
use super::shown;
use crate::config::{AuthorizationServer, Config};
use crate::token::Inspection;

/// A token that was looked at.
pub(super) struct View<'a> {
    pub(super) token: &'a str,
    pub(super) seen: &'a Inspection,
    /// `None`: it was looked at from outside.
    pub(super) config: Option<&'a Config>,
    /// The `kid`s of the keys that tokens for the server are encrypted to.
    pub(super) kids: &'a [String],
    pub(super) now: DateTime<Utc>,
}

impl View<'_> {
    /// A member of the outer header.
    pub(super) fn outer(&self, name: &str) -> Option<&Value> {
        self.seen.outer.as_ref()?.get(name)
    }

    /// A member of the inner header.
    pub(super) fn inner(&self, name: &str) -> Option<&Value> {
        self.seen.inner.as_ref()?.get(name)
    }

    /// A claim, proven or not.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.seen.claims.as_ref()?.get(name)
    }

    /// The authorization server that the token says it is of, with its place in the configuration.
    pub(super) fn server(&self) -> Option<(usize, &AuthorizationServer)> {
        let issuer = self.claim("iss")?.as_str()?;
        self.config?.authorization_servers.iter().enumerate().find(|(_, server)| server.issuer == issuer)
    }

    /// What tokens of its server may be; of an unknown one, what is so by default.
    pub(super) fn policy(&self) -> AuthorizationServer {
        self.server().map_or_else(|| AuthorizationServer::new(""), |(_, server)| server.clone())
    }

    /// A setting of its server, by its full name.
    pub(super) fn setting(&self, name: &str) -> String {
        let place = self.server().map_or_else(|| "N".to_owned(), |(place, _)| place.to_string());
        format!("authorization_servers.{place}.{name}")
    }

    /// The claim that names the client.
    pub(super) fn client_claim(&self) -> String {
        self.policy().client_id_claim
    }

    /// Where our keys are published.
    pub(super) fn jwks(&self) -> String {
        match self.config {
            Some(config) => config.link("/.well-known/jwks.json"),
            None => "the server's /.well-known/jwks.json".into(),
        }
    }

    /// Whether it looks like an ID token (OpenID Connect Core §2), which says who signed in and opens nothing.
    pub(super) fn is_id_token(&self) -> bool {
        let typ = self.claim("typ").and_then(Value::as_str);
        let marks = ["nonce", "at_hash", "c_hash", "s_hash"];
        let for_client =
            self.claim("aud").is_some_and(|aud| Some(aud) == self.claim("azp").or(self.claim("client_id")));
        let scopes = self.claim("scope").is_some() || self.claim("scp").is_some();
        typ == Some("ID") || marks.iter().any(|name| self.claim(name).is_some()) || (for_client && !scopes)
    }

    /// Whether it looks like a refresh token, as Keycloak writes them.
    pub(super) fn is_refresh_token(&self) -> bool {
        matches!(self.claim("typ").and_then(Value::as_str), Some("Refresh" | "Offline"))
    }
}

/// How to mend something, at the authorization server.
pub(super) fn theirs(how: impl Into<String>) -> Mend {
    Mend { whose: Whose::Theirs, how: how.into() }
}

/// How to mend something here.
pub(super) fn ours(how: impl Into<String>) -> Mend {
    Mend { whose: Whose::Ours, how: how.into() }
}

/// How to mend something in the client.
pub(super) fn clients(how: impl Into<String>) -> Mend {
    Mend { whose: Whose::Clients, how: how.into() }
}

/// Names in quotes, or `none`.
pub(super) fn list<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| shown::quoted(name.as_ref())).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// A span of time in its largest sensible unit.
pub(super) fn span(time: TimeDelta) -> String {
    let seconds = time.num_seconds().unsigned_abs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = units
        .into_iter()
        .find(|(size, _)| seconds >= 2 * size || seconds == *size || *size == 1)
        .unwrap_or((1, "second"));
    let number = seconds / size;
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (3_600, "1 hour"),
            (-720, "12 minutes"),
            (864_000, "10 days"),
        ] {
            assert_eq!(span(TimeDelta::seconds(seconds)), words);
        }
    }
}
