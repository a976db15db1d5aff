//! Mints access tokens for the tests of `token`, fault by fault, with the `rsa` and `aes-gcm` crates: on purpose not what
//! opens them.

use std::sync::LazyLock;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use aws_lc_rs::{cipher, hmac, iv};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;

/// The instant at which the tests stand still.
pub(crate) const NOW: i64 = 1_800_000_000;
/// The issuer of the tests' tokens.
pub(crate) const ISSUER: &str = "https://as.example";
/// Who the tokens are for.
pub(crate) const AUDIENCE: &str = "https://api.example";

/// Everything secret in the tests, made once.
pub(crate) struct Keys {
    pub(crate) ours: RsaPrivateKey,
    pub(crate) rsa: RsaPrivateKey,
    pub(crate) other: RsaPrivateKey,
    pub(crate) p256: EcdsaKeyPair,
    pub(crate) ed25519: Ed25519KeyPair,
}

/// The tests' keys.
pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    ours: RsaPrivateKey::new(&mut OsRng, 2048).unwrap(),
    rsa: RsaPrivateKey::new(&mut OsRng, 2048).unwrap(),
    other: RsaPrivateKey::new(&mut OsRng, 2048).unwrap(),
    p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
    ed25519: Ed25519KeyPair::generate().unwrap(),
});

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

pub(crate) fn pem(key: &RsaPrivateKey) -> String {
    key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

pub(crate) fn rsa_jwk(key: &RsaPublicKey, kid: &str) -> Value {
    json!({"kty": "RSA", "kid": kid, "n": b64(key.n().to_bytes_be()), "e": b64(key.e().to_bytes_be())})
}

/// The key set of [`ISSUER`], as servers publish theirs: with keys in it that are not for us.
pub(crate) fn jwks() -> Value {
    let point = KEYS.p256.public_key().as_ref();
    json!({"keys": [
        rsa_jwk(&KEYS.rsa.to_public_key(), "rsa"),
        {"kty": "EC", "crv": "P-256", "kid": "p256", "alg": "ES256", "use": "sig", "key_ops": ["verify"],
         "x": b64(&point[1..33]), "y": b64(&point[33..])},
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA", "x": b64(KEYS.ed25519.public_key())},
        {"kty": "oct", "kid": "secret", "k": "AAAA"},
        {"kty": "XYZ"}, 7, {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"},
    ]})
}

/// How the token is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sign {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
    /// RS256 by a key that is not the issuer's.
    Other,
    /// An empty signature.
    Nothing,
}

/// A token before it is written down: every part can be spoilt.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The outer header; `None`: no envelope.
    pub(crate) outer: Option<Value>,
    pub(crate) inner: Value,
    pub(crate) claims: Value,
    pub(crate) sign: Sign,
    /// Stands in for the JSON of the outer header, the inner header, the claims.
    pub(crate) raw: [Option<String>; 3],
    /// Stands in for what is encrypted.
    pub(crate) content: Option<String>,
    /// Whom it is encrypted to.
    pub(crate) to: RsaPublicKey,
    /// Stands in for the content key as encrypted, whatever is used to encrypt with.
    pub(crate) wrapped: Option<Vec<u8>>,
}

impl Draft {
    /// A token that opens.
    pub(crate) fn good() -> Self {
        Self {
            outer: Some(json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"})),
            inner: json!({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}),
            claims: json!({
                "iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "client_id": "site", "jti": "1",
                "iat": NOW - 10, "exp": NOW + 600, "scope": "User.Read Contacts.Read",
            }),
            sign: Sign::Rs256,
            raw: [None, None, None],
            content: None,
            to: KEYS.ours.to_public_key(),
            wrapped: None,
        }
    }

    /// With one claim set, or taken out with `Value::Null` given as `None`.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// With one member of the inner header set or taken out.
    pub(crate) fn inner(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        set(&mut self.inner, name, value.into());
        self
    }

    /// With one member of the outer header set or taken out.
    pub(crate) fn outer(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        set(self.outer.as_mut().unwrap(), name, value.into());
        self
    }

    /// With this text for the JSON of the outer header (0), the inner header (1) or the claims (2).
    pub(crate) fn raw(mut self, index: usize, text: impl Into<String>) -> Self {
        self.raw[index] = Some(text.into());
        self
    }

    /// With this text inside the envelope.
    pub(crate) fn content(mut self, text: impl Into<String>) -> Self {
        self.content = Some(text.into());
        self
    }

    /// With this as the encrypted content key.
    pub(crate) fn wrapped(mut self, bytes: Vec<u8>) -> Self {
        self.wrapped = Some(bytes);
        self
    }

    /// Encrypted to this key.
    pub(crate) fn to(mut self, key: &RsaPrivateKey) -> Self {
        self.to = key.to_public_key();
        self
    }

    /// Signed like this, whatever the header says.
    pub(crate) fn really(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }

    /// Without an envelope.
    pub(crate) fn bare(mut self) -> Self {
        self.outer = None;
        self
    }

    /// Signed like this, and the header says so.
    pub(crate) fn signed_by(mut self, sign: Sign, alg: &str, kid: &str) -> Self {
        self.sign = sign;
        self.inner("alg", json!(alg)).inner("kid", json!(kid))
    }

    /// What is signed.
    pub(crate) fn input(&self) -> String {
        let text = |raw: &Option<String>, value: &Value| raw.clone().unwrap_or_else(|| value.to_string());
        format!("{}.{}", b64(text(&self.raw[1], &self.inner)), b64(text(&self.raw[2], &self.claims)))
    }

    /// The signed token.
    pub(crate) fn sign(&self) -> String {
        let input = self.input();
        let signature = match self.sign {
            Sign::Rs256 => rs256(&KEYS.rsa, &input),
            Sign::Other => rs256(&KEYS.other, &input),
            Sign::Ps256 => rsa::pss::SigningKey::<Sha256>::new(KEYS.rsa.clone())
                .sign_with_rng(&mut OsRng, input.as_bytes())
                .to_vec(),
            Sign::Es256 => {
                KEYS.p256.sign(&aws_lc_rs::rand::SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec()
            }
            Sign::EdDsa => KEYS.ed25519.sign(input.as_bytes()).as_ref().to_vec(),
            Sign::Nothing => Vec::new(),
        };
        format!("{input}.{}", b64(signature))
    }

    /// The whole token.
    pub(crate) fn mint(&self) -> String {
        let content = self.content.clone().unwrap_or_else(|| self.sign());
        let Some(outer) = &self.outer else { return content };
        let header = b64(self.raw[0].clone().unwrap_or_else(|| outer.to_string()));
        let (cek, iv, body, tag) = encrypt(outer["enc"].as_str().unwrap_or_default(), &header, content.as_bytes());
        let wrapped = self.wrapped.clone().unwrap_or_else(|| self.wrap(outer["alg"].as_str(), &cek));
        [header, b64(wrapped), b64(iv), b64(body), b64(tag)].join(".")
    }

    fn wrap(&self, alg: Option<&str>, cek: &[u8]) -> Vec<u8> {
        let padding = match alg {
            Some("RSA-OAEP") => Oaep::new::<sha1::Sha1>(),
            _ => Oaep::new::<Sha256>(),
        };
        self.to.encrypt(&mut OsRng, padding, cek).unwrap()
    }
}

/// The signature RS256 of `input`.
pub(crate) fn rs256(key: &RsaPrivateKey, input: &str) -> Vec<u8> {
    rsa::pkcs1v15::SigningKey::<Sha256>::new(key.clone()).sign(input.as_bytes()).to_vec()
}

fn set(object: &mut Value, name: &str, value: Option<Value>) {
    let members = object.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}

fn random(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// Content key, initialization vector, ciphertext, tag.
fn encrypt(enc: &str, header: &str, text: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
    if let "A128CBC-HS256" | "A256CBC-HS512" = enc {
        return encrypt_cbc(enc == "A256CBC-HS512", header, text);
    }
    let (cek, iv) = (random(if enc == "A128GCM" { 16 } else { 32 }), random(12));
    let payload = Payload { msg: text, aad: header.as_bytes() };
    let sealed = match enc {
        "A128GCM" => aes_gcm::Aes128Gcm::new_from_slice(&cek).unwrap().encrypt(iv.as_slice().into(), payload),
        _ => aes_gcm::Aes256Gcm::new_from_slice(&cek).unwrap().encrypt(iv.as_slice().into(), payload),
    };
    let mut body = sealed.unwrap();
    let tag = body.split_off(body.len() - 16);
    (cek, iv, body, tag)
}

fn encrypt_cbc(long: bool, header: &str, text: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
    let (half, mac, aes) =
        if long { (32, hmac::HMAC_SHA512, &cipher::AES_256) } else { (16, hmac::HMAC_SHA256, &cipher::AES_128) };
    let (cek, iv) = (random(2 * half), random(16));
    let key = cipher::UnboundCipherKey::new(aes, &cek[half..]).unwrap();
    let context = cipher::EncryptionContext::Iv128(iv::FixedLength::try_from(iv.as_slice()).unwrap());
    let mut body = text.to_vec();
    cipher::PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap().less_safe_encrypt(&mut body, context).unwrap();
    let bits = (header.len() as u64 * 8).to_be_bytes();
    let whole = hmac::sign(&hmac::Key::new(mac, &cek[..half]), &[header.as_bytes(), &iv, &body, &bits].concat());
    (cek, iv, body, whole.as_ref()[..half].to_vec())
}
