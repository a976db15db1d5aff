//! Clients that load the server from the harness's own core: the server gets one core, what measures it the other, so that they
//! do not take each other's time.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::house::House;
use crate::outcome::Outcome;
use crate::server::{Server, Start};

/// Puts this thread, and what it starts from now on, on one core.
fn pin(core: usize) -> Outcome<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

/// A server on the first core, with these settings; from then on this thread is on the second.
pub(crate) fn serve(house: &House, sets: &[String]) -> Outcome<Server> {
    if std::thread::available_parallelism()?.get() < 2 {
        return Err("this needs two cores: one for the server, one for its clients".into());
    }
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files })?;
    pin(0)?;
    let server = Start { sets: sets.to_vec(), ..Start::default() }.serve(house);
    pin(1)?;
    server
}

/// Runs `work` on this thread.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(tokio::task::LocalSet::new().block_on(&runtime, work))
}

/// A connection from 127.0.0.1, or another loopback address.
pub(crate) async fn connect(to: SocketAddr, from: Ipv4Addr, receive_buffer: Option<u32>) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(octets) = receive_buffer {
        socket.set_recv_buffer_size(octets)?;
    }
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The address of client number `index`, so many clients an address.
pub(crate) fn address(index: usize, an_address: usize) -> Ipv4Addr {
    let [.., high, low] = (index / an_address).to_be_bytes();
    Ipv4Addr::new(127, 1, high, low.saturating_add(1))
}

/// A request's text.
pub(crate) fn get(path: &str, token: Option<&str>) -> String {
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: sharehold\r\n{bearer}\r\n")
}

/// A change of one's own profile.
pub(crate) fn patch(token: &str, city: &str) -> String {
    let body = format!("{{\"city\":\"{city}\"}}");
    format!(
        "PATCH /v1.0/me HTTP/1.1\r\nHost: sharehold\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// How one request was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) took: Duration,
    /// `Retry-After`.
    pub(crate) retry_after: Option<u64>,
    /// `Connection: close`.
    pub(crate) closes: bool,
}

/// A connection that is kept.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) async fn open(to: SocketAddr, from: Ipv4Addr) -> io::Result<Self> {
        Ok(Self(BufReader::new(connect(to, from, None).await?)))
    }

    /// The connection itself, once its answers are read.
    pub(crate) fn into_inner(self) -> TcpStream {
        self.0.into_inner()
    }

    /// Sends `request` and reads the answer.
    pub(crate) async fn ask(&mut self, request: &str) -> io::Result<Answered> {
        let begun = Instant::now();
        self.0.get_mut().write_all(request.as_bytes()).await?;
        let mut answered = Answered { status: 0, took: Duration::ZERO, retry_after: None, closes: false };
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let lower = line.trim_end().to_ascii_lowercase();
            match lower.split_once(": ") {
                _ if lower.is_empty() => break,
                Some(("content-length", value)) => length = value.parse().unwrap_or(0),
                Some(("retry-after", value)) => answered.retry_after = value.parse().ok(),
                Some(("connection", value)) => answered.closes = value == "close",
                Some(_) => {}
                None => answered.status = lower.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        answered.took = begun.elapsed();
        Ok(answered)
    }
}

/// What clients saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How long each answer of success took.
    pub(crate) good: Vec<Duration>,
    /// The other answers.
    pub(crate) refused: Vec<Answered>,
    /// Requests without an answer, and connections that could not be made.
    pub(crate) errors: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: Self) {
        self.good.extend(other.good);
        self.refused.extend(other.refused);
        self.errors += other.errors;
    }

    /// The time that 99 of 100 answers of success stayed below.
    pub(crate) fn p99(&self) -> Duration {
        p99(self.good.clone())
    }
}

/// The time that 99 of 100 stayed below.
pub(crate) fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}

/// Asks again and again until `end`, with `pause` between answers. Whoever is told to come back later does.
pub(crate) async fn closed_loop(
    to: SocketAddr,
    from: Ipv4Addr,
    requests: Vec<String>,
    pause: Duration,
    end: Instant,
) -> Seen {
    let (mut seen, mut client) = (Seen::default(), None);
    for request in requests.iter().cycle() {
        if Instant::now() >= end {
            break;
        }
        let opened = match client.take() {
            Some(open) => Ok(open),
            None => Client::open(to, from).await,
        };
        let Ok(mut open) = opened else {
            seen.errors += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let Ok(answered) = open.ask(request).await else {
            seen.errors += 1;
            continue;
        };
        if (200..300).contains(&answered.status) {
            seen.good.push(answered.took);
        } else {
            seen.refused.push(answered);
        }
        if !answered.closes {
            client = Some(open);
        }
        let wait = answered.retry_after.map_or(pause, Duration::from_secs);
        if !wait.is_zero() {
            tokio::time::sleep(wait.min(end.saturating_duration_since(Instant::now()))).await;
        }
    }
    seen
}
