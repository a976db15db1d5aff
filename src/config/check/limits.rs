//! `[limits]`, `[rate]` and the other numbers: zero where it makes no sense, what no machine has or nobody can mean, and what
//! is looser than the default. May import the rest of `config`.

use super::Report;
use crate::config::{Config, Limits, Rate};

/// Where 0 says something: "automatic", "at once", "remember nothing", "none of these".
const ZERO_IS_SAID: &[&str] = &[
    "body_rate_grace_s",
    "keep_alive_s",
    "image_parallel",
    "filter_bytes",
    "filter_terms",
    "filter_depth",
    "token_cache_entries",
    "token_cache_s",
    "negative_cache_entries",
    "negative_cache_s",
    "parallel_decrypts",
    "decrypt_queue",
    "quota_contacts",
    "quota_events",
    "quota_photos",
    "quota_bytes",
    "quota_shares_per_day",
];

/// A day, in seconds: longer deadlines are slips, and would overflow.
const LONGEST_S: u64 = 86_400;

/// A hundred years, in days.
const LONGEST_DAYS: u64 = 36_500;

/// Threads that serve requests: the framework ends the process above it.
const WORKERS: u64 = 512;

/// More work for threads at once than machines have a use for.
const THREADS: u64 = 1024;

/// Tokens a cache may remember: it takes its room when it is made.
const CACHED: u64 = 10_000_000;

/// Connections to the database: PostgreSQL spends a process on each, SQLite a file and a cache.
const POOL: u64 = 1000;

/// Requests a second: more than one machine answers.
const RATE: u64 = 1_000_000;

const GIB: u64 = 1 << 30;

/// The most that a limit may be: `maximum` in `schema/config.schema.json`.
fn most(name: &str) -> u64 {
    match name {
        "quota_bytes" => 1 << 50,
        // serde_json itself refuses the 128th level.
        "json_depth" => 127,
        "expansion_ms" => 60_000,
        "parallel_decrypts" | "image_parallel" | "image_queue" => THREADS,
        "token_cache_entries" | "negative_cache_entries" => CACHED,
        "decrypt_queue" | "connections" | "connections_per_address" | "parallel_requests" => 1_000_000,
        "image_pixels" => 10_000_000_000,
        _ if name.ends_with("_bytes") || name.ends_with("_per_s") => GIB,
        _ if name.ends_with("_s") => LONGEST_S,
        _ if name.ends_with("_days") => LONGEST_DAYS,
        _ => 1_000_000_000,
    }
}

pub(super) fn check(config: &Config, report: &mut Report) {
    for ((name, value), (_, default)) in config.limits.entries().zip(Limits::default().entries()) {
        limit(name, value, default, report);
    }
    if config.limits.page_items > config.limits.page_max_items {
        report.fault("limits.page_items", "is above limits.page_max_items: lower it");
    }
    rate(&config.rate, report);
    let retention = &config.retention;
    if retention.consent_days == 0 {
        report.fault("retention.consent_days", "is 0, so every consent would end at once: give days");
    }
    for (key, value, most) in [
        ("server.drain_wait_s", config.server.drain_wait_s, LONGEST_S),
        ("server.workers", u64::try_from(config.server.workers).unwrap_or(u64::MAX), WORKERS),
        ("database.pool_size", config.database.pool_size.into(), POOL),
        ("retention.access_log_days", retention.access_log_days.into(), LONGEST_DAYS),
        ("retention.consent_days", retention.consent_days.into(), LONGEST_DAYS),
    ] {
        if value > most {
            report.fault(key, beyond(value, most));
        }
    }
}

fn beyond(value: u64, most: u64) -> String {
    format!("is {value}, more than the {most} that it may be at most")
}

fn limit(name: &str, value: u64, default: u64, report: &mut Report) {
    let key = format!("limits.{name}");
    // The one limit that is a minimum is looser when lower.
    let looser = if name == "body_rate_bytes_per_s" { value < default } else { value > default };
    if name == "pipelined_requests" {
        if value != default {
            report.fault(key, format!("is {value}, but the framework queues {default}, always: leave this key out"));
        }
    } else if value == 0 && !ZERO_IS_SAID.contains(&name) {
        report.fault(key, format!("must not be 0; the default is {default}"));
    } else if value > most(name) {
        report.fault(key, format!("{}; the default is {default}", beyond(value, most(name))));
    } else if looser && default != 0 {
        report.warn(key, format!("is {value}, looser than the default of {default}"));
    }
}

fn rate(rate: &Rate, report: &mut Report) {
    if !rate.enabled {
        report.warn("rate.enabled", "is false: requests are not counted");
        return;
    }
    let default = Rate::default();
    for (name, value, default) in [
        ("client_rps", rate.client_rps, default.client_rps),
        ("client_burst", rate.client_burst, default.client_burst),
        ("anonymous_rps", rate.anonymous_rps, default.anonymous_rps),
        ("anonymous_burst", rate.anonymous_burst, default.anonymous_burst),
    ] {
        if value == 0 {
            report
                .fault(format!("rate.{name}"), "is 0, so nothing would pass; to switch it off: [rate] enabled = false");
        } else if value > RATE {
            report.fault(format!("rate.{name}"), beyond(value, RATE));
        } else if value > default {
            report.warn(format!("rate.{name}"), format!("is {value}, looser than the default of {default}"));
        }
    }
}
