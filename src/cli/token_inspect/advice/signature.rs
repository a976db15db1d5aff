//! Faults of the inner token: its header, its issuer, its type, its signature.

use serde_json::Value;

use super::Advice;
use crate::cli::token_inspect::near::difference;
use crate::cli::token_inspect::shown::{kind, quoted, value};
use crate::cli::token_inspect::view::{View, clients, list, ours, theirs};
use crate::token::Refusal;

pub(super) fn unreadable(_: &View<'_>, refusal: Refusal) -> Advice {
    let what = match refusal {
        Refusal::JwsHeaderMember => {
            return (
                "the inner header has `crit`, `b64` or `zip`, which are not understood here".into(),
                vec![theirs("leave them out of the JWS header")],
            );
        }
        Refusal::Claims => "the claims are not one JSON object with each member once, at most four levels deep",
        _ => "the inner header is not base64url of one JSON object with each member once (RFC 7515 §4)",
    };
    (what.into(), vec![clients("copy the token again, whole"), theirs("if new tokens fail too: write strict JSON")])
}

pub(super) fn issuer(view: &View<'_>) -> Advice {
    let issuers = || view.config.iter().flat_map(|config| config.authorization_servers.iter());
    let iss = match view.claim("iss") {
        None => return ("there is no `iss`".into(), vec![theirs("write `iss` (RFC 9068 §2.2)")]),
        Some(Value::String(iss)) => iss,
        Some(other) => return (format!("`iss` is {}, not a text", kind(other)), vec![theirs("write `iss` as a text")]),
    };
    for (place, server) in issuers().enumerate() {
        if let Some(how) = difference(iss, &server.issuer) {
            let what = format!("`iss` is {}; the configuration says {}: it {how}", quoted(iss), quoted(&server.issuer));
            let set = format!("authorization_servers.{place}.issuer = {}, if that is the same server", quoted(iss));
            return (what, vec![ours(set)]);
        }
    }
    let trusted = list(issuers().map(|server| &server.issuer));
    let what = format!("`iss` is {}, which is not trusted here; trusted are {trusted}", quoted(iss));
    let wrong = "is this token of the right environment (test, production) and realm or tenant?";
    let add =
        format!("if it is to be trusted: add [[authorization_servers]] with issuer = {} and its keys", quoted(iss));
    (what, vec![clients(wrong), ours(add)])
}

pub(super) fn typ(view: &View<'_>) -> Advice {
    let accepted = view.policy().accept_typ;
    let what = format!("the inner typ is {}; taken are {}", value(view.inner("typ")), list(&accepted));
    if view.is_id_token() {
        let send = clients("send `access_token` of the token response, not `id_token`");
        return (format!("{what}. It looks like an ID token, which says who signed in and opens nothing"), vec![send]);
    }
    if view.is_refresh_token() {
        let send = clients("send `access_token` of the token response, not `refresh_token`");
        return (
            format!("{what}. It looks like a refresh token, which is for the authorization server alone"),
            vec![send],
        );
    }
    let write = theirs("write `typ`: \"at+jwt\" in the header of access tokens (RFC 9068 §2.1)");
    match view.inner("typ").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("dpop+jwt") => (format!("{what}: a DPoP proof is no token"), vec![clients("send the access token")]),
        Some("logout+jwt" | "secevent+jwt") => {
            (format!("{what}: it tells of an event and opens nothing"), vec![clients("send the access token")])
        }
        Some(typ) => {
            let mut all = accepted.clone();
            all.push(typ.to_uppercase().replace("AT+JWT", "at+jwt"));
            let accept = format!(
                "if it cannot: {} = [{}]. It costs: other tokens of that server are told apart by their claims alone",
                view.setting("accept_typ"),
                list(&all)
            );
            (what, vec![write, ours(accept)])
        }
        None => (what, vec![write]),
    }
}

pub(super) fn signature(view: &View<'_>, refusal: Refusal) -> Advice {
    let (alg, kid) = (value(view.inner("alg")), value(view.inner("kid")));
    match refusal {
        Refusal::JwsAlg => algorithm(view),
        Refusal::JwsKey => key(view, &alg, &kid),
        _ => {
            let what =
                format!("the signature ({alg}, kid {kid}) was not made with a key of {}", value(view.claim("iss")));
            let copied = clients("copy the token again, whole, or get a new one: was a letter changed or lost?");
            let keys = match view.server() {
                Some((_, server)) if server.jwks_uri.is_some() => {
                    theirs("if new tokens fail too: publish the key that signs, under the kid that the tokens name")
                }
                _ => ours(format!(
                    "if new tokens fail too: its key changed, or {} is another server's: get the file again, or use jwks_uri",
                    view.setting("certificate (or jwks_file)")
                )),
            };
            (what, vec![copied, keys])
        }
    }
}

fn algorithm(view: &View<'_>) -> Advice {
    let allowed = view.policy().signature_algorithms;
    let alg = view.inner("alg").and_then(Value::as_str).unwrap_or_default();
    let what = format!("the inner alg is {}; taken are {}", value(view.inner("alg")), list(&allowed));
    let mut mends = vec![theirs(format!("sign with one of {}", list(&allowed)))];
    let what = match alg {
        "none" => format!("{what}. Unsigned tokens are never taken"),
        "HS256" | "HS384" | "HS512" => {
            format!("{what}. HMAC needs a secret that both sides know, and whoever knows it can forge: never taken")
        }
        "RS256" | "PS256" | "ES256" | "EdDSA" => {
            mends.push(ours(format!("add \"{alg}\" to {}", view.setting("signature_algorithms"))));
            what
        }
        _ => what,
    };
    (what, mends)
}

fn key(view: &View<'_>, alg: &str, kid: &str) -> Advice {
    let keys = view.seen.keys.clone().unwrap_or_default();
    let source = view.server().and_then(|(_, server)| server.jwks_uri.clone());
    if let (Some(fault), Some(uri)) = (&keys.fault, &source) {
        let what = format!("the issuer's keys could not be fetched from {}: {fault}", quoted(uri));
        let reach = ours(format!("make {} reachable from here, or mend it", view.setting("jwks_uri")));
        return (what, vec![reach, theirs("serve the JWK set there with status 200, without a redirect")]);
    }
    let name = |(kid, alg): &(Option<String>, &str)| match kid {
        Some(kid) => format!("{} for {alg}", quoted(kid)),
        None => format!("one without kid for {alg}"),
    };
    let names: Vec<String> = keys.names.iter().map(name).collect();
    let names = if names.is_empty() { "no usable key".to_owned() } else { names.join(", ") };
    let what = format!("the token names the key {kid} for {alg}; its issuer's key set has {names}");
    let publish = theirs("publish the key that signs in its JWK set, with that kid and `use`: \"sig\"");
    match source {
        Some(uri) => (format!("{what} (just fetched from {})", quoted(&uri)), vec![publish]),
        None => {
            (what, vec![ours("get the issuer's certificate or JWK set again, or use jwks_uri, which follows rotation")])
        }
    }
}

pub(super) fn repeated(view: &View<'_>) -> Advice {
    let differs = |name: &&str| view.outer(name).is_some_and(|outer| view.claim(name) != Some(outer));
    let names = list(["iss", "sub", "aud"].into_iter().filter(differs));
    let what = format!("the outer header repeats {names}, and not as the claims say (RFC 7519 §5.3)");
    (what, vec![theirs("write the same in both, or leave it out of the JWE header")])
}
