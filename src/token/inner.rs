//! The signature (JWS, RFC 7515): `Decrypted` → `Signed`. May import `algorithm`, `compact`, `envelope`, `error`, `trust`,
//! `verifying`.
//!
//! The issuer is chosen by the exact string of the payload's `iss`; then only that issuer's keys and lists count.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::algorithm::Signature;
use super::compact::{self, Compact, Jws, decode, media_type};
use super::envelope::Decrypted;
use super::error::{Refusal, TokenError};
use super::remote::Remote;
use super::trust::{Policy, Trust};
use super::verifying::KeySet;

/// Members of the inner header that change how a token is read (RFC 7515 §4.1.11, RFC 7797 §3): none is understood here.
/// Other unknown members, and those that point to keys, are not looked at.
const REFUSED_MEMBERS: [&str; 3] = ["crit", "b64", "zip"];

/// Claims whose signature is that of their issuer's own key. Whether they are good for anything is not known yet.
pub(super) struct Signed<'t> {
    claims: Map<String, Value>,
    policy: &'t Policy,
}

impl<'t> Signed<'t> {
    /// The claims, and what their issuer may say.
    pub(super) fn into_parts(self) -> (Map<String, Value>, &'t Policy) {
        (self.claims, self.policy)
    }
}

/// A refusal, and whose key set may be out of date if that is why.
pub(super) struct Unsigned {
    pub(super) refusal: Refusal,
    pub(super) stale: Option<Arc<Remote>>,
}

impl Unsigned {
    /// What the one who asked is told: a refusal, unless there are no keys that could have shown that the token is good.
    pub(super) fn told(&self) -> TokenError {
        match &self.stale {
            Some(remote) if remote.keys().is_none() => TokenError::NoKeys,
            _ => self.refusal.into(),
        }
    }
}

impl From<Refusal> for Unsigned {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, stale: None }
    }
}

/// Finds the issuer, holds envelope and header against its lists, and verifies the signature with its keys.
pub(super) fn verify<'t>(decrypted: &Decrypted, trust: &'t Trust) -> Result<Signed<'t>, Unsigned> {
    let Some(Compact::Jws(jws)) = Compact::cut(decrypted.text()) else {
        return Err(Refusal::NotNested.into());
    };
    let header = read_header(jws.header)?;
    let claims = compact::object(jws.payload).ok_or(Refusal::Claims)?;
    let server = match claims.get("iss") {
        None => return Err(Refusal::ClaimMissing.into()),
        Some(Value::String(issuer)) => trust.server(issuer).ok_or(Refusal::Issuer)?,
        Some(_) => return Err(Refusal::ClaimType.into()),
    };
    let policy = server.policy();
    match decrypted.outer() {
        Some(outer) => outer.allowed_by(&policy.envelopes)?,
        None if policy.envelopes.unencrypted => {}
        None => return Err(Refusal::Unencrypted.into()),
    }
    let typ = header.get("typ").and_then(Value::as_str);
    if !typ.is_some_and(|typ| policy.accept_typ.contains(&media_type(typ))) {
        return Err(Refusal::JwsTyp.into());
    }
    let keys = server.keys();
    check_signature(&jws, &header, &policy.signatures, keys.as_deref()).map_err(|refusal| {
        let stale = if refusal == Refusal::JwsKey { server.remote() } else { None };
        Unsigned { refusal, stale }
    })?;
    if decrypted.outer().is_some_and(|outer| !outer.agrees_with(&claims)) {
        return Err(Refusal::ReplicatedClaims.into());
    }
    Ok(Signed { claims, policy })
}

/// The inner header, if there is nothing in it that would change how the token is to be read.
pub(super) fn read_header(part: &str) -> Result<Map<String, Value>, Refusal> {
    let header = compact::object(part).ok_or(Refusal::JwsHeader)?;
    if REFUSED_MEMBERS.iter().any(|name| header.contains_key(*name)) {
        return Err(Refusal::JwsHeaderMember);
    }
    Ok(header)
}

/// Verifies the signature by one of `keys`, if the header's algorithm is one of `allowed`.
pub(super) fn check_signature(
    jws: &Jws<'_>,
    header: &Map<String, Value>,
    allowed: &[Signature],
    keys: Option<&KeySet>,
) -> Result<(), Refusal> {
    let kid = compact::kid(header, Refusal::JwsKey)?;
    let name = header.get("alg").and_then(Value::as_str).ok_or(Refusal::JwsAlg)?;
    let alg = Signature::from_name(name).filter(|alg| allowed.contains(alg)).ok_or(Refusal::JwsAlg)?;
    let signature = decode(jws.signature).ok_or(Refusal::JwsSignature)?;
    match keys.and_then(|keys| keys.verify(kid, alg, jws.signed.as_bytes(), &signature)) {
        Some(true) => Ok(()),
        Some(false) => Err(Refusal::JwsSignature),
        None => Err(Refusal::JwsKey),
    }
}
