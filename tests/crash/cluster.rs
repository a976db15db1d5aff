//! A PostgreSQL of the harness's own: made, started, stopped, frozen, killed. As an unprivileged user, on loopback.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::outcome::Outcome;

const PATIENCE: Duration = Duration::from_mins(1);

/// The cluster. Killed when dropped.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// Where it listens, running or not.
    pub(crate) port: u16,
    postmaster: Option<Child>,
    /// Settings: `name=value`.
    settings: Vec<String>,
}

impl Cluster {
    /// Makes one in `folder/postgres` and starts it.
    pub(crate) fn start_new(folder: &Path) -> Outcome<Self> {
        Self::start_with(folder, &[])
    }

    /// [`Cluster::start_new`], with settings of PostgreSQL (`name=value`).
    pub(crate) fn start_with(folder: &Path, settings: &[&str]) -> Outcome<Self> {
        Self::start_split(folder, None, settings)
    }

    /// [`Cluster::start_with`], with its write-ahead log in a folder of another disk.
    pub(crate) fn start_split(folder: &Path, log: Option<&Path>, settings: &[&str]) -> Outcome<Self> {
        let home = folder.join("postgres");
        fs::create_dir_all(&home)?;
        give(folder, &home)?;
        let mut cluster = Self::over(folder)?;
        cluster.settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut initdb = cluster.command("initdb");
        initdb.arg("--pgdata").arg(&cluster.folder);
        initdb.args([
            "--username=sharehold",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]);
        if let Some(log) = log {
            fs::create_dir_all(log)?;
            give(log.parent().unwrap_or(log), log)?;
            initdb.arg("--waldir").arg(log);
        }
        let made = initdb.output()?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
        cluster.start()?;
        Ok(cluster)
    }

    /// What [`Cluster::start_new`] left in `folder`, perhaps of another machine that lost its power; not started yet.
    pub(crate) fn over(folder: &Path) -> Outcome<Self> {
        let data = folder.join("postgres/data");
        // It names a process of that other machine.
        let _ = fs::remove_file(data.join("postmaster.pid"));
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        Ok(Self { folder: data, programs: programs()?, port, postmaster: None, settings: Vec::new() })
    }

    /// The URL of the database that is always there.
    pub(crate) fn url(&self) -> String {
        url_at(self.port)
    }

    /// Where its programs are.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// Makes a database and gives its URL.
    pub(crate) fn make_database(&self, name: &str) -> Outcome<String> {
        crate::sql::run(&self.url(), &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://sharehold@127.0.0.1:{}/{name}", self.port))
    }

    /// A program of this PostgreSQL (`pg_dump`, `psql`, …), to be run as the cluster's user.
    pub(crate) fn command(&self, program: &str) -> Command {
        // Should the harness be killed, the program goes with it.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if let Some((uid, gid)) = owner() {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
        }
        command.arg("--").arg(self.programs.join(program));
        command.current_dir("/").env("LC_ALL", "C.UTF-8").env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// Starts it (again) and waits until it takes connections.
    pub(crate) fn start(&mut self) -> Outcome<()> {
        self.begin()?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.accepts()? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("PostgreSQL did not start: {}", self.said()).into())
    }

    /// Starts it (again) and waits for nothing.
    pub(crate) fn begin(&mut self) -> Outcome<()> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.folder).args(["-p", &self.port.to_string()]);
        let fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
        for setting in fixed.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.stdout(Stdio::null()).stderr(log);
        self.postmaster = Some(command.spawn()?);
        Ok(())
    }

    /// Whether it takes connections now.
    pub(crate) fn accepts(&self) -> Outcome<bool> {
        let mut ask = self.command("pg_isready");
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-t", "2"]);
        Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() && ask.status()?.success())
    }

    /// Fast shutdown (SIGINT): sessions are ended, the state is written. Waits for the end.
    pub(crate) fn stop(&mut self) -> Outcome<()> {
        send(&[self.pid()?], Signal::INT)?;
        self.wait()
    }

    /// `kill -9` of the postmaster and all of its processes. Waits for their end.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        let all = self.processes()?;
        send(&all, Signal::KILL)?;
        self.wait()?;
        let begun = Instant::now();
        while all.iter().any(|pid| Path::new(&format!("/proc/{}", pid.as_raw_nonzero())).exists()) {
            if begun.elapsed() > PATIENCE {
                return Err("PostgreSQL's processes do not end".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Stops all of its processes where they are (SIGSTOP).
    pub(crate) fn freeze(&self) -> Outcome<()> {
        send(&self.processes()?, Signal::STOP)
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) -> Outcome<()> {
        send(&self.processes()?, Signal::CONT)
    }

    fn pid(&self) -> Outcome<Pid> {
        Ok(Pid::from_child(self.postmaster.as_ref().ok_or("PostgreSQL does not run")?))
    }

    /// The postmaster first, then its children.
    fn processes(&self) -> Outcome<Vec<Pid>> {
        let postmaster = self.pid()?;
        let mut all = vec![postmaster];
        for entry in fs::read_dir("/proc")?.flatten() {
            let Some(number) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            // "pid (name) state parent …"; the name may hold anything.
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<i32>().ok());
            if parent == Some(postmaster.as_raw_nonzero().get()) {
                all.extend(Pid::from_raw(number));
            }
        }
        Ok(all)
    }

    fn wait(&mut self) -> Outcome<()> {
        if let Some(mut postmaster) = self.postmaster.take() {
            postmaster.wait()?;
        }
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }

    fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.postmaster.is_some() {
            let _ = self.kill();
        }
    }
}

/// The folder with `initdb` and `postgres`, of the newest version.
fn programs() -> Outcome<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let programs = entry.path().join("bin");
        let version = entry.file_name().to_str().and_then(|name| name.parse().ok()).unwrap_or(0);
        if programs.join("initdb").exists() {
            found.push((version, programs));
        }
    }
    found.sort();
    if let Some((_, programs)) = found.pop() {
        return Ok(programs);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    let program = named.ok_or("PostgreSQL is missing: apt-get install postgresql")?.join("initdb").canonicalize()?;
    Ok(program.parent().ok_or("no folder")?.to_owned())
}

/// Whose the cluster is, if we are root: PostgreSQL refuses to be root's.
fn owner() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    named("postgres").or_else(|| named("nobody"))
}

/// Makes `home` the owner's, and the way to it passable.
fn give(folder: &Path, home: &Path) -> Outcome<()> {
    let Some((uid, gid)) = owner() else { return Ok(()) };
    chown(home, Some(uid), Some(gid))?;
    let mode = fs::metadata(folder)?.mode();
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(mode | 0o011))?;
    Ok(())
}

/// Sends `signal` to those that are still there.
fn send(processes: &[Pid], signal: Signal) -> Outcome<()> {
    for pid in processes {
        match kill_process(*pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(fault) => return Err(format!("{signal:?} to {pid:?}: {fault}").into()),
        }
    }
    Ok(())
}

/// The URL of the database that is always there, of what listens on `port`: a cluster, or something before it.
pub(crate) fn url_at(port: u16) -> String {
    format!("postgres://sharehold@127.0.0.1:{port}/postgres")
}
