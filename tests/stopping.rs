//! How the process ends, and what it is told while it starts: nothing that is under way is lost.

use std::io::{BufRead as _, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::serving::{patch, token};
use crate::support::process::{Connection, PATIENCE, Process, command, configuration, get};

#[test]
fn a_stop_finishes_what_is_under_way_and_keeps_what_was_acknowledged() {
    let server = Process::start(&[]);
    let token = token("User.ReadWrite");
    let body = r#"{"city":"Évora"}"#;
    let mut under_way = server.connect();
    under_way.send(&patch(&token, body.len()));
    thread::sleep(Duration::from_millis(200));
    server.terminate();
    thread::sleep(Duration::from_millis(200));
    let not_ready = get(server.admin, "/readyz");
    assert_eq!((not_ready.0, &not_ready.1["reasons"][0]), (503, &json!("stopping")));
    // Not ready, yet still serving: whoever was sent here meanwhile is served.
    assert_eq!(get(server.address, "/.well-known/jwks.json").0, 200);
    under_way.send(body);
    let (status, answered) = under_way.answer();
    assert_eq!((status, &answered["city"]), (200, &json!("Évora")));
    let (status, folder) = server.ended();
    assert!(status.success());
    let wal = folder.path().join("test.db-wal");
    assert!(!wal.metadata().is_ok_and(|wal| wal.len() > 0), "the log was not emptied into the database");
    let again = Process::start_in(folder, &[]);
    let mut connection = again.connect();
    connection.send(&format!("GET /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    assert_eq!(connection.answer().1["city"], "Évora");
}

/// Who keeps a connection open is told to leave, by an answer; who asks on a new one is answered, until the door is closed.
#[test]
fn while_it_stops_each_answer_is_its_connections_last() {
    let server = Process::start(&["server.drain_wait_s=5"]);
    let ask = |connection: &mut Connection| {
        connection.send("GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n");
        let (status, head, _) = connection.whole_answer();
        (status, head.to_ascii_lowercase().contains("connection: close"))
    };
    let (mut kept, mut refused) = (server.connect(), server.connect());
    assert_eq!((ask(&mut kept), ask(&mut kept)), ((200, false), (200, false)));
    server.terminate();
    server.says("stopping");
    assert_eq!(ask(&mut kept), (200, true));
    assert!(kept.is_closed());
    refused.send("GET /v1.0/me HTTP/1.1\r\nHost: a\r\n\r\n");
    let (status, head, _) = refused.whole_answer();
    assert!(status == 401 && head.to_ascii_lowercase().contains("connection: close"), "{head}");
    assert_eq!(ask(&mut server.connect()), (200, true));
    assert!(server.ended().0.success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Process::start(&["server.drain_wait_s=3600"]);
    server.terminate();
    server.says("stopping");
    server.terminate();
    server.says("stopped at once");
    assert!(server.ended().0.success());
}

/// A reload that is asked for while the server starts is done when it has, and does not end it.
#[test]
fn a_hangup_while_it_starts_does_not_end_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = configuration(&folder);
    for delay_ms in (0..60).step_by(6) {
        let mut child = command("serve", &configuration, &["server.drain_wait_s=0"]).spawn().expect("it starts");
        let pid = Pid::from_child(&child);
        // From the first line that it says on: the handler is there before the configuration is read.
        let begun = Instant::now();
        let caught = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).unwrap_or_default().to_owned();
            u64::from_str_radix(&mask, 16).is_ok_and(|mask| mask & 1 == 1)
        };
        while !caught() {
            assert!(begun.elapsed() < PATIENCE, "SIGHUP is not listened for");
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(delay_ms));
        kill_process(pid, Signal::HUP).expect("a signal");
        let out = child.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert!(line.starts_with("ready http://"), "{delay_ms} ms: {line:?} {:?}", child.try_wait());
        kill_process(pid, Signal::TERM).expect("a signal");
        assert!(child.wait().expect("its end").success());
    }
}

#[test]
fn a_stop_is_orderly_from_the_moment_of_ready() {
    for _ in 0..5 {
        let server = Process::start(&["server.drain_wait_s=0"]);
        server.terminate();
        let (status, _) = server.ended();
        assert!(status.success(), "{status}");
    }
}
