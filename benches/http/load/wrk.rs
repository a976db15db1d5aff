//! `wrk`: one thread, connections kept alive, a random person's token in each request, or none.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use super::CONNECTIONS;
use crate::cores::Fault;

/// Requests are put together before the load begins: picking one is all that is left to do while it runs.
const SCRIPT: &str = r#"
local requests = {}
function init(arguments)
  math.randomseed(7)
  for token in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, {
      ["Authorization"] = token ~= "" and "Bearer " .. token or nil, ["Accept"] = arguments[2],
      ["If-None-Match"] = arguments[3],
    })
  end
end
function request()
  return requests[math.random(#requests)]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %d %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"#;

/// What it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Requests answered.
    pub(crate) requests: f64,
    /// Requests answered a second.
    pub(crate) rate: f64,
    /// Latency that half of the requests stayed below, milliseconds.
    pub(crate) p50_ms: f64,
    /// Latency that 99 % stayed below, milliseconds.
    pub(crate) p99_ms: f64,
}

/// What it is given.
pub(crate) struct Wrk {
    script: NamedTempFile,
    tokens: NamedTempFile,
    accept: &'static str,
}

/// Whether it is there.
pub(crate) fn check() -> Result<(), Fault> {
    let found = Command::new("wrk").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.map(|_| ()).map_err(|fault| {
        format!("`wrk` cannot be started ({fault}). Install it: apt-get install wrk (Debian, Ubuntu)").into()
    })
}

impl Wrk {
    /// Writes down what it reads: the tokens, of which one that is empty is none. It takes answers of the type `accept`.
    pub(crate) fn prepare(tokens: &[String], accept: &'static str) -> Result<Self, Fault> {
        let (mut script, mut list) = (NamedTempFile::with_suffix(".lua")?, NamedTempFile::new()?);
        script.write_all(SCRIPT.as_bytes())?;
        tokens.iter().try_for_each(|token| writeln!(list, "{token}"))?;
        Ok(Self { script, tokens: list, accept })
    }

    /// Loads a path. An answer that is an error is a fault.
    pub(crate) fn run(&self, port: u16, path: &str, known: Option<&str>, seconds: u64) -> Result<Figures, Fault> {
        let output = Command::new("wrk")
            .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"])
            .arg(self.script.path())
            .arg(format!("http://127.0.0.1:{port}{path}"))
            .arg("--")
            .arg(self.tokens.path())
            .arg(self.accept)
            .args(known)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let told = || format!("{path}: wrk said:\n{text}{}", String::from_utf8_lossy(&output.stderr));
        let line = text.lines().find_map(|line| line.strip_prefix("figures ")).ok_or_else(told)?;
        let figures = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        match figures.as_slice() {
            &[requests, duration_us, 0.0, p50_us, p99_us] if requests > 0.0 => {
                Ok(Figures { requests, rate: requests * 1e6 / duration_us, p50_ms: p50_us / 1e3, p99_ms: p99_us / 1e3 })
            }
            _ => Err(told().into()),
        }
    }
}
