//! What a connection may do to the server, as only a process and sockets can show: heads after the first, readers that do not
//! read, one connection or one request too many.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::metrics::{becomes, value};
use crate::serving::token;
use crate::support::pictures;
use crate::support::process::{Connection, PATIENCE, Process};

const GET: &str = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n";

fn ask(connection: &mut Connection) -> u16 {
    connection.send(GET);
    connection.answer().0
}

/// Sends `octet` again and again, slowly, until the connection is cut; how long that took.
fn drip(connection: &mut Connection, octet: &str) -> Duration {
    let start = Instant::now();
    while connection.send(octet) {
        assert!(start.elapsed() < PATIENCE, "never cut");
        thread::sleep(Duration::from_millis(50));
    }
    start.elapsed()
}

#[test]
fn every_head_has_the_deadline_of_the_first() {
    let server = Process::start(&["limits.head_deadline_s=1", "limits.keep_alive_s=15"]);
    for octet in ["x", "\r\n"] {
        for requests in [0, 1, 2] {
            let mut connection = server.connect();
            assert!((0..requests).all(|_| ask(&mut connection) == 200));
            let took = drip(&mut connection, octet);
            assert!(took < Duration::from_secs(8), "{octet:?} after {requests} requests: {took:?}");
        }
    }
    becomes(&server, "sharehold_http_rejected_total{reason=\"head_too_slow\"}", 6.0);
    // Told so, if it still reads.
    let mut connection = server.connect();
    assert_eq!(ask(&mut connection), 200);
    connection.send("GET /");
    assert_eq!(connection.answer().0, 408);
    assert!(connection.is_closed());
    // The twin: silent for longer than a head may take, then a whole head, in two parts.
    let mut connection = server.connect();
    assert_eq!(ask(&mut connection), 200);
    thread::sleep(Duration::from_millis(1500));
    let (one, two) = GET.split_at(20);
    connection.send(one);
    thread::sleep(Duration::from_millis(100));
    connection.send(two);
    assert_eq!(connection.answer().0, 200);
}

/// What is sent of the next head while an answer is made does not count before that answer was given.
#[test]
fn a_head_is_not_late_while_the_server_has_its_turn() {
    let server = Process::start(&["limits.head_deadline_s=1"]);
    let mut connection = server.connect();
    let (body, token) = (r#"{"city":"Lisbon"}"#, token("User.ReadWrite"));
    let head = format!(
        "PATCH /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    connection.send(&head);
    // The body takes longer than a head may.
    for part in body.as_bytes().chunks(6) {
        thread::sleep(Duration::from_millis(500));
        connection.send(part);
    }
    assert_eq!(connection.answer().0, 200);
    assert_eq!(ask(&mut connection), 200);
}

#[test]
fn an_idle_connection_is_kept_as_long_as_it_is_said() {
    let server = Process::start(&["limits.keep_alive_s=2"]);
    let mut connection = server.connect();
    assert_eq!(ask(&mut connection), 200);
    thread::sleep(Duration::from_secs(1));
    assert_eq!(ask(&mut connection), 200);
    let start = Instant::now();
    assert!(connection.is_closed());
    assert!((1..9).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

/// A head that began in the same octets as the request before it: nobody saw it begin, and it ends as an idle connection does.
#[test]
fn a_head_that_begins_with_the_request_before_it_is_cut_too() {
    let server = Process::start(&["limits.head_deadline_s=1", "limits.keep_alive_s=2"]);
    let mut connection = server.connect();
    connection.send(&format!("{GET}GET / HTTP/1.1\r\nHost"));
    let start = Instant::now();
    assert_eq!(connection.answer().0, 200);
    assert!(connection.is_closed());
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    let mut connection = server.connect();
    connection.send(&format!("{GET}GET / HTTP/1.1\r\nx: "));
    let took = drip(&mut connection, "x");
    assert!(took < Duration::from_secs(9), "{took:?}");
}

/// So many requests for a photo of 100 KiB and more, which is there from now on.
fn photos(server: &Process, number: usize) -> String {
    let token = token("User.ReadWrite");
    let picture = pictures::encoded(&pictures::noise(600, 600), image::ImageFormat::Png);
    let mut connection = server.connect();
    connection.send(&server.put_photo(&token, "image/png", picture.len()));
    connection.send(&picture);
    assert_eq!(connection.answer().0, 200);
    drop(connection);
    becomes(server, "sharehold_http_connections", 0.0);
    format!("GET /v1.0/me/photo/$value HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n").repeat(number)
}

/// A connection from this address whose kernel takes next to nothing that is not read.
pub fn narrow(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.bind(&SocketAddr::from((Ipv4Addr::from(from), 0)).into()).expect("an address");
    socket.connect(&to.into()).expect("a connection");
    socket.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    socket.into()
}

/// A hundred answers: beyond what the kernel keeps of them.
#[test]
fn who_does_not_read_is_cut_and_who_reads_slowly_is_not() {
    let server = Process::start(&["limits.answer_window_s=1", "rate.enabled=false"]);
    let all = 100;
    let asked = photos(&server, all);
    let mut reader = server.connect();
    reader.send(&asked);
    let mut octets = 0;
    for _ in 0..all {
        thread::sleep(Duration::from_millis(20));
        let (status, _, body) = reader.whole_answer();
        assert_eq!(status, 200);
        octets += body.len();
    }
    assert!(octets > 8 * 1024 * 1024, "too little to fill what the kernel keeps: {octets}");
    drop(reader);
    let mut sleeper = server.connect();
    sleeper.send(&asked);
    becomes(&server, "sharehold_http_rejected_total{reason=\"reader_too_slow\"}", 1.0);
    becomes(&server, "sharehold_http_connections", 0.0);
    drop(sleeper);
}

/// Half as fast again as it must, through several windows; the kernel shows what it took in steps.
#[test]
fn who_reads_as_slowly_as_it_may_is_not_cut() {
    let server =
        Process::start(&["limits.answer_window_s=4", "limits.body_rate_bytes_per_s=4096", "rate.enabled=false"]);
    let asked = photos(&server, 20);
    let mut reader = narrow([127, 0, 0, 1], server.address);
    let mut sleeper = narrow([127, 0, 0, 1], server.address);
    for stream in [&mut reader, &mut sleeper] {
        stream.write_all(asked.as_bytes()).expect("sent");
    }
    let (start, mut read) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(14) {
        let due = 6 * start.elapsed().as_millis() * 1024 / 1000;
        let mut part = vec![0; usize::try_from(due).expect("little").saturating_sub(read)];
        reader.read_exact(&mut part).expect("it is served on");
        read += part.len();
        thread::sleep(Duration::from_millis(50));
    }
    becomes(&server, "sharehold_http_rejected_total{reason=\"reader_too_slow\"}", 1.0);
    reader.read_exact(&mut vec![0; 64 * 1024]).expect("it is served on");
}

/// What one address opens beyond its limit, and a few on which it is told so, is closed at once, and takes nobody's place.
#[test]
fn silent_connections_of_one_address_keep_nobody_out() {
    let (limit, told, more) = (4, 8, 50);
    let server = Process::start(&[
        "limits.connections_per_address=4",
        "limits.connections=14",
        "limits.head_deadline_s=15",
        // So that they come in at the order in which they are opened.
        "server.workers=1",
    ]);
    let silent: Vec<TcpStream> = (0..limit + told + more).map(|_| narrow([127, 0, 0, 2], server.address)).collect();
    for mut beyond in silent.iter().skip(limit + told) {
        // Sooner than any deadline, and without a word.
        assert_eq!(beyond.read(&mut [0; 1]).expect("closed"), 0);
    }
    let (first, last) = (silent.first().expect("one"), silent.get(limit + told - 1).expect("one that is told"));
    for (mut stream, status) in [(first, "200"), (last, "429")] {
        stream.write_all(GET.as_bytes()).expect("sent");
        let mut start = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut start).expect("an answer");
        assert_eq!(start[9..], *status.as_bytes());
    }
    let mut other = server.connect();
    assert_eq!(ask(&mut other), 200);
    becomes(&server, "sharehold_http_rejected_total{reason=\"connections_per_address\"}", 51.0);
}

#[test]
fn one_connection_too_many_is_refused_in_words() {
    let server = Process::start(&["limits.connections=3", "limits.head_deadline_s=2"]);
    let mut kept: Vec<Connection> = (0..3).map(|_| server.connect()).collect();
    assert!(kept.iter_mut().all(|connection| ask(connection) == 200));
    let mut fourth = server.connect();
    fourth.send(GET);
    let (status, head, _) = fourth.whole_answer();
    assert_eq!(status, 503);
    assert!(head.to_ascii_lowercase().contains("retry-after: 1\r\n"), "{head}");
    assert!(fourth.is_closed());
    // No error: whoever floods the server would fill the log's errors.
    let line = server.says("\"status\":503").pop().expect("a line");
    assert!(line.contains("\"level\":\"WARN\""), "{line}");
    becomes(&server, "sharehold_http_rejected_total{reason=\"connections\"}", 1.0);
    drop(kept.pop());
    let start = Instant::now();
    while ask(&mut server.connect()) != 200 {
        assert!(start.elapsed() < PATIENCE, "a place that was given back is not there");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The one request that may be answered is a picture that is being worked on; whose body is still coming is not counted.
#[test]
fn one_request_too_many_is_refused_at_once_and_its_connection_kept() {
    let server = Process::start(&["limits.parallel_requests=1", "rate.enabled=false"]);
    let token = token("User.ReadWrite");
    let mut waiting = server.connect();
    waiting.send(&server.put_photo(&token, "image/png", 1000));
    let mut other = server.connect();
    for _ in 0..3 {
        assert_eq!(ask(&mut other), 200, "a body that is still coming takes no place");
    }
    let picture = pictures::encoded(&pictures::noise(1100, 1100), image::ImageFormat::Png);
    let start = Instant::now();
    let (head, body) = loop {
        let mut busy = server.connect();
        busy.send(&server.put_photo(&token, "image/png", picture.len()));
        busy.send(&picture);
        let refusal = (0..500).find_map(|_| {
            other.send(GET);
            let (status, head, body) = other.whole_answer();
            (status == 503).then_some((head, body))
        });
        // Else the picture was the one too many, or was done too soon.
        if let (200, Some(refusal)) = (busy.answer().0, refusal) {
            break refusal;
        }
        assert!(start.elapsed() < PATIENCE, "never refused");
    };
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(problem["error"]["code"], json!("serviceNotAvailable"));
    assert!(head.to_ascii_lowercase().contains("retry-after: 1\r\n"), "{head}");
    while ask(&mut other) != 200 {
        assert!(start.elapsed() < PATIENCE, "a place that was given back is not there");
    }
    assert!(value(&server, "sharehold_http_rejected_total{reason=\"overload\"}") >= 1.0);
}

/// In huge pages each connection's buffers would be resident as a whole.
#[cfg(target_os = "linux")]
#[test]
fn memory_comes_in_small_pages() {
    let server = Process::start(&[]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("its status");
    let huge = status.lines().find_map(|line| line.strip_prefix("THP_enabled:"));
    assert!(huge.is_none_or(|value| value.trim() == "0"), "{status}");
}
