//! The authorization servers, what they may use, our keys, and the owner's page.

use super::{Report, secure_url};
use crate::config::{AuthorizationServer, Config};

const SIGNATURES: &[&str] = &["RS256", "PS256", "ES256", "EdDSA"];
const KEY_MANAGEMENT: &[&str] = &["RSA-OAEP-256", "RSA-OAEP"];
const CONTENT: &[&str] = &["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"];

/// The default for the longest life of a token, seconds, and the most that anyone can mean: a year.
const LIFETIME_S: u64 = 86_400;
const LONGEST_S: u64 = 365 * LIFETIME_S;

pub(super) fn check(config: &Config, report: &mut Report) {
    if config.keys.decryption.is_empty() {
        report
            .fault("keys.decryption", "names no key: make one with `sharehold keys new DIR` and name its private.pem");
    }
    for (place, path) in config.keys.decryption.iter().enumerate() {
        report.private(&format!("keys.decryption.{place}"), path);
    }
    if config.authorization_servers.is_empty() {
        report.fault("authorization_servers", "names no server, so no token would open: add [[authorization_servers]]");
    }
    for (place, server) in config.authorization_servers.iter().enumerate() {
        if config.authorization_servers.iter().take(place).any(|earlier| earlier.issuer == server.issuer) {
            report.fault(key(place, "issuer"), format!("`{}` is given twice; name each server once", server.issuer));
        }
        identity(place, server, report);
        trust(place, server, report);
        algorithms(place, server, report);
        claims(place, server, report);
        relaxed(place, server, report);
    }
    owner_page(config, report);
}

fn key(place: usize, name: &str) -> String {
    format!("authorization_servers.{place}.{name}")
}

/// RFC 8414 §2: the issuer is an https URL without query and fragment.
fn identity(place: usize, server: &AuthorizationServer, report: &mut Report) {
    match secure_url(&server.issuer) {
        Err(what) => report.fault(key(place, "issuer"), what),
        Ok(url) if url.query().is_some() => report.fault(key(place, "issuer"), "must not have a query (?…)"),
        Ok(_) => {}
    }
    if server.audience.is_empty() {
        report.fault(
            key(place, "audience"),
            "is empty, so no token could be meant for us: leave it out for [public_url]",
        );
    }
    if server.audience.iter().any(String::is_empty) {
        report.fault(key(place, "audience"), "holds an empty text: name the audience that the server writes in `aud`");
    }
}

fn trust(place: usize, server: &AuthorizationServer, report: &mut Report) {
    let given = [server.certificate.is_some(), server.jwks_file.is_some(), server.jwks_uri.is_some()];
    let count = given.into_iter().filter(|given| *given).count();
    if count != 1 {
        let what = format!("give exactly one of certificate, jwks_file and jwks_uri; {count} are given");
        report.fault(key(place, "certificate"), what);
    }
    if let Some(path) = &server.certificate {
        report.readable(&key(place, "certificate"), path);
    }
    if let Some(path) = &server.jwks_file {
        report.readable(&key(place, "jwks_file"), path);
    }
    if let Some(Err(what)) = server.jwks_uri.as_deref().map(secure_url) {
        report.fault(key(place, "jwks_uri"), what);
    }
}

fn algorithms(place: usize, server: &AuthorizationServer, report: &mut Report) {
    let lists = [
        ("signature_algorithms", &server.signature_algorithms, SIGNATURES),
        ("key_management_algorithms", &server.key_management_algorithms, KEY_MANAGEMENT),
        ("content_encryption_algorithms", &server.content_encryption_algorithms, CONTENT),
    ];
    for (name, chosen, known) in lists {
        let choice = known.join(", ");
        for algorithm in chosen.iter().filter(|algorithm| !known.contains(&algorithm.as_str())) {
            report.fault(key(place, name), format!("`{algorithm}` is none of {choice} (letter for letter)"));
        }
        if chosen.is_empty() {
            report.fault(key(place, name), format!("is empty, so no token would open: choose of {choice}"));
        }
    }
}

fn claims(place: usize, server: &AuthorizationServer, report: &mut Report) {
    let lifetime = key(place, "max_token_lifetime_s");
    if server.max_token_lifetime_s == 0 {
        report.fault(lifetime, "is 0, so every token would live too long: give seconds");
    } else if server.max_token_lifetime_s > LONGEST_S {
        report.fault(lifetime, "is longer than a year: give seconds");
    } else if server.max_token_lifetime_s > LIFETIME_S {
        report.warn(lifetime, format!("is above the default of {LIFETIME_S} seconds"));
    }
    if server.client_id_claim.is_empty() {
        report.fault(key(place, "client_id_claim"), "is empty: name the claim that holds the client, such as `azp`");
    }
    if server.token_id_claim.is_empty() {
        report
            .fault(key(place, "token_id_claim"), "is empty: name the claim that holds the token's name, such as `uti`");
    }
    if server.accept_typ.is_empty() || server.accept_typ.iter().any(String::is_empty) {
        report.fault(key(place, "accept_typ"), "must name at least one `typ`, none of them empty; the usual is at+jwt");
    }
}

/// The strict rules relaxed for older servers: allowed, and said at each start.
fn relaxed(place: usize, server: &AuthorizationServer, report: &mut Report) {
    if server.accept_typ.iter().any(|typ| !matches!(typ.as_str(), "at+jwt" | "application/at+jwt")) {
        report.warn(key(place, "accept_typ"), "takes tokens that do not say they are access tokens (RFC 9068 §4)");
    }
    if server.accept_unencrypted {
        report.warn(key(place, "accept_unencrypted"), "takes tokens that whoever carries them can read");
    }
    if server.accept_missing_cty {
        report.warn(key(place, "accept_missing_cty"), "takes tokens that do not say what they hold (RFC 7519 §5.2)");
    }
    if server.key_management_algorithms.iter().any(|name| name == "RSA-OAEP") {
        report.warn(key(place, "key_management_algorithms"), "takes RSA-OAEP, which uses SHA-1");
    }
}

fn owner_page(config: &Config, report: &mut Report) {
    let Some(page) = &config.owner_page else { return };
    // Without any server that is the fault to mend, and said.
    let servers = &config.authorization_servers;
    if !servers.is_empty() && !servers.iter().any(|server| server.issuer == page.issuer) {
        report.fault("owner_page.issuer", format!("`{}` is none of the authorization_servers", page.issuer));
    }
    if page.client_id.is_empty() {
        report.fault("owner_page.client_id", "is empty: give our client id at that server");
    }
}
