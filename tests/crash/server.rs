//! The server under test, as a process: started, asked, killed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::house::House;
use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// How long a start or an end may take before the harness gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the fault of a start says if the process ended by itself.
pub(crate) const ENDED: &str = "(exit status: ";

/// The program: `SHAREHOLD`, or the one that was built beside this harness.
pub(crate) fn program() -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("SHAREHOLD") {
        return Ok(named.into());
    }
    let harness = std::env::current_exe()?;
    let beside = harness.parent().and_then(Path::parent).ok_or("no folder")?.join("sharehold");
    if beside.exists() { Ok(beside) } else { Err(format!("{} is missing: cargo build", beside.display()).into()) }
}

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    /// Settings laid over the configuration: `key=value`.
    pub(crate) sets: Vec<String>,
    /// Variables of its environment.
    pub(crate) variables: Vec<(String, String)>,
    /// The program, if it is not [`program`].
    pub(crate) program: Option<PathBuf>,
    /// The name of its log in the house's folder, if it is not `server.log`.
    pub(crate) log: Option<String>,
}

impl Start {
    /// Starts it over `house` and waits until it says that it is ready.
    pub(crate) fn serve(&self, house: &House) -> Outcome<Server> {
        let program = self.program.clone().map_or_else(program, Ok)?;
        let log = house.folder.join(self.log.as_deref().unwrap_or("server.log"));
        let begun = Instant::now();
        let from = fs::metadata(&log).map_or(0, |file| file.len());
        // Should the harness be killed, the server goes with it (with the thread that started it, that is).
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command.arg("serve").arg("--config").arg(house.configuration());
        command.args(self.sets.iter().flat_map(|set| ["--set", set]));
        command.env("RUST_LOG", "warn,sharehold::cli::serve=info");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?);
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let mut server = Server { child, log, address: nowhere(), admin: nowhere(), started_in: Duration::ZERO };
        let Some(address) = ready(out) else {
            let status = server.ended().map_or_else(|_| "it hangs".to_owned(), |status| status.to_string());
            return Err(format!("the server did not start ({status}): {}", server.said(from)).into());
        };
        server.address = address;
        server.started_in = begun.elapsed();
        let said = server.said(from);
        let admin = said.rsplit("admin address: http://").next().and_then(|rest| rest.split('"').next()?.parse().ok());
        server.admin = admin.ok_or_else(|| format!("no admin address in {said}"))?;
        Ok(server)
    }
}

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// The address in the line `ready http://…`; nothing if the output ends or [`PATIENCE`] does before.
fn ready(out: impl std::io::Read + Send + 'static) -> Option<SocketAddr> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("ready http://") {
                let _ = tell.send(address.to_owned());
            }
        }
    });
    told.recv_timeout(PATIENCE).ok()?.parse().ok()
}

/// A server that runs. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// The API.
    pub(crate) address: SocketAddr,
    /// `/livez`, `/readyz`, `/metrics`.
    pub(crate) admin: SocketAddr,
    /// From the start of the process to its `ready`.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts one over `house`, as it is configured.
    pub(crate) fn start(house: &House) -> Outcome<Self> {
        Start::default().serve(house)
    }

    /// The process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// `kill -9`, and waits for its end.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends `signal`.
    pub(crate) fn signal(&self, signal: Signal) -> Outcome<()> {
        Ok(kill_process(self.pid(), signal)?)
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> Outcome<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("the server does not end".into())
    }

    /// SIGTERM, and waits for its end.
    pub(crate) fn stop(&mut self) -> Outcome<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.ended()
    }

    /// What `/readyz` answers.
    pub(crate) fn readiness(&self) -> Outcome<Answer> {
        get(self.admin, "/readyz", None)
    }

    /// The sum of a metric's series.
    pub(crate) fn metric(&self, name: &str) -> Outcome<f64> {
        let text = String::from_utf8(get(self.admin, "/metrics", None)?.body)?;
        let series =
            text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        Ok(series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// The lines of `said`, what [`Start::serve`] failed with, that are no log's: what a person sees.
    pub(crate) fn plain(said: &str) -> Vec<&str> {
        let text = said.split_once("): ").map_or(said, |(_, text)| text);
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('{')).collect()
    }

    /// Its log from the octet `from` on.
    pub(crate) fn said(&self, from: u64) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let from = usize::try_from(from).unwrap_or(0);
        String::from_utf8_lossy(log.get(from..).unwrap_or_default()).into_owned()
    }
}

/// One GET on a connection of its own, at `address` (a server's API or admin address).
pub(crate) fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Outcome<Answer> {
    Ok(Connection::open(address, PATIENCE)?.send(&Request::get(path), token)?)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
