//! The log, kept for the tests: why a request was refused is told to nobody but the log, so this is where it is looked up,
//! and where nothing secret may be.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, Once};

use log::kv::{Key, Value, VisitSource};

static REQUESTS: LazyLock<Mutex<HashMap<String, Pairs>>> = LazyLock::new(Mutex::default);
static LINES: LazyLock<Mutex<String>> = LazyLock::new(Mutex::default);
static ONCE: Once = Once::new();

struct Kept;

#[derive(Debug, Default)]
struct Pairs(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        self.0.push((key.to_string(), value.to_string()));
        Ok(())
    }
}

impl log::Log for Kept {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut pairs = Pairs::default();
        record.key_values().visit(&mut pairs).expect("pairs");
        let mut lines = LINES.lock().expect("lines");
        writeln!(lines, "{} {} {} {:?}", record.level(), record.target(), record.args(), pairs.0).expect("a line");
        if let Some((_, id)) = pairs.0.iter().find(|(key, _)| key == "req_id") {
            let id = id.clone();
            pairs.0.push(("level".into(), record.level().to_string()));
            let former = REQUESTS.lock().expect("requests").insert(id, pairs);
            assert!(former.is_none(), "a request has one line: {former:?}");
        }
    }

    fn flush(&self) {}
}

/// Starts keeping, at the finest level.
pub fn keep() {
    ONCE.call_once(|| {
        log::set_boxed_logger(Box::new(Kept)).expect("the only logger");
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// What the line about the request of this id says under `field`.
pub fn field(request_id: &str, field: &str) -> Option<String> {
    let requests = REQUESTS.lock().expect("requests");
    requests.get(request_id)?.0.iter().find(|(key, _)| key == field).map(|(_, value)| value.clone())
}

/// Everything that was logged so far.
pub fn everything() -> String {
    LINES.lock().expect("lines").clone()
}
