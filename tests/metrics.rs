//! `/metrics` of a real server: everything that is described is there, nothing else, and no client can make it grow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::json;
use sharehold::access::Revocations;
use sharehold::clock::SystemClock;
use sharehold::config::AuthorizationServer;
use sharehold::metrics::catalogue;
use sharehold::resources::{self, endpoint::Endpoint};
use sharehold::server::scrape::Scrape;
use sharehold::store::Store;
use sharehold::token::{KeyRing, Opener, Trust};

use crate::key_server::KeyServer;
use crate::support::app;
use crate::support::database::{Backend, Database};
use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::process::{PATIENCE, Process, get, text};

/// What the whole server may have (security.md §5a of the design).
const MOST_SERIES: usize = 2000;

fn token(subject: &str, scope: &str) -> String {
    let authority = Authority::new(&keys::read("certified.rsa.pem"), None, &keys::read("ours-2048.pem"));
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    authority.mint(&json!({
        "iss": "https://strict.example", "aud": "http://127.0.0.1:8700", "sub": subject, "client_id": "canary-client",
        "scope": scope, "iat": now, "exp": now + 3600, "jti": "canary-jti",
    }))
}

/// Every series with its value.
fn series(server: &Process) -> BTreeMap<String, f64> {
    let value = |line: &str| {
        let (series, value) = line.rsplit_once(' ')?;
        Some((series.to_owned(), value.parse().expect("a number")))
    };
    text(server.admin, "/metrics").lines().filter(|line| !line.starts_with('#')).filter_map(value).collect()
}

/// The value of one series; 0 if it is not there yet.
pub fn value(server: &Process, name: &str) -> f64 {
    series(server).get(name).copied().unwrap_or_default()
}

/// Waits until a series has that value: what is counted at the end of a request or a connection takes its moment.
#[track_caller]
pub fn becomes(server: &Process, name: &str, expected: f64) {
    let start = Instant::now();
    while (value(server, name) - expected).abs() > f64::EPSILON {
        assert!(start.elapsed() < PATIENCE, "{name} is {}, not {expected}", value(server, name));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn send(server: &Process, method: &str, path: &str, head: &str, body: &str) -> u16 {
    let mut connection = server.connect();
    let length = body.len();
    connection.send(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{head}\r\n{body}"));
    connection.answer().0
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n")
}

#[test]
fn what_is_described_is_there_and_nothing_else() {
    let unreachable = "authorization_servers.1.jwks_uri=http://127.0.0.1:9/jwks";
    let server = Process::start(&["authorization_servers.1.issuer=https://b.example", unreachable]);
    assert_eq!(send(&server, "GET", "/v1.0/me", &bearer(&token("ann", "User.Read")), ""), 200);
    assert_eq!(send(&server, "PATCH", "/v1.0/me", &bearer(&token("ann", "User.ReadWrite")), r#"{"city":"Rome"}"#), 200);
    assert_eq!(send(&server, "GET", "/v1.0/me", &bearer(&token("ann", "Contacts.Read")), ""), 403);
    let text = text(server.admin, "/metrics");
    let told = |word: &str| text.lines().filter_map(|line| line.strip_prefix(word)).collect::<BTreeSet<_>>();
    for entry in catalogue::ALL {
        let kind = format!("{:?}", entry.kind).to_lowercase();
        assert!(told("# HELP ").contains(format!("{} {}", entry.name, entry.help).as_str()), "{}", entry.name);
        assert!(told("# TYPE ").contains(format!("{} {kind}", entry.name).as_str()), "{}", entry.name);
    }
    for series in series(&server).into_keys() {
        let (name, labels) = series.split_once('{').unwrap_or((&series, ""));
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let entry = catalogue::ALL.iter().find(|entry| entry.name == family || entry.name == name);
        let entry = entry.unwrap_or_else(|| panic!("{series} is not in the catalogue"));
        let names =
            labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once('=')).map(|pair| pair.0);
        assert!(names.filter(|name| *name != "le").eq(entry.labels.iter().copied()), "{series}");
    }
    assert_eq!(get(server.address, "/metrics").0, 404, "on the API's own address");
}

#[test]
fn no_client_makes_it_grow_or_is_named_in_it() {
    // Without rates: which of these are refused for their number depends on the machine.
    let server = Process::start(&["limits.token_bytes=4096", "rate.enabled=false"]);
    let odd = |round: usize| {
        for at in 0..60 {
            let path = format!("/v1.0/canary-{round}-{at}");
            for method in ["GET", "BREW", "M-SEARCH", "TRACE", &format!("X{round}{at}")] {
                send(&server, method, &path, "", "");
                send(&server, method, "/v1.0/me", &format!("Authorization: Bearer canary-{at}.{round}\r\n"), "");
                send(&server, method, &format!("/V1.0/ME()?canary={at}"), "", "{}");
            }
            send(&server, "GET", "/v1.0/me", &bearer(&token(&format!("canary-{round}-{at}"), "User.Read")), "");
        }
        send(&server, "GET", "/v1.0/me", &bearer(&token("canary", "canary")), "");
        send(&server, "GET", &format!("/{}", "canary".repeat(2000)), "", "");
        send(&server, "GET", "/", &format!("canary: {}\r\n", "a".repeat(17_000)), "");
        send(&server, "GET", "/v1.0/me", &bearer(&"a".repeat(5000)), "");
        send(&server, "PATCH", "/v1.0/me", &bearer(&token("canary", "User.ReadWrite")), "not JSON");
        send(&server, "PATCH", "/v1.0/me", &bearer(&token("canary", "User.ReadWrite")).replace("json", "x"), "{}");
    };
    odd(1);
    let after_one: BTreeSet<String> = series(&server).into_keys().collect();
    odd(2);
    let after_two: BTreeSet<String> = series(&server).into_keys().collect();
    assert_eq!(after_one, after_two);
    assert!(after_two.len() < MOST_SERIES, "{}", after_two.len());
    assert!(!after_two.iter().any(|series| series.contains("canary")));
    // The worst that can come: every operation with every status that it answers with (the document's, and nine that any may),
    // and every denial of each kind.
    let mut statuses: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for Endpoint { counted, answers, problems, about, .. } in resources::all() {
        kinds.insert(about);
        let own = answers.iter().map(|(status, ..)| *status).chain(problems.iter().copied());
        statuses.entry(counted).or_default().extend(own);
    }
    let worst: usize = statuses.values().map(|statuses| statuses.len() + 9).sum::<usize>() + kinds.len() * 5;
    assert!(after_two.len() + worst < MOST_SERIES, "{} and {worst}", after_two.len());
}

#[test]
fn gauges_go_down_again_however_a_client_leaves() {
    let server = Process::start(&[]);
    let mut kept: Vec<_> = (0..3).map(|_| server.connect()).collect();
    becomes(&server, "sharehold_http_connections", 3.0);
    let head = bearer(&token("ann", "User.ReadWrite"));
    kept[0].send(&format!("PATCH /v1.0/me HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n{head}\r\n"));
    becomes(&server, "sharehold_http_in_flight", 1.0);
    drop(kept);
    becomes(&server, "sharehold_http_in_flight", 0.0);
    becomes(&server, "sharehold_http_connections", 0.0);
}

#[test]
fn why_someone_was_not_let_in_is_counted() {
    let server = Process::start(&["users.provision=never"]);
    let (person, client) = (bearer(&token("ann", "User.Read")), bearer(&token("canary-client", "User.Read")));
    assert_eq!(send(&server, "GET", "/v1.0/me", &person, ""), 403);
    assert_eq!(send(&server, "GET", "/v1.0/me", &client, ""), 403);
    assert_eq!(send(&server, "PATCH", "/v1.0/me", &person, "{}"), 403);
    let file = server.folder.path().join("test.db");
    let mut database = SqliteConnection::establish(file.to_str().expect("text")).expect("the database");
    let revoke = "INSERT INTO revocations (issuer, created_at) VALUES ('https://strict.example', 1)";
    database.batch_execute(revoke).expect("a row");
    becomes(&server, "sharehold_revocations_total", 1.0);
    let start = Instant::now();
    while send(&server, "GET", "/v1.0/me", &person, "") != 401 {
        assert!(start.elapsed() < PATIENCE, "a revocation is not heeded");
    }
    let denied =
        |kind: &str, reason: &str| format!("sharehold_authz_denied_total{{kind=\"{kind}\",reason=\"{reason}\"}}");
    assert!(value(&server, &denied("profile", "no_account")) >= 1.0);
    becomes(&server, &denied("profile", "no_person"), 1.0);
    becomes(&server, &denied("profile", "insufficient_scope"), 1.0);
    becomes(&server, &denied("profile", "revoked"), 1.0);
}

#[test]
fn faults_of_the_database_are_counted_by_kind() {
    let server = Process::start(&["limits.lock_wait_s=1"]);
    let patch = || send(&server, "PATCH", "/v1.0/me", &bearer(&token("ann", "User.ReadWrite")), r#"{"city":"Rome"}"#);
    assert_eq!(patch(), 200);
    let committed = value(&server, "sharehold_fsync_seconds_count");
    assert!(committed >= 2.0 && (value(&server, "sharehold_commit_batch_size_count") - committed).abs() < 0.5);
    let file = server.folder.path().join("test.db");
    let mut database = SqliteConnection::establish(file.to_str().expect("text")).expect("the database");
    database.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(patch(), 503);
    becomes(&server, "sharehold_db_errors_total{kind=\"lock\"}", 1.0);
    database.batch_execute("ROLLBACK").expect("the lock back");
    assert_eq!(patch(), 200);
    becomes(&server, "sharehold_db_errors_total{kind=\"lock\"}", 1.0);
}

#[test]
fn writes_on_postgres_are_measured_too() {
    let database = Database::new(Backend::Postgres);
    let server = Process::start(&[&format!("database.url={}", database.url())]);
    assert_eq!(
        send(&server, "PATCH", "/v1.0/me", &bearer(&token("ann", "User.ReadWrite")), "{\"city\":\"Rome\"}"),
        200
    );
    becomes(&server, "sharehold_db_query_seconds_count{name=\"write\"}", 1.0);
    // What is old, in eight tables, at the start; the account, then the change, then which client came.
    becomes(&server, "sharehold_fsync_seconds_count", 11.0);
    let version = env!("CARGO_PKG_VERSION");
    becomes(&server, &format!("sharehold_build_info{{version=\"{version}\",database=\"postgres\"}}"), 1.0);
}

#[test]
fn keys_that_were_never_fetched_are_infinitely_old() {
    let keys = KeyServer::with("not a key set");
    let uri = format!("authorization_servers.1.jwks_uri={}", keys.uri());
    let server = Process::start(&["authorization_servers.1.issuer=https://b.example", &uri]);
    let age = "sharehold_jwks_age_seconds{issuer=\"https://b.example\"}";
    let fetches =
        |result: &str| format!("sharehold_jwks_fetch_total{{issuer=\"https://b.example\",result=\"{result}\"}}");
    becomes(&server, &fetches("invalid"), 1.0);
    assert!(value(&server, age).is_infinite());
    keys.say(r#"{"keys":[]}"#);
    becomes(&server, &fetches("fetched"), 1.0);
    assert!(value(&server, age) < 20.0);
}

#[test]
fn keys_that_are_no_longer_asked_for_have_no_age() {
    let database = Database::new(Backend::Sqlite);
    let mut config = app::config();
    config.database = database.settings();
    let asked_for = KeyServer::with(r#"{"keys":[]}"#);
    let remote = |issuer: &str| {
        let mut server = AuthorizationServer::new(issuer);
        server.jwks_uri = Some(asked_for.uri());
        server
    };
    let keys = || KeyRing::load(&config.keys.decryption).expect("keys");
    let trust = |servers: &[AuthorizationServer]| Trust::load(servers, &config.public_url).expect("trust");
    let clock = SystemClock::shared();
    let (stays, goes) = (remote("https://stays.example"), remote("https://goes.example"));
    let opener = Arc::new(Opener::new(keys(), trust(&[stays.clone(), goes]), &config.limits, clock.clone()));
    let store = Store::open(&config.database, &config.limits, config.users.provision, clock).expect("a store");
    let scrape = Scrape::new(&config, store.clone(), opener.clone(), Arc::new(Revocations::new(365)));
    let age = |issuer: &str| {
        let start = format!("sharehold_jwks_age_seconds{{issuer=\"https://{issuer}.example\"}} ");
        let text = scrape.text();
        text.lines().find_map(|line| line.strip_prefix(&start)?.parse::<f64>().ok()).expect("an age")
    };
    assert!(!age("goes").is_nan());
    opener.replace(keys(), trust(&[stays]));
    assert!(age("goes").is_nan());
    assert!(!age("stays").is_nan());
    store.close();
}
