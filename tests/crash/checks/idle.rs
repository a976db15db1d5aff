//! Ten thousand connections that do nothing: what each costs, that an honest client is served beside them, and that what is beyond
//! `limits.connections` is refused in words.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use clap::Args;

use crate::house::House;
use crate::load::{self, Client, Seen};
use crate::outcome::{Outcome, Row};
use crate::server::Server;

/// Connections of one address: fewer than `limits.connections_per_address`.
const AN_ADDRESS: usize = 90;
/// How many are tried beyond the cap.
const BEYOND: usize = 50;
const PAGE_KIB: u64 = 4;
/// What one should cost, KiB.
const GOAL: u64 = 8;
/// What one may cost, tenths of a KiB: more than the goal, as the framework keeps two buffers, and a page of each was written to,
/// which makes 8 already. A debug build's allocator writes to all that it gives out.
const MOST: u64 = if cfg!(debug_assertions) { 240 } else { 120 };
/// What an honest client may wait beside them, unless it waited half as long before.
const PROMPT: Duration = Duration::from_millis(50);
const JWKS: &str = "/.well-known/jwks.json";

/// Many connections that do nothing.
#[derive(Debug, Args)]
pub(crate) struct Idle {
    /// Idle connections.
    #[arg(long, default_value_t = 2000)]
    connections: usize,
    /// How long the honest client is watched, seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// Opens them.
pub(crate) fn run(args: &Idle) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-idle").tempdir()?;
    let house = House::on_sqlite(folder.path())?;
    // One of them is the honest client's.
    let sets = [format!("limits.connections={}", args.connections + 1), "limits.keep_alive_s=3600".to_owned()];
    let server = load::serve(&house, &sets)?;
    let token = house.token("honest")?;
    load::run(async {
        let quiet = honest(server.address, &token, args.seconds).await;
        // What a worker takes for its first connections is not what one more costs.
        let mut kept = open(server.address, 0..100).await?;
        let before = resident_kib(&server)?;
        kept.extend(open(server.address, 100..args.connections).await?);
        let after = resident_kib(&server)?;
        let more = u64::try_from(kept.len().saturating_sub(100)).unwrap_or(0).max(1);
        let each = (after.saturating_sub(before)) * 10 / more;
        let beside = honest(server.address, &token, args.seconds).await;
        let mut full = Client::open(server.address, Ipv4Addr::LOCALHOST).await?;
        full.ask(&load::get(JWKS, None)).await?;
        let beyond = beyond(server.address, args.connections).await;
        Ok(vec![cost(args, each, after), served(args, &quiet, &beside), refused(&beyond)])
    })?
}

async fn honest(to: SocketAddr, token: &str, seconds: u64) -> Seen {
    let requests = vec![load::get("/v1.0/me", Some(token)), load::patch(token, "Lisbon")];
    let end = Instant::now() + Duration::from_secs(seconds);
    load::closed_loop(to, Ipv4Addr::LOCALHOST, requests, Duration::from_millis(10), end).await
}

/// Connections that asked once and are idle from then on.
async fn open(to: SocketAddr, which: std::ops::Range<usize>) -> Outcome<Vec<Client>> {
    let mut kept = Vec::with_capacity(which.len());
    for index in which {
        let mut client = Client::open(to, load::address(index, AN_ADDRESS)).await?;
        let answered = client.ask(&load::get(JWKS, None)).await?;
        if answered.status != 200 {
            return Err(format!("connection {index} was answered with {}", answered.status).into());
        }
        kept.push(client);
    }
    Ok(kept)
}

/// What connections beyond the cap are answered; nothing for one that is not answered in two seconds.
async fn beyond(to: SocketAddr, first: usize) -> Vec<Option<load::Answered>> {
    let mut answers = Vec::new();
    for index in first..first + BEYOND {
        let ask = async {
            let mut client = Client::open(to, load::address(index, AN_ADDRESS)).await.ok()?;
            client.ask(&load::get(JWKS, None)).await.ok()
        };
        answers.push(tokio::time::timeout(Duration::from_secs(2), ask).await.ok().flatten());
    }
    answers
}

fn resident_kib(server: &Server) -> Outcome<u64> {
    let text = std::fs::read_to_string(format!("/proc/{}/statm", server.pid().as_raw_nonzero()))?;
    let pages: u64 = text.split(' ').nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages * PAGE_KIB)
}

fn cost(args: &Idle, tenths: u64, after: u64) -> Row {
    let (kib, most) = (format!("{}.{}", tenths / 10, tenths % 10), MOST / 10);
    let result = format!("{kib} KiB each (at most {most}; the goal is {GOAL}), {} MiB in all", after / 1024);
    Row::new("idle connections' memory", format!("{} connections", args.connections), result, tenths <= MOST)
}

fn served(args: &Idle, quiet: &Seen, beside: &Seen) -> Row {
    let result = format!(
        "an honest client's p99 {:.1} ms (quiet: {:.1} ms), {} refused, {} errors",
        beside.p99().as_secs_f64() * 1000.0,
        quiet.p99().as_secs_f64() * 1000.0,
        beside.refused.len(),
        beside.errors
    );
    let held = beside.p99() <= PROMPT.max(quiet.p99() * 2) && beside.refused.is_empty() && beside.errors == 0;
    Row::new("an honest client beside idle connections", format!("{} connections", args.connections), result, held)
}

fn refused(beyond: &[Option<load::Answered>]) -> Row {
    let clean = |answer: &&Option<load::Answered>| {
        answer.is_some_and(|answer| answer.status == 503 && answer.retry_after.is_some() && answer.closes)
    };
    let number = beyond.iter().filter(clean).count();
    let slowest = beyond.iter().flatten().map(|answer| answer.took).max().unwrap_or_default();
    let result = format!(
        "{number} refused with 503, Retry-After and Connection: close, within {:.1} ms",
        slowest.as_secs_f64() * 1000.0
    );
    Row::new("connections beyond the cap", format!("{} tried", beyond.len()), result, number == beyond.len())
}
