//! Looking at a token step by step, past its first fault, so that all of them are seen: for `token inspect`.
//! May import `error`, `keys`, `trust`; `look` does the looking.
//!
//! Each step is held by the function that holds it when a token is opened; here they only go on after a fault. Nothing that
//! is found here opens anything: only [`Verified`](super::Verified) does.

mod look;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::error::Refusal;
use super::keys::KeyRing;
use super::trust::Trust;

/// One thing that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Five or three parts of base64url.
    Shape,
    /// That it is encrypted, if it must be.
    Encrypted,
    /// The outer header as a whole.
    OuterHeader,
    /// The outer `alg`.
    OuterAlg,
    /// The outer `enc`.
    OuterEnc,
    /// The outer `cty`.
    OuterCty,
    /// The outer `kid`.
    OuterKid,
    /// The other parts of the envelope.
    Parts,
    /// That one of our keys opens it.
    Decryption,
    /// That a signed token is inside.
    Nested,
    /// The inner header as a whole.
    InnerHeader,
    /// The claims as a whole.
    Claims,
    /// `iss`.
    Issuer,
    /// The inner `typ`.
    Typ,
    /// The signature, its algorithm and its key.
    Signature,
    /// Claims that the outer header repeats.
    Repeated,
    /// `cnf`.
    Bound,
    /// `authorization_details`.
    AuthorizationDetails,
    /// `aud`.
    Audience,
    /// `sub`.
    Subject,
    /// `client_id`, or what its issuer calls it.
    Client,
    /// `jti`.
    TokenId,
    /// `scope` or `scp`.
    Scopes,
    /// `iat`, `exp`, `nbf` and `auth_time`.
    Times,
    /// From `iat` to `exp`.
    Lifetime,
    /// The time now.
    Now,
}

/// A step, and what was wrong there, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub step: Step,
    /// What was wrong.
    pub fault: Option<Refusal>,
}

/// The keys that an issuer's signatures are verified with.
#[derive(Debug, Clone, Default)]
pub struct IssuerKeys {
    /// Each key's `kid`, if it has one, and what it is for.
    pub names: Vec<(Option<String>, &'static str)>,
    /// Why they could not be fetched.
    pub fault: Option<String>,
}

/// What was found in a token. A step without a finding was not reached.
#[derive(Debug, Default)]
pub struct Inspection {
    /// In the order in which things were looked at.
    pub findings: Vec<Finding>,
    /// The outer header, if there is one that can be read.
    pub outer: Option<Map<String, Value>>,
    /// The inner header.
    pub inner: Option<Map<String, Value>>,
    /// The claims: proven only if [`Inspection::proven`].
    pub claims: Option<Map<String, Value>>,
    /// Whether the signature is that of the issuer.
    pub proven: bool,
    /// The `kid` of our key that opened the envelope.
    pub opened_by: Option<String>,
    /// The words of `scope` or `scp`: proven only if [`Inspection::proven`].
    pub scopes: Vec<String>,
    /// The issuer's keys, if it is trusted.
    pub keys: Option<IssuerKeys>,
}

impl Inspection {
    /// What can be seen without our keys: the shape, the outer header, whether it names one of `kids` (if there are any), and
    /// all of a token that is not encrypted.
    pub fn from_outside(token: &str, kids: &[String], now: DateTime<Utc>) -> Self {
        let mut seen = Self::default();
        seen.look_from_outside(token, kids, now);
        seen
    }

    /// Everything that can be seen with `ring` and `trust`.
    pub(super) fn of(token: &str, ring: &KeyRing, trust: &Trust, now: DateTime<Utc>) -> Self {
        let mut seen = Self::default();
        seen.look(token, ring, trust, now);
        seen
    }

    /// What was wrong first.
    pub fn fault(&self) -> Option<Refusal> {
        self.findings.iter().find_map(|finding| finding.fault)
    }

    /// What was wrong at `step`; `None`: it was not reached.
    pub fn at(&self, step: Step) -> Option<Result<(), Refusal>> {
        let found = self.findings.iter().find(|finding| finding.step == step)?;
        Some(found.fault.map_or(Ok(()), Err))
    }

    /// Notes what was found at `step`; of several faults there, the first.
    fn note<T>(&mut self, step: Step, found: Result<T, Refusal>) {
        let fault = found.err();
        match self.findings.iter().position(|finding| finding.step == step) {
            Some(at) if fault.is_some() && self.at(step) == Some(Ok(())) => {
                // What was held is not any more; the fault stands where it was found.
                self.findings.remove(at);
                self.findings.push(Finding { step, fault });
            }
            Some(_) => {}
            None => self.findings.push(Finding { step, fault }),
        }
    }
}
