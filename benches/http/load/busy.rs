//! A client that never sleeps: it asks again and again which connections have an answer.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::time::Timespec;

use super::CONNECTIONS;
use crate::setting::Fault;

const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The client.
pub(crate) struct Busy {
    heads: Vec<String>,
    chance: u64,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    filled: usize,
}

impl Busy {
    pub(crate) fn new(tokens: &[String]) -> Self {
        let head = |token| format!("Authorization: Bearer {token}\r\nAccept: application/json\r\n\r\n");
        Self { heads: tokens.iter().map(head).collect(), chance: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Loads a path and says how many requests were answered. An answer that is no 200, or no 304 to a client that has what
    /// there is, is a fault.
    pub(crate) fn run(&mut self, port: u16, path: &str, known: Option<&str>, seconds: u64) -> Result<f64, Fault> {
        let condition = known.map(|etag| format!("If-None-Match: {etag}\r\n")).unwrap_or_default();
        let line = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{condition}");
        let requests: Vec<String> = self.heads.iter().map(|head| format!("{line}{head}")).collect();
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::new();
        for at in 0..CONNECTIONS {
            let mut connection = Connection::open(port)?;
            epoll::add(&epoll, &connection.stream, epoll::EventData::new_u64(at.try_into()?), epoll::EventFlags::IN)?;
            connection.ask(self.any_of(&requests))?;
            connections.push(connection);
        }
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut events = Vec::with_capacity(CONNECTIONS);
        let mut answered = 0_u32;
        while Instant::now() < end {
            epoll::wait(&epoll, spare_capacity(&mut events), Some(&AT_ONCE))?;
            if events.is_empty() {
                // The core is lent to whoever else needs it, such as the database, but never left idle.
                std::thread::yield_now();
            }
            for event in events.drain(..) {
                let at = usize::try_from(event.data.u64())?;
                let connection = connections.get_mut(at).ok_or("an unknown connection")?;
                if connection.has_answer(known.is_some())? {
                    answered += 1;
                    connection.ask(self.any_of(&requests))?;
                }
            }
        }
        Ok(answered.into())
    }

    /// One of them, at random (xorshift).
    fn any_of<'r>(&mut self, requests: &'r [String]) -> &'r str {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        let at = usize::try_from(self.chance % 1_000_000_007).unwrap_or_default();
        requests.get(at % requests.len().max(1)).map_or("", String::as_str)
    }
}

impl Connection {
    fn open(port: u16) -> Result<Self, Fault> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, received: vec![0; 256 * 1024], filled: 0 })
    }

    fn ask(&mut self, request: &str) -> Result<(), Fault> {
        self.filled = 0;
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Takes in what has come; whether that makes an answer whole, which has no body if it says that the client has that.
    fn has_answer(&mut self, known: bool) -> Result<bool, Fault> {
        let space = self.received.get_mut(self.filled..).ok_or("an answer that is too long")?;
        let read = self.stream.read(space)?;
        if read == 0 {
            return Err("the server closed a connection".into());
        }
        self.filled += read;
        let text = self.received.get(..self.filled).unwrap_or_default();
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(false) };
        let head = std::str::from_utf8(text.get(..end).unwrap_or_default())?;
        if !head.starts_with(if known { "HTTP/1.1 304 " } else { "HTTP/1.1 200 " }) {
            return Err(format!("the server answered: {head}").into());
        }
        if known {
            return Ok(true);
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("an answer without a length")?.parse()?;
        Ok(self.filled >= end + 4 + length)
    }
}
