//! Fetching key sets from a real server on loopback.

#[path = "../../../tests/key_server.rs"]
mod key_server;

use std::fmt::Write as _;

use super::*;
use key_server::KeyServer;

const SET: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const OTHER: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"b","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn remote(uri: &str, timing: Timing) -> (Remote, Arc<AtomicU64>) {
    let changes = Arc::new(AtomicU64::new(0));
    (Remote::new("https://as.example", uri, timing, Arc::clone(&changes)), changes)
}

fn has_keys(remote: &Remote) -> bool {
    remote.keys().is_some_and(|keys| !keys.is_empty())
}

#[test]
fn a_new_set_replaces_the_former_and_the_same_one_changes_nothing() {
    let server = KeyServer::with(SET);
    let (remote, changes) = remote(&server.uri(), Timing::default());
    assert!(remote.keys().is_none());
    for (body, number) in [(SET, 1), (SET, 1), (OTHER, 2), (SET, 3)] {
        server.say(body);
        remote.refresh();
        assert!(has_keys(&remote));
        assert_eq!(changes.load(Ordering::SeqCst), number, "{body}");
    }
    server.say(r#"{"keys":[]}"#);
    remote.refresh();
    assert!(!has_keys(&remote), "a server that takes back all its keys is believed");
    assert_eq!(changes.load(Ordering::SeqCst), 4);
}

#[test]
fn the_last_good_set_stays_whatever_is_answered() {
    let server = KeyServer::with(SET);
    let (remote, changes) = remote(&server.uri(), Timing { deadline: Duration::from_millis(300), ..Timing::default() });
    remote.refresh();
    let mut many = String::new();
    for _ in 0..51 {
        write!(many, "{{}},").unwrap();
    }
    let padded = format!("{SET}{}", " ".repeat(64 * 1024));
    let raw = |status: &str, body: &str| format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let good = KeyServer::with(OTHER);
    let answers = [
        raw("500 Oh", OTHER),
        raw("404 No", OTHER),
        raw("204 Nothing", ""),
        raw("200 OK", ""),
        raw("200 OK", "<html>"),
        raw("200 OK", "[]"),
        raw("200 OK", r#"{"keys":{}}"#),
        raw("200 OK", r#"{"keys":[],"keys":[]}"#),
        raw("200 OK", &format!(r#"{{"keys":[{many}{{}}]}}"#)),
        raw("200 OK", &padded),
        format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", good.uri()),
        "nonsense\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{…".to_owned(),
        String::new(),
    ];
    for (number, answer) in answers.iter().enumerate() {
        server.say_raw(answer);
        remote.refresh();
        assert_eq!(server.asked(), number + 2, "{answer}");
        assert!(has_keys(&remote), "{answer}");
        assert_eq!(changes.load(Ordering::SeqCst), 1, "{answer}");
    }
    assert_eq!(good.asked(), 0, "no redirect is followed");
    server.say(&padded[..64 * 1024]);
    remote.refresh();
    assert_eq!(changes.load(Ordering::SeqCst), 2, "64 KiB are not too much");
}

#[test]
fn a_set_that_is_too_old_is_no_set() {
    let server = KeyServer::with(SET);
    let (remote, _) = remote(&server.uri(), Timing { keep: Duration::from_millis(50), ..Timing::default() });
    remote.refresh();
    assert!(has_keys(&remote));
    std::thread::sleep(Duration::from_millis(60));
    assert!(remote.keys().is_none());
}

#[test]
fn an_unknown_key_is_asked_for_once_in_a_while() {
    let server = KeyServer::with(SET);
    let (remote, _) = remote(&server.uri(), Timing { cool_down: Duration::from_millis(200), ..Timing::default() });
    let before = Instant::now();
    assert!(remote.refresh_for_unknown_key(before));
    assert!(remote.refresh_for_unknown_key(before), "who came before that fetch has its answer");
    assert_eq!(server.asked(), 1);
    assert!(!remote.refresh_for_unknown_key(Instant::now()), "who came after it waits");
    assert_eq!(server.asked(), 1);
    std::thread::sleep(Duration::from_millis(210));
    assert!(remote.refresh_for_unknown_key(Instant::now()));
    assert_eq!(server.asked(), 2);
}

#[test]
fn the_thread_fetches_again_and_ends_with_its_owner() {
    let server = KeyServer::with("");
    let timing = Timing { refresh: Duration::from_millis(20), retry: Duration::from_millis(20), ..Timing::default() };
    let (remote, changes) = remote(&server.uri(), timing);
    let remote = Arc::new(remote);
    let refresher = Refresher::start(&remote).unwrap();
    wait_for(|| server.asked() >= 2);
    assert!(!has_keys(&remote));
    server.say(SET);
    wait_for(|| has_keys(&remote));
    server.say(OTHER);
    wait_for(|| changes.load(Ordering::SeqCst) == 2);
    drop(refresher);
    wait_for(|| Arc::weak_count(&remote) == 0);
}

fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn keys_come_by_https_or_from_this_machine() {
    for url in [
        "https://as.example/jwks",
        "http://localhost:1/x",
        "http://127.0.0.1/x",
        "http://127.9.9.9/x",
        "http://[::1]:8/x",
    ] {
        assert!(is_fetchable(url), "{url}");
    }
    for url in [
        "http://as.example/x",
        "http://10.0.0.1/",
        "http://127.0.0.1.example/",
        "http://localhost.example/",
        "file:///x",
        "ftp://x/",
        "as.example",
        "/x",
        "",
    ] {
        assert!(!is_fetchable(url), "{url}");
    }
}
