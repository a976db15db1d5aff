//! The real binary, serving: what only a process and a socket can show.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::keys;

/// How long anything may take here before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server on free ports, with a SQLite file in a folder of its own.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    pub admin: SocketAddr,
    pub folder: TempDir,
    lines: mpsc::Receiver<String>,
}

/// The configuration that the processes start from; settings are laid over it.
pub fn configuration(folder: &TempDir) -> PathBuf {
    let key = keys::private_copy(&keys::path("ours-2048.pem"), folder.path());
    let certificate = keys::path("certified.certificate.pem");
    let path = folder.path().join("sharehold.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite://test.db\"\n\
         [blobs]\nurl = \"file://blobs\"\n[keys]\ndecryption = [\"{}\"]\n[server]\ndrain_wait_s = 1\n\
         [[authorization_servers]]\nissuer = \"https://strict.example\"\ncertificate = \"{}\"\n",
        key.display(),
        certificate.display()
    );
    std::fs::write(&path, text).expect("a configuration");
    path
}

/// The command, ready to be started.
pub fn command(subcommand: &str, configuration: &std::path::Path, sets: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sharehold"));
    command.arg(subcommand).arg("--config").arg(configuration);
    for set in sets {
        command.arg("--set").arg(set);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts one and waits until it is ready.
    pub fn start(sets: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), sets)
    }

    /// Starts one over what an earlier one left in `folder`.
    pub fn start_in(folder: TempDir, sets: &[&str]) -> Self {
        configuration(&folder);
        Self::start_as_it_is(folder, sets)
    }

    /// Starts one with the configuration that `folder` holds.
    pub fn start_as_it_is(folder: TempDir, sets: &[&str]) -> Self {
        let command = command("serve", &folder.path().join("sharehold.toml"), sets);
        Self::run(command, folder)
    }

    /// Starts one that has no folder for temporary files but its own.
    pub fn start_without_temporary() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = command("serve", &configuration(&folder), &[]);
        command.env("TMPDIR", folder.path().join("missing"));
        Self::run(command, folder)
    }

    /// Starts one whose writes can be made to fail: it outlives the signal that comes with them.
    pub fn start_limited(folder: TempDir) -> Self {
        let path = configuration(&folder);
        let plain = command("serve", &path, &[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::run(shell, folder)
    }

    /// From now on it can write no file beyond this many octets; `None`: as far as it likes.
    pub fn limit_files(&self, octets: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let maximum = getrlimit(Resource::Fsize).maximum;
        let limit = Rlimit { current: octets.or(maximum), maximum };
        prlimit(Pid::from_raw(self.child.id().cast_signed()), Resource::Fsize, limit).expect("a limit");
    }

    fn run(mut command: Command, folder: TempDir) -> Self {
        let mut child = command.spawn().expect("the server starts");
        let (line, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
        let errors = line.clone();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|text| drop(line.send(text)));
        });
        std::thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).for_each(|text| drop(errors.send(text)));
        });
        let (mut address, mut admin, mut seen) = (None, None, Vec::new());
        while address.is_none() || admin.is_none() {
            let text = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("not ready: {seen:#?}"));
            if let Some(rest) = text.strip_prefix("ready ") {
                address = rest.split("://").nth(1).and_then(|address| address.parse().ok());
            }
            if let Some((_, rest)) = text.split_once("admin address: http://") {
                admin = rest.split('"').next().and_then(|address| address.parse().ok());
            }
            seen.push(text);
        }
        Self { child, address: address.expect("ready"), admin: admin.expect("an address"), folder, lines }
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Asks it to read its configuration again.
    pub fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    /// Ends it where it is.
    pub fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("a signal");
    }

    /// Waits until it says something with `words` in it; what it said from the last such wait on, that line last.
    pub fn says(&self, words: &str) -> Vec<String> {
        let mut said: Vec<String> = Vec::new();
        while !said.last().is_some_and(|line| line.contains(words)) {
            said.push(self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {words:?} in {said:#?}")));
        }
        said
    }

    /// Waits for its end; what it left stays.
    pub fn ended(mut self) -> (ExitStatus, TempDir) {
        let status = self.end();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        (status, folder)
    }

    fn end(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The head of a request that sets a photo.
    pub fn put_photo(&self, token: &str, media: &str, length: usize) -> String {
        format!(
            "PUT /v1.0/me/photo/$value HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: {media}\r\n\
             Content-Length: {length}\r\n\r\n",
            self.address
        )
    }

    /// A connection to the API.
    pub fn connect(&self) -> Connection {
        Connection::to(self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A connection that is written and read by hand.
pub struct Connection(TcpStream);

impl Connection {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        Self(stream)
    }

    /// Sends; whether it could still be sent.
    pub fn send(&mut self, bytes: &(impl AsRef<[u8]> + ?Sized)) -> bool {
        self.0.write_all(bytes.as_ref()).and_then(|()| self.0.flush()).is_ok()
    }

    /// Reads one answer: its status and its body.
    pub fn answer(&mut self) -> (u16, Value) {
        let (status, _, body) = self.whole_answer();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Reads one answer: its status, its head and its body.
    pub fn whole_answer(&mut self) -> (u16, String, Vec<u8>) {
        let mut reader = BufReader::new(&mut self.0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).expect("a head in time") > 0, "closed after {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).expect("a body");
        (status, head, body)
    }

    /// Everything that comes until the other side closes.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).expect("an end in time");
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// Whether the other side closes within its deadlines.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

/// The text that a GET on a connection of its own yields.
pub fn text(address: SocketAddr, path: &str) -> String {
    let mut connection = Connection::to(address);
    connection.send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    let mut answer = String::new();
    connection.0.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("a head")
}

/// One GET on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> (u16, Value) {
    let mut connection = Connection::to(address);
    connection.send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    connection.answer()
}
