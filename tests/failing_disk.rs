//! A disk that fails at a commit, without any shim: the process may suddenly write no file any further (`RLIMIT_FSIZE`), which SQLite
//! reports as it does a sync that failed. `crash faults` does it at every call.

use std::time::Instant;

use serde_json::{Value, json};

use crate::serving::token;
use crate::support::process::{Connection, PATIENCE, Process, get};

fn call(server: &Process, method: &str, token: &str, body: &str) -> (u16, String, Value) {
    let mut connection = Connection::to(server.address);
    connection.send(&format!(
        "{method} /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let (status, head, body) = connection.whole_answer();
    (status, head.to_ascii_lowercase(), serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn metrics(server: &Process) -> String {
    let mut connection = Connection::to(server.admin);
    connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    String::from_utf8(connection.whole_answer().2).expect("text")
}

#[test]
fn after_a_commit_that_the_disk_failed_nothing_is_written_until_a_restart() {
    let server = Process::start_limited(tempfile::tempdir().expect("a folder"));
    let token = token("User.ReadWrite");
    let kept = json!({"jobTitle": "kept"}).to_string();
    assert_eq!(call(&server, "PATCH", &token, &kept).0, 200);
    assert!(metrics(&server).contains("\nsharehold_db_writes_halted 0\n"));

    server.limit_files(Some(0));
    assert_eq!(call(&server, "PATCH", &token, &json!({"jobTitle": "lost"}).to_string()).0, 500);
    server.limit_files(None);

    // The disk is well again; what it made of the commit is not known all the same.
    let (status, head, told) = call(&server, "PATCH", &token, &kept);
    assert_eq!(status, 503, "{told}");
    assert!(head.contains("\r\nretry-after: 30\r\n"), "{head}");
    assert!(
        told["error"]["message"].as_str().is_some_and(|text| text.contains("until its operator restarts it")),
        "{told}"
    );
    assert_eq!(call(&server, "GET", &token, "").2["jobTitle"], "kept");
    assert!(metrics(&server).contains("\nsharehold_db_writes_halted 1\n"));
    let since = Instant::now();
    while get(server.admin, "/readyz").0 == 200 {
        assert!(since.elapsed() < PATIENCE, "still ready");
    }
    let reasons = get(server.admin, "/readyz").1["reasons"].to_string();
    assert!(reasons.contains("no writes until a restart"), "{reasons}");

    server.terminate();
    let (status, folder) = server.ended();
    assert!(status.success(), "it stops as ever");
    let server = Process::start_in(folder, &[]);
    assert_eq!(call(&server, "GET", &token, "").2["jobTitle"], "kept");
    assert_eq!(call(&server, "PATCH", &token, &json!({"jobTitle": "again"}).to_string()).0, 200);
    assert_eq!(get(server.admin, "/readyz").0, 200);
}
