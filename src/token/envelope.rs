//! The envelope (JWE, RFC 7516): `Sealed` → `Decrypted`. May import `algorithm`, `compact`, `content`, `error`, `keys`.
//!
//! What comes out has been encrypted to us, which anyone can do: [`Decrypted`] has no claims.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::algorithm::{ContentEncryption, Envelopes, KeyManagement};
use super::compact::{self, decode, media_type};
use super::content::Content;
use super::error::Refusal;
use super::keys::{DecryptionKey, KeyRing};

/// The members that the outer header may have. `iss`, `sub` and `aud` repeat claims (RFC 7519 §5.3).
const MEMBERS: [&str; 8] = ["alg", "enc", "kid", "typ", "cty", "iss", "sub", "aud"];

/// Bytes of the longest content key.
const LONGEST_CEK: usize = 64;

/// The outer header, read and found allowed for some server; its issuer's own list is asked when the issuer is known.
#[derive(Debug, Clone)]
pub(super) struct Outer {
    alg: KeyManagement,
    enc: ContentEncryption,
    has_cty: bool,
    members: Map<String, Value>,
}

impl Outer {
    /// Reads the encoded header and holds it against what any server may send.
    fn read(part: &str, allowed: &Envelopes) -> Result<Self, Refusal> {
        let members = compact::object(part).ok_or(Refusal::JweHeader)?;
        if foreign(&members).next().is_some() {
            return Err(Refusal::JweHeaderMember);
        }
        let outer = Self::of(members)?;
        outer.allowed_by(allowed)?;
        Ok(outer)
    }

    /// Understands the header's `members`, whether they are allowed or not.
    pub(super) fn of(members: Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let alg = text("alg").and_then(KeyManagement::from_name).ok_or(Refusal::JweAlg)?;
        let enc = text("enc").and_then(ContentEncryption::from_name).ok_or(Refusal::JweEnc)?;
        if members.get("typ").is_some_and(|typ| !typ.is_string()) {
            return Err(Refusal::JweHeader);
        }
        let has_cty = match members.get("cty") {
            None => false,
            Some(Value::String(cty)) if matches!(media_type(cty).as_str(), "jwt" | "at+jwt") => true,
            Some(_) => return Err(Refusal::JweCty),
        };
        Ok(Self { alg, enc, has_cty, members })
    }

    /// Its `kid`, if it has one.
    pub(super) fn kid(&self) -> Result<Option<&str>, Refusal> {
        compact::kid(&self.members, Refusal::JweKid)
    }

    /// Whether such an envelope is allowed.
    fn allowed_by(&self, allowed: &Envelopes) -> Result<(), Refusal> {
        self.faults(allowed).next().map_or(Ok(()), Err)
    }

    /// Everything of it that is not allowed.
    pub(super) fn faults(&self, allowed: &Envelopes) -> impl Iterator<Item = Refusal> + use<> {
        let alg = (!allowed.key_management.contains(&self.alg)).then_some(Refusal::JweAlg);
        let enc = (!allowed.content_encryption.contains(&self.enc)).then_some(Refusal::JweEnc);
        let cty = (!self.has_cty && !allowed.missing_cty).then_some(Refusal::JweCty);
        [alg, enc, cty].into_iter().flatten()
    }

    /// Whether every claim that the header repeats is the same in `claims`.
    fn agrees_with(&self, claims: &Map<String, Value>) -> bool {
        ["iss", "sub", "aud"]
            .into_iter()
            .all(|name| self.members.get(name).is_none_or(|repeated| claims.get(name) == Some(repeated)))
    }
}

/// The members that the outer header must not have.
pub(super) fn foreign(members: &Map<String, Value>) -> impl Iterator<Item = &String> {
    members.keys().filter(|name| !MEMBERS.contains(&name.as_str()))
}

/// An envelope whose shape is right and whose header is allowed. No key has been touched.
pub(super) struct Sealed<'a> {
    outer: Outer,
    aad: &'a str,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
    keys: &'a [DecryptionKey],
}

impl<'a> Sealed<'a> {
    /// Reads the five parts: everything that can be refused without a private-key operation is refused here.
    pub(super) fn read(parts: [&'a str; 5], allowed: &Envelopes, ring: &'a KeyRing) -> Result<Self, Refusal> {
        let outer = Outer::read(parts[0], allowed)?;
        let keys = ring.for_kid(outer.kid()?);
        if keys.is_empty() {
            return Err(Refusal::JweKid);
        }
        Self::of(outer, parts, keys)
    }

    /// Decodes the parts around a header that was read, to be opened with one of `keys`.
    pub(super) fn of(outer: Outer, parts: [&'a str; 5], keys: &'a [DecryptionKey]) -> Result<Self, Refusal> {
        let [header, encrypted_key, iv, ciphertext, tag] = parts;
        let part = |text| decode(text).ok_or(Refusal::JwePart);
        let sized =
            |text, len| part(text).and_then(|bytes| if bytes.len() == len { Ok(bytes) } else { Err(Refusal::JwePart) });
        let (iv, tag) = (sized(iv, outer.enc.iv_len())?, sized(tag, outer.enc.tag_len())?);
        Ok(Self {
            aad: header,
            encrypted_key: part(encrypted_key)?,
            iv,
            ciphertext: part(ciphertext)?,
            tag,
            keys,
            outer,
        })
    }

    /// Opens the envelope: with the key that it names, or with each of the ring until one does. Counts private-key
    /// operations in `operations`. From here to the tag every failure is the same, in answer and in work.
    pub(super) fn decrypt(self, operations: &AtomicU64) -> Result<Decrypted, Refusal> {
        let content = Content { aad: self.aad.as_bytes(), iv: &self.iv, tag: &self.tag };
        let (alg, enc) = (self.outer.alg, self.outer.enc);
        let mut space = Zeroizing::new([0_u8; LONGEST_CEK]);
        let cek = space.get_mut(..enc.key_len()).ok_or(Refusal::Undecryptable)?;
        for key in self.keys.iter().filter(|key| key.fits(self.encrypted_key.len())) {
            aws_lc_rs::rand::fill(cek).map_err(|_| Refusal::Undecryptable)?;
            operations.fetch_add(1, Ordering::Relaxed);
            key.unwrap(alg, &self.encrypted_key, cek);
            let mut text = self.ciphertext.clone();
            if let Ok(plain) = content.open(enc, cek, &mut text) {
                let len = plain.len();
                text.truncate(len);
                let text = String::from_utf8(text).map_err(|_| Refusal::NotNested)?;
                return Ok(Decrypted { text, outer: Some(self.outer) });
            }
        }
        Err(Refusal::Undecryptable)
    }
}

/// What was in an envelope, or came without one: a text, nothing more. Who wrote it is not known yet.
pub(super) struct Decrypted {
    text: String,
    outer: Option<Outer>,
}

impl Decrypted {
    /// A token that came without an envelope.
    pub(super) fn bare(token: &str) -> Self {
        Self { text: token.to_owned(), outer: None }
    }

    /// The text, to be verified.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The header of its envelope, if it had one.
    pub(super) fn outer(&self) -> Option<&Outer> {
        self.outer.as_ref()
    }

    /// Whether its issuer may send such an envelope, or none.
    pub(super) fn allowed_by(&self, allowed: &Envelopes) -> Result<(), Refusal> {
        match &self.outer {
            Some(outer) => outer.allowed_by(allowed),
            None if allowed.unencrypted => Ok(()),
            None => Err(Refusal::Unencrypted),
        }
    }

    /// Whether every claim that its envelope's header repeats is the same in `claims`.
    pub(super) fn agrees_with(&self, claims: &Map<String, Value>) -> Result<(), Refusal> {
        if self.outer.as_ref().is_none_or(|outer| outer.agrees_with(claims)) {
            Ok(())
        } else {
            Err(Refusal::ReplicatedClaims)
        }
    }
}
