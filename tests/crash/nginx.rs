//! nginx before servers: `docs/operations/nginx.conf` as it is shipped, on a port of loopback and without TLS. As an
//! unprivileged process, all of its files in the house's folder.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::fleet::until;
use crate::http::{Connection, Request};
use crate::outcome::Outcome;

const PATIENCE: Duration = Duration::from_secs(10);
/// The line of the shipped file that names the server, and the one that says how a second is named.
const SERVER: &str = "    server 127.0.0.1:8700 max_fails=0;\n";
const SECOND: &str = "    # server 127.0.0.1:8702 max_fails=0;\n";

/// The proxy. Ended when dropped.
pub(crate) struct Nginx {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    home: PathBuf,
    ports: Vec<u16>,
    clients: Clients,
}

/// Whether clients keep their connections to it. A reload closes those that are idle, and so perhaps one that is about to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clients {
    /// They do.
    Keep,
    /// Each request has a connection of its own.
    Leave,
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

impl Nginx {
    /// Starts it in `folder` before the servers at `ports`.
    pub(crate) fn start(folder: &Path, ports: &[u16], clients: Clients) -> Outcome<Self> {
        let home = folder.join("nginx");
        fs::create_dir_all(&home)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        configure(&home, address, ports, None, clients)?;
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].iter().find(|path| Path::new(path).exists());
        let program = program.ok_or("nginx is missing: apt-get install nginx-light")?;
        // Should the harness be killed, nginx ends, and its workers with it.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--", program])
            .arg("-c")
            .arg(home.join("nginx.conf"))
            .arg("-p")
            .arg(&home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.join("error.log"))?)
            .spawn()?;
        let nginx = Self { child, address, home, ports: ports.to_vec(), clients };
        let asked =
            || Ok::<_, std::io::Error>(Connection::open(address, PATIENCE)?.send(&Request::get("/"), None)?.status);
        until(PATIENCE, || asked().is_ok()).ok_or_else(|| format!("nginx did not start: {}", nginx.said()))?;
        Ok(nginx)
    }

    /// Has it send nothing to the server at `away`, and waits until what it sent there before has been answered.
    pub(crate) fn reload(&self, away: Option<u16>) -> Outcome<()> {
        let before = self.workers()?;
        configure(&self.home, self.address, &self.ports, away, self.clients)?;
        kill_process(Pid::from_child(&self.child), Signal::HUP)?;
        let gone =
            || self.workers().is_ok_and(|now| !now.is_empty() && before.iter().all(|worker| !now.contains(worker)));
        until(PATIENCE, gone).ok_or("nginx's workers from before the reload do not end")?;
        Ok(())
    }

    fn workers(&self) -> Outcome<Vec<String>> {
        let master = self.child.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        Ok(children.split_whitespace().map(ToOwned::to_owned).collect())
    }

    /// Its log of errors.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.home.join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it, which they would not after SIGKILL.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// The shipped file, changed in what this machine has not: the port, the certificate; and in the servers' addresses.
fn site(ports: &[u16], away: Option<u16>, address: SocketAddr) -> Outcome<String> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations/nginx.conf");
    let text = fs::read_to_string(shipped)?;
    let servers: String = ports
        .iter()
        .map(|port| {
            let line = SERVER.replace("8700", &port.to_string());
            if Some(*port) == away { line.replace(';', " down;") } else { line }
        })
        .collect();
    let swaps = [
        (SERVER, servers.as_str()),
        (SECOND, ""),
        ("    listen 443 ssl;\n", &format!("    listen {address};\n")),
        ("    listen [::]:443 ssl;\n", ""),
    ];
    let mut text = swaps.into_iter().try_fold(text, |text, (old, new)| {
        if text.contains(old) { Ok(text.replace(old, new)) } else { Err(format!("nginx.conf lacks {old:?}")) }
    })?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("ssl_")).collect();
    text = lines.join("\n");
    Ok(text)
}

fn configure(home: &Path, address: SocketAddr, ports: &[u16], away: Option<u16>, clients: Clients) -> Outcome<()> {
    Ok(fs::write(home.join("nginx.conf"), whole(&site(ports, away, address)?, home, clients))?)
}

fn whole(site: &str, home: &Path, clients: Clients) -> String {
    let home = home.display();
    let mut text = format!("daemon off;\nworker_processes 2;\npid {home}/pid;\nerror_log stderr warn;\n");
    if geteuid().is_root() {
        text.push_str("user root;\n");
    }
    text.push_str("events { worker_connections 1024; }\nhttp {\naccess_log off;\n");
    if clients == Clients::Leave {
        text.push_str("keepalive_timeout 0;\n");
    }
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(text, "{kind}_temp_path {home}/{kind};");
    }
    text.push_str(site);
    text.push_str("\n}\n");
    text
}
