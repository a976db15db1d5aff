//! Faults of the claims that say for whom, to whom and for what.

use serde_json::Value;

use super::Advice;
use crate::cli::token_inspect::near::difference;
use crate::cli::token_inspect::shown::{kind, quoted, value};
use crate::cli::token_inspect::view::{View, clients, list, ours, theirs};

pub(super) fn bound(view: &View<'_>) -> Advice {
    let by = match view.claim("cnf") {
        Some(Value::Object(cnf)) if cnf.contains_key("jkt") => " by DPoP (RFC 9449)",
        Some(Value::Object(cnf)) if cnf.contains_key("x5t#S256") => " to a TLS certificate (RFC 8705)",
        _ => "",
    };
    let what = format!("`cnf`: the token is bound to a key{by}, and this server takes bearer tokens only");
    (
        what,
        vec![
            clients("ask for the token without a DPoP proof or client certificate"),
            theirs("issue bearer tokens to this client"),
        ],
    )
}

pub(super) fn details() -> Advice {
    let what = "it carries `authorization_details` (RFC 9396), which this server would have to ignore, and does not";
    (what.into(), vec![clients("ask for scopes instead of authorization_details")])
}

pub(super) fn audience(view: &View<'_>) -> Advice {
    let wanted = view.policy().audience;
    let first = wanted.first().map_or("", String::as_str);
    let ask = clients(format!("ask for a token for {} (`resource` or `audience` in the request)", quoted(first)));
    let said: Vec<&str> = match view.claim("aud") {
        None => return ("there is no `aud`".into(), vec![ask, theirs("write `aud` (RFC 9068 §2.2)")]),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) if all.iter().all(Value::is_string) => all.iter().filter_map(Value::as_str).collect(),
        Some(other) => {
            let what = format!("`aud` is {}, not a text or a list of texts", kind(other));
            return (what, vec![theirs("write `aud` as a text or a list of texts")]);
        }
    };
    let accept = |aud: &str| {
        let mut all = wanted.clone();
        all.push(aud.to_owned());
        ours(format!("take that name too: {} = [{}]", view.setting("audience"), list(&all)))
    };
    for (aud, ours) in said.iter().flat_map(|aud| wanted.iter().map(move |ours| (aud, ours))) {
        if let Some(how) = difference(aud, ours) {
            let what = format!("`aud` is {}; the configuration says {}: it {how}", quoted(aud), quoted(ours));
            return (what, vec![theirs(format!("name this API {} there, octet for octet", quoted(ours))), accept(aud)]);
        }
    }
    let what = format!("`aud` is {}; the configuration says {}", value(view.claim("aud")), list(&wanted));
    if view.is_id_token() {
        return (format!("{what}. It looks like an ID token"), vec![clients("send `access_token`, not `id_token`")]);
    }
    let mends = [ask, theirs(format!("register this API under the name {}", quoted(first)))];
    (what, mends.into_iter().chain(said.first().map(|aud| accept(aud))).collect())
}

pub(super) fn client(view: &View<'_>) -> Advice {
    let wanted = view.client_claim();
    if let Some(found) = view.claim(&wanted) {
        return not_a_name(&wanted, found);
    }
    let what = format!("there is no `{wanted}`, which names the client");
    let write = theirs("write `client_id` (RFC 9068 §2.2)");
    let other = ["client_id", "azp", "cid", "appid"].into_iter().find(|name| view.claim(name).is_some());
    match other {
        Some(other) => {
            let set = ours(format!("{} = \"{other}\"", view.setting("client_id_claim")));
            (format!("{what}; there is `{other}` = {}", value(view.claim(other))), vec![set, write])
        }
        None => (what, vec![write]),
    }
}

pub(super) fn required(view: &View<'_>, claim: &str) -> Advice {
    if let Some(found) = view.claim(claim) {
        return not_a_name(claim, found);
    }
    let why = if claim == "jti" { ", and a token is revoked by it; no setting does without" } else { "" };
    (format!("there is no `{claim}`"), vec![theirs(format!("write `{claim}`: RFC 9068 §2.2 requires it{why}"))])
}

/// A claim that must name something and does not.
fn not_a_name(claim: &str, found: &Value) -> Advice {
    let fault = match found {
        Value::String(text) if text.is_empty() => "is empty".to_owned(),
        Value::String(_) => "has control characters".to_owned(),
        other => format!("is {}, not a text", kind(other)),
    };
    (format!("`{claim}` {fault}"), vec![theirs(format!("write `{claim}` as a text that is not empty"))])
}

pub(super) fn scopes(view: &View<'_>) -> Advice {
    let (name, found) = match view.claim("scope") {
        Some(scope) if !scope.is_string() => ("scope", Some(scope)),
        _ => ("scp", view.claim("scp")),
    };
    let what = format!("`{name}` is {}", found.map_or("missing", kind));
    (
        what,
        vec![theirs("write `scope` as one text with spaces (RFC 9068 §2.2.3), or `scp` as a text or a list of texts")],
    )
}
