//! Tokens that only this installation can write and read: `$skiptoken` and `$deltatoken` hold names and places, so they are
//! encrypted, and bound to whom and what they were given for. May import `secret`, `problem`.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::Problem;
use crate::secret::Secret;

const NONCE_BYTES: usize = 12;
const SALT_BYTES: usize = 16;
const NUMBER_BYTES: usize = 4;
const TOKEN_CHARS: usize = 4096;

/// The keys: tokens are written under the current one and read under the one before, too.
#[derive(Debug, Clone)]
pub struct Seals {
    current: Secret<[u8; 32]>,
    previous: Option<Secret<[u8; 32]>>,
}

impl Seals {
    /// The two generations of the key.
    pub fn new(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        Self { current: Secret::new(current), previous: previous.map(Secret::new) }
    }

    /// What seals the tokens of one answer, where there may be many.
    pub fn batch(&self) -> Result<Batch, Problem> {
        let mut salt = [0; SALT_BYTES];
        let key = aws_lc_rs::rand::fill(&mut salt).and_then(|()| key(&self.current, &salt)).map_err(unsealable)?;
        Ok(Batch { salt, key, made: AtomicU32::new(0) })
    }

    /// One token that holds `plain`, to be opened only with the same `context`. Fails only where there is no randomness.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<String, Problem> {
        self.batch()?.seal(context, plain)
    }

    /// What the token holds; none if it was not sealed by us, for this `context`, or is longer than 4 KiB.
    pub fn open(&self, context: &[u8], token: &str) -> Option<Vec<u8>> {
        let bytes = (token.len() <= TOKEN_CHARS).then(|| URL_SAFE_NO_PAD.decode(token).ok()).flatten()?;
        let (salt, rest) = bytes.split_first_chunk::<SALT_BYTES>()?;
        let (number, sealed) = rest.split_first_chunk::<NUMBER_BYTES>()?;
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find_map(|secret| {
            let mut plain = sealed.to_vec();
            let key = key(secret, salt).ok()?;
            let length = key.open_in_place(nonce(*number), Aad::from(context), &mut plain).ok()?.len();
            plain.truncate(length);
            Some(plain)
        })
    }
}

/// Seals the tokens of one answer: AES-256-GCM under a key of their own, made of a random salt (HKDF, RFC 5869), each with the next nonce.
/// Under one key and random nonces 2³² tokens were all (NIST SP 800-38D §8.3), and one answer may have a thousand.
pub struct Batch {
    salt: [u8; SALT_BYTES],
    key: LessSafeKey,
    made: AtomicU32,
}

impl Batch {
    /// A token that holds `plain`, for [`Seals::open`] with the same `context`: base64url of salt, number and what is sealed.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<String, Problem> {
        let number = self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut sealed = plain.to_vec();
        let written = self.key.seal_in_place_append_tag(nonce(number), Aad::from(context), &mut sealed);
        written.map_err(unsealable)?;
        Ok(URL_SAFE_NO_PAD.encode([&self.salt[..], &number, &sealed].concat()))
    }
}

fn nonce(number: [u8; NUMBER_BYTES]) -> Nonce {
    let mut nonce = [0; NONCE_BYTES];
    nonce.iter_mut().zip(number).for_each(|(byte, of)| *byte = of);
    Nonce::assume_unique_for_key(nonce)
}

fn key(secret: &Secret<[u8; 32]>, salt: &[u8; SALT_BYTES]) -> Result<LessSafeKey, Unspecified> {
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret.expose());
    Ok(LessSafeKey::new(UnboundKey::from(prk.expand(&[b"sharehold batch"], &AES_256_GCM)?)))
}

fn unsealable(_: Unspecified) -> Problem {
    Problem::internal("a token could not be sealed")
}

#[cfg(test)]
mod tests {
    use super::Seals;

    #[test]
    fn what_is_sealed_opens_for_the_same_context_alone() {
        let seals = Seals::new([1; 32], None);
        let token = seals.seal(b"ann /me/contacts", b"Zoe").expect("a token");
        assert_eq!(seals.open(b"ann /me/contacts", &token).as_deref(), Some(&b"Zoe"[..]));
        assert_eq!(seals.open(b"bob /me/contacts", &token), None);
        assert_eq!(Seals::new([2; 32], None).open(b"ann /me/contacts", &token), None);
        assert_ne!(seals.seal(b"ann /me/contacts", b"Zoe").expect("another"), token);
        let empty = seals.seal(b"", b"").expect("a token");
        assert_eq!(seals.open(b"", &empty).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn the_key_before_still_opens_and_no_longer_seals() {
        let old = Seals::new([1; 32], None);
        let turned = Seals::new([2; 32], Some([1; 32]));
        let token = old.seal(b"c", b"x").expect("a token");
        assert_eq!(turned.open(b"c", &token).as_deref(), Some(&b"x"[..]));
        assert_eq!(old.open(b"c", &turned.seal(b"c", b"x").expect("a token")), None);
    }

    #[test]
    fn no_byte_may_be_other_than_it_was() {
        let seals = Seals::new([1; 32], Some([2; 32]));
        let token = seals.seal(b"c", b"some place").expect("a token");
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seals.open(b"c", std::str::from_utf8(&other).expect("ascii")), None, "{at}");
        }
        for broken in ["", "A", "!", "AAAA", &token[1..], &format!("{token}="), &"A".repeat(5000)] {
            assert_eq!(seals.open(b"c", broken), None, "{broken}");
        }
        let long = seals.seal(b"c", &[0; 4000]).expect("a token");
        assert_eq!(seals.open(b"c", &long), None, "longer than any token of ours");
    }

    #[test]
    fn those_of_a_batch_open_each_by_itself() {
        let old = Seals::new([1; 32], None);
        let (batch, another) = (old.batch().expect("a batch"), old.batch().expect("another"));
        let tokens: Vec<String> = (0..300_u16).map(|n| batch.seal(b"c", &n.to_be_bytes()).expect("a token")).collect();
        for (n, token) in (0_u16..).zip(&tokens) {
            assert_eq!(old.open(b"c", token).as_deref(), Some(&n.to_be_bytes()[..]));
        }
        let token = batch.seal(b"c", b"some place").expect("a token");
        assert_ne!(another.seal(b"c", b"some place").expect("a token"), token);
        assert_ne!(batch.seal(b"c", b"some place").expect("a token"), token);
        assert_eq!(old.open(b"d", &token), None);
    }

    #[test]
    fn keys_are_not_printed() {
        let printed = format!("{:?}", Seals::new([77; 32], Some([88; 32])));
        assert!(!printed.contains("77") && !printed.contains("88"), "{printed}");
    }
}
