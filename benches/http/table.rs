//! The figures, as a table.

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

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
