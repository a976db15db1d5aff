//! Texts that are no token, and tokens that were damaged on the way here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Advice;
use crate::cli::token_inspect::view::{View, clients, theirs};

const WHOLE: &str = "copy the token again, whole: from the first `eyJ` to the last letter";

pub(super) fn not_compact(view: &View<'_>) -> Advice {
    let token = view.token;
    let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if token.starts_with('{') {
        let what = "this is JSON: of a token response, the value of `access_token` alone is the token";
        return (what.into(), vec![clients("send the value of `access_token`, without quotes")]);
    }
    if let Some((place, c)) = token.chars().enumerate().find(|(_, c)| !is_ours(*c)) {
        let what = format!("character {} is '{c}', which no JWT has (base64url: letters, digits, - and _)", place + 1);
        return (what, vec![clients(WHOLE)]);
    }
    match token.matches('.').count() {
        0 => opaque(),
        // A header is a JSON object, and `{"` begins with `eyJ` in base64url.
        dots if !matches!(dots, 2 | 4) && !token.starts_with("eyJ") => opaque(),
        dots => {
            let what = format!("{} parts; a JWT has three (signed) or five (encrypted): it looks cut off", dots + 1);
            (what, vec![clients(WHOLE)])
        }
    }
}

/// A token that only its issuer can read.
pub(super) fn opaque() -> Advice {
    let what = "this is an opaque token, not a JWT: only its issuer can read it";
    let ask = "ask for a token for this API: Auth0 gives a JWT only if the request has `audience`, \
        node-oidc-provider only with `resource`, Entra with a scope of this API (api://…)";
    let set = "issue JWT access tokens to this client (Duende: AccessTokenType = Jwt; \
        node-oidc-provider: accessTokenFormat 'jwt')";
    (what.into(), vec![clients(ask), theirs(set)])
}

/// Which part of an envelope is not as it must be.
pub(super) fn parts(view: &View<'_>) -> Advice {
    let names = ["header", "encrypted key", "initialization vector", "ciphertext", "tag"];
    let cbc = view.outer("enc").and_then(Value::as_str).is_some_and(|enc| enc.contains("CBC"));
    let tag = if view.outer("enc").and_then(Value::as_str) == Some("A256CBC-HS512") { 32 } else { 16 };
    let sizes = [None, None, Some(if cbc { 16 } else { 12 }), None, Some(tag)];
    let mut wrong = Vec::new();
    for ((name, size), part) in names.into_iter().zip(sizes).zip(view.token.split('.')) {
        match (URL_SAFE_NO_PAD.decode(part), size) {
            (Err(_), _) => wrong.push(format!("the {name} is not base64url")),
            (Ok(bytes), Some(size)) if bytes.len() != size => {
                wrong.push(format!("the {name} has {} bytes, not {size}", bytes.len()));
            }
            _ => {}
        }
    }
    (format!("{}: it looks damaged", wrong.join(", ")), vec![clients(WHOLE)])
}
