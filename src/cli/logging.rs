//! Logs: one JSON object a line on stderr, or plain lines when a person is looking. Filter: `RUST_LOG`.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use log::Record;
use log::kv::{self, Key, Value, VisitSource};
use serde::Serializer as _;
use serde::ser::SerializeMap;

use crate::clock::{Clock, SystemClock};

/// What is logged unless `RUST_LOG` says otherwise. Nothing of `actix_http`: it writes a line at ERROR for each request that
/// is not HTTP, so that whoever reaches the port could fill the disk and drown what matters.
const FILTER: &str = "info,actix_server=warn,actix_http=off";

/// What `RUST_LOG` says comes on top: `warn` is no wish to hear of every request that is not HTTP; `actix_http=…` is.
fn filter(wanted: Option<&str>) -> String {
    wanted.map_or_else(|| FILTER.into(), |wanted| format!("{FILTER},{wanted}"))
}

/// Starts logging, once a process: a second call changes nothing.
pub fn start() {
    let human = std::io::stderr().is_terminal();
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&filter(std::env::var("RUST_LOG").ok().as_deref()));
    builder.format(move |out, record| {
        let line = if human { plain(record) } else { json(&SystemClock, record) };
        out.write_all(line.as_bytes())
    });
    // Tests start several servers in one process.
    drop(builder.try_init());
}

/// `{"ts":…,"level":…,"target":…,"event":…` and the record's own pairs `}`: every control character is escaped, so that
/// nothing a client sends can begin a line of its own or speak to the terminal that shows it.
fn json(clock: &dyn Clock, record: &Record<'_>) -> String {
    let mut line = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut line);
    let written = serializer.serialize_map(None).and_then(|mut map| {
        map.serialize_entry("ts", &clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true))?;
        map.serialize_entry("level", record.level().as_str())?;
        map.serialize_entry("target", record.target())?;
        map.serialize_entry("event", &record.args().to_string())?;
        // A visitor's error can only be the map's, which writes to memory and has none.
        drop(record.key_values().visit(&mut Pairs(&mut map)));
        map.end()
    });
    let text = written.ok().and_then(|()| String::from_utf8(line).ok()).unwrap_or_default();
    if text.is_ascii() && !text.contains('\x7f') { text + "\n" } else { escaped(&text) + "\n" }
}

/// JSON itself escapes those below U+0020 alone (RFC 8259 §7).
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() {
            // Writing to memory has no error.
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

struct Pairs<'a, M>(&'a mut M);

impl<'kvs, M: SerializeMap> VisitSource<'kvs> for Pairs<'_, M> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let key = key.as_str();
        // The four of ours stay single.
        if matches!(key, "ts" | "level" | "target" | "event") {
            return Ok(());
        }
        let written = if let Some(text) = value.to_borrowed_str() {
            self.0.serialize_entry(key, text)
        } else if let Some(whole) = value.to_u64() {
            self.0.serialize_entry(key, &whole)
        } else if let Some(whole) = value.to_i64() {
            self.0.serialize_entry(key, &whole)
        } else if let Some(number) = value.to_f64() {
            self.0.serialize_entry(key, &number)
        } else if let Some(truth) = value.to_bool() {
            self.0.serialize_entry(key, &truth)
        } else {
            self.0.serialize_entry(key, &value.to_string())
        };
        written.map_err(|_| kv::Error::msg("not written"))
    }
}

/// `LEVEL target: message key=value …`, control characters as escapes.
fn plain(record: &Record<'_>) -> String {
    let mut pairs = Text(String::new());
    drop(record.key_values().visit(&mut pairs));
    let line = format!("{:5} {}: {}{}", record.level(), record.target(), record.args(), pairs.0);
    let safe: String =
        line.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    safe + "\n"
}

struct Text(String);

impl<'kvs> VisitSource<'kvs> for Text {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        write!(self.0, " {key}={value}").map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use log::{Level, Log as _, Metadata, Record};

    use super::{filter, json, plain};
    use crate::clock::FixedClock;

    fn with_record(test: impl FnOnce(&Record<'_>)) {
        let pairs: &[(&str, log::kv::Value<'_>)] = &[
            ("status", 401.into()),
            ("who", "a\nb\u{7f}\u{9b}é".into()),
            ("cached", true.into()),
            ("event", "forged".into()),
        ];
        test(
            &Record::builder()
                .level(Level::Warn)
                .target("sharehold::access")
                .args(format_args!("refused\n{{\"level\":\"INFO\"}}"))
                .key_values(&pairs)
                .build(),
        );
    }

    #[test]
    fn who_sends_no_http_writes_no_line() {
        let quieter = env_logger::Builder::new().parse_filters(&filter(Some("warn"))).build();
        for (target, level, logged) in [
            ("actix_http::h1::dispatcher", Level::Error, false),
            ("sharehold::access", Level::Warn, true),
            ("sharehold::access", Level::Info, false),
        ] {
            let metadata = Metadata::builder().target(target).level(level).build();
            assert_eq!(quieter.enabled(&metadata), logged, "{target}");
        }
        let logger = env_logger::Builder::new().parse_filters(&filter(None)).build();
        for (target, level, logged) in [
            ("actix_http::h1::dispatcher", Level::Error, false),
            ("actix_server::worker", Level::Warn, true),
            ("actix_server::builder", Level::Info, false),
            ("sharehold::access", Level::Info, true),
        ] {
            let metadata = Metadata::builder().target(target).level(level).build();
            assert_eq!(logger.enabled(&metadata), logged, "{target}");
        }
    }

    #[test]
    fn one_record_is_one_json_object_on_one_line() {
        let clock = FixedClock::at(DateTime::from_timestamp_micros(1_700_000_000_000_001).unwrap());
        with_record(|record| {
            let line = json(&*clock, record);
            let expected = r#"{"ts":"2023-11-14T22:13:20.000001Z","level":"WARN","target":"sharehold::access","#
                .to_owned()
                + r#""event":"refused\n{\"level\":\"INFO\"}","status":401,"who":"a\nb\u007f\u009bé","cached":true}"#
                + "\n";
            assert_eq!(line, expected);
        });
    }

    #[test]
    fn a_plain_line_stays_one_line() {
        with_record(|record| {
            let line = plain(record);
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert!(line.starts_with("WARN  sharehold::access: refused\\n"), "{line}");
            assert!(line.contains(" status=401 who=a\\nb\\u{7f}\\u{9b}é "), "{line}");
        });
    }
}
