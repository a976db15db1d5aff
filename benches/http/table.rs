//! The figures, as a table.

use crate::load::Round;
use crate::setting::Route;

/// Prints a line a route: medians of its rounds; the ratio is the median of the ratios to bare in the same round.
pub(crate) fn print(rounds: &[(Route, Vec<Round>)], bytes: usize) {
    let bare = rounds.iter().find(|(route, _)| *route == Route::Bare).map_or(&[][..], |(_, rounds)| rounds);
    println!("\nAnswers of {bytes} bytes; ratios are to bare.\n");
    println!("| route | req/s | p50 ms | p99 ms | server CPU µs/req | ratio, CPU | ratio, req/s | goal |");
    println!("|---|---|---|---|---|---|---|---|");
    for (route, rounds) in rounds {
        let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
        let beside =
            |ratio: fn(&Round, &Round) -> f64| median(rounds.iter().zip(bare).map(|(round, bare)| ratio(round, bare)));
        let (cpu, rate) =
            (beside(|round, bare| bare.cpu_us / round.cpu_us), beside(|round, bare| round.rate / bare.rate));
        let goal = route.goal().map(|goal| format!("≥ {goal:.2}: {}", if cpu >= goal { "reached" } else { "missed" }));
        println!(
            "| {} | {:.0} | {:.2} | {:.2} | {:.2} | {cpu:.3} | {rate:.3} | {} |",
            route.name(),
            of(|round| round.rate),
            of(|round| round.p50_ms),
            of(|round| round.p99_ms),
            of(|round| round.cpu_us),
            goal.as_deref().unwrap_or("–"),
        );
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
