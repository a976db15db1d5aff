//! Three times as many clients as saturate the server: what it answers must stay what it can, and the rest be told at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use clap::Args;

use crate::house::House;
use crate::load::{self, Seen};
use crate::outcome::{Outcome, Row};

/// How much slower than without load an answer may be once the load is over, at least.
const FLOOR: Duration = Duration::from_millis(10);
/// How soon the excess must be told, unless a single client waited half as long without any load.
const PROMPT: Duration = Duration::from_millis(50);

/// Three times as many clients as saturate the server.
#[derive(Debug, Args)]
pub(crate) struct Overload {
    /// Clients that saturate it, each with one request at a time; more of them than `limits.parallel_requests` must be refused.
    #[arg(long, default_value_t = 128)]
    clients: usize,
    /// How long each load lasts, seconds.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
}

/// Finds the peak, triples the clients, and looks how soon all is as before.
pub(crate) fn run(args: &Overload) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-overload").tempdir()?;
    let house = House::on_sqlite(folder.path())?;
    let sets = ["limits.connections_per_address=100000".to_owned()];
    let server = load::serve(&house, &sets)?;
    let tokens = house.tokens(args.clients * 3)?;
    let requests: Vec<Vec<String>> = tokens.iter().map(|token| mix(token)).collect();
    let to = server.address;
    let probe = requests.first().cloned().unwrap_or_default();
    load::run(async {
        // Every token is opened once before anything is measured.
        fleet(to, &requests, Duration::ZERO).await;
        let quiet = load::closed_loop(to, Ipv4Addr::LOCALHOST, probe.clone(), Duration::from_millis(5), after(2)).await;
        let length = Duration::from_secs(args.seconds);
        let peak = fleet(to, requests.get(..args.clients).unwrap_or_default(), length).await;
        let over = fleet(to, &requests, length).await;
        let normal = FLOOR.max(quiet.p99() * 2);
        let back = back_to_normal(to, &probe, normal).await;
        vec![goodput(args, &peak, &over), refusals(args, &quiet, &over), afterwards(&quiet, normal, back)]
    })
}

/// Four reads, then a write.
fn mix(token: &str) -> Vec<String> {
    let mut requests = vec![load::get("/v1.0/me", Some(token)); 4];
    requests.push(load::patch(token, "Lisbon"));
    requests
}

fn after(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

/// All of them for `length`, each at least once.
async fn fleet(to: SocketAddr, requests: &[Vec<String>], length: Duration) -> Seen {
    let end = Instant::now() + length.max(Duration::from_secs(2));
    let run =
        |requests: &Vec<String>| load::closed_loop(to, Ipv4Addr::LOCALHOST, requests.clone(), Duration::ZERO, end);
    let clients: Vec<_> = requests.iter().map(|requests| tokio::task::spawn_local(run(requests))).collect();
    let mut seen = Seen::default();
    for client in clients {
        match client.await {
            Ok(more) => seen.add(more),
            Err(_) => seen.errors += 1,
        }
    }
    seen
}

/// How long it takes until answers are never slower than `normal` again, looking for four seconds.
async fn back_to_normal(to: SocketAddr, probe: &[String], normal: Duration) -> Duration {
    let begun = Instant::now();
    let mut last = Duration::ZERO;
    while begun.elapsed() < Duration::from_secs(4) {
        let end = Instant::now() + Duration::from_millis(200);
        let seen = load::closed_loop(to, Ipv4Addr::LOCALHOST, probe.to_vec(), Duration::from_millis(2), end).await;
        if seen.p99() > normal || !seen.refused.is_empty() || seen.errors > 0 || seen.good.is_empty() {
            last = begun.elapsed();
        }
    }
    last
}

fn goodput(args: &Overload, peak: &Seen, over: &Seen) -> Row {
    let (peak_count, over_count) = (peak.good.len(), over.good.len());
    let percent = over_count * 100 / peak_count.max(1);
    let seconds = usize::try_from(args.seconds.max(2)).unwrap_or(1);
    let others = over.refused.iter().filter(|answered| answered.status != 503).count();
    let result = format!(
        "{}/s at the peak, {}/s of success under three times the clients: {percent} %; {} refused with 503, {others} \
         otherwise; {} without an answer",
        peak_count / seconds,
        over_count / seconds,
        over.refused.len() - others,
        over.errors,
    );
    let held = percent >= 90 && others == 0 && over.errors == 0 && peak.errors == 0;
    let how_often = format!("{} and {} clients, {seconds} s each, 80 % reads", args.clients, args.clients * 3);
    Row::new("goodput under overload (server on one core, its clients on the other)", how_often, result, held)
}

fn refusals(args: &Overload, quiet: &Seen, over: &Seen) -> Row {
    let told = over.refused.iter().filter(|answered| answered.retry_after.is_some()).count();
    let p99 = load::p99(over.refused.iter().map(|answered| answered.took).collect());
    let result = format!(
        "{} refused, {told} of them with Retry-After; 99 of 100 within {:.1} ms",
        over.refused.len(),
        p99.as_secs_f64() * 1000.0
    );
    let held = !over.refused.is_empty() && told == over.refused.len() && p99 <= PROMPT.max(quiet.p99() * 2);
    Row::new("the excess of an overload is told at once", format!("{} clients", args.clients * 3), result, held)
}

fn afterwards(quiet: &Seen, normal: Duration, back: Duration) -> Row {
    let result = format!(
        "p99 {:.1} ms before; below {:.1} ms again after {} ms",
        quiet.p99().as_secs_f64() * 1000.0,
        normal.as_secs_f64() * 1000.0,
        back.as_millis()
    );
    Row::new("back to normal after an overload", "once", result, back <= Duration::from_secs(2))
}
