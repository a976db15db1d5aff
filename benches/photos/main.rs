//! What photos cost the server, the real one: originals and renditions served, beside nginx that serves files of the same bytes
//! (`serving`), and its memory while many upload (`memory`). May import everything; nothing imports it. How to run it and what
//! the figures mean: `benches/README.md`.

#[path = "../cores.rs"]
mod cores;
mod load;
mod memory;
#[path = "../../tests/support/mint.rs"]
#[expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which stop at the first fault"
)]
mod mint;
mod nginx;
mod picture;
#[path = "../thumbnails/scene.rs"]
#[expect(dead_code, reason = "shared with the bench that writes it to a file")]
mod scene;
mod server;
mod serving;

use std::str::FromStr;

use cores::Fault;

fn main() -> Result<(), Fault> {
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    if matches!(only.as_str(), "" | "memory") {
        memory::measure(number("BENCH_ROUNDS", 5)?)?;
    }
    if matches!(only.as_str(), "" | "serving") {
        serving::measure(number("BENCH_ROUNDS", 5)?, number("BENCH_SECONDS", 2)?)?;
    }
    Ok(())
}

fn number<N: FromStr<Err: std::error::Error + 'static>>(name: &str, otherwise: N) -> Result<N, Fault> {
    Ok(std::env::var(name).map_or(Ok(otherwise), |number| number.parse())?)
}
