//! The real server, with SQLite and blobs in a folder of its own, and the people who send it pictures.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sharehold::clock::{Clock as _, SystemClock};
use tempfile::TempDir;
use ureq::Agent;

use crate::cores::Fault;
use crate::mint::Authority;

const ISSUER: &str = "https://as.example";
/// What tokens name as their audience.
const AUDIENCE: &str = "http://127.0.0.1:8700";

/// It; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts it with its defaults, but for `sets`, where this thread runs, and waits until it serves.
    pub(crate) fn start(sets: &[&str]) -> Result<Self, Fault> {
        let folder = tempfile::tempdir()?;
        let path = configure(folder.path())?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_sharehold"))
            .args(["serve", "--config"])
            .arg(path)
            .args(sets.iter().flat_map(|set| ["--set", set]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // One JSON line a request is written, as in production; it is read by nobody.
            .stderr(if std::env::var_os("BENCH_LOG").is_some() { Stdio::inherit() } else { Stdio::null() })
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no pipe from the server")?).read_line(&mut line)?;
        let mut server = Self { process, port: 0, _folder: folder };
        let port = line.trim().strip_prefix("ready http://127.0.0.1:").ok_or("it does not serve: see BENCH_LOG=1")?;
        server.port = port.parse()?;
        Ok(server)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// An address of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn configure(folder: &Path) -> Result<std::path::PathBuf, Fault> {
    let (key, path) = (folder.join("key.pem"), folder.join("sharehold.toml"));
    // A checkout's files may be read by others, and such keys are refused.
    fs::write(&key, own("ours-2048.pem")?)?;
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    fs::write(folder.join("as.pem"), own("certified.certificate.pem")?)?;
    let text = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\npublic_url = \"{AUDIENCE}\"\n[database]\n\
         url = \"sqlite://bench.db\"\n[blobs]\nurl = \"file://blobs\"\n[keys]\ndecryption = [\"key.pem\"]\n\
         [[authorization_servers]]\nissuer = \"{ISSUER}\"\ncertificate = \"as.pem\"\n"
    );
    fs::write(&path, text)?;
    Ok(path)
}

fn own(name: &str) -> Result<String, Fault> {
    Ok(fs::read_to_string([env!("CARGO_MANIFEST_DIR"), "fixtures/keys", name].iter().collect::<std::path::PathBuf>())?)
}

/// A token of each of so many people, valid for an hour.
pub(crate) fn tokens(people: usize, scope: &str) -> Result<Vec<String>, Fault> {
    let authority = Authority::new(&own("certified.rsa.pem")?, None, &own("ours-2048.pem")?);
    let now = SystemClock.now().timestamp();
    let claims = |person: usize| {
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": format!("person-{person:04}"), "client_id": "camera-roll",
            "scope": scope, "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
        })
    };
    Ok((0..people).map(|person| authority.mint(&claims(person))).collect())
}

/// Who asks; told of every status.
pub(crate) fn agent() -> Agent {
    let asks = Agent::config_builder().timeout_global(Some(Duration::from_mins(2))).http_status_as_error(false);
    asks.build().into()
}

/// Sends a picture; the status, and what is told of it.
pub(crate) fn upload(agent: &Agent, url: &str, token: &str, picture: &[u8]) -> Result<(u16, Value), Fault> {
    let request = agent.post(url).header("Authorization", format!("Bearer {token}")).content_type("image/jpeg");
    let mut answer = request.send(picture)?;
    Ok((answer.status().as_u16(), serde_json::from_str(&answer.body_mut().read_to_string()?)?))
}

/// The bytes at an address; anything but 200 is a fault.
pub(crate) fn fetch(agent: &Agent, url: &str, token: &str) -> Result<Vec<u8>, Fault> {
    let request = agent.get(url);
    let request = if token.is_empty() { request } else { request.header("Authorization", format!("Bearer {token}")) };
    let mut answer = request.call()?;
    let bytes = answer.body_mut().with_config().limit(1 << 30).read_to_vec()?;
    let status = answer.status();
    if status == 200 { Ok(bytes) } else { Err(format!("{url}: {status}").into()) }
}
