//! The steps of an inspection, in the order in which a token is opened.
//! May import `claims`, `compact`, `envelope`, `error`, `inner`, `keys`, `trust`.

use std::slice;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::super::claims::Reader;
use super::super::compact::{self, Compact};
use super::super::envelope::{self, Decrypted, Outer, Sealed};
use super::super::error::Refusal;
use super::super::inner::Said;
use super::super::keys::{DecryptionKey, KeyRing};
use super::super::trust::{Policy, Server, Trust};
use super::{Inspection, IssuerKeys, Step};

impl Inspection {
    pub(super) fn look_from_outside(&mut self, token: &str, kids: &[String], now: DateTime<Utc>) {
        match self.cut(token) {
            Some(Compact::Jwe(parts)) => {
                if let Some(outer) = self.outer(parts[0])
                    && !kids.is_empty()
                {
                    let named = outer.kid().is_ok_and(|kid| kid.is_none_or(|kid| kids.iter().any(|ours| ours == kid)));
                    self.note(Step::OuterKid, if named { Ok(()) } else { Err(Refusal::JweKid) });
                }
            }
            Some(Compact::Jws(_)) => {
                if let Some(said) = self.said(token) {
                    self.claims(&said.claims, None, now);
                }
            }
            None => {}
        }
    }

    pub(super) fn look(&mut self, token: &str, ring: &KeyRing, trust: &Trust, now: DateTime<Utc>) {
        let decrypted = match self.cut(token) {
            Some(Compact::Jwe(parts)) => self.envelope(parts, ring, trust),
            Some(Compact::Jws(_)) => {
                let allowed = trust.envelopes().unencrypted;
                self.note(Step::Encrypted, if allowed { Ok(()) } else { Err(Refusal::Unencrypted) });
                Some(Decrypted::bare(token))
            }
            None => None,
        };
        if let Some(decrypted) = decrypted {
            self.inside(&decrypted, trust, now);
        }
    }

    fn cut<'t>(&mut self, token: &'t str) -> Option<Compact<'t>> {
        let cut = Compact::cut(token);
        self.note(Step::Shape, cut.ok_or(Refusal::NotCompact));
        cut
    }

    /// The outer header, looked at even if it has members that it must not have.
    fn outer(&mut self, part: &str) -> Option<Outer> {
        let mut members = compact::object(part);
        self.note(Step::OuterHeader, members.as_ref().ok_or(Refusal::JweHeader));
        self.outer.clone_from(&members);
        let members = members.as_mut()?;
        let foreign: Vec<String> = envelope::foreign(members).cloned().collect();
        if !foreign.is_empty() {
            self.note(Step::OuterHeader, Err::<(), _>(Refusal::JweHeaderMember));
            members.retain(|name, _| !foreign.contains(name));
        }
        match Outer::of(std::mem::take(members)) {
            Ok(outer) => {
                for step in [Step::OuterAlg, Step::OuterEnc, Step::OuterCty] {
                    self.note(step, Ok(()));
                }
                Some(outer)
            }
            Err(refusal) => {
                self.note(envelope_step(refusal), Err::<(), _>(refusal));
                None
            }
        }
    }

    fn envelope(&mut self, parts: [&str; 5], ring: &KeyRing, trust: &Trust) -> Option<Decrypted> {
        let outer = self.outer(parts[0])?;
        for refusal in outer.faults(trust.envelopes()) {
            self.note(envelope_step(refusal), Err::<(), _>(refusal));
        }
        let named = outer.kid().map(|kid| ring.for_kid(kid)).unwrap_or_default();
        if named.is_empty() {
            self.note(Step::OuterKid, Err::<(), _>(Refusal::JweKid));
            // Perhaps it is ours under another name; that it does not open is no further fault.
            let decrypted = self.decrypt(&outer, parts, ring.for_kid(None)).ok()?;
            self.note(Step::Decryption, Ok(()));
            return Some(decrypted);
        }
        self.note(Step::OuterKid, Ok(()));
        let decrypted = self.decrypt(&outer, parts, named);
        match &decrypted {
            // Found at its own step.
            Err(Refusal::JwePart) => {}
            // What came out is no text.
            Err(Refusal::NotNested) => self.note(Step::Nested, Err::<(), _>(Refusal::NotNested)),
            Err(refusal) => self.note(Step::Decryption, Err::<(), _>(*refusal)),
            Ok(_) => self.note(Step::Decryption, Ok(())),
        }
        decrypted.ok()
    }

    /// Tries the keys one by one, to know which one opens it.
    fn decrypt(&mut self, outer: &Outer, parts: [&str; 5], keys: &[DecryptionKey]) -> Result<Decrypted, Refusal> {
        for key in keys {
            let sealed = Sealed::of(outer.clone(), parts, slice::from_ref(key));
            self.note(Step::Parts, sealed.as_ref().map(drop).map_err(|refusal| *refusal));
            match sealed?.decrypt(&AtomicU64::new(0)) {
                Err(Refusal::Undecryptable) => {}
                opened => {
                    self.opened_by = Some(key.kid().to_owned());
                    return opened;
                }
            }
        }
        Err(Refusal::Undecryptable)
    }

    fn inside(&mut self, decrypted: &Decrypted, trust: &Trust, now: DateTime<Utc>) {
        let Some(said) = self.said(decrypted.text()) else { return };
        let server = said.server(trust);
        self.note(Step::Issuer, server.as_ref().map(drop).map_err(|refusal| *refusal));
        let Ok(server) = server else { return self.claims(&said.claims, None, now) };
        let policy = server.policy();
        match decrypted.outer() {
            Some(outer) => {
                for refusal in outer.faults(&policy.envelopes) {
                    self.note(envelope_step(refusal), Err::<(), _>(refusal));
                }
            }
            None => self.note(Step::Encrypted, decrypted.allowed_by(&policy.envelopes)),
        }
        self.note(Step::Typ, said.check_typ(policy));
        self.signature(&said, server);
        self.note(Step::Repeated, decrypted.agrees_with(&said.claims));
        self.claims(&said.claims, Some(policy), now);
    }

    /// The inner token, if it can be read.
    fn said<'d>(&mut self, text: &'d str) -> Option<Said<'d>> {
        let said = Said::read(text);
        let steps = [
            (Refusal::NotNested, Step::Nested),
            (Refusal::JwsHeader, Step::InnerHeader),
            (Refusal::JwsHeaderMember, Step::InnerHeader),
            (Refusal::Claims, Step::Claims),
        ];
        match said {
            Ok(said) => {
                for (_, step) in steps {
                    self.note(step, Ok(()));
                }
                self.inner = Some(said.header.clone());
                self.claims = Some(said.claims.clone());
                Some(said)
            }
            Err(refusal) => {
                let step = steps.into_iter().find(|(one, _)| *one == refusal).map_or(Step::Nested, |(_, step)| step);
                self.note(step, Err::<(), _>(refusal));
                None
            }
        }
    }

    fn signature(&mut self, said: &Said<'_>, server: &Server) {
        let since = Instant::now();
        let mut checked = said.check_signature(server);
        if let Err(unsigned) = &checked
            && let Some(remote) = &unsigned.stale
            && remote.refresh_for_unknown_key(since)
        {
            checked = said.check_signature(server);
        }
        self.proven = checked.is_ok();
        self.note(Step::Signature, checked.map_err(|unsigned| unsigned.refusal));
        let names = server.keys().map(|keys| keys.names().map(|(kid, alg)| (kid.map(str::to_owned), alg)).collect());
        let fault = server.remote().and_then(|remote| remote.fault()).map(|fault| fault.to_string());
        self.keys = Some(IssuerKeys { names: names.unwrap_or_default(), fault });
    }

    /// The claims, in the order in which they are held when a token is opened. Without a policy, those that need none.
    fn claims(&mut self, claims: &Map<String, Value>, policy: Option<&Policy>, now: DateTime<Utc>) {
        let claims = Reader(claims);
        self.note(Step::Bound, claims.absent("cnf", Refusal::Bound));
        self.note(Step::AuthorizationDetails, claims.absent("authorization_details", Refusal::AuthorizationDetails));
        if let Some(policy) = policy {
            self.note(Step::Audience, claims.audience(policy));
        }
        self.note(Step::Subject, claims.name("sub"));
        if let Some(policy) = policy {
            self.note(Step::Client, claims.name(&policy.client_id_claim));
        }
        self.note(Step::TokenId, claims.name("jti"));
        let scopes = claims.scopes();
        self.note(Step::Scopes, scopes.as_ref().map(drop).map_err(|refusal| *refusal));
        self.scopes = scopes.unwrap_or_default();
        let times = claims.times();
        self.note(Step::Times, times);
        let Ok(times) = times else { return };
        if let Some(policy) = policy {
            self.note(Step::Lifetime, times.check_lifetime(policy));
        }
        self.note(Step::Now, times.check(now));
    }
}

/// Where an envelope's refusal belongs.
const fn envelope_step(refusal: Refusal) -> Step {
    match refusal {
        Refusal::JweAlg => Step::OuterAlg,
        Refusal::JweEnc => Step::OuterEnc,
        Refusal::JweCty => Step::OuterCty,
        Refusal::JweKid => Step::OuterKid,
        Refusal::JwePart => Step::Parts,
        _ => Step::OuterHeader,
    }
}
