//! The outer JWE (RFC 7516 §5.1): a fresh content key, wrapped for the recipient, and the content under it.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use rand::RngCore as _;
use rand::rngs::OsRng;
use rsa::Oaep;
use rsa::pkcs8::EncodePublicKey as _;
use serde_json::json;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{MintError, Recipient, wire_name};

/// JWE `alg` (RFC 7518 §4.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum KeyManagement {
    /// OAEP with SHA-256.
    #[default]
    #[value(name = "RSA-OAEP-256")]
    RsaOaep256,
    /// OAEP with SHA-1, which a server takes only if its operator allows.
    #[value(name = "RSA-OAEP")]
    RsaOaep,
}

/// JWE `enc` (RFC 7518 §5.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ContentEncryption {
    /// AES-256 in GCM.
    #[default]
    #[value(name = "A256GCM")]
    A256Gcm,
    /// AES-128 in GCM.
    #[value(name = "A128GCM")]
    A128Gcm,
    /// AES-128 in CBC, HMAC-SHA-256 cut to 128 bits.
    #[value(name = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-256 in CBC, HMAC-SHA-512 cut to 256 bits.
    #[value(name = "A256CBC-HS512")]
    A256CbcHs512,
}

impl ContentEncryption {
    /// Bytes of the content key.
    fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A256CbcHs512 => 64,
        }
    }
}

/// Initialisation vector, ciphertext, tag.
type Encrypted = (Vec<u8>, Vec<u8>, Vec<u8>);

/// `content` as a compact JWE for `recipient`.
pub(super) fn seal(
    recipient: &Recipient,
    content: &[u8],
    alg: KeyManagement,
    enc: ContentEncryption,
) -> Result<String, MintError> {
    let header = json!({"alg": wire_name(&alg), "enc": wire_name(&enc), "kid": recipient.kid(), "cty": "JWT"});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let mut key = Zeroizing::new(vec![0; enc.key_length()]);
    OsRng.fill_bytes(&mut key);
    let wrapped = wrap(recipient, &key, alg).ok_or(MintError::Crypto("wrap the content key"))?;
    // RFC 7516 §5.1 step 14: the header as it is sent is the additional authenticated data.
    let encrypted = match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => gcm(&key, header.as_bytes(), content),
        ContentEncryption::A128CbcHs256 | ContentEncryption::A256CbcHs512 => cbc(&key, header.as_bytes(), content),
    };
    let (iv, ciphertext, tag) = encrypted.ok_or(MintError::Crypto("encrypt the token"))?;
    let rest = [wrapped, iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{header}.{}", rest.join(".")))
}

fn wrap(recipient: &Recipient, key: &[u8], alg: KeyManagement) -> Option<Vec<u8>> {
    match alg {
        KeyManagement::RsaOaep256 => recipient.key().encrypt(&mut OsRng, Oaep::new::<Sha256>(), key).ok(),
        KeyManagement::RsaOaep => {
            let der = recipient.key().to_public_key_der().ok()?;
            let public = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(der.as_bytes()).ok()?).ok()?;
            let mut wrapped = vec![0; public.ciphertext_size()];
            public.encrypt(&OAEP_SHA1_MGF1SHA1, key, &mut wrapped, None).ok()?;
            Some(wrapped)
        }
    }
}

/// RFC 7518 §5.3: 96 bits of vector, 128 bits of tag.
fn gcm(key: &[u8], header: &[u8], content: &[u8]) -> Option<Encrypted> {
    let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let mut iv = [0; 12];
    OsRng.fill_bytes(&mut iv);
    let mut text = content.to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header), &mut text).ok()?;
    Some((iv.to_vec(), text, tag.as_ref().to_vec()))
}

/// RFC 7518 §5.2.2.1: the first half of the key is for the HMAC, the second for AES; the HMAC covers header, vector,
/// ciphertext and the header's length in bits; half of it is the tag.
fn cbc(key: &[u8], header: &[u8], content: &[u8]) -> Option<Encrypted> {
    let (mac, aes) = key.split_at_checked(key.len() / 2)?;
    let (cipher, digest) = if aes.len() == 16 { (&AES_128, hmac::HMAC_SHA256) } else { (&AES_256, hmac::HMAC_SHA512) };
    let mut iv = [0; 16];
    OsRng.fill_bytes(&mut iv);
    let mut text = content.to_vec();
    let aes = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(cipher, aes).ok()?).ok()?;
    aes.less_safe_encrypt(&mut text, EncryptionContext::Iv128((&iv).into())).ok()?;
    let bits = u64::try_from(header.len()).ok()?.checked_mul(8)?;
    let mut code = hmac::Context::with_key(&hmac::Key::new(digest, mac));
    for part in [header, &iv, &text, &bits.to_be_bytes()] {
        code.update(part);
    }
    let tag = code.sign().as_ref().get(..mac.len())?.to_vec();
    Some((iv.to_vec(), text, tag))
}
