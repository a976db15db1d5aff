//! Faults of the envelope: what the outer header says, and whether our keys open it.

use serde_json::Value;

use super::{Advice, shape};
use crate::cli::token_inspect::shown::value;
use crate::cli::token_inspect::view::{View, clients, list, ours, theirs};
use crate::token::Refusal;

/// Members that the outer header may have, for people.
const MEMBERS: &str = "alg, enc, kid, typ, cty, iss, sub and aud";

pub(super) fn unencrypted(view: &View<'_>) -> Advice {
    let what = "it is signed but not encrypted, and this server takes such tokens from nobody it was not told to";
    let encrypt = format!(
        "encrypt access tokens for this server: RSA-OAEP-256 and A256GCM, with the key of {}, after signing",
        view.jwks()
    );
    let accept = format!(
        "if it cannot (Keycloak cannot): {} = true. It costs: whoever carries or logs the token can read its claims",
        view.setting("accept_unencrypted")
    );
    (what.into(), vec![theirs(encrypt), ours(accept)])
}

pub(super) fn header(view: &View<'_>, refusal: Refusal) -> Advice {
    if refusal == Refusal::JweHeader {
        let what = "the first part is not base64url of one JSON object with each member once (RFC 7516 §4)";
        return (what.into(), vec![clients("copy the token again, whole: from the first `eyJ` to the last letter")]);
    }
    let known = ["alg", "enc", "kid", "typ", "cty", "iss", "sub", "aud"];
    let members = view.seen.outer.iter().flat_map(|outer| outer.keys());
    let foreign = list(members.filter(|name| !known.contains(&name.as_str())));
    let what = format!("the outer header has {foreign}; only {MEMBERS} are understood there");
    (what, vec![theirs("leave these members out of the JWE header (no compression, no embedded keys)")])
}

pub(super) fn alg(view: &View<'_>) -> Advice {
    let alg = view.outer("alg").and_then(Value::as_str).unwrap_or_default();
    if alg == "dir" && view.outer("iss").is_some() {
        return (shape::opaque().0 + " (an Auth0 token for Auth0 itself)", shape::opaque().1);
    }
    let reason = match alg {
        "RSA-OAEP" => "uses SHA-1 and is not on this issuer's list",
        "RSA1_5" => "can be broken by asking the server often enough, and is never taken",
        "dir" | "A128KW" | "A192KW" | "A256KW" | "A128GCMKW" | "A192GCMKW" | "A256GCMKW" => {
            "needs a secret shared with this server, and there is none: its key is an RSA key"
        }
        _ if alg.starts_with("ECDH-ES") => "needs an elliptic-curve key, and this server's key is an RSA key",
        _ if alg.starts_with("PBES2") => "needs a password, and there is none",
        "" => "must name how the content key is encrypted",
        _ => "is not understood here",
    };
    let what = format!("the outer alg is {}, which {reason}", value(view.outer("alg")));
    let mut mends = vec![theirs(format!("encrypt with RSA-OAEP-256 and the key of {}", view.jwks()))];
    if alg == "RSA-OAEP" {
        let both = view.setting("key_management_algorithms");
        mends.push(ours(format!("if it cannot: {both} = [\"RSA-OAEP-256\", \"RSA-OAEP\"]")));
    }
    (what, mends)
}

pub(super) fn enc(view: &View<'_>) -> Advice {
    let allowed = view.policy().content_encryption_algorithms;
    let enc = view.outer("enc").and_then(Value::as_str).unwrap_or_default();
    let what = format!("the outer enc is {}; taken are {}", value(view.outer("enc")), list(&allowed));
    let mut mends = vec![theirs(format!("use one of {}", list(&allowed)))];
    if matches!(enc, "A256GCM" | "A128GCM" | "A128CBC-HS256" | "A256CBC-HS512") {
        mends.push(ours(format!("add \"{enc}\" to {}", view.setting("content_encryption_algorithms"))));
    }
    (what, mends)
}

pub(super) fn cty(view: &View<'_>) -> Advice {
    let write = theirs("write `cty`: \"JWT\" in the JWE header (RFC 7519 §5.2)");
    if view.outer("cty").is_some() {
        let what = format!("the outer cty is {}: it does not say that a JWT is inside", value(view.outer("cty")));
        return (what, vec![write]);
    }
    let accept = ours(format!("if it cannot: {} = true", view.setting("accept_missing_cty")));
    ("the outer header has no cty, so it does not say that a JWT is inside".into(), vec![write, accept])
}

pub(super) fn kid(view: &View<'_>) -> Advice {
    let named = value(view.outer("kid"));
    let has = if view.kids.len() == 1 { "has" } else { "has the keys" };
    let what = format!("the envelope names the key {named}; this server {has} {}", list(view.kids));
    if let Some(kid) = &view.seen.opened_by {
        let how = format!("name the key as it is published: kid \"{kid}\" ({}), or write no kid", view.jwks());
        return (format!("{what}. It opens with \"{kid}\" all the same: only the name is wrong"), vec![theirs(how)]);
    }
    let again = format!(
        "encrypt to the key of {} (read it again, or exchange the certificate again: was the key rotated?)",
        view.jwks()
    );
    let mut mends = vec![theirs(again), clients("if the key was rotated a moment ago: get a new token")];
    if view.config.is_some() {
        mends.insert(1, ours("if that key was taken out too early: add its file to keys.decryption again"));
    }
    (what, mends)
}

pub(super) fn undecryptable(view: &View<'_>) -> Advice {
    let what = match view.outer("kid") {
        Some(kid) => format!("it names our key {} but does not open with it", value(Some(kid))),
        None => format!("none of our {} keys opens it", view.kids.len()),
    };
    let what = format!("{what}: a letter was changed or lost on the way, or it was encrypted to another key");
    let again =
        format!("if new tokens fail too: encrypt to the key of {}, with the alg that the header names", view.jwks());
    (what, vec![clients("copy the token again, whole, or get a new one"), theirs(again)])
}

pub(super) fn not_nested() -> Advice {
    let what =
        "inside the envelope is no signed token of three parts: anyone can encrypt, only a signature says who did";
    (what.into(), vec![theirs("sign first, then encrypt the compact JWS as it is (RFC 7519 §5.2, §11.2)")])
}
