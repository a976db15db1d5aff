//! What must not cost more where there is more: a list among 1,000 contacts and among 1,000,000, a search among 10 people and
//! among 1,000, a delta round of 10 changes in a book of 100 contacts and of 100,000. May import everything.
//!
//! `cargo bench --bench contacts`; on PostgreSQL too if `TEST_POSTGRES_URL` is set. `BENCH_ONLY=list` (or search, delta) measures that
//! alone. `BENCH_ROUNDS` (15) is how often each is measured, 400 answers one after the other; they take turns, and the medians
//! are printed. A million contacts take 3 GB, on SQLite in the folder for temporary files (`TMPDIR`).

#[path = "../book.rs"]
mod book;
#[path = "../../tests/support/database.rs"]
#[expect(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the tests, which use all of it")]
mod database;
#[path = "../fill.rs"]
mod fill;
mod many;

use std::error::Error;
use std::time::Instant;

use database::{Backend, Database};
use sharehold::access::{Grant, Read};
use sharehold::problem::Problem;
use sharehold::query::Options;
use sharehold::query::search::Search;
use sharehold::resources::collection::Stretch;
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::model::{Level, View};
use sharehold::resources::contacts::queries::{self, Change, Row, Selection};
use sharehold::store::{Owned, Store, StoreError, Uid};
use tokio::runtime::Runtime;

const ANSWERS: usize = 400;
const PAGE: usize = 50;
const CHANGES: usize = 10;

type Fault = Box<dyn Error>;

/// What is asked for.
#[derive(Clone, Copy)]
enum Ask {
    /// The first 50 contacts.
    List,
    /// The same of everybody, whose pages no connection has in its memory any more.
    Everybody,
    /// Those found by the beginnings of two words.
    Search,
    /// The last 10 changes.
    Delta,
}

impl Ask {
    const ALL: [Self; 4] = [Self::List, Self::Everybody, Self::Search, Self::Delta];

    fn name(self) -> &'static str {
        match self {
            Self::List => "list of 50: among 1,000 contacts and 1,000,000",
            Self::Everybody => "everybody's list of 50: among 1,000 contacts and 1,000,000",
            Self::Search => "search for two words: among 10 people and 1,000",
            Self::Delta => "delta of 10 changes: 100 contacts and 100,000",
        }
    }

    /// What the figures are held against, as time where there is much over time where there is little.
    fn goal(self) -> (&'static str, f64) {
        match self {
            Self::List => ("ratio of rates ≥ 0.9", 1.0 / 0.9),
            Self::Everybody => ("none; what memory is worth", f64::INFINITY),
            Self::Search | Self::Delta => ("± 20 %", 1.2),
        }
    }
}

/// Whom it is asked of: so many people from the first on.
struct Side {
    store: Store,
    first: usize,
    people: usize,
}

fn main() -> Result<(), Fault> {
    let mut backends = vec![Backend::Sqlite];
    if std::env::var_os("TEST_POSTGRES_URL").is_some() {
        backends.push(Backend::Postgres);
    }
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for backend in backends {
        for ask in Ask::ALL.into_iter().filter(|ask| ask.name().contains(&only)) {
            let (few, many) = (Database::new(backend), Database::new(backend));
            measure(&runtime, backend, ask, &sides(&runtime, ask, &few, &many)?, rounds)?;
        }
    }
    Ok(())
}

/// Little and much.
fn sides(runtime: &Runtime, ask: Ask, few: &Database, many: &Database) -> Result<[Side; 2], Fault> {
    use many::filled;
    let side = |store: &Store, first, people| Side { store: store.clone(), first, people };
    Ok(match ask {
        Ask::List | Ask::Everybody => {
            let (few, many) = (filled(few, 5, 200)?, many::copied(runtime, many, 5, 200, 5000)?);
            // The same five people, whose contacts lie between everybody else's.
            let people = if matches!(ask, Ask::Everybody) { 5000 } else { 5 };
            [side(&few, 0, 5), side(&many, 0, people)]
        }
        Ask::Search => {
            let (few, many) = (filled(few, 10, 200)?, filled(many, 1000, 200)?);
            // The same ten people, so that as much is found.
            [side(&few, 0, 10), side(&many, 0, 10)]
        }
        Ask::Delta => {
            let (few, many) = (filled(few, 1, 100)?, filled(many, 1, 100_000)?);
            [side(&few, 0, 1), side(&many, 0, 1)]
        }
    })
}

fn measure(runtime: &Runtime, backend: Backend, ask: Ask, sides: &[Side; 2], rounds: usize) -> Result<(), Fault> {
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut ratios = Vec::new();
    for round in 0..=rounds {
        let mut took = [0.0; 2];
        // There and back, so that none always follows the other.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for at in order {
            if let (Some(side), Some(took)) = (sides.get(at), took.get_mut(at)) {
                *took = runtime.block_on(answers(side, ask, round))?;
            }
        }
        // The first one warms up.
        if round > 0 {
            let [few, many] = took;
            times.iter_mut().zip(took).for_each(|(times, took)| times.push(took));
            ratios.push(many / few);
        }
    }
    let [few, many] = times.map(median);
    let (ratio, (goal, most)) = (median(ratios), ask.goal());
    let outcome = if ratio <= most { "reached" } else { "missed" };
    let name = ask.name();
    println!("{backend:?}: {name}: {few:.1} µs and {many:.1} µs, {ratio:.3} × the time; goal {goal}: {outcome}");
    Ok(())
}

/// The mean time of an answer, microseconds.
async fn answers(side: &Side, ask: Ask, round: usize) -> Result<f64, Fault> {
    let begin = Instant::now();
    let mut bytes = 0;
    for at in 0..ANSWERS {
        // A step that meets everybody before it meets anybody again.
        let person = side.first + (at * 7919 + round * ANSWERS) % side.people;
        bytes += answer(&side.store, ask, person, at).await?;
    }
    if bytes < ANSWERS * 100 {
        return Err(format!("{} answered {bytes} bytes", ask.name()).into());
    }
    Ok(begin.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(ANSWERS)?))
}

/// One answer, as the API makes it, and how long it is.
async fn answer(store: &Store, ask: Ask, person: usize, at: usize) -> Result<usize, Fault> {
    let grant: Grant<Contacts, Read> = Grant::operator(book::ISSUER, &book::subject(person));
    let view =
        Options::parse("", &[]).and_then(|options| View::of(&grant, &options)).map_err(|problem| told(&problem))?;
    let search = matches!(ask, Ask::Search).then(|| Search::parse(&words(person, at % 200)));
    let search = search.transpose().map_err(|problem| told(&problem))?;
    let rows = store.read(&grant, move |on| rows(on, ask, search)).await?;
    let mut json = Vec::with_capacity(rows.len() * 2048);
    for row in &rows {
        view.write(&mut json, row).map_err(|problem| told(&problem))?;
    }
    Ok(json.len())
}

fn told(problem: &Problem) -> Fault {
    problem.to_string().into()
}

fn rows(on: &mut Owned<'_, Contacts, Read>, ask: Ask, search: Option<Search>) -> Result<Vec<Row>, StoreError> {
    let seq = on.seq()?;
    if matches!(ask, Ask::Delta) {
        let change = seq - i64::try_from(CHANGES).unwrap_or_default() + 1;
        let stretch = Stretch { full: false, change, after: Uid::FIRST, until: seq };
        let (changes, _) = queries::changes(on, None, stretch, PAGE)?;
        let here = |change| if let Change::Here(row) = change { Some(*row) } else { None };
        return Ok(changes.into_iter().filter_map(|changed| here(changed.change)).collect());
    }
    let selection = Selection { folder: None, level: Level::Full, filter: None, search, order: Vec::new() };
    queries::list(on, &selection, None, 0, PAGE).map(|(rows, _)| rows)
}

/// The beginnings of a given name and a surname that the person knows.
fn words(person: usize, at: usize) -> String {
    let contact = book::contact(person, at);
    let beginning = |member: &str| {
        let text = contact.get(member).and_then(|value| value.as_str()).unwrap_or_default();
        text.chars().take(4).collect::<String>()
    };
    format!("{} {}", beginning("surname"), beginning("givenName"))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
