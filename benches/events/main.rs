//! What a month of a full calendar costs: where ten people have such calendars and nobody else has any, where 990 others have some, and by
//! another program that reads the same file. May import everything.
//!
//! `cargo bench --bench events`; on PostgreSQL too if `TEST_POSTGRES_URL` is set. Ten people have 10,000 single events and 500 series
//! without an end each; on the other side 990 more have 500 of the same events each, between theirs: 600,000 events in the table, some
//! 1.5 GB (a thousand such calendars would be ten million, 25 GB). `BENCH_OTHERS` is how many others there are. `BENCH_ROUNDS` (15) is how
//! often each is measured, 40 months one after the other; they take turns, and the medians are printed.
//! `BENCH_PYTHON` names a python with `recurring-ical-events`, which is asked for the same month of the same calendar:
//! `. tests/clients/support/venv.sh; venv recurrence tests/recurrence/requirements.txt` makes one and prints where it is.

mod agenda;
#[path = "../../tests/support/database.rs"]
#[expect(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the tests, which use all of it")]
mod database;
mod filled;
mod view;

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use database::{Backend, Database};
use sharehold::store::Store;
use tokio::runtime::Runtime;

use crate::filled::{Amount, filled};

/// Months in a round.
const MONTHS: usize = 40;
/// The rate where there is much over the rate where there is little.
const GOAL: f64 = 0.9;
/// How much faster than the witness.
const FASTER: f64 = 50.0;

type Fault = Box<dyn Error>;

fn main() -> Result<(), Fault> {
    let mut backends = vec![Backend::Sqlite];
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        backends.push(Backend::Postgres);
    }
    let number =
        |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, others) = (number("BENCH_ROUNDS", 15), number("BENCH_OTHERS", 990));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("calendar.ics");
    for backend in backends {
        let ten = Amount { singles: 10_000, series: 500, people: 10, others: 0, one_of: 21 };
        let (few, many) = (Database::new(backend), Database::new(backend));
        let begun = Instant::now();
        let sides = [filled(&runtime, &few, ten, &file)?, filled(&runtime, &many, Amount { others, ..ten }, &file)?];
        println!("{backend:?}: filled in {:.0} s", begun.elapsed().as_secs_f64());
        let month = measure(&runtime, backend, &sides, rounds)?;
        witness(&runtime, &sides, &file, month)?;
    }
    Ok(())
}

/// The time of a month where there is little, seconds.
fn measure(runtime: &Runtime, backend: Backend, sides: &[Store; 2], rounds: usize) -> Result<f64, Fault> {
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut ratios = Vec::new();
    for round in 0..=rounds {
        let mut took = [0.0; 2];
        // There and back, so that none always follows the other.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for at in order {
            if let (Some(side), Some(took)) = (sides.get(at), took.get_mut(at)) {
                *took = runtime.block_on(months(side, round))?;
            }
        }
        // The first one warms up.
        if round > 0 {
            let [few, many] = took;
            times.iter_mut().zip(took).for_each(|(times, took)| times.push(took));
            ratios.push(few / many);
        }
    }
    let ([few, many], ratio) = (times.map(median), median(ratios));
    let outcome = if ratio >= GOAL { "reached" } else { "missed" };
    let (few_ms, many_ms) = (few * 1e3, many * 1e3);
    println!(
        "{backend:?}: a month of 10,000 events and 500 series: {few_ms:.2} ms among 10 people and {many_ms:.2} ms among all, \
         ratio of rates {ratio:.3}; goal ≥ {GOAL}: {outcome}"
    );
    Ok(few)
}

/// The mean time of a month, seconds.
async fn months(side: &Store, round: usize) -> Result<f64, Fault> {
    let begin = Instant::now();
    for at in 0..MONTHS {
        view::month(side, (at + round) % 10).await?;
    }
    Ok(begin.elapsed().as_secs_f64() / f64::from(u32::try_from(MONTHS)?))
}

/// The same month of the same calendar by another program.
fn witness(runtime: &Runtime, sides: &[Store; 2], file: &Path, month: f64) -> Result<(), Fault> {
    let Some(python) = std::env::var_os("BENCH_PYTHON") else {
        println!("without BENCH_PYTHON there is no witness");
        return Ok(());
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/events/witness.py");
    let [from, to] = agenda::WINDOW.map(|at| at.get(..10).unwrap_or_default().replace('-', ""));
    let told = Command::new(python).args(["-B", "-X", "utf8"]).arg(here).arg(file).args([&from, &to, "5"]).output()?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).into_owned().into());
    }
    let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let seconds = |name: &str| told.get(name).and_then(serde_json::Value::as_f64).ok_or("no figure");
    let (read, between) = (seconds("read")?, seconds("between")?);
    let instances = told.get("instances").and_then(serde_json::Value::as_u64).ok_or("no instances")?;
    let [side, _] = sides;
    let ours = runtime.block_on(view::month(side, 0))?;
    if u64::try_from(ours)? != instances {
        return Err(format!("there are {ours} instances, and the witness finds {instances}").into());
    }
    let outcome = |faster| if faster >= FASTER { "reached" } else { "missed" };
    let faster = between / month;
    println!(
        "recurring-ical-events: the same {instances} instances in {:.0} ms, once it has read the file ({read:.1} s): {faster:.1} × our time; \
         goal ≥ {FASTER} ×: {}",
        between * 1e3,
        outcome(faster)
    );
    alone(side, between, ours)
}

/// The same by us as the other program does it: the times alone, of events that are in memory.
fn alone(side: &Store, between: f64, instances: usize) -> Result<(), Fault> {
    let courses = view::courses(side, 10_000, 500)?;
    let mut times = Vec::new();
    for _ in 0..=MONTHS {
        let begin = Instant::now();
        if view::instances(&courses)? != instances {
            return Err("the instances alone are others".into());
        }
        times.push(begin.elapsed().as_secs_f64());
    }
    let took = median(times);
    println!(
        "without database and JSON, of events that are read, as it has them: {:.2} ms; it takes {:.0} × that",
        took * 1e3,
        between / took
    );
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
