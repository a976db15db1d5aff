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
use super::trust::{Policy, Server, Trust};
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
    let said = Said::read(decrypted.text())?;
    let server = said.server(trust)?;
    decrypted.allowed_by(&server.policy().envelopes)?;
    said.check_typ(server.policy())?;
    said.check_signature(server)?;
    decrypted.agrees_with(&said.claims)?;
    Ok(Signed { claims: said.claims, policy: server.policy() })
}

/// What an inner token says, before anyone vouches for it. Not to be believed: [`Signed`] is.
pub(super) struct Said<'d> {
    jws: Jws<'d>,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

impl<'d> Said<'d> {
    /// Reads what came out of the envelope.
    pub(super) fn read(text: &'d str) -> Result<Self, Refusal> {
        let Some(Compact::Jws(jws)) = Compact::cut(text) else { return Err(Refusal::NotNested) };
        let header = read_header(jws.header)?;
        let claims = compact::object(jws.payload).ok_or(Refusal::Claims)?;
        Ok(Self { jws, header, claims })
    }

    /// The server that it says it is of, if that one is trusted.
    pub(super) fn server<'t>(&self, trust: &'t Trust) -> Result<&'t Server, Refusal> {
        match self.claims.get("iss") {
            None => Err(Refusal::ClaimMissing),
            Some(Value::String(issuer)) => trust.server(issuer).ok_or(Refusal::Issuer),
            Some(_) => Err(Refusal::ClaimType),
        }
    }

    /// Whether the header says that it is an access token, in one of the ways that are taken from its issuer.
    pub(super) fn check_typ(&self, policy: &Policy) -> Result<(), Refusal> {
        let typ = self.header.get("typ").and_then(Value::as_str);
        if typ.is_some_and(|typ| policy.accept_typ.contains(&media_type(typ))) { Ok(()) } else { Err(Refusal::JwsTyp) }
    }

    /// Whether `server` has signed it.
    pub(super) fn check_signature(&self, server: &Server) -> Result<(), Unsigned> {
        let keys = server.keys();
        check_signature(&self.jws, &self.header, &server.policy().signatures, keys.as_deref()).map_err(|refusal| {
            let stale = if refusal == Refusal::JwsKey { server.remote() } else { None };
            Unsigned { refusal, stale }
        })
    }
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
