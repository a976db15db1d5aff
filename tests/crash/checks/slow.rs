//! Clients that are slow on purpose, many at once, beside one that is honest: heads that drip, the first and later ones, empty
//! lines without end, bodies that drip or never end, readers that do not read.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::House;
use crate::load::{self, Client, Seen};
use crate::outcome::{Outcome, Row};

/// What an honest client may wait in any case: a twentieth of a second is slow to nobody.
const FLOOR: Duration = Duration::from_millis(50);
/// Slow clients of one address: fewer than `limits.connections_per_address`.
const AN_ADDRESS: usize = 90;
/// How much later than its deadline a connection may be cut, beside what the machine itself is late: an honest client's p99.
const LATE: Duration = Duration::from_secs(1);
const JWKS: &str = "/.well-known/jwks.json";

/// Many clients that are slow on purpose, and an honest one.
#[derive(Debug, Args)]
pub(crate) struct Slow {
    /// Slow clients at once.
    #[arg(long, default_value_t = 600)]
    connections: usize,
    /// How long they come, seconds; each that is cut comes again.
    #[arg(long, default_value_t = 14)]
    seconds: u64,
    /// `limits.json_body_deadline_s`; the default of the server is 30.
    #[arg(long, default_value_t = 8)]
    json_deadline_s: u64,
    /// `limits.answer_window_s`; the default of the server is 15.
    #[arg(long, default_value_t = 3)]
    answer_window_s: u64,
}

/// A way to be slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Head,
    LaterHead,
    EmptyLines,
    Body,
    EndlessBody,
    Reader,
}

const KINDS: [Kind; 6] = [Kind::Head, Kind::LaterHead, Kind::EmptyLines, Kind::Body, Kind::EndlessBody, Kind::Reader];

/// What the slow clients share.
struct Scene {
    to: SocketAddr,
    end: Instant,
    token: String,
    args: (u64, u64),
    /// Over how long they come for the first time.
    ramp_ms: u64,
}

/// Lets them come.
pub(crate) fn run(args: &Slow) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-slow").tempdir()?;
    let house = House::on_sqlite(folder.path())?;
    let sets = [
        format!("limits.json_body_deadline_s={}", args.json_deadline_s),
        format!("limits.answer_window_s={}", args.answer_window_s),
        format!("limits.connections={}", args.connections + 100),
    ];
    let server = load::serve(&house, &sets)?;
    let (to, token) = (server.address, house.token("honest")?);
    load::run(async {
        let quiet = honest(to, &token, Duration::from_secs(args.seconds.min(10))).await;
        let length = Duration::from_secs(args.seconds);
        let scene = Rc::new(Scene {
            to,
            end: Instant::now() + length,
            token: token.clone(),
            args: (args.json_deadline_s, args.answer_window_s),
            ramp_ms: (args.seconds * 250).max(1),
        });
        let slow: Vec<_> =
            (0..args.connections).map(|index| tokio::task::spawn_local(come_again(scene.clone(), index))).collect();
        let disturbed = honest(to, &token, length).await;
        let mut held: Vec<(Kind, Duration)> = Vec::new();
        for client in slow {
            held.extend(client.await.unwrap_or_default());
        }
        let mut rows = vec![beside(args, &quiet, &disturbed)];
        rows.extend(KINDS.iter().map(|kind| longest(args, *kind, &held, LATE + disturbed.p99())));
        rows
    })
}

async fn honest(to: SocketAddr, token: &str, length: Duration) -> Seen {
    let requests = vec![load::get("/v1.0/me", Some(token)), load::patch(token, "Lisbon")];
    load::closed_loop(to, Ipv4Addr::LOCALHOST, requests, Duration::from_millis(25), Instant::now() + length).await
}

/// One slow client, again and again; how long each of its connections that began early enough was held.
async fn come_again(scene: Rc<Scene>, index: usize) -> Vec<(Kind, Duration)> {
    let kind = KINDS.get(index % KINDS.len()).copied().unwrap_or(Kind::Head);
    let from = load::address(index, AN_ADDRESS);
    let mut held = Vec::new();
    // Not all in one moment: nobody could tell what the clients' own crowd cost.
    tokio::time::sleep(Duration::from_millis(u64::try_from(index).unwrap_or(0) % scene.ramp_ms)).await;
    while Instant::now() < scene.end {
        match once(&scene, kind, from).await {
            Ok(length) => held.push((kind, length)),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    held
}

/// One connection, until it is cut; for how long it was slow.
async fn once(scene: &Scene, kind: Kind, from: Ipv4Addr) -> std::io::Result<Duration> {
    let patch = |length: usize| {
        format!(
            "PATCH /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n",
            scene.token
        )
    };
    let second = Duration::from_secs(1);
    match kind {
        Kind::Head => drip(load::connect(scene.to, from, None).await?, "GET / HTTP/1.1\r\nx: ", b"x", second).await,
        Kind::LaterHead => {
            let mut client = Client::open(scene.to, from).await?;
            client.ask(&load::get(JWKS, None)).await?;
            drip(client.into_inner(), "GET / HTTP/1.1\r\nx: ", b"x", second).await
        }
        Kind::EmptyLines => drip(load::connect(scene.to, from, None).await?, "", b"\r\n", second).await,
        Kind::Body => drip(load::connect(scene.to, from, None).await?, &patch(100_000), b" ", second).await,
        Kind::EndlessBody => {
            drip(load::connect(scene.to, from, None).await?, &patch(1_000_000), &[b' '; 1500], second / 2).await
        }
        Kind::Reader => sleep_then_read(scene, load::connect(scene.to, from, Some(4096)).await?).await,
    }
}

/// Sends `start`, then `drop` again and again, until the server has enough of it.
async fn drip(mut stream: TcpStream, start: &str, drop: &[u8], pause: Duration) -> std::io::Result<Duration> {
    let begun = Instant::now();
    stream.write_all(start.as_bytes()).await?;
    let mut said = [0; 1024];
    loop {
        tokio::select! {
            // An answer to half a request, or the end.
            _ = stream.read(&mut said) => return Ok(begun.elapsed()),
            () = tokio::time::sleep(pause) => if stream.write_all(drop).await.is_err() {
                return Ok(begun.elapsed());
            },
        }
    }
}

/// Asks for much and reads nothing for as long as that may take; then reads what there is: the server must have cut it off.
async fn sleep_then_read(scene: &Scene, mut stream: TcpStream) -> std::io::Result<Duration> {
    let begun = Instant::now();
    let asked = load::get("/openapi.json", None).repeat(200);
    // Not all of it is taken: the server reads no further while its answers wait.
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(asked.as_bytes())).await;
    let held = Duration::from_secs(2 * scene.args.1) + LATE;
    tokio::time::sleep(held.saturating_sub(begun.elapsed())).await;
    let (mut all, mut part) = (0, vec![0; 64 * 1024]);
    while let Ok(read @ 1..) = stream.read(&mut part).await {
        all += read;
        if all > 4 * 1024 * 1024 {
            // It was still being served.
            tokio::time::sleep(held).await;
            break;
        }
    }
    Ok(begun.elapsed())
}

fn beside(args: &Slow, quiet: &Seen, disturbed: &Seen) -> Row {
    let most = FLOOR.max(quiet.p99() * 2);
    let result = format!(
        "an honest client's p99 {:.1} ms (quiet: {:.1} ms), {} of its requests answered, {} refused, {} errors",
        disturbed.p99().as_secs_f64() * 1000.0,
        quiet.p99().as_secs_f64() * 1000.0,
        disturbed.good.len(),
        disturbed.refused.len(),
        disturbed.errors
    );
    let held = disturbed.p99() <= most && disturbed.refused.is_empty() && disturbed.errors == 0;
    let how_often = format!("{} connections for {} s", args.connections, args.seconds);
    Row::new("slow clients beside an honest one (server on one core, clients on the other)", how_often, result, held)
}

fn longest(args: &Slow, kind: Kind, held: &[(Kind, Duration)], late: Duration) -> Row {
    let (what, deadline) = match kind {
        Kind::Head => ("a head that drips", 5),
        Kind::LaterHead => ("a later head that drips", 5),
        Kind::EmptyLines => ("empty lines without end", 5),
        Kind::Body => ("a body below 1 KiB/s", 10),
        Kind::EndlessBody => ("a JSON body without end", args.json_deadline_s),
        Kind::Reader => ("a client that does not read its answer", 2 * args.answer_window_s),
    };
    let all = held.iter().filter(|(other, _)| *other == kind).map(|(_, held)| *held);
    let (number, longest) = (all.clone().count(), all.max().unwrap_or_default());
    let result = format!("{:.1} s at the longest; the deadline is {deadline} s", longest.as_secs_f64());
    // Who does not read looks only after the deadline, and then reads what there is.
    let late = if kind == Kind::Reader { late * 2 } else { late };
    let within = number > 0 && longest <= Duration::from_secs(deadline) + late;
    Row::new(what, format!("{number} connections"), result, within)
}
