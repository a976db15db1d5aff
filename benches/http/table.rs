//! The figures, as a table.

use crate::database::Backend;
use crate::load::Round;
use crate::setting::Route;

/// Prints a line a route: medians of its rounds; the ratio is the median of the ratios to what it stands beside in the same round.
pub(crate) fn print(rounds: &[(Route, Vec<Round>)], bytes: usize, page: usize) {
    println!(
        "\nProfiles of {bytes} bytes, pages of {page}; ratios are to bare, of lists to bare, a page; CPU is that of the \
         server, µs a request.\n"
    );
    println!("| route | req/s | p50 ms | p99 ms | ratio | CPU, wrk | ratio | CPU, busy client | ratio | goal |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (route, figures) in rounds {
        let bare = rounds.iter().find(|(other, _)| *other == route.beside()).map_or(&[][..], |(_, figures)| figures);
        let of = |figure: fn(&Round) -> f64| median(figures.iter().map(figure));
        let beside =
            |ratio: fn(&Round, &Round) -> f64| median(figures.iter().zip(bare).map(|(round, bare)| ratio(round, bare)));
        let busy = beside(|round, bare| bare.busy_cpu_us / round.busy_cpu_us);
        let wrk = beside(|round, bare| bare.wrk_cpu_us / round.wrk_cpu_us);
        // The busy client takes the core that PostgreSQL needs.
        let judged = if route.is_on_postgres() { wrk } else { busy };
        let outcome = |goal| if judged >= goal { "reached" } else { "missed" };
        let goal = route.goal().map(|goal| format!("≥ {goal:.2}: {}", outcome(goal)));
        let goal = goal.or_else(|| outdone(*route, figures, rounds));
        println!(
            "| {} | {:.0} | {:.2} | {:.2} | {:.3} | {:.2} | {wrk:.3} | {:.2} | {busy:.3} | {} |",
            route.name(),
            of(|round| round.wrk.rate),
            of(|round| round.wrk.p50_ms),
            of(|round| round.wrk.p99_ms),
            beside(|round, bare| round.wrk.rate / bare.wrk.rate),
            of(|round| round.wrk_cpu_us),
            of(|round| round.busy_cpu_us),
            goal.as_deref().unwrap_or("–"),
        );
    }
}

/// How many times the rate of a peer ours is.
fn outdone(route: Route, figures: &[Round], rounds: &[(Route, Vec<Round>)]) -> Option<String> {
    let least = route.outdone_by()?;
    let (_, ours) = rounds.iter().find(|(other, _)| *other == Route::List(Backend::Sqlite))?;
    let times = median(ours.iter().zip(figures).map(|(ours, theirs)| ours.wrk.rate / theirs.wrk.rate));
    let outcome = if times >= least { "reached" } else { "missed" };
    Some(format!("ours ≥ {least:.0} × the rate: {times:.1}, {outcome}"))
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
