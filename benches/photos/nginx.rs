//! nginx, one process, that serves a folder of files, as Debian sets it up: `sendfile`, a line of log a request.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cores::Fault;

const PATIENCE: Duration = Duration::from_secs(10);

/// It; killed when dropped.
pub(crate) struct Nginx {
    process: Child,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Nginx {
    /// Starts it where this thread runs, with these files, and waits until it serves.
    pub(crate) fn start(files: &[(&str, Vec<u8>)]) -> Result<Self, Fault> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("files"))?;
        files.iter().try_for_each(|(name, bytes)| fs::write(folder.path().join("files").join(name), bytes))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let path = folder.path().join("nginx.conf");
        fs::write(&path, configuration(folder.path(), port))?;
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].iter().find(|path| Path::new(path).exists());
        let program = program.ok_or("nginx is missing: apt-get install nginx-light")?;
        let process = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(path)
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.path().join("said"))?)
            .spawn()?;
        let nginx = Self { process, port, folder };
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(fs::read_to_string(nginx.folder.path().join("said"))?.into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// One process, which is its own worker.
fn configuration(folder: &Path, port: u16) -> String {
    let home = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {home}/{kind};\n"))
        .concat();
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    format!(
        "daemon off;\nmaster_process off;\n{user}pid {home}/pid;\nerror_log stderr warn;\nevents {{}}\nhttp {{\n\
         access_log {home}/access.log;\n{temporary}sendfile on;\ntcp_nopush on;\ntypes {{ image/jpeg jpg; }}\n\
         server {{ listen 127.0.0.1:{port}; root {home}/files; }}\n}}\n"
    )
}
