//! Names for people in the log that are nobody's: the same person has the same one in all lines of one process, and no list of
//! known ids leads back from it.

use std::fmt;

use aws_lc_rs::hmac;
use rand::RngCore as _;
use rand::rngs::OsRng;

/// Makes them, under a key that is made at start and never leaves memory: what an operator may compare is the lines of one
/// process's life, and a log that gets lost says nothing of anyone.
pub struct Pseudonyms(hmac::Key);

/// The first 64 bits of an HMAC-SHA256, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pseudonym(u64);

impl Default for Pseudonyms {
    fn default() -> Self {
        let mut key = zeroize::Zeroizing::new([0; 32]);
        OsRng.fill_bytes(key.as_mut());
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()))
    }
}

impl Pseudonyms {
    /// Of an issuer.
    pub fn issuer(&self, issuer: &str) -> Pseudonym {
        self.of(&[issuer])
    }

    /// Of a person: the same subject of another issuer is someone else (RFC 7519 §4.1.2).
    pub fn person(&self, issuer: &str, subject: &str) -> Pseudonym {
        // Neither holds control characters, so that no two pairs read the same.
        self.of(&[issuer, "\0", subject])
    }

    fn of(&self, parts: &[&str]) -> Pseudonym {
        let mut signing = hmac::Context::with_key(&self.0);
        for part in parts {
            signing.update(part.as_bytes());
        }
        Pseudonym(signing.sign().as_ref().first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Pseudonyms;

    #[test]
    fn one_person_one_name_for_as_long_as_the_process_lives() {
        let (ours, others) = (Pseudonyms::default(), Pseudonyms::default());
        let ann = ours.person("https://as.example", "ann");
        assert_eq!(ours.person("https://as.example", "ann"), ann);
        assert_ne!(ours.person("https://as.example", "bob"), ann);
        assert_ne!(ours.person("https://as.exampl", "eann"), ann);
        assert_ne!(ours.person("https://other.example", "ann"), ann);
        assert_ne!(others.person("https://as.example", "ann"), ann);
        assert_eq!(ann.to_string().len(), 16);
    }
}
