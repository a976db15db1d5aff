//! The claims (RFC 9068 §2.2): `Signed` → `Verified`. May import `error`, `inner`, `trust`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::Refusal;
use super::inner::Signed;
use super::trust::Policy;

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// A token that was decrypted, whose signature is its issuer's, and whose claims hold. Only this has claims, and only
/// `Verified::from_signed` makes one, or what it made and lent out is given back.
///
/// The claims are inputs: what they allow is decided anew for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    issuer: String,
    subject: String,
    client_id: String,
    token_id: String,
    scopes: Vec<String>,
    times: Times,
    email: Option<String>,
}

impl Verified {
    /// Holds the claims against RFC 9068 §2.2, §4 and their issuer's policy: all that does not depend on the time, which
    /// is for [`Verified::check_time`].
    pub(super) fn from_signed(signed: Signed<'_>) -> Result<Self, Refusal> {
        let (claims, policy) = signed.into_parts();
        let claims = Reader(&claims);
        claims.absent("cnf", Refusal::Bound)?;
        claims.absent("authorization_details", Refusal::AuthorizationDetails)?;
        claims.audience(policy)?;
        let verified = Self {
            issuer: claims.name("iss")?,
            subject: claims.name("sub")?,
            client_id: claims.name(&policy.client_id_claim)?,
            token_id: claims.name(&policy.token_id_claim)?,
            scopes: claims.scopes()?,
            times: claims.times()?,
            email: claims.verified_email(),
        };
        verified.times.check_lifetime(policy)?;
        Ok(verified)
    }

    /// Whether it is valid at `now`: asked for every request, whether the token came from the cache or not.
    pub(super) fn check_time(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.times.check(now)
    }

    /// `iss`: who issued it, exactly as configured.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: whom it is about, in the issuer's own words. Equal to the client's id when it is about nobody
    /// (RFC 9068 §5).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `client_id` (or what the issuer calls it): who uses it.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `jti` (or what the issuer calls it): its name.
    pub fn token_id(&self) -> &str {
        &self.token_id
    }

    /// `scope` or `scp`, word by word, as written.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// `iat`, whole seconds.
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.times.issued_at
    }

    /// `exp`, whole seconds.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.times.expires_at
    }

    /// `auth_time`: when the person last signed in, whole seconds, if the issuer says.
    pub fn auth_time(&self) -> Option<DateTime<Utc>> {
        self.times.auth_time
    }

    /// `email`, if the issuer says `email_verified: true`.
    pub fn verified_email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

/// What of a token is sealed into an address that stands for it, for less and for a while.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lent {
    issuer: String,
    subject: String,
    client_id: String,
    token_id: String,
    scopes: Vec<String>,
    issued_at: i64,
    auth_time: Option<i64>,
    until: i64,
}

impl Lent {
    /// Until when.
    pub fn until(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.until, 0).unwrap_or_default()
    }
}

impl Verified {
    /// Lends it out, with these scopes of its own, until then.
    pub fn lend(&self, scopes: &[&str], until: DateTime<Utc>) -> Lent {
        Lent {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            client_id: self.client_id.clone(),
            token_id: self.token_id.clone(),
            scopes: scopes.iter().map(|&scope| scope.into()).collect(),
            issued_at: self.times.issued_at.timestamp(),
            auth_time: self.times.auth_time.map(|at| at.timestamp()),
            until: until.timestamp(),
        }
    }

    /// The token that was lent out, as far as it was. Whoever unseals what this server has sealed got it from one that was verified.
    pub fn of_lent(lent: &Lent) -> Option<Self> {
        let date = |seconds| DateTime::from_timestamp(seconds, 0);
        let auth_time = match lent.auth_time {
            Some(at) => Some(date(at)?),
            None => None,
        };
        let (issued_at, expires_at) = (date(lent.issued_at)?, date(lent.until)?);
        Some(Self {
            issuer: lent.issuer.clone(),
            subject: lent.subject.clone(),
            client_id: lent.client_id.clone(),
            token_id: lent.token_id.clone(),
            scopes: lent.scopes.clone(),
            times: Times { issued_at, expires_at, not_before: None, auth_time },
            email: None,
        })
    }
}

/// From when to when a token holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    not_before: Option<DateTime<Utc>>,
    auth_time: Option<DateTime<Utc>>,
}

impl Times {
    /// Whether it lives no longer than its issuer's tokens may.
    pub(super) fn check_lifetime(&self, policy: &Policy) -> Result<(), Refusal> {
        if self.expires_at - self.issued_at > policy.max_lifetime { Err(Refusal::Lifetime) } else { Ok(()) }
    }

    /// Whether it is valid at `now`.
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        // RFC 7519 §4.1.4: "on or after" its expiration it must not be accepted.
        if now - LEEWAY >= self.expires_at {
            return Err(Refusal::Expired);
        }
        if self.not_before.is_some_and(|from| now + LEEWAY < from) {
            return Err(Refusal::NotYetValid);
        }
        if self.issued_at > now + LEEWAY {
            return Err(Refusal::IssuedInFuture);
        }
        // It would outlast everything that the person takes back (access/revocations.rs).
        if self.auth_time.is_some_and(|at| at > now + LEEWAY) {
            return Err(Refusal::SignedInInFuture);
        }
        Ok(())
    }
}

/// Which way a fraction of a second goes: always so that the token is valid for less.
#[derive(Clone, Copy)]
enum Rounding {
    Down,
    Up,
}

/// The longest name, octets: PostgreSQL's indexes have room for 2,704 in all, and some hold several (OpenID Connect Core §2 has `sub`
/// end at 255).
const NAME: usize = 512;

/// Reads claims. A claim of the wrong type is refused, never taken for absent (RFC 9068 §4).
pub(super) struct Reader<'a>(pub(super) &'a Map<String, Value>);

impl Reader<'_> {
    pub(super) fn absent(&self, claim: &str, refusal: Refusal) -> Result<(), Refusal> {
        if self.0.contains_key(claim) { Err(refusal) } else { Ok(()) }
    }

    /// A required claim that names something: not empty, not longer than an index of a database takes, and without control
    /// characters, which no database or log takes.
    pub(super) fn name(&self, claim: &str) -> Result<String, Refusal> {
        match self.0.get(claim) {
            None => Err(Refusal::ClaimMissing),
            Some(Value::String(text)) if text.len() > NAME => Err(Refusal::ClaimLength),
            Some(Value::String(text)) if is_name(text) => Ok(text.clone()),
            Some(_) => Err(Refusal::ClaimType),
        }
    }

    /// RFC 7519 §4.1.3: a string or an array of them; one is ours, octet for octet.
    pub(super) fn audience(&self, policy: &Policy) -> Result<(), Refusal> {
        let ours = |value: &Value| value.as_str().map(|text| policy.audience.iter().any(|ours| ours == text));
        let found = match self.0.get("aud").ok_or(Refusal::ClaimMissing)? {
            Value::Array(values) => values.iter().try_fold(false, |found, value| Some(ours(value)? || found)),
            value => ours(value),
        };
        if found.ok_or(Refusal::ClaimType)? { Ok(()) } else { Err(Refusal::Audience) }
    }

    /// RFC 7519 §2, `NumericDate`: seconds, perhaps with a fraction.
    fn date(&self, claim: &str, rounding: Rounding) -> Result<Option<DateTime<Utc>>, Refusal> {
        let Some(value) = self.0.get(claim) else { return Ok(None) };
        let seconds = match (value.as_i64(), value.as_f64(), rounding) {
            (Some(whole), ..) => Some(whole),
            (None, Some(fraction), Rounding::Down) => whole(fraction.floor()),
            (None, Some(fraction), Rounding::Up) => whole(fraction.ceil()),
            (None, None, _) => None,
        };
        seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).map(Some).ok_or(Refusal::ClaimType)
    }

    /// `iat`, `exp` and, if there are any, `nbf` and `auth_time`.
    pub(super) fn times(&self) -> Result<Times, Refusal> {
        Ok(Times {
            issued_at: self.date("iat", Rounding::Down)?.ok_or(Refusal::ClaimMissing)?,
            expires_at: self.date("exp", Rounding::Down)?.ok_or(Refusal::ClaimMissing)?,
            not_before: self.date("nbf", Rounding::Up)?,
            auth_time: self.date("auth_time", Rounding::Down)?,
        })
    }

    /// RFC 9068 §2.2.3: `scope`, split on spaces only; else `scp`, as some servers write it, a string or an array.
    pub(super) fn scopes(&self) -> Result<Vec<String>, Refusal> {
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let scope = match self.0.get("scope") {
            None => None,
            Some(Value::String(text)) => Some(words(text)),
            Some(_) => return Err(Refusal::ClaimType),
        };
        let scp = match self.0.get("scp") {
            None => None,
            Some(Value::String(text)) => Some(words(text)),
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| item.as_str().map(str::to_owned));
                Some(items.collect::<Option<_>>().ok_or(Refusal::ClaimType)?)
            }
            Some(_) => return Err(Refusal::ClaimType),
        };
        Ok(scope.or(scp).unwrap_or_default())
    }

    /// `email`, only beside `email_verified: true` (OpenID Connect Core §5.1); it is no ground to refuse a token.
    fn verified_email(&self) -> Option<String> {
        match (self.0.get("email_verified"), self.0.get("email")) {
            (Some(Value::Bool(true)), Some(Value::String(email))) if is_name(email) => Some(email.clone()),
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// A whole number of seconds, if it is one that a date can have.
fn whole(seconds: f64) -> Option<i64> {
    // Far beyond every date, and exact in both types.
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range: checked just before")]
    (seconds.is_finite() && seconds.abs() < MOST).then_some(seconds as i64)
}
