//! One test a refusal of files: the fault present, and its key named; undone, and nothing is wrong.

use std::fs;
use std::path::Path;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde_json::json;
use sharehold::token::PublishedKey;

use crate::support::house::{House, only, set_mode};

const POSTGRES: &str = "[database]\nurl = \"postgres://user:hunter2@host/db\"";

#[test]
fn files_that_are_missing_are_named_with_their_key() {
    for (set, key) in [
        ("keys.decryption=none.pem", "keys.decryption.0"),
        ("authorization_servers.0.certificate=none.pem", "authorization_servers.0.certificate"),
        ("tls.certificate=none.pem", "tls.certificate"),
        ("tls.private_key=none.pem", "tls.private_key"),
    ] {
        let house = House::new();
        let said = only(&house.faults(&[set]), key);
        assert!(
            said.contains("none.pem cannot be found") && said.contains("relative to the configuration file"),
            "{said}"
        );
        let name = set.split('=').next().expect("a key");
        let said = only(&house.faults(&[&format!("{name}=keys")]), key);
        assert!(said.contains("keys is not a file"), "{said}");
        assert_eq!(house.faults(&[]), []);
    }
}

#[test]
fn a_jwks_file_that_is_missing_is_named() {
    let house = House::new();
    let server = ["authorization_servers.1.issuer=https://b.example", "authorization_servers.1.jwks_file=set.json"];
    only(&house.faults(&server), "authorization_servers.1.jwks_file");
    house.write("set.json", &signing_set(&house.folder()), 0o644);
    assert_eq!(house.faults(&server), []);
}

/// A JWK set may be open to all; what is in it is asked of the token layer.
#[test]
fn a_jwks_file_must_hold_a_key_that_verifies() {
    let house = House::new();
    let server = ["authorization_servers.1.issuer=https://b.example", "authorization_servers.1.jwks_file=set.json"];
    for text in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, r#"{"keys":[],"keys":[]}"#] {
        house.write("set.json", text, 0o644);
        only(&house.faults(&server), "authorization_servers.1.jwks_file");
    }
    house.write("set.json", &signing_set(&house.folder()), 0o644);
    assert_eq!(house.faults(&server), []);
}

fn signing_set(folder: &Path) -> String {
    let pem = fs::read_to_string(folder.join("authority/certificate.pem")).expect("a certificate");
    let mut jwk = PublishedKey::from_certificate_pem(&pem).expect("a key").jwk().clone();
    jwk["use"] = json!("sig");
    jwk["alg"] = json!("RS256");
    json!({"keys": [jwk]}).to_string()
}

#[test]
fn private_keys_are_their_owners_alone() {
    for (file, key) in [("keys/private.pem", "keys.decryption.0"), ("tls/private.pem", "tls.private_key")] {
        let house = House::new();
        let path = house.folder().join(file);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            set_mode(&path, mode);
            let said = only(&house.faults(&[]), key);
            assert!(said.contains(&format!("(mode {mode:04o}): run `chmod 600 ")), "{said}");
        }
        for mode in [0o600, 0o400, 0o700] {
            set_mode(&path, mode);
            assert_eq!(house.faults(&[]), [], "{mode:o}");
        }
    }
}

#[test]
fn a_file_that_holds_a_password_is_its_owners_alone() {
    let house = House::new();
    house.front(POSTGRES);
    set_mode(&house.file(), 0o644);
    let said = only(&house.faults(&[]), "database.url");
    assert!(said.contains("sharehold.toml:2: ") && said.contains("chmod 600") && !said.contains("hunter2"), "{said}");
    set_mode(&house.file(), 0o600);
    assert_eq!(house.faults(&[]), []);
    for url in ["postgres://host/db?user=u&password=hunter2", "postgresql://u:hunter2@h1:1,h2:2/db?sslmode=prefer"] {
        house.front(&format!("[database]\nurl = \"{url}\""));
        set_mode(&house.file(), 0o640);
        only(&house.faults(&[]), "database.url");
    }
}

#[test]
fn a_file_without_a_password_may_be_read_by_all() {
    let house = House::new();
    for url in ["postgres://user@host/db", "postgres:///db?host=/run/a:b@c", "sqlite://data/a.db"] {
        house.front(&format!("[database]\nurl = \"{url}\""));
        set_mode(&house.file(), 0o644);
        assert_eq!(house.faults(&[]), [], "{url}");
    }
    let variable = [("SHAREHOLD__DATABASE__URL", "postgres://user:hunter2@host/db")];
    assert!(house.load_with(&variable, &[]).is_ok(), "the password came by a variable");
}

#[test]
fn a_decryption_key_holds_an_rsa_key_that_is_long_enough() {
    let house = House::new();
    let path = house.folder().join("keys/private.pem");
    let good = fs::read_to_string(&path).expect("a key");
    let weak = RsaPrivateKey::new(&mut rand::rngs::OsRng, 1024).expect("a key");
    let weak = weak.to_pkcs8_pem(LineEnding::LF).expect("PEM").to_string();
    let elliptic = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let certificate = fs::read_to_string(house.folder().join("keys/certificate.pem")).expect("a certificate");
    for (text, words) in [
        (weak.as_str(), "is an RSA key of 1024 bits; it must have 2048"),
        (&elliptic, "holds no valid RSA key"),
        (&certificate, "holds no `BEGIN PRIVATE KEY` block"),
        ("", "holds no `BEGIN PRIVATE KEY` block"),
    ] {
        fs::write(&path, text).expect("written");
        let said = only(&house.faults(&[]), "keys.decryption.0");
        assert!(said.contains(words), "{said}");
    }
    fs::write(&path, good).expect("written");
    assert_eq!(house.faults(&[]), []);
}

#[test]
fn a_decryption_key_is_named_once() {
    let house = House::new();
    let said = only(&house.faults(&["keys.decryption=keys/private.pem,keys/private.pem"]), "keys.decryption");
    assert!(said.contains("listed twice"), "{said}");
    assert_eq!(house.faults(&["keys.decryption=keys/private.pem,authority/private.pem"]), []);
}

#[test]
fn a_trusted_certificate_holds_a_key_that_verifies() {
    let house = House::new();
    let key = "authorization_servers.0.certificate";
    let said = only(&house.faults(&["authorization_servers.0.certificate=keys/private.pem"]), key);
    assert!(said.contains("holds no readable `BEGIN CERTIFICATE` block"), "{said}");
    // ES256 is as good as RSA here.
    let elliptic = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::default().self_signed(&elliptic).expect("a certificate").pem();
    house.write("elliptic.pem", &certificate, 0o644);
    assert_eq!(house.faults(&["authorization_servers.0.certificate=elliptic.pem"]), []);
}

/// A file stands where the folder would be made: nobody can write there, not even root, who runs the tests in containers.
#[test]
fn folders_can_be_made_and_written_to() {
    for (set, key) in [
        ("data_dir=taken/data", "data_dir"),
        ("blobs.url=file://taken/blobs", "blobs.url"),
        ("database.url=sqlite://taken/sharehold.db", "database.url"),
    ] {
        let house = House::new();
        let taken = house.write("taken", "a file", 0o600);
        let said = only(&house.faults(&[set]), key);
        assert!(said.contains("taken is not a folder"), "{said}");
        fs::remove_file(taken).expect("gone");
        assert_eq!(house.faults(&[set]), []);
        assert!(!house.folder().join("taken").exists(), "checking makes nothing");
    }
}
