//! The load: `wrk`, one thread, 32 connections kept alive, a random person's token in each request.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use crate::child::Child;
use crate::setting::{Fault, Route};

/// Requests are put together before the load begins: picking one is all that is left to do while it runs.
const SCRIPT: &str = r#"
local requests = {}
function init(arguments)
  math.randomseed(7)
  for token in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, {
      ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json",
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

/// What one round showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Requests a second.
    pub rate: f64,
    /// Latency that half of the requests stayed below, milliseconds.
    pub p50_ms: f64,
    /// Latency that 99 % stayed below, milliseconds.
    pub p99_ms: f64,
    /// CPU time of the server a request, microseconds.
    pub cpu_us: f64,
}

/// What `wrk` is given.
pub(crate) struct Load {
    script: NamedTempFile,
    tokens: NamedTempFile,
}

impl Load {
    /// Whether `wrk` is there.
    pub(crate) fn check() -> Result<(), Fault> {
        let found = Command::new("wrk").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.map(|_| ()).map_err(|fault| {
            format!(
                "`wrk` cannot be started ({fault}). Install it: apt-get install wrk (Debian, Ubuntu), brew install wrk"
            )
            .into()
        })
    }

    /// Writes down what `wrk` reads.
    pub(crate) fn prepare(tokens: &[String]) -> Result<Self, Fault> {
        let (mut script, mut list) = (NamedTempFile::with_suffix(".lua")?, NamedTempFile::new()?);
        script.write_all(SCRIPT.as_bytes())?;
        list.write_all(tokens.join("\n").as_bytes())?;
        Ok(Self { script, tokens: list })
    }

    /// Loads one route for some seconds. An answer that is no 200 ends the bench.
    pub(crate) fn round(&self, child: &mut Child, route: Route, seconds: u64) -> Result<Round, Fault> {
        let port = route.port(child.ports()).ok_or("no port")?;
        let before = child.cpu_ns()?;
        let output = Command::new("wrk")
            .args(["-t1", "-c32", &format!("-d{seconds}s"), "-s"])
            .arg(self.script.path())
            .arg(format!("http://127.0.0.1:{port}{}", route.path()))
            .arg("--")
            .arg(self.tokens.path())
            .output()?;
        let cpu_ns = child.cpu_ns()? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let told = || format!("{}: wrk said:\n{text}{}", route.name(), String::from_utf8_lossy(&output.stderr));
        let line = text.lines().find_map(|line| line.strip_prefix("figures ")).ok_or_else(told)?;
        let figures = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        match figures.as_slice() {
            &[requests, duration_us, 0.0, p50_us, p99_us] if requests > 0.0 => Ok(Round {
                rate: requests * 1e6 / duration_us,
                p50_ms: p50_us / 1e3,
                p99_ms: p99_us / 1e3,
                cpu_us: std::time::Duration::from_nanos(cpu_ns).as_secs_f64() * 1e6 / requests,
            }),
            _ => Err(told().into()),
        }
    }
}
