//! The signature (JWS, RFC 7515): `Decrypted` → `Signed`. May import `algorithm`, `compact`, `envelope`, `error`, `trust`.
//!
//! The issuer is chosen by the exact string of the payload's `iss`; then only that issuer's keys and lists count.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::algorithm::Signature;
use super::compact::{self, Compact, decode, media_type};
use super::envelope::Decrypted;
use super::error::Refusal;
use super::remote::Remote;
use super::trust::{Policy, Trust};

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
    let header = compact::object(jws.header).ok_or(Refusal::JwsHeader)?;
    if REFUSED_MEMBERS.iter().any(|name| header.contains_key(*name)) {
        return Err(Refusal::JwsHeaderMember.into());
    }
    let kid = compact::kid(&header, Refusal::JwsKey)?;
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
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if !text("typ").is_some_and(|typ| policy.accept_typ.contains(&media_type(typ))) {
        return Err(Refusal::JwsTyp.into());
    }
    let alg = text("alg")
        .and_then(Signature::from_name)
        .filter(|alg| policy.signatures.contains(alg))
        .ok_or(Refusal::JwsAlg)?;
    let signature = decode(jws.signature).ok_or(Refusal::JwsSignature)?;
    match server.keys().and_then(|keys| keys.verify(kid, alg, jws.signed.as_bytes(), &signature)) {
        Some(true) => Ok(Signed { claims, policy }),
        Some(false) => Err(Refusal::JwsSignature.into()),
        None => Err(Unsigned { refusal: Refusal::JwsKey, stale: server.remote() }),
    }
    .and_then(|signed| match decrypted.outer() {
        Some(outer) if !outer.agrees_with(&signed.claims) => Err(Refusal::ReplicatedClaims.into()),
        _ => Ok(signed),
    })
}
