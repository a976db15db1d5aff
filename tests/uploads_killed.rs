//! A server that is killed between the parts of a picture: the next one goes on where the client was told that it is.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::support::database::{Backend, Database};
use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::pictures;
use crate::support::process::Process;
use crate::support::rounds::path;

const PART: usize = 50_000;

fn token() -> String {
    let authority = Authority::new(&keys::read("certified.rsa.pem"), None, &keys::read("ours-2048.pem"));
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    authority.mint(&json!({
        "iss": "https://strict.example", "aud": "http://127.0.0.1:8700", "sub": "ann", "client_id": "site",
        "scope": "Photos.ReadWrite", "iat": now, "exp": now + 3600, "jti": "one",
    }))
}

fn send(server: &Process, method: &Method, path: &str, head: &str, body: &[u8]) -> (u16, Value) {
    let mut connection = server.connect();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{head}\r\n");
    connection.send(&[head.as_bytes(), body].concat());
    connection.answer()
}

/// The next server, over what the one before left.
fn after(server: Process, sets: &[&str]) -> Process {
    server.kill();
    let (_, folder) = server.ended();
    Process::start_in(folder, sets)
}

#[test]
fn each_part_that_was_acknowledged_is_there_on_sqlite() {
    each_part_that_was_acknowledged_is_there(Backend::Sqlite);
}

#[test]
fn each_part_that_was_acknowledged_is_there_on_postgres() {
    each_part_that_was_acknowledged_is_there(Backend::Postgres);
}

fn each_part_that_was_acknowledged_is_there(on: Backend) {
    let database = Database::new(on);
    let set = format!("database.url={}", database.url());
    let sets = [set.as_str()];
    let whole = pictures::encoded(&pictures::noise(300, 200), image::ImageFormat::Png);
    assert!(whole.len() > 3 * PART, "{}", whole.len());
    let mut server = Process::start(&sets);
    let bearer = format!("Authorization: Bearer {}\r\n", token());
    let sessions = "/v1.0/me/photos/createUploadSession";
    let json = format!("{bearer}Content-Type: application/json\r\n");
    let (status, made) = send(&server, &Method::POST, sessions, &json, b"{\"item\": {\"name\": \"sea.png\"}}");
    assert_eq!(status, 200, "{made}");
    let address = path(&made["uploadUrl"]).expect("an address");
    let last = whole.len() - 1;
    let part = |server: &Process, first: usize| {
        let end = whole.len().min(first + PART);
        let range = format!("Content-Range: bytes {first}-{}/{}\r\n", end - 1, whole.len());
        (send(server, &Method::PUT, &address, &range, &whole[first..end]), end)
    };
    let mut at = 0;
    let photo = loop {
        let ((status, answer), end) = part(&server, at);
        if status == 201 {
            break answer;
        }
        assert_eq!((status, &answer["nextExpectedRanges"]), (202, &json!([format!("{end}-{last}")])), "{answer}");
        server = after(server, &sets);
        let (status, asked) = send(&server, &Method::GET, &address, "", b"");
        assert_eq!((status, asked), (200, answer), "as it was told before it was killed");
        at = end;
    };
    assert_eq!((&photo["name"], &photo["size"]), (&json!("sea.png"), &json!(whole.len())));
    let server = after(server, &sets);
    let ((status, again), _) = part(&server, at);
    assert_eq!((status, &again), (200, &photo));
    let mut connection = server.connect();
    let content = format!("/v1.0/me/photos/{}/content", photo["id"].as_str().expect("an id"));
    connection.send(&format!("GET {content} HTTP/1.1\r\nHost: a\r\n{bearer}\r\n"));
    let (status, _, came) = connection.whole_answer();
    assert!(status == 200 && came == whole, "{status}: it is what was sent, to the last byte");
}
