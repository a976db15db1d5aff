//! Other servers that answer the list from the same rows, a process each on the server's core. `benches/peers/install` fetches
//! what they need; without it they are left out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::cores;
use crate::database::Database;
use crate::setting::Fault;

/// A server that somebody else would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// With better-sqlite3.
    Fastify,
    /// With `SQLAlchemy` Core and orjson.
    FastApi,
    /// The `CardDAV` server, asked for as many cards.
    Radicale,
}

impl Peer {
    /// Those that are installed.
    pub(crate) fn installed() -> Vec<Self> {
        let all = [Self::Fastify, Self::FastApi, Self::Radicale];
        all.into_iter().filter(|peer| peer.program().is_file()).collect()
    }

    fn folder() -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "target/peers"].iter().collect()
    }

    /// What runs it and what it runs.
    fn command(self) -> (PathBuf, PathBuf) {
        let folder = Self::folder();
        match self {
            Self::Fastify => ("node".into(), folder.join("fastify/server.mjs")),
            Self::FastApi => (folder.join("python/bin/python"), folder.join("fastapi/server.py")),
            Self::Radicale => (folder.join("python/bin/python"), folder.join("radicale/server.py")),
        }
    }

    fn program(self) -> PathBuf {
        self.command().1
    }
}

/// One that serves; killed when dropped.
pub(crate) struct Running {
    process: Child,
    port: u16,
    _tokens: NamedTempFile,
}

impl Running {
    /// Starts it on SQLite's file and waits until it serves.
    pub(crate) fn start(peer: Peer, database: &Database, tokens: &[String]) -> Result<Self, Fault> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut list = NamedTempFile::new()?;
        list.write_all(tokens.join("\n").as_bytes())?;
        let (runs, program) = peer.command();
        let mut process = Command::new(runs)
            .arg(program)
            .env("DATABASE", database.url().trim_start_matches("sqlite://"))
            .env("TOKENS", list.path())
            .env("PORT", port.to_string())
            .env("NODE_ENV", "production")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no pipe from a peer")?).read_line(&mut line)?;
        let running = Self { process, port, _tokens: list };
        if line.trim() == "ready" { Ok(running) } else { Err(format!("{peer:?} does not serve").into()) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The CPU time that it has used so far, microseconds.
    pub(crate) fn cpu_us(&self) -> Result<f64, Fault> {
        cores::cpu_us(self.process.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
