//! The serving process, seen from the loading one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::database::Database;
use crate::people::Sample;
use crate::server;
use crate::setting::Fault;

/// The child; killed when dropped. It ends by itself when its standard input does.
pub(crate) struct Child {
    process: std::process::Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    ports: Vec<u16>,
}

impl Child {
    /// Starts it and waits until it serves.
    pub(crate) fn start(databases: &[Database]) -> Result<Self, Fault> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(server::ARGUMENT)
            .args(databases.iter().map(Database::url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // One JSON line a request is written, as in production; it is read by nobody.
            .stderr(if std::env::var_os("BENCH_LOG").is_some() { Stdio::inherit() } else { Stdio::null() })
            .env_remove("RUST_LOG")
            .spawn()?;
        let commands = process.stdin.take().ok_or("no pipe to the server")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no pipe from the server")?);
        let mut child = Self { process, commands, answers, ports: Vec::new() };
        child.ports = child.heard()?.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        Ok(child)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its ports, in the order of [`crate::setting::Route::port`].
    pub(crate) fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// The CPU time that it has used so far, user and system, all threads, microseconds.
    pub(crate) fn cpu_us(&mut self) -> Result<f64, Fault> {
        writeln!(self.commands, "cpu")?;
        Ok(self.heard()?.parse::<f64>()? / 1e3)
    }

    /// Has a route without a database, `bare` or `page`, answer with this.
    pub(crate) fn answer_with(&mut self, route: &str, sample: &Sample) -> Result<(), Fault> {
        writeln!(self.commands, "{route} {}\t{}", sample.etag, sample.body)?;
        self.heard().map(|_| ())
    }

    fn heard(&mut self) -> Result<String, Fault> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the server process ended; BENCH_LOG=1 shows what it logged".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
