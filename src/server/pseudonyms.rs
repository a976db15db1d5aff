//! Names for people in the log that are nobody's: the same person has the same one in all lines of one process, and no list of
//! known ids leads back from it.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use aws_lc_rs::hmac;
use quick_cache::sync::Cache;
use rand::RngCore as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

/// People whose names are remembered: making two costs a microsecond, and most requests come from who was here just now.
const REMEMBERED: usize = 10_000;

/// Makes them, under a key that is made at start and never leaves memory: what an operator may compare is the lines of one
/// process's life, and a log that gets lost says nothing of anyone.
pub struct Pseudonyms {
    key: hmac::Key,
    known: Cache<u64, Names>,
    hash: RandomState,
}

/// The names of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Of the issuer.
    pub issuer: Pseudonym,
    /// Of the person: the same subject of another issuer is someone else (RFC 7519 §4.1.2).
    pub person: Pseudonym,
}

/// The first 64 bits of an HMAC-SHA256, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pseudonym(u64);

impl Default for Pseudonyms {
    fn default() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(key.as_mut());
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        Self { key, known: Cache::new(REMEMBERED), hash: RandomState::new() }
    }
}

impl Pseudonyms {
    /// The names of the person whom `issuer` calls `subject`.
    pub fn of(&self, issuer: &str, subject: &str) -> Names {
        let name = self.hash.hash_one((issuer, subject));
        let made = self.known.get_or_insert_with(&name, || {
            // Neither holds control characters, so that no two pairs read the same.
            let names = Names { issuer: self.signed(&[issuer]), person: self.signed(&[issuer, "\0", subject]) };
            Ok::<_, Infallible>(names)
        });
        match made {
            Ok(names) => names,
            Err(never) => match never {},
        }
    }

    fn signed(&self, parts: &[&str]) -> Pseudonym {
        let mut signing = hmac::Context::with_key(&self.key);
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
        let ann = ours.of("https://as.example", "ann");
        for again in 0..2 {
            assert_eq!(ours.of("https://as.example", "ann"), ann, "{again}");
        }
        let bob = ours.of("https://as.example", "bob");
        assert!(bob.issuer == ann.issuer && bob.person != ann.person);
        let namesake = ours.of("https://other.example", "ann");
        assert!(namesake.issuer != ann.issuer && namesake.person != ann.person);
        assert_ne!(ours.of("https://as.exampl", "eann").person, ann.person);
        let elsewhere = others.of("https://as.example", "ann");
        assert!(elsewhere.issuer != ann.issuer && elsewhere.person != ann.person);
        assert_eq!(ann.person.to_string().len(), 16);
    }
}
