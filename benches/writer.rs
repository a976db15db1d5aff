//! Durable writes, profiles updated and contacts added: how many a second, one caller and 64, with group commit and with a
//! transaction each.
//!
//! `cargo bench --bench writer`; on PostgreSQL too if `TEST_POSTGRES_URL` is set. The SQLite files are made below
//! `target/tmp`, or in the folder that `BENCH_DIR` names: it should be on a disk, not in memory, or fsync costs nothing.
//! `BENCH_SECONDS` (2) is the length of a round, `BENCH_ROUNDS` (3) how many there are of each; they alternate, and the
//! median round is printed.

mod book;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sharehold::access::{Grant, Kind, Write};
use sharehold::store::tables::profiles;
use sharehold::store::{Store, StoreError, Tuning};

const PEOPLE: usize = 64;

enum Profile {}

impl Kind for Profile {
    const NAME: &'static str = "profile";
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// One person's profile after the other is updated.
    Profiles,
    /// A contact is added to one person's after the other; read, merged and projected as the API does.
    Contacts,
}

/// One way to write, and what its rounds came to.
struct Line {
    name: &'static str,
    work: Work,
    callers: usize,
    store: Store,
    rounds: Vec<Round>,
}

#[derive(Clone, Copy)]
struct Round {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or(env!("CARGO_TARGET_TMPDIR").to_owned()))?;
    let file = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let grouped = book::open(&file("grouped.db"), Tuning::default())?;
    let single = book::open(&file("single.db"), Tuning { group: 1, ..Tuning::default() })?;
    let schema = Schema::new()?;
    let postgres = schema.as_ref().map(|schema| book::open(&schema.url(), Tuning::default())).transpose()?;
    let mut lines = Vec::new();
    for work in [Work::Profiles, Work::Contacts] {
        for callers in [1, 64] {
            let mut line = |name, store: &Store| {
                lines.push(Line { name, work, callers, store: store.clone(), rounds: Vec::new() });
            };
            line("SQLite, a transaction each", &single);
            line("SQLite, group commit", &grouped);
            if let Some(store) = &postgres {
                line("PostgreSQL", store);
            }
        }
    }
    measure(&mut lines)?;
    print(&lines);
    Ok(())
}

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn measure(lines: &mut [Line]) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let length = Duration::from_secs(setting("BENCH_SECONDS", 2).into());
    for line in lines.iter() {
        runtime.block_on(round(&line.store, line.work, PEOPLE, Duration::from_millis(200)))?;
    }
    for _ in 0..setting("BENCH_ROUNDS", 3) {
        for line in lines.iter_mut() {
            line.rounds.push(runtime.block_on(round(&line.store, line.work, line.callers, length))?);
        }
    }
    Ok(())
}

/// Each caller writes for one person after the other, the next as soon as the last is acknowledged.
async fn round(store: &Store, work: Work, callers: usize, length: Duration) -> Result<Round, StoreError> {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < length {
                    let person = (caller + times.len() * callers) % PEOPLE;
                    let asked = Instant::now();
                    match work {
                        Work::Profiles => update(&store, person).await?,
                        Work::Contacts => add(&store, person).await?,
                    }
                    times.push(asked.elapsed());
                }
                Ok::<_, StoreError>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(|error| StoreError::Broken(error.to_string()))??);
    }
    let took = begin.elapsed();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Ok(Round { per_second: f64::from(count) / took.as_secs_f64(), p50: at(50), p99: at(99) })
}

async fn update(store: &Store, person: usize) -> Result<(), StoreError> {
    let grant: Grant<Profile, Write> = Grant::operator(book::ISSUER, &book::subject(person));
    let projection: Arc<str> =
        format!(r#"{{"displayName":"Person {person}","jobTitle":"{}"}}"#, "x".repeat(400)).into();
    let write = store.write(&grant, move |on| {
        let change = on.change();
        let (me, db) = on.parts();
        diesel::update(profiles::table.find(me.id))
            .set((
                profiles::projection.eq(&*projection),
                profiles::changed.eq(change),
                profiles::modified_at.eq(change),
            ))
            .execute(db)?;
        Ok(())
    });
    write.await
}

async fn add(store: &Store, person: usize) -> Result<(), StoreError> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let broken = |fault: Box<dyn Error>| StoreError::Broken(fault.to_string());
    let id = store.new_id();
    let contact = book::contact(person, MADE.fetch_add(1, Ordering::Relaxed) / PEOPLE);
    let made = book::made(id, &contact).map_err(broken)?;
    book::add(store, person, vec![(id, made)]).await
}

fn print(lines: &[Line]) {
    println!(
        "{:<10} {:<28} {:>7} {:>10} {:>9} {:>9} {:>8}",
        "", "", "callers", "writes/s", "p50 ms", "p99 ms", "ratio"
    );
    let mut before: Option<f64> = None;
    for line in lines {
        let mut rounds = line.rounds.clone();
        rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        let Some(median) = rounds.get(rounds.len() / 2) else { continue };
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let ratio = match before {
            Some(single) if line.name.ends_with("group commit") => format!("{:.2}", median.per_second / single),
            _ => String::new(),
        };
        println!(
            "{:<10} {:<28} {:>7} {:>10.0} {:>9.2} {:>9.2} {ratio:>8}",
            if line.work == Work::Profiles { "profiles" } else { "contacts" },
            line.name,
            line.callers,
            median.per_second,
            ms(median.p50),
            ms(median.p99)
        );
        before = Some(median.per_second);
    }
}

/// A schema of the bench's own in the PostgreSQL that `TEST_POSTGRES_URL` names.
struct Schema {
    server: String,
    name: String,
}

impl Schema {
    fn new() -> Result<Option<Self>, Box<dyn Error>> {
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return Ok(None) };
        let schema = Self { server, name: format!("bench_{}", std::process::id()) };
        schema.execute(&format!("CREATE SCHEMA {}", schema.name))?;
        Ok(Some(schema))
    }

    fn url(&self) -> String {
        let joint = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{joint}options=-csearch_path%3D{}", self.server, self.name)
    }

    fn execute(&self, statement: &str) -> Result<(), Box<dyn Error>> {
        Ok(PgConnection::establish(&self.server)?.batch_execute(statement)?)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Err(error) = self.execute(&format!("DROP SCHEMA {} CASCADE", self.name)) {
            eprintln!("the schema {} stays: {error}", self.name);
        }
    }
}
