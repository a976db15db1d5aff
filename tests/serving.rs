//! What only a process and a socket can show: deadlines, connections, the admin address, TLS.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::{Value, json};

use crate::support::mint::Authority;
use crate::support::process::{Connection, PATIENCE, Process, command, configuration, get};
use crate::support::{keys, pictures};

/// A token for a server whose clock is the system's.
pub fn token(scope: &str) -> String {
    let authority = Authority::new(&keys::read("certified.rsa.pem"), None, &keys::read("ours-2048.pem"));
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    authority.mint(&json!({
        "iss": "https://strict.example", "aud": "http://127.0.0.1:8700", "sub": "ann", "client_id": "site",
        "scope": scope, "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
    }))
}

/// The head of a change of the profile.
pub fn patch(token: &str, length: usize) -> String {
    format!(
        "PATCH /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

const SHORT: &[&str] = &[
    "limits.head_deadline_s=1",
    "limits.body_rate_grace_s=1",
    "limits.json_body_deadline_s=3",
    "limits.keep_alive_s=1",
    "limits.connections_per_address=8",
];

#[test]
fn health_is_told_on_the_admin_address_alone() {
    let server = Process::start(&[]);
    assert_eq!(get(server.admin, "/livez"), (200, json!({"status": "live"})));
    assert_eq!(get(server.admin, "/readyz"), (200, json!({"status": "ready"})));
    assert_eq!(get(server.address, "/readyz").0, 404);
    assert_eq!(get(server.address, "/livez").0, 404);
}

#[test]
fn a_slow_head_is_cut() {
    let server = Process::start(SHORT);
    let start = Instant::now();
    let mut connection = server.connect();
    connection.send("GET /v1.0/me HTTP/1.1\r\nHost");
    assert!(connection.is_closed());
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    // Its twin, in time.
    let mut connection = server.connect();
    connection.send("GET /v1.0/me HTTP/1.1\r\nHost");
    connection.send(": a\r\n\r\n");
    assert_eq!(connection.answer().0, 401);
}

#[test]
fn a_dripping_body_is_cut_and_changes_nothing() {
    let server = Process::start(SHORT);
    let token = token("User.ReadWrite");
    let body = r#"{"city":"Lisbon"}"#;
    let start = Instant::now();
    let mut connection = server.connect();
    assert!(connection.send(&patch(&token, body.len() + 1000)));
    connection.send(body);
    let answer = connection.answer();
    assert_eq!((answer.0, &answer.1["error"]["code"]), (408, &json!("requestTimeout")));
    assert!(connection.is_closed());
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    // A body that comes fast enough for the rate, but never ends, is cut by the deadline.
    let mut connection = server.connect();
    connection.send(&patch(&token, 900_000));
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(6) && connection.send(&" ".repeat(700)) {
        thread::sleep(Duration::from_millis(200));
    }
    assert!(start.elapsed() < Duration::from_secs(6), "the deadline did not hold");
    // The twin.
    let mut connection = server.connect();
    connection.send(&patch(&token, body.len()));
    thread::sleep(Duration::from_millis(300));
    connection.send(body);
    assert_eq!(connection.answer().1["city"], "Lisbon");
}

/// A picture may take as long as uploads may, which is longer than JSON may.
#[test]
fn a_slow_picture_has_the_uploads_deadline() {
    let settings = [SHORT, &["limits.json_body_deadline_s=1", "limits.upload_deadline_s=5"]].concat();
    let server = Process::start(&settings);
    let token = token("User.ReadWrite");
    let picture = [&pictures::png(64, 64)[..], &[0; 6000]].concat();
    let send = |length: usize| {
        let mut connection = server.connect();
        connection.send(&server.put_photo(&token, "image/png", length));
        for part in picture.chunks(1000) {
            thread::sleep(Duration::from_millis(400));
            connection.send(part);
        }
        connection
    };
    assert_eq!(send(picture.len()).answer().0, 200);
    // One that never ends is cut, fast enough though it was.
    let start = Instant::now();
    let mut endless = send(900_000);
    while start.elapsed() < Duration::from_secs(9) && endless.send(&[0; 700]) {
        thread::sleep(Duration::from_millis(200));
    }
    assert!(start.elapsed() < Duration::from_secs(9), "the deadline did not hold");
}

#[test]
fn a_body_that_nobody_reads_does_not_hold_the_connection() {
    let server = Process::start(SHORT);
    for token in [token("User.Read"), "not.a.token".into()] {
        let mut connection = server.connect();
        connection.send(&patch(&token, 900_000));
        assert!(matches!(connection.answer().0, 401 | 403));
        assert!(connection.is_closed());
    }
    let mut connection = server.connect();
    connection.send("GET /v1.0/nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello");
    assert_eq!(connection.answer().0, 404);
    assert!(connection.is_closed());
}

#[test]
fn one_address_has_so_many_connections() {
    let server = Process::start(&["limits.connections_per_address=3", "limits.keep_alive_s=15"]);
    let ask = |connection: &mut Connection| {
        connection.send("GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.answer().0
    };
    let mut kept: Vec<Connection> = (0..3).map(|_| server.connect()).collect();
    assert!(kept.iter_mut().all(|connection| ask(connection) == 200));
    let mut fourth = server.connect();
    assert_eq!(ask(&mut fourth), 429);
    assert!(fourth.is_closed());
    drop(kept.pop());
    let start = Instant::now();
    while ask(&mut server.connect()) != 200 {
        assert!(start.elapsed() < PATIENCE, "a place that was given back is not there");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_head_beyond_the_limits_is_refused() {
    let server = Process::start(&[]);
    for (bytes, expected) in [(8 * 1024, 414), (32 * 1024, 414)] {
        assert_eq!(get(server.address, &format!("/{}", "a".repeat(bytes))).0, expected);
    }
    // Beyond what the framework parses at all (65,534 bytes), its own refusal.
    assert_eq!(get(server.address, &format!("/{}", "a".repeat(64 * 1024))).0, 400);
    let mut connection = server.connect();
    let fields: String = (0..70).fold(String::new(), |fields, at| fields + &format!("x-{at}: 1\r\n"));
    connection.send(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    assert_eq!(connection.answer().0, 431);
    let mut connection = server.connect();
    connection.send(&format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "a".repeat(17 * 1024)));
    assert_eq!(connection.answer().0, 431);
    // Two lengths, or a length and chunks: nothing behind is taken for a request (RFC 9112 §6.3).
    for framing in ["Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"]
    {
        let mut connection = server.connect();
        connection.send(&format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\n\r\n"));
        assert_eq!(connection.answer().0, 400, "{framing}");
        assert!(connection.is_closed());
    }
}

#[test]
fn a_second_process_on_the_same_file_is_refused_in_one_line() {
    let server = Process::start(&[]);
    let configuration = server.folder.path().join("sharehold.toml");
    let second = command("serve", &configuration, &[]).output().expect("it ends");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("sharehold: ")).collect();
    assert!(matches!(second.status.code(), Some(1 | 78)), "{said}");
    assert_eq!(lines.len(), 1, "{said}");
}

#[test]
fn tls_is_served_where_it_is_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let key = keys::private_copy(&key, tempfile::tempdir_in(folder.path()).expect("a folder").keep().as_path());
    let sets = [format!("tls.certificate={}", chain.display()), format!("tls.private_key={}", key.display())];
    let server = Process::start(&[&sets[0], &sets[1]]);
    let root = ureq::tls::Certificate::from_der(made.cert.der()).to_owned();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::new_with_certs(&[root]))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).proxy(None).build().into();
    let url = format!("https://localhost:{}/.well-known/jwks.json", server.address.port());
    let text = agent.get(&url).call().expect("an answer over TLS").body_mut().read_to_string().expect("text");
    let jwks: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(jwks["keys"][0]["use"], "enc");
    // Plain HTTP is not served beside it, nor redirected (RFC 6750 §5.3).
    let mut plain = server.connect();
    plain.send("GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(plain.is_closed());
}

#[test]
fn what_must_not_be_served_with_is_refused_with_78() {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = configuration(&folder);
    for (set, key) in [
        ("listen=0.0.0.0:0", "listen"),
        ("nonsense=1", "nonsense"),
        ("keys.decryption=absent.pem", "keys.decryption"),
        ("database.url=mysql://a/b", "database.url"),
        ("cors.origins=*", "cors.origins"),
    ] {
        let refused = command("serve", &configuration, &[set]).output().expect("it ends");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(78), "{set}: {said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("sharehold: ")).collect();
        assert!(lines.len() == 1 && lines[0].contains(key), "{set}: {said}");
    }
}

#[test]
fn check_looks_at_the_database_and_makes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = configuration(&folder);
    let check = || command("check", &configuration, &[]).output().expect("it ends");
    assert_eq!(check().status.code(), Some(0));
    assert!(!folder.path().join("test.db").exists() && !folder.path().join("blobs").exists());
    let migrated = command("migrate", &configuration, &[]).output().expect("it ends");
    assert!(migrated.status.success() && folder.path().join("blobs").is_dir());
    assert_eq!(check().status.code(), Some(0));
    let file = folder.path().join("test.db");
    let mut database = SqliteConnection::establish(file.to_str().expect("text")).expect("the database");
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
    database.batch_execute(newer).expect("a row");
    let refused = check();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(78), "{said}");
    assert!(said.contains("newer than this program"), "{said}");
}
