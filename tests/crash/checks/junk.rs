//! A flood of well-formed tokens that nobody can decrypt: each costs a private-key operation if it gets so far. Those whose tokens
//! are remembered must hardly notice.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::house::House;
use crate::load::{self, Client, Seen};
use crate::outcome::{Outcome, Row};
use crate::server::{self, Server};

/// An honest client's pause between its answers: 16 of them ask some 300 times a second.
const PAUSE: Duration = Duration::from_millis(50);
/// What they may wait during the flood, unless they waited half as long before.
const PROMPT: Duration = Duration::from_millis(20);

/// A flood of junk tokens beside honest clients.
#[derive(Debug, Args)]
pub(crate) struct Junk {
    /// Connections that send junk as fast as they can.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Addresses that they come from.
    #[arg(long, default_value_t = 8)]
    addresses: usize,
    /// Honest clients, each with a token of its own that is remembered.
    #[arg(long, default_value_t = 16)]
    honest: usize,
    /// How long, seconds; first quiet, then with the flood.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
}

/// Floods.
pub(crate) fn run(args: &Junk) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-junk").tempdir()?;
    let house = House::on_sqlite(folder.path())?;
    let sets = ["rate.enabled=true".to_owned(), "limits.token_cache_s=3600".to_owned()];
    let server = load::serve(&house, &sets)?;
    let tokens = house.tokens(args.honest)?;
    let head = tokens.first().and_then(|token| token.split('.').next()).unwrap_or_default().to_owned();
    let length = Duration::from_secs(args.seconds);
    let (quiet, flooded, flood, decrypting) = load::run(async {
        honest(server.address, &tokens, Duration::from_secs(2)).await;
        let quiet = honest(server.address, &tokens, length).await;
        let before = decrypted(&server)?;
        let end = Instant::now() + length;
        let junk: Vec<_> = (0..args.connections)
            .map(|index| {
                let from = load::address(index % args.addresses.max(1), 1);
                tokio::task::spawn_local(junk(server.address, from, head.clone(), end))
            })
            .collect();
        let flooded = honest(server.address, &tokens, length).await;
        let mut flood = Seen::default();
        for client in junk {
            flood.add(client.await.unwrap_or_default());
        }
        Ok::<_, crate::outcome::Fault>((quiet, flooded, flood, decrypted(&server)? - before))
    })??;
    Ok(vec![beside(args, &quiet, &flooded), rejected(args, &flood, decrypting)])
}

async fn honest(to: SocketAddr, tokens: &[String], length: Duration) -> Seen {
    let end = Instant::now() + length;
    let clients: Vec<_> = tokens
        .iter()
        .map(|token| {
            let requests = vec![load::get("/v1.0/me", Some(token))];
            tokio::task::spawn_local(load::closed_loop(to, Ipv4Addr::LOCALHOST, requests, PAUSE, end))
        })
        .collect();
    let mut seen = Seen::default();
    for client in clients {
        seen.add(client.await.unwrap_or_default());
    }
    seen
}

/// Sends junk without pause, whatever it is told.
async fn junk(to: SocketAddr, from: Ipv4Addr, head: String, end: Instant) -> Seen {
    let (mut seen, mut client) = (Seen::default(), None);
    while Instant::now() < end {
        let Ok(mut open) = (match client.take() {
            Some(open) => Ok(open),
            None => Client::open(to, from).await,
        }) else {
            seen.errors += 1;
            continue;
        };
        match open.ask(&load::get("/v1.0/me", Some(&token(&head)))).await {
            Ok(answered) if answered.closes => seen.refused.push(answered),
            Ok(answered) => {
                seen.refused.push(answered);
                client = Some(open);
            }
            Err(_) => seen.errors += 1,
        }
        // The flood and the honest clients share a thread.
        tokio::task::yield_now().await;
    }
    seen
}

/// The head of a good token; all else at random, of the right lengths.
fn token(head: &str) -> String {
    let part = |octets: usize| {
        let mut random = vec![0; octets];
        OsRng.fill_bytes(&mut random);
        URL_SAFE_NO_PAD.encode(random)
    };
    // RSA 2048, a nonce, 800 octets of text, a tag.
    format!("{head}.{}.{}.{}.{}", part(256), part(12), part(800), part(16))
}

/// Seconds that were spent with the private key.
fn decrypted(server: &Server) -> Outcome<f64> {
    let metrics = server::get(server.admin, "/metrics", None)?;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = text.lines().find(|line| line.starts_with("sharehold_token_verify_seconds_sum{stage=\"decrypt\"}"));
    Ok(line.and_then(|line| line.rsplit(' ').next()).map_or(Ok(0.0), str::parse)?)
}

fn beside(args: &Junk, quiet: &Seen, flooded: &Seen) -> Row {
    let percent = flooded.good.len() * 100 / quiet.good.len().max(1);
    let result = format!(
        "{percent} % of the requests that they made without it, p99 {:.1} ms (quiet: {:.1} ms), {} refused, {} errors",
        flooded.p99().as_secs_f64() * 1000.0,
        quiet.p99().as_secs_f64() * 1000.0,
        flooded.refused.len(),
        flooded.errors
    );
    let held = percent >= 80
        && flooded.p99() <= PROMPT.max(quiet.p99() * 2)
        && flooded.refused.is_empty()
        && flooded.errors == 0;
    let how_often = format!("{} clients that ask 20 times a second, {} s", args.honest, args.seconds);
    Row::new(
        "honest clients beside a flood of junk tokens (server on one core, clients on the other)",
        how_often,
        result,
        held,
    )
}

fn rejected(args: &Junk, flood: &Seen, decrypting: f64) -> Row {
    let number = |status: u16| flood.refused.iter().filter(|answered| answered.status == status).count();
    let seconds = Duration::from_secs(args.seconds).as_secs_f64();
    let share = decrypting * 100.0 / seconds;
    let result = format!(
        "{} answers: {} 429, {} 401, {} 503; {share:.0} % of a core spent on decrypting",
        flood.refused.len(),
        number(429),
        number(401),
        number(503),
    );
    let held = number(429) * 2 > flood.refused.len() && share <= 50.0;
    let how_often = format!("{} connections from {} addresses, {} s", args.connections, args.addresses, args.seconds);
    Row::new("a flood of junk tokens is told to slow down", how_often, result, held)
}
