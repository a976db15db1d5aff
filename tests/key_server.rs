//! A web server on loopback, as small as can be, that says what it is told to say and counts how often it was asked.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The server; its thread ends with the test.
pub(crate) struct KeyServer {
    address: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    /// A server that answers 200 with `body`.
    pub(crate) fn with(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (answer, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let server = Self { address, answer: Arc::clone(&answer), asked: Arc::clone(&asked) };
        server.say(body);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                asked.fetch_add(1, Ordering::SeqCst);
                let text = answer.lock().unwrap().clone();
                std::thread::spawn(move || serve(stream.unwrap(), &text));
            }
        });
        server
    }

    /// Where it is.
    pub(crate) fn uri(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    /// From now on answers 200 with `body`.
    pub(crate) fn say(&self, body: &str) {
        self.say_raw(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
    }

    /// From now on answers exactly this.
    pub(crate) fn say_raw(&self, answer: &str) {
        answer.clone_into(&mut self.answer.lock().unwrap());
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Reads the head, writes the answer; one that begins with `…` comes three seconds late, one that ends with it is never finished.
fn serve(mut stream: TcpStream, answer: &str) {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(len) => head.extend_from_slice(&buffer[..len]),
        }
    }
    if answer.starts_with('…') {
        std::thread::sleep(Duration::from_secs(3));
    }
    let _ = stream.write_all(answer.trim_matches('…').as_bytes());
    if answer.ends_with('…') {
        std::thread::sleep(Duration::from_mins(1));
    }
}
