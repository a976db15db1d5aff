//! Opening a JWE's content with its content key. May import `algorithm`.
//! All of it by aws-lc-rs; a wrong key, a changed byte and a bad padding are one error.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

use super::algorithm::ContentEncryption;

/// The parts of a JWE that the content key opens. Sizes of `iv` and `tag` were checked by the caller or fail here.
pub(super) struct Content<'a> {
    /// The encoded header, which is authenticated with the content (RFC 7516 §5.2 step 14).
    pub(super) aad: &'a [u8],
    pub(super) iv: &'a [u8],
    pub(super) tag: &'a [u8],
}

impl Content<'_> {
    /// Opens `ciphertext` in place and gives back the plaintext, or nothing at all.
    pub(super) fn open<'b>(
        &self,
        enc: ContentEncryption,
        key: &[u8],
        ciphertext: &'b mut [u8],
    ) -> Result<&'b mut [u8], Unspecified> {
        match enc {
            ContentEncryption::A256Gcm => self.gcm(&AES_256_GCM, key, ciphertext),
            ContentEncryption::A128Gcm => self.gcm(&AES_128_GCM, key, ciphertext),
            ContentEncryption::A128CbcHs256 => self.cbc(hmac::HMAC_SHA256, key, ciphertext),
            ContentEncryption::A256CbcHs512 => self.cbc(hmac::HMAC_SHA512, key, ciphertext),
        }
    }

    /// RFC 7518 §5.3.
    fn gcm<'b>(
        &self,
        algorithm: &'static Algorithm,
        key: &[u8],
        ciphertext: &'b mut [u8],
    ) -> Result<&'b mut [u8], Unspecified> {
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
        let nonce = Nonce::try_assume_unique_for_key(self.iv)?;
        key.open_in_place_separate_tag(nonce, Aad::from(self.aad), self.tag, ciphertext)
    }

    /// RFC 7518 §5.2.2.2: the MAC first and in constant time, so that nothing unauthenticated is ever decrypted.
    fn cbc<'b>(&self, mac: hmac::Algorithm, key: &[u8], ciphertext: &'b mut [u8]) -> Result<&'b mut [u8], Unspecified> {
        let (mac_key, enc_key) = key.split_at_checked(key.len() / 2).ok_or(Unspecified)?;
        let bits = u64::try_from(self.aad.len()).map_err(|_| Unspecified)? * 8;
        let mut context = hmac::Context::with_key(&hmac::Key::new(mac, mac_key));
        for part in [self.aad, self.iv, ciphertext, &bits.to_be_bytes()] {
            context.update(part);
        }
        let whole = context.sign();
        let half = whole.as_ref().get(..mac_key.len()).ok_or(Unspecified)?;
        verify_slices_are_equal(half, self.tag)?;

        let algorithm = if enc_key.len() == 16 { &AES_128 } else { &AES_256 };
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, enc_key)?)?;
        let iv = FixedLength::try_from(self.iv)?;
        key.decrypt(ciphertext, DecryptionContext::Iv128(iv))
    }
}
