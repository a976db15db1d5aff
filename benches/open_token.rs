//! What opening a token costs beside the one private-key operation that it needs: `oaep` is that operation alone, by the
//! same library; `token` is a whole fresh token with every check. The goal is `token` ≤ 1.12 × `oaep`.
//!
//! `cargo bench --bench open_token`

#![expect(clippy::unwrap_used, reason = "a bench")]

#[path = "../tests/token_mint.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which use all of it"
)]
mod token_mint;
#[path = "../tests/token_server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests, which use all of it")]
mod token_server;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use criterion::{Criterion, criterion_group, criterion_main};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey};
use serde_json::json;
use sha2::Sha256;
use sharehold::clock::FixedClock;
use sharehold::config::Limits;
use sharehold::token::{KeyRing, Opener, Trust};
use token_mint::{AUDIENCE, Draft, NOW, at, b64, pem, rs256, rsa_jwk};
use token_server::{File, server};

fn open_token(criterion: &mut Criterion) {
    for bits in [2048, 3072] {
        let ours = RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        let theirs = RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        let mut group = criterion.benchmark_group(format!("rsa-{bits}"));

        let der = ours.to_pkcs8_der().unwrap();
        let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(der.as_bytes()).unwrap()).unwrap();
        let wrapped = ours.to_public_key().encrypt(&mut OsRng, Oaep::new::<Sha256>(), &[7; 32]).unwrap();
        let mut plain = vec![0; key.min_output_size()];
        group.bench_function("oaep", |bencher| {
            bencher.iter(|| key.decrypt(&OAEP_SHA256_MGF1SHA256, &wrapped, &mut plain, None).unwrap().len());
        });

        let set = File::with(json!({"keys": [rsa_jwk(&theirs.to_public_key(), "rsa")]}).to_string());
        let mut server = server();
        server.jwks_file = Some(set.path());
        let trust = Trust::load(&[server], AUDIENCE).unwrap();
        let ring = KeyRing::from_pems(&[&pem(&ours)]).unwrap();
        let opener = Opener::new(ring, trust, &Limits::default(), FixedClock::at(at(NOW)));
        let draft = full(&opener).to(&ours);
        let signature = b64(rs256(&theirs, &draft.input()));
        let signed = format!("{}.{signature}", draft.input());
        let token = draft.content(signed).mint();
        group.bench_function("token", |bencher| bencher.iter(|| opener.open_now(&token).unwrap()));
    }
}

/// A token as servers write them: with a `kid` in both headers and the usual claims (1.5 to 2 KB).
fn full(opener: &Opener) -> Draft {
    let kid = opener.published().first().unwrap().kid().to_owned();
    Draft::good()
        .outer("kid", json!(kid))
        .claim("auth_time", json!(NOW - 100))
        .claim("email", json!("ann@example.org"))
        .claim("email_verified", json!(true))
        .claim("acr", json!("urn:mace:incommon:iap:silver"))
        .claim("sid", json!("5b1c3a3e-0d6f-4c0e-9a8e-2f7a0f4f1a77"))
        .claim("scope", json!("openid profile email User.Read Contacts.Read Calendars.Read Photos.Read"))
}

criterion_group!(benches, open_token);
criterion_main!(benches);
