//! `token inspect`: it names every fault, how to mend it and whose job that is, whatever was pasted.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::{fine, mint, sharehold};
use crate::key_server::KeyServer;
use crate::support::house::House;

/// Scopes: an alias, one that means nothing here, one of ours.
const WORDS: &str = r#"scope="profile offline_access User.Work.Read""#;

/// Runs `token inspect` with `token` on standard input.
pub(super) fn inspect(folder: &Path, token: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sharehold"));
    command.current_dir(folder).env_clear().args(["token", "inspect"]).args(more);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    // It may not read on: then it has an answer already.
    let _ = child.stdin.take().expect("a pipe").write_all(token.as_bytes());
    child.wait_with_output().expect("it ends")
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A token minted in `house` with `claims`, and what is said of it there.
fn said(house: &House, minted: &[&str], more: &[&str]) -> (i32, String) {
    let token = fine(&mint(house, minted));
    let output = inspect(&house.folder(), &token, &[&["--config", "sharehold.toml"], more].concat());
    let said = text(&output.stdout);
    assert!(!said.contains(&token) && !text(&output.stderr).contains(&token), "the token itself is never shown");
    (output.status.code().expect("a status"), said)
}

#[track_caller]
fn holds(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word}\n{said}");
    }
}

#[test]
fn a_good_token_is_let_in_and_what_it_opens_is_said() {
    let house = House::new();
    let personal = ["--claim", r#"email="ann@private.example""#, "--claim", WORDS];
    let (status, said_of_it) = said(&house, &personal, &[]);
    assert_eq!(status, 0, "{said_of_it}");
    holds(
        &said_of_it,
        &[
            "ok  shape        five parts: encrypted (JWE)",
            "ok  signature    made with \"RS256\"",
            "person       yes",
            "profile (stands for User.ReadBasic), \"offline_access\" (means nothing here), User.Work.Read",
            "opens        GET /v1.0/me",
            "PATCH /v1.0/me, PUT /v1.0/me/photo/$value, DELETE /v1.0/me/photo/$value would need User.ReadWrite",
            "not shown    the claims email, jti, sub (--claims shows them)",
            "not asked    whether it was revoked",
            "verdict      LET IN",
        ],
    );
    assert!(!said_of_it.contains("private.example") && !said_of_it.contains("\"ann\""), "{said_of_it}");
    let (_, all) = said(&house, &personal, &["--claims"]);
    holds(&all, &["claim        email = \"ann@private.example\"", "claim        sub = \"ann\""]);
    let (status, nobody) = said(&house, &["--claim", r#"sub="site""#], &[]);
    assert_eq!(status, 0);
    let why = "but opens nothing (403): the client's developer: use a flow in which the person signs in";
    holds(&nobody, &["person       no: `sub` is the client itself", "opens        no operation", why]);
}

/// A good token of [`House`] with flags laid over it, and the words that tell what is wrong, how to mend it and whose job
/// that is.
type Told = (&'static [&'static str], &'static [&'static str]);

const ENVELOPES: &[Told] = &[
    (
        &["--alg", "RSA-OAEP"],
        &["uses SHA-1", "key_management_algorithms = [\"RSA-OAEP-256\", \"RSA-OAEP\"]", "[jwe_alg]"],
    ),
    (&["--enc", "A128GCM"], &["add \"A128GCM\" to authorization_servers.0.content_encryption_algorithms", "[jwe_enc]"]),
    (
        &["--for", "authority/certificate.pem"],
        &[
            "names the key",
            "exchange the certificate again",
            "http://127.0.0.1:8700/.well-known/jwks.json",
            "[jwe_kid]",
        ],
    ),
    (&["--authority", "keys"], &["was not made with a key of \"https://as.example\"", "NO  signature", "certificate"]),
];

const NAMES: &[Told] = &[
    (
        &["--claim", r#"aud="http://127.0.0.1:8700/""#],
        &["NO  audience", "it has a final slash", "octet for octet", "authorization_servers.0.audience = ["],
    ),
    (&["--claim", r#"aud="https://127.0.0.1:8700""#], &["begins with https:, not http:", "[audience]"]),
    (&["--claim", r#"aud="http://127.0.0.1:8701""#], &["names port 8701, not 8700"]),
    (&["--claim", r#"aud="site""#, "--claim", r#"nonce="n""#], &["looks like an ID token", "send `access_token`"]),
    (&["--claim", r#"iss="https://as.example/""#], &["NO  issuer", "authorization_servers.0.issuer = ", "[issuer]"]),
    (&["--claim", r#"iss="https://elsewhere.test""#], &["is not trusted here; trusted are \"https://as.example\""]),
    (
        &["--claim", "client_id=null", "--claim", r#"azp="site""#],
        &["there is `azp` = \"site\"", "authorization_servers.0.client_id_claim = \"azp\""],
    ),
    (&["--claim", "jti=null"], &["NO  token id", "RFC 9068 §2.2 requires it"]),
    (&["--claim", r#"scope=["User.Read"]"#], &["`scope` is a list", "one text with spaces"]),
    (&["--claim", r#"cnf={"jkt":"x"}"#], &["NO  bound", "by DPoP", "[bound]"]),
    (&["--claim", "authorization_details=[]"], &["NO  details", "[authorization_details]"]),
];

const TIMES: &[Told] = &[
    (&["--claim", "exp=1"], &["NO  now", "it expired", "the client's developer: get a new token"]),
    (&["--claim", "iat=1", "--lifetime", "60"], &["NO  lifetime", "authorization_servers.0.max_token_lifetime_s = "]),
    (&["--claim", "iat=4000000000", "--claim", "exp=4000000060"], &["issued", "from now", "NTP", "[issued_in_future]"]),
    (&["--claim", "nbf=4000000000"], &["it is valid in", "[not_yet_valid]"]),
    (&["--claim", "exp=4000000000000"], &["milliseconds"]),
    (&["--claim", r#"exp="soon""#], &["`exp` is a text, not a number", "[claim_type]"]),
];

#[test]
fn each_fault_is_told_with_its_mending() {
    let house = House::new();
    for (minted, words) in ENVELOPES.iter().chain(NAMES).chain(TIMES) {
        let token = fine(&super::mint_with(&house, minted));
        let output = inspect(&house.folder(), &token, &["--config", "sharehold.toml"]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{minted:?}\n{said}");
        holds(&said, words);
        assert!(said.contains("verdict      REFUSED ["), "{said}");
        assert!(text(&output.stderr).starts_with("sharehold: the token would not be let in: "));
    }
}

/// All faults at once; what no signature vouches for is marked.
#[test]
fn all_faults_come_at_once_and_unproven_claims_are_marked() {
    let house = House::new();
    let several = ["--claim", r#"aud="x""#, "--claim", "jti=null", "--claim", "exp=1", "--enc", "A128GCM"];
    let (_, said_of_it) = said(&house, &several, &[]);
    holds(&said_of_it, &["[jwe_enc]", "[audience]", "[claim_missing]", "[expired]", "ok  signature", "(4 faults are"]);
    let token = fine(&super::mint_with(&house, &["--authority", "keys"]));
    let said = text(&inspect(&house.folder(), &token, &["--config", "sharehold.toml"]).stdout);
    holds(&said, &["?   issuer", "?   audience", "?   scopes", "?   would open", "NO  signature"]);
    assert!(!said.contains("ok  audience") && !said.contains("ok  client"), "{said}");
}

/// A token that is signed only, by a server like Keycloak.
#[test]
fn a_token_of_a_server_that_cannot_encrypt_names_every_setting() {
    let house = House::new();
    let b64 = |value: Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "k"});
    let claims = json!({"iss": "https://as.example", "azp": "site", "aud": "account", "typ": "Bearer", "sub": "ann",
        "iat": 1, "exp": 2, "jti": "1", "evil\u{1b}[31m\u{202e}": "x"});
    let token = format!("{}.{}.AAAA", b64(header), b64(claims));
    let said = text(&inspect(&house.folder(), &token, &["--config", "sharehold.toml", "--claims"]).stdout);
    holds(
        &said,
        &[
            "authorization_servers.0.accept_unencrypted = true",
            "can read its claims",
            "authorization_servers.0.accept_typ = [\"at+jwt\", \"JWT\"]",
            "authorization_servers.0.client_id_claim = \"azp\"",
            "evil\\u{1b}[31m\\u{202e} = \"x\"",
        ],
    );
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "a terminal finds nothing to obey");
    let outside = inspect(&house.folder(), &token, &[]);
    holds(&text(&outside.stdout), &["it is not encrypted", "?   claim        aud = \"account\"", "[expired]"]);
    assert_eq!(outside.status.code(), Some(1));
}

#[test]
fn what_is_no_token_is_told_what_it_is() {
    let house = House::new();
    for (given, words) in [
        ("ya29.a0AfB_byD", "opaque token"),
        ("2YotnFZFEjr1zCsicMWpAA", "opaque token"),
        (r#"{"access_token":"a.b.c"}"#, "this is JSON"),
        ("a.b.c+d", "character 6 is '+'"),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiaXNzIjoiaHR0cHM6Ly9hLmF1dGgwLmNvbS8ifQ..AAAA.AAAA.AAAA", "Auth0"),
        ("eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9.AA.AAAA.AAAA.AAAA", "elliptic-curve"),
        ("eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMjU2R0NNIn0.AA.AAAA.AAAA.AAAA", "needs a password"),
    ] {
        for more in [&["--config", "sharehold.toml"][..], &[]] {
            let output = inspect(&house.folder(), given, more);
            assert_eq!(output.status.code(), Some(1), "{given}");
            holds(&text(&output.stdout), &[words, "-> "]);
        }
    }
    let token = fine(&mint(&house, &[]));
    let cut = inspect(&house.folder(), &token[..token.len() - 8], &["--config", "sharehold.toml"]);
    holds(&text(&cut.stdout), &["NO  parts", "the tag", "looks damaged", "whole", "[jwe_part]"]);
    let long = inspect(&house.folder(), &"A".repeat(9000), &["--config", "sharehold.toml"]);
    holds(&text(&long.stdout), &["[token_too_long]", "limits.token_bytes"]);
    assert_eq!(inspect(&house.folder(), " \n", &[]).status.code(), Some(2));
}

#[test]
fn a_token_is_taken_however_it_is_pasted() {
    let house = House::new();
    let token = fine(&mint(&house, &[]));
    let (head, tail) = token.split_at(100);
    for (given, note) in [
        (format!("Authorization: Bearer {token}\r\n"), false),
        (format!("WRAP access_token=\"{token}\""), false),
        (format!("  '{token}' "), false),
        (format!("{head}\n{tail}"), true),
    ] {
        let output = inspect(&house.folder(), &given, &["--config", "sharehold.toml"]);
        let said = text(&output.stdout);
        assert_eq!((output.status.code(), said.contains("!   note")), (Some(0), note), "{said}");
        let argument = sharehold(&house.folder(), &["token", "inspect", &given, "--config", "sharehold.toml"]);
        assert_eq!(argument.status.code(), Some(0));
    }
}

/// Whoever has no key sees whom it is encrypted to.
#[test]
fn from_outside_the_envelope_is_seen() {
    let house = House::new();
    let token = fine(&mint(&house, &[]));
    let set = fine(&sharehold(&house.folder(), &["keys", "show", "keys/private.pem", "--jwks"]));
    house.write("set.json", &set, 0o644);
    for (recipient, status, words) in [
        (&["--for", "set.json"][..], 0, &["ok  our key", "NOT KNOWN"][..]),
        (&["--for", "keys/certificate.pem"], 0, &["ok  our key"]),
        (&["--for", "authority/certificate.pem"], 1, &["NO  our key", "[jwe_kid]"]),
        (&[], 0, &["ok  envelope", "--  not reached  our key, decryption", "NOT KNOWN"]),
    ] {
        let output = inspect(&house.folder(), &token, recipient);
        assert_eq!(output.status.code(), Some(status), "{recipient:?}");
        holds(&text(&output.stdout), words);
    }
}

/// Keys by URI are fetched once; why not, or which there are, is said.
#[test]
fn the_issuers_keys_are_fetched_once() {
    let house = House::new();
    let config = fs::read_to_string(house.file()).expect("a file");
    let certificate = "certificate = \"authority/certificate.pem\"";
    let shown = ["keys", "show", "authority/certificate.pem", "--jwks", "--signing"];
    let set = fine(&sharehold(&house.folder(), &shown));
    let server = KeyServer::with(&set);
    let uri = format!("jwks_uri = \"{}\"", server.uri());
    house.write("sharehold.toml", &config.replace(certificate, &uri), 0o600);
    let (status, good) = said(&house, &[], &[]);
    assert_eq!((status, server.asked()), (0, 1), "{good}");

    server.say(r#"{"keys": []}"#);
    let (_, none) = said(&house, &[], &[]);
    holds(&none, &["its issuer's key set has no usable key (just fetched from", "[jws_key]"]);
    assert_eq!(server.asked(), 2, "once a run");
    server.say_raw("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let (status, moved) = said(&house, &["--claim", "jti=null"], &[]);
    holds(&moved, &["the answer was 302, not 200", "make authorization_servers.0.jwks_uri reachable", "NOT NOW"]);
    holds(&moved, &["[claim_missing]", "503"]);
    assert_eq!((status, server.asked()), (1, 3));
}
