//! The certificate of TLS: what `check` says of a pair that is no good, and of a certificate that is not good for long.

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sharehold::cli::check::examine;

use crate::support::house::{House, now, only};

/// A chain of a certificate and its issuer's, which end at these times, with the key of the first.
fn write(house: &House, from: DateTime<Utc>, ends: [DateTime<Utc>; 2]) {
    let time = |instant: DateTime<Utc>| {
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(instant.timestamp().try_into().expect("late"))
    };
    let [leaf, root] = ends.map(|end| {
        let mut params = CertificateParams::new(["people.example".to_owned()]).expect("a name");
        (params.not_before, params.not_after) = (time(from), time(end));
        params
    });
    let mut root = root;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (key, root_key) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let issuer = root.self_signed(&root_key).expect("a certificate");
    let leaf = leaf.signed_by(&key, &Issuer::from_params(&root, &root_key)).expect("a certificate");
    house.write("tls/certificate.pem", &(leaf.pem() + &issuer.pem()), 0o644);
    house.write("tls/private.pem", &key.serialize_pem(), 0o600);
}

#[test]
fn a_certificate_that_does_not_hold_for_long_is_warned_about() {
    let house = House::new();
    let (long_ago, far) = (now() - TimeDelta::days(400), now() + TimeDelta::days(400));
    let soon = now() + TimeDelta::days(13);
    for (from, ends, words) in [
        (long_ago, [soon, far], "expires on "),
        (long_ago, [far, soon], "expires on "),
        (long_ago, [now() - TimeDelta::minutes(1), far], "expired on "),
        (now() + TimeDelta::hours(1), [far, far], "holds from "),
    ] {
        write(&house, from, ends);
        assert_eq!(house.faults(&[]), []);
        let said = only(&house.warnings(&[]), "tls.certificate");
        assert!(said.contains(words), "{said}");
    }
    write(&house, long_ago, [now() + TimeDelta::days(15), far]);
    assert_eq!(house.warnings(&[]), []);
    // The same pair, two days later.
    let later = examine(&house.load(&[]).expect("readable"), now() + TimeDelta::days(2)).warnings;
    assert!(later.iter().any(|warning| warning.key() == "tls.certificate"), "{later:?}");
}

#[test]
fn a_key_with_a_pass_phrase_is_named_so() {
    let house = House::new();
    for text in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ] {
        house.write("tls/private.pem", text, 0o600);
        let said = only(&house.faults(&[]), "tls.private_key");
        assert!(said.contains("tls/private.pem is encrypted with a pass phrase; decrypt it"), "{said}");
    }
}

#[test]
fn the_key_belongs_to_the_certificate() {
    let house = House::new();
    let said = only(&house.faults(&["tls.private_key=keys/private.pem"]), "tls.private_key");
    assert!(said.contains("cannot be used with tls.certificate"), "{said}");
    let said = only(&house.faults(&["tls.certificate=sharehold.toml"]), "tls.certificate");
    assert!(said.contains("holds no `BEGIN CERTIFICATE` block"), "{said}");
    house.write("tls/private.pem", "garbage", 0o600);
    let said = only(&house.faults(&[]), "tls.private_key");
    assert!(said.contains("holds no `BEGIN PRIVATE KEY` block"), "{said}");
    assert_eq!(House::new().faults(&[]), []);
}
