//! Builds again when a migration is added: `embed_migrations!` alone does not see a new folder.
//! Also tells the program when it was built, so that it can refuse a clock that stands before that.

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    // A reproducible build brings its own date (reproducible-builds.org, SOURCE_DATE_EPOCH).
    let built = std::env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| now().to_string());
    println!("cargo:rustc-env=SHAREHOLD_BUILT={built}");
}

#[expect(clippy::disallowed_methods, reason = "the program's injected clock does not exist yet while it is built")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
