//! Each limit of `[limits]` at its edge: what is just within is taken, one more is refused with its code. Deadlines and numbers of
//! connections: `connections` and `serving`; pictures: `api::profile_photo`; rates: `rates`.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use actix_web::http::Method;
use serde_json::json;
use sharehold::config::Config;

use crate::serving::token;
use crate::support::app::{Backend, TestApp};
use crate::support::pictures;
use crate::support::process::Process;

const PHOTO: &str = "/v1.0/me/photo/$value";

/// The status that this head is answered with.
fn head(server: &Process, target: &str, fields: &str) -> u16 {
    let mut connection = server.connect();
    connection.send(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    connection.answer().0
}

#[test]
fn heads() {
    let server = Process::start(&["rate.enabled=false"]);
    let target = |length: usize| format!("/{}", "a".repeat(length - 1));
    assert_eq!([head(&server, &target(8192), ""), head(&server, &target(8193), "")], [404, 414]);
    // With Host.
    let fields = |number: usize| (1..number).fold(String::new(), |fields, at| fields + &format!("x-{at}: 1\r\n"));
    assert_eq!([head(&server, "/a", &fields(64)), head(&server, "/a", &fields(65))], [404, 431]);
    // The empty line at the end belongs to neither.
    let bare = "GET /a HTTP/1.1\r\nHost: a\r\nx: \r\n".len();
    let field = |octets: usize| format!("x: {}\r\n", "a".repeat(octets - bare));
    assert_eq!([head(&server, "/a", &field(16384)), head(&server, "/a", &field(16385))], [404, 431]);
    let bearer = |octets: usize| format!("Authorization: Bearer {}\r\n", "a".repeat(octets));
    assert_eq!([head(&server, "/v1.0/me", &bearer(8192)), head(&server, "/v1.0/me", &bearer(8193))], [401, 431]);
}

#[actix_web::test]
async fn bodies() {
    let picture = pictures::png(64, 64);
    let (json, photo) = (100, u64::try_from(picture.len()).expect("small"));
    let app = TestApp::with(Backend::Sqlite, |config: &mut Config| {
        (config.limits.json_body_bytes, config.limits.profile_photo_bytes) = (json, photo);
    });
    let ann = app.caller("ann", "User.ReadWrite");
    let text = |length: usize| format!("{:length$}", json!({"city": "Rome"}).to_string());
    let patch = |length| ann.send_body(Method::PATCH, "/v1.0/me", "application/json", text(length));
    assert_eq!([patch(100).await.status, patch(101).await.status], [200, 413]);
    let put = |more: usize| ann.send_body(Method::PUT, PHOTO, "image/png", [&picture[..], &vec![0; more]].concat());
    assert_eq!([put(0).await.status, put(1).await.status], [200, 413]);
}

#[actix_web::test]
async fn nesting() {
    let app = TestApp::on(Backend::Sqlite);
    let ann = app.caller("ann", "User.ReadWrite");
    let refused = async |depth: usize| {
        let text = format!("{{\"businessPhones\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let answer = ann.send_body(Method::PATCH, "/v1.0/me", "application/json", text).await;
        assert_eq!(answer.status, 400);
        answer.text().contains("nested too deeply")
    };
    assert_eq!([refused(32).await, refused(33).await], [false, true]);
}

/// Sixteen are queued by the framework; more of them wait in the connection, and each is answered in its order.
#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Process::start(&["rate.enabled=false"]);
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    let token = token("User.Read");
    let paths = ["/v1.0/me", "/v1.0/nothing"];
    let all: Vec<String> = (0..40)
        .map(|at| format!("GET {} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n", paths[at % 2]))
        .collect();
    stream.write_all(all.concat().as_bytes()).expect("sent");
    stream.shutdown(Shutdown::Write).expect("half closed");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("answers");
    let answers = answers.split("HTTP/1.1 ").skip(1);
    let statuses: Vec<&str> = answers.filter_map(|answer| answer.get(..3)).collect();
    assert_eq!(statuses, ["200", "404"].repeat(20));
}
