//! SIGHUP where the authority's keys come by URI: a set from a new place is there before it counts, and one that was changed
//! is read at once.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sharehold::token::PublishedKey;

use crate::key_server::KeyServer;
use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::process::{Connection, PATIENCE, Process, get};

const ISSUER: &str = "https://strict.example";

fn set(names: &[&str]) -> String {
    let keys = names.iter().map(|name| {
        let mut jwk = PublishedKey::from_private_pem(&keys::read(name)).expect("a key").jwk().clone();
        (jwk["use"], jwk["alg"], jwk["kid"]) = (json!("sig"), json!("RS256"), json!(name));
        jwk
    });
    json!({ "keys": keys.collect::<Vec<Value>>() }).to_string()
}

fn write(folder: &Path, keys: &KeyServer) {
    let text = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite://test.db\"\n\
         [blobs]\nurl = \"file://blobs\"\n[keys]\ndecryption = [\"ours-2048.pem\"]\n[rate]\nenabled = false\n\
         [[authorization_servers]]\nissuer = \"{ISSUER}\"\njwks_uri = \"{}\"\n",
        keys.uri()
    );
    std::fs::write(folder.join("sharehold.toml"), text).expect("written");
}

fn start(keys: &KeyServer) -> Process {
    let folder = tempfile::tempdir().expect("a folder");
    keys::private_copy(&keys::path("ours-2048.pem"), folder.path());
    write(folder.path(), keys);
    let server = Process::start_as_it_is(folder, &[]);
    let start = Instant::now();
    while get(server.admin, "/readyz").0 != 200 {
        assert!(start.elapsed() < PATIENCE, "no keys came");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

/// A token signed with the key of this name.
fn token(name: &str) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    Authority::new(&keys::read(name), Some(name), &keys::read("ours-2048.pem")).mint(&json!({
        "iss": ISSUER, "aud": "http://127.0.0.1:8700", "sub": "ann", "client_id": "site", "scope": "User.Read",
        "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
    }))
}

fn me(connection: &mut Connection, token: &str) -> u16 {
    connection.send(&format!("GET /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    connection.answer().0
}

#[test]
fn keys_from_a_new_place_are_there_before_they_count() {
    let (former, new) = (KeyServer::with(&set(&["strict.rsa.pem"])), KeyServer::with(&set(&["strict.rsa.pem"])));
    let server = start(&former);
    let (mut connection, token) = (server.connect(), token("strict.rsa.pem"));
    assert_eq!(me(&mut connection, &token), 200);
    let body = set(&["strict.rsa.pem"]);
    new.say_raw(&format!("…HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
    write(server.folder.path(), &new);
    server.hang_up();
    let (start, mut asked) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(4) {
        let sent = Instant::now();
        assert_eq!(me(&mut connection, &token), 200, "after {:?}", start.elapsed());
        assert!(sent.elapsed() < Duration::from_secs(2), "it waited for the keys");
        assert_eq!(get(server.admin, "/readyz").0, 200);
        asked += 1;
    }
    server.says("reloaded: ");
    assert!(asked > 20 && new.asked() == 1, "{asked} {}", new.asked());
    former.say("gone");
    assert_eq!(me(&mut connection, &token), 200);
}

#[test]
fn a_key_that_is_gone_from_the_set_opens_nothing_within_a_second() {
    let keys = KeyServer::with(&set(&["strict.rsa.pem", "twin.rsa.pem"]));
    let server = start(&keys);
    let (mut connection, gone, stays) = (server.connect(), token("strict.rsa.pem"), token("twin.rsa.pem"));
    assert_eq!((me(&mut connection, &gone), me(&mut connection, &stays)), (200, 200));
    keys.say(&set(&["twin.rsa.pem"]));
    assert_eq!(me(&mut connection, &gone), 200, "nobody has told us yet");
    server.hang_up();
    server.says("reloaded: ");
    let start = Instant::now();
    while me(&mut connection, &gone) != 401 {
        assert!(start.elapsed() < Duration::from_secs(1), "a key that was taken back still opens tokens");
    }
    assert_eq!(me(&mut connection, &stays), 200);
    // With the authority away there is nothing to wait for: the set that was fetched is kept.
    keys.say("gone wrong");
    let start = Instant::now();
    server.hang_up();
    server.says("reloaded: ");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(me(&mut connection, &stays), 200);
}

/// A server that is away holds a reload up for five seconds and does not spoil it.
#[test]
fn a_reload_does_not_wait_for_ever() {
    let (former, away) = (KeyServer::with(&set(&["strict.rsa.pem"])), KeyServer::with("nothing"));
    let server = start(&former);
    away.say_raw("…");
    write(server.folder.path(), &away);
    server.hang_up();
    let said = server.says("reloaded: ").join("\n");
    assert!(said.contains(&format!("no keys of {ISSUER} could be fetched yet")), "{said}");
    assert_eq!(me(&mut server.connect(), &token("strict.rsa.pem")), 503);
}
