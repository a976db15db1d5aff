//! What a request costs: naked actix, our middleware alone, warm authentication, `GET /v1.0/me` and lists of contacts on
//! each database.
//! May import everything; nothing imports it. How to run it and what the figures mean: `benches/README.md`.
//!
//! One binary, two processes: this one loads, with `wrk`, on the last core; its child ([`server`]) serves on the first.

#[path = "../../tests/support/database.rs"]
#[expect(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the tests, which use all of it")]
mod database;
#[path = "../../tests/support/mint.rs"]
#[expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which stop at the first fault"
)]
mod mint;

#[path = "../book.rs"]
mod book;
mod child;
#[path = "../cores.rs"]
mod cores;
#[path = "../fill.rs"]
mod fill;
mod load;
mod options;
mod peers;
mod people;
mod server;
mod servers;
mod setting;
mod table;

use std::process::ExitCode;

use child::Child;
use load::{Load, Round};
use options::Options;
use servers::Servers;
use setting::{Fault, Route};
use sharehold::store::Tuning;

/// The allocator of the server's own binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let outcome = if arguments.next_if(|first| first == server::ARGUMENT).is_some() {
        server::run(&arguments.collect::<Vec<_>>())
    } else {
        Options::parse(arguments).and_then(|options| measure(&options))
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("http: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), Fault> {
    load::check()?;
    let databases = setting::databases();
    let routes: Vec<Route> = Route::on(&databases).into_iter().filter(|route| options.wants(*route)).collect();
    for database in &databases {
        fill::fill(&book::open(&database.url(), Tuning::default())?, setting::PEOPLE, setting::CONTACTS)?;
    }
    let child = Child::start(&databases)?;
    eprintln!("server process {} on the first core, wrk on the last; {}", child.id(), options.rounds_in_words());
    let tokens = people::tokens()?;
    let samples = people::fill(&child, &databases, &tokens)?;
    let mut servers = Servers::start(child, &routes, &databases, &tokens)?;
    servers.child.answer_with("bare", &samples.profile)?;
    servers.child.answer_with("page", &samples.page)?;
    cores::pin(cores::Core::Last)?;
    let mut load = Load::prepare(&tokens, &samples.page.etag)?;
    let mut rounds: Vec<(Route, Vec<Round>)> = routes.into_iter().map(|route| (route, Vec::new())).collect();
    for turn in 0..options.rounds {
        // There and back, so that no route always follows the same one.
        let mut order: Vec<_> = rounds.iter_mut().collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for (route, done) in order {
            eprintln!("round {} of {}: {}", turn + 1, options.rounds, route.name());
            done.push(load.round(&mut servers, *route, options.seconds)?);
        }
    }
    table::print(&rounds, samples.profile.body.len(), samples.page.body.len());
    Ok(())
}
