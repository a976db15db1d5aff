//! RSA-OAEP and AES-CBC-HMAC by themselves: Wycheproof's files.

use super::{hex, is_valid, read, tests, text};
use crate::token::algorithm::{ContentEncryption, KeyManagement};
use crate::token::content::Content;
use crate::token::keys::DecryptionKey;

/// Runs a file: how many were decrypted, how many were refused. Those with a label are not for us (RFC 7518 §4.3: the
/// label is empty) and must not decrypt.
fn oaep(path: &str, alg: KeyManagement) -> [usize; 2] {
    let file = read(path);
    let [mut decrypted, mut refused] = [0; 2];
    for (group, test) in tests(&file) {
        let key = DecryptionKey::from_pem(text(&group["privateKeyPem"])).unwrap();
        let (message, sealed) = (hex(&test["msg"]), hex(&test["ct"]));
        // What is there before stays when decryption fails: that is how the caller's random key survives.
        let before = vec![0x5a; message.len()];
        let mut cek = before.clone();
        key.unwrap(alg, &sealed, &mut cek);
        if is_valid(test) && text(&test["label"]).is_empty() {
            assert_eq!(cek, message, "{test}");
            decrypted += 1;
            let mut longer = vec![0x5a; message.len() + 1];
            key.unwrap(alg, &sealed, &mut longer);
            assert_eq!(longer, vec![0x5a; message.len() + 1], "a key of another length is not taken: {test}");
        } else {
            assert_eq!(cek, before, "{test}");
            refused += 1;
        }
    }
    [decrypted, refused]
}

#[test]
fn wycheproof_rsa_oaep() {
    let sha256 = KeyManagement::RsaOaep256;
    assert_eq!(oaep("wycheproof/rsa_oaep_2048_sha1_mgf1sha1_test.json", KeyManagement::RsaOaep), [10, 26]);
    assert_eq!(oaep("wycheproof/rsa_oaep_2048_sha256_mgf1sha256_test.json", sha256), [10, 27]);
    assert_eq!(oaep("wycheproof/rsa_oaep_3072_sha256_mgf1sha256_test.json", sha256), [10, 27]);
    assert_eq!(oaep("wycheproof/rsa_oaep_4096_sha256_mgf1sha256_test.json", sha256), [10, 27]);
}

fn cbc(path: &str, enc: ContentEncryption) -> [usize; 2] {
    let file = read(path);
    let [mut opened, mut refused] = [0; 2];
    for (_, test) in tests(&file) {
        let [key, iv, aad, tag] = ["key", "iv", "aad", "tag"].map(|name| hex(&test[name]));
        let mut sealed = hex(&test["ct"]);
        let answer = Content { aad: &aad, iv: &iv, tag: &tag }.open(enc, &key, &mut sealed);
        assert_eq!(answer.is_ok(), is_valid(test), "{test}");
        if let Ok(plain) = answer {
            assert_eq!(plain, hex(&test["msg"]), "{test}");
            opened += 1;
        } else {
            refused += 1;
        }
    }
    [opened, refused]
}

#[test]
fn wycheproof_cbc_hmac() {
    assert_eq!(cbc("wycheproof/a128cbc_hs256_test.json", ContentEncryption::A128CbcHs256), [67, 27]);
    assert_eq!(cbc("wycheproof/a256cbc_hs512_test.json", ContentEncryption::A256CbcHs512), [67, 27]);
}
