//! `keys new` and `keys show`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use rsa::RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::Verifier as _;
use serde_json::{Value, json};
use sha2::Sha256;
use sharehold::token::PublishedKey;

use super::{fine, refused, sharehold};
use crate::support::house::House;

#[test]
fn keys_new_makes_a_private_key_and_a_certificate_of_the_same_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = fine(&sharehold(folder.path(), &["keys", "new", "deep/keys", "--bits", "2048"]));
    assert_eq!(said, "deep/keys/private.pem\ndeep/keys/certificate.pem");
    let private = folder.path().join("deep/keys/private.pem");
    assert_eq!(fs::metadata(&private).expect("a file").permissions().mode() & 0o777, 0o600);
    let pem = fs::read_to_string(private).expect("a key");
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "PKCS#8");
    let certificate = fs::read_to_string(folder.path().join("deep/keys/certificate.pem")).expect("a certificate");
    let published = PublishedKey::from_certificate_pem(&certificate).expect("an RSA key");
    assert_eq!(published.kid(), PublishedKey::from_private_pem(&pem).expect("an RSA key").kid());
    assert_eq!(published.bits(), 2048);
    let block = x509_parser::pem::parse_x509_pem(certificate.as_bytes()).expect("PEM").1;
    let certificate = block.parse_x509().expect("X.509");
    let signature = Signature::try_from(certificate.signature_value.data.as_ref()).expect("a signature");
    let signer = VerifyingKey::<Sha256>::new(published.public_key().clone());
    signer.verify(certificate.tbs_certificate.as_ref(), &signature).expect("self-signed");
    assert_eq!(certificate.subject(), certificate.issuer());
}

#[test]
fn keys_new_never_overwrites() {
    for name in ["private.pem", "certificate.pem"] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(name), "mine").expect("written");
        let said = refused(&sharehold(folder.path(), &["keys", "new", ".", "--bits", "2048"]), 1);
        assert!(said.starts_with(&format!("sharehold: ./{name} exists: keys are never overwritten")), "{said}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).expect("a file"), "mine");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing was made");
    }
    // Nor does it write through a link that leads nowhere yet.
    let folder = tempfile::tempdir().expect("a folder");
    symlink("elsewhere", folder.path().join("private.pem")).expect("a link");
    refused(&sharehold(folder.path(), &["keys", "new", ".", "--bits", "2048"]), 1);
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn keys_show_gives_the_public_half_alone() {
    let house = House::new();
    let show = |arguments: &[&str]| fine(&sharehold(&house.folder(), &[&["keys", "show"], arguments].concat()));
    let pem = fs::read_to_string(house.folder().join("keys/private.pem")).expect("a key");
    let key = PublishedKey::from_private_pem(&pem).expect("a key");
    for file in ["keys/private.pem", "keys/certificate.pem"] {
        let set: Value = serde_json::from_str(&show(&[file, "--jwks"])).expect("JSON");
        assert_eq!(set, json!({"keys": [key.jwk()]}), "{file}");
    }
    let signing: Value = serde_json::from_str(&show(&["keys/certificate.pem", "--jwks", "--signing"])).expect("JSON");
    assert_eq!((&signing["keys"][0]["use"], signing["keys"][0].get("alg")), (&json!("sig"), None));
    let public = RsaPublicKey::from_public_key_pem(&show(&["keys/private.pem", "--pem"])).expect("a public key");
    assert_eq!(&public, key.public_key());
    let certificate = fs::read_to_string(house.folder().join("keys/certificate.pem")).expect("a certificate");
    assert_eq!(show(&["keys/certificate.pem", "--pem"]), certificate.trim_end());
    house.write("both.pem", &format!("{pem}{certificate}"), 0o600);
    assert_eq!(show(&["both.pem", "--pem"]), certificate.trim_end(), "never the private block");
}
