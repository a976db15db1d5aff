//! Every row of `fixtures/tokens` gets the answer that it must get: the valid ones open with their claims, the hostile ones
//! are refused for exactly their one fault, and their twins, which lack it, open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use sharehold::clock::FixedClock;
use sharehold::config::{Config, load};
use sharehold::token::{KeyRing, Opener, Refusal, TokenError, Trust, Verified};

use crate::support::keys;

/// `index.json` and `witness.json`.
#[derive(Deserialize)]
struct Fixtures {
    now: i64,
    tokens: Vec<Row>,
}

/// One token, and what must become of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    group: String,
    token: String,
    why: String,
    #[serde(default)]
    opens: bool,
    claims: Option<Value>,
    scopes: Option<Vec<String>>,
    refusal: Option<String>,
    twin: Option<String>,
}

impl Fixtures {
    fn read(name: &str) -> Self {
        let text = fs::read(folder().join(name)).expect("the fixture file is there");
        serde_json::from_slice(&text).expect("the fixture file is as its README says")
    }

    fn valid(&self) -> impl Iterator<Item = &Row> {
        self.tokens.iter().filter(|row| row.opens)
    }

    fn hostile(&self) -> impl Iterator<Item = (&Row, &str)> {
        self.tokens.iter().filter_map(|row| row.refusal.as_deref().map(|code| (row, code)))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokens")
}

/// The configuration beside the tokens. Git does not keep the mode 0600, so our keys are copied to `private`.
fn config(private: &Path) -> Config {
    let mut config = load(Some(&folder().join("config.toml")), [], &[]).expect("config.toml is a configuration");
    for path in &mut config.keys.decryption {
        *path = keys::private_copy(path, private);
    }
    config
}

/// An opener under `config`, for which it is `now`.
fn opener(change: impl FnOnce(&mut Config), now: i64) -> Opener {
    let private = tempfile::tempdir().expect("a folder");
    let mut config = config(private.path());
    change(&mut config);
    let keys = KeyRing::load(&config.keys.decryption).expect("our keys are good");
    let trust = Trust::load(&config.authorization_servers, &config.public_url).expect("their keys are good");
    let clock = FixedClock::at(DateTime::from_timestamp(now, 0).expect("an instant"));
    Opener::new(keys, trust, &config.limits, clock)
}

/// What is wrong with the opened token, by the claims of `row`.
fn difference(row: &Row, verified: &Verified) -> Option<String> {
    let claims = row.claims.as_ref().expect("a valid row has its claims");
    let client = claims.get("client_id").or_else(|| claims.get("azp"));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("nothing").to_owned();
    let vouched = claims.get("email").filter(|_| claims.get("email_verified") == Some(&Value::Bool(true)));
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970, rounded down")]
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds.floor() as i64);
    let expected = [
        ("issuer", text(claims.get("iss")), verified.issuer().to_owned()),
        ("subject", text(claims.get("sub")), verified.subject().to_owned()),
        ("client", text(client), verified.client_id().to_owned()),
        ("jti", text(claims.get("jti")), verified.token_id().to_owned()),
        ("scopes", format!("{:?}", row.scopes.as_deref().unwrap_or_default()), format!("{:?}", verified.scopes())),
        ("iat", format!("{:?}", time("iat")), format!("{:?}", Some(verified.issued_at().timestamp()))),
        ("exp", format!("{:?}", time("exp")), format!("{:?}", Some(verified.expires_at().timestamp()))),
        ("auth_time", format!("{:?}", time("auth_time")), format!("{:?}", verified.auth_time().map(|t| t.timestamp()))),
        ("email", text(vouched), verified.verified_email().unwrap_or("nothing").to_owned()),
    ];
    let wrong = expected.into_iter().find(|(_, wanted, got)| wanted != got);
    wrong.map(|(what, wanted, got)| format!("{}: {what} is {got}, not {wanted}", row.name))
}

/// The faults of `rows`, all of them in one message.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} rows differ:\n{}", faults.len(), faults.join("\n"));
}

fn all_open(fixtures: &Fixtures) {
    let opener = opener(|_| {}, fixtures.now);
    let faults = fixtures.valid().filter_map(|row| match opener.open_now(&row.token) {
        Ok(verified) => difference(row, &verified),
        Err(error) => Some(format!("{} ({}): does not open: {error}", row.name, row.why)),
    });
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn every_valid_token_opens_with_its_claims() {
    let fixtures = Fixtures::read("index.json");
    assert!(fixtures.valid().count() >= 200, "{} valid rows", fixtures.valid().count());
    all_open(&fixtures);
}

#[test]
fn every_token_of_the_second_witness_opens_with_its_claims() {
    let fixtures = Fixtures::read("witness.json");
    assert!(fixtures.valid().count() >= 60, "{} rows", fixtures.valid().count());
    assert_eq!(fixtures.valid().count(), fixtures.tokens.len());
    all_open(&fixtures);
}

#[test]
fn every_hostile_token_is_refused_for_its_one_fault() {
    let fixtures = Fixtures::read("index.json");
    assert!(fixtures.hostile().count() >= 150, "{} hostile rows", fixtures.hostile().count());
    let opener = opener(|_| {}, fixtures.now);
    let faults = fixtures.hostile().filter_map(|(row, code)| {
        let got = match opener.open_now(&row.token) {
            Ok(_) => "opens",
            Err(TokenError::Refused(refusal)) => refusal.code(),
            Err(_) => "another error",
        };
        (got != code).then(|| format!("{} ({}): {got}, not {code}", row.name, row.why))
    });
    none(&faults.collect::<Vec<_>>());
}

/// `token inspect` goes on after a fault; the first that it finds is the one for which the token is refused.
#[test]
fn an_inspection_finds_first_what_opening_finds() {
    let fixtures = Fixtures::read("index.json");
    let opener = opener(|_| {}, fixtures.now);
    let faults = fixtures.tokens.iter().filter_map(|row| {
        let (seen, answer) = (opener.inspect(&row.token), opener.open_now(&row.token));
        let fault = seen.fault().map_or(Ok(()), |refusal| Err(TokenError::Refused(refusal)));
        let signed = seen.proven || answer.is_err();
        (fault != answer.clone().map(drop) || !signed).then(|| format!("{}: {fault:?}, not {answer:?}", row.name))
    });
    none(&faults.collect::<Vec<_>>());
}

/// A hostile row says something only if the token without its fault opens.
#[test]
fn every_hostile_token_has_a_twin_that_opens() {
    let fixtures = Fixtures::read("index.json");
    let valid: BTreeMap<_, _> = fixtures.valid().map(|row| (row.name.as_str(), row)).collect();
    let opener = opener(|_| {}, fixtures.now);
    let mut twins = BTreeSet::new();
    for (row, _) in fixtures.hostile() {
        let twin = row.twin.as_deref().unwrap_or_default();
        let Some(twin) = valid.get(twin) else { panic!("{}: its twin `{twin}` is no valid row", row.name) };
        assert_ne!(row.token, twin.token, "{}", row.name);
        twins.insert((&twin.name, &twin.token));
    }
    for (name, token) in twins {
        assert!(opener.open_now(token).is_ok(), "{name}");
    }
}

#[test]
fn rows_are_well_formed_and_every_refusal_has_one() {
    let fixtures = Fixtures::read("index.json");
    let mut names = BTreeSet::new();
    for row in &fixtures.tokens {
        assert!(names.insert(&row.name), "two rows named {}", row.name);
        assert!(row.name.starts_with(&format!("{}/", row.group)) && !row.why.is_empty(), "{}", row.name);
        assert!(row.opens != row.refusal.is_some(), "{}: opens or is refused", row.name);
    }
    let seen: BTreeSet<_> = fixtures.hostile().map(|(_, code)| code).collect();
    let known: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(seen, known, "refusals with a row, and refusals that there are");
}

/// What is refused before the private key costs an attacker's victim nothing.
#[test]
fn no_private_key_operation_for_what_the_shape_gives_away() {
    let fixtures = Fixtures::read("index.json");
    let opener = opener(|_| {}, fixtures.now);
    let cheap = ["not_compact", "jwe_header", "jwe_header_member", "jwe_kid", "jwe_part"];
    for (row, _) in fixtures.hostile().filter(|(_, code)| cheap.contains(code)) {
        assert!(opener.open_now(&row.token).is_err(), "{}", row.name);
        assert_eq!(opener.decryptions(), 0, "{}", row.name);
    }
}

/// The way requests take, with its memory of opened and of undecryptable tokens: the first answer, and the same again.
#[test]
fn what_is_remembered_is_what_was_found() {
    let fixtures = Fixtures::read("index.json");
    let opener = opener(|_| {}, fixtures.now);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for row in &fixtures.tokens {
        let found = opener.open_now(&row.token);
        for turn in ["first", "again"] {
            let answer = runtime.block_on(opener.open(&row.token)).map(|verified| (*verified).clone());
            assert_eq!(answer, found, "{}, {turn}", row.name);
        }
    }
}

/// Beyond the limit a token is not looked at, whatever it holds (431).
#[test]
fn a_token_beyond_the_limit_is_too_long() {
    let opener = opener(|_| {}, Fixtures::read("index.json").now);
    assert_eq!(opener.open_now(&".".repeat(8 * 1024)).err(), Some(TokenError::Refused(Refusal::NotCompact)));
    assert_eq!(opener.open_now(&".".repeat(8 * 1024 + 1)).err(), Some(TokenError::TooLong));
}

/// Each token opens for no one else: without its issuer, and under another of our keys.
#[test]
fn nothing_opens_under_a_configuration_without_its_issuer_or_its_key() {
    let fixtures = Fixtures::read("index.json");
    let without_servers = opener(|config| config.authorization_servers.truncate(1), fixtures.now);
    let without_key = opener(|config| config.keys.decryption.truncate(1), fixtures.now);
    for row in fixtures.valid() {
        let strict = row.name.contains("strict")
            || row.claims.as_ref().is_some_and(|it| it.get("iss").is_some_and(|iss| iss == STRICT));
        assert_eq!(without_servers.open_now(&row.token).is_ok(), strict, "{}", row.name);
        assert_eq!(without_key.open_now(&row.token).is_ok(), !row.name.contains("second-key"), "{}", row.name);
    }
}

const STRICT: &str = "https://strict.as.example";

/// An hour and a half later all have expired but those that live for a day.
#[test]
fn the_clock_decides_and_nothing_else() {
    let fixtures = Fixtures::read("index.json");
    let later = opener(|_| {}, fixtures.now + 100_000);
    for row in fixtures.valid() {
        let refused = later.open_now(&row.token).err();
        assert_eq!(refused, Some(TokenError::Refused(Refusal::Expired)), "{}", row.name);
    }
}
