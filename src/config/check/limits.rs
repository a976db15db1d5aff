//! `[limits]`, `[rate]` and the other numbers: zero where it makes no sense, and what is looser than the default.

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

/// A year, in seconds: longer times are slips, and would overflow deadlines.
const LONGEST_S: u64 = 365 * 86_400;

pub(super) fn check(config: &Config, report: &mut Report) {
    for ((name, value), (_, default)) in config.limits.entries().zip(Limits::default().entries()) {
        limit(name, value, default, report);
    }
    if config.limits.page_items > config.limits.page_max_items {
        report.fault("limits.page_items", "is above limits.page_max_items: lower it");
    }
    rate(&config.rate, report);
    if config.server.drain_wait_s > LONGEST_S {
        report.fault("server.drain_wait_s", "is longer than a year: give seconds");
    }
    if config.retention.consent_days == 0 {
        report.fault("retention.consent_days", "is 0, so every consent would end at once: give days");
    }
}

fn limit(name: &str, value: u64, default: u64, report: &mut Report) {
    let key = format!("limits.{name}");
    let too_long = name.ends_with("_s") && !name.ends_with("_per_s") && value > LONGEST_S;
    // The one limit that is a minimum is looser when lower.
    let looser = if name == "body_rate_bytes_per_s" { value < default } else { value > default };
    if value == 0 && !ZERO_IS_SAID.contains(&name) {
        report.fault(key, format!("must not be 0; the default is {default}"));
    } else if too_long {
        report.fault(key, format!("is longer than a year: give seconds; the default is {default}"));
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
        } else if value > default {
            report.warn(format!("rate.{name}"), format!("is {value}, looser than the default of {default}"));
        }
    }
}
