//! An S3 store for the tests: `PyPI`'s `moto`, started once a process. `TEST_S3_PYTHON` is a Python that has
//! what `s3.txt` beside this file lists.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;

use sharehold::config::{Blobs, Credentials, S3};
use sharehold::secret::Secret;

/// Of keeps of one object at once it makes faults 500, which are tried again. Serves until its input ends, which is when this
/// process does, however it ends.
const SERVER: &str = r#"
import logging, os, sys, urllib.request
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
at = "http://%s:%d" % server.get_host_and_port()
urllib.request.urlopen(urllib.request.Request(at + "/photos", method="PUT")).read()
print(at, flush=True)
sys.stdin.read()
os._exit(0)
"#;

struct Server {
    endpoint: String,
    _process: (Child, ChildStdin),
}

static SERVER_OF_ALL: LazyLock<Server> = LazyLock::new(|| {
    let python =
        std::env::var("TEST_S3_PYTHON").expect("TEST_S3_PYTHON is not set: run tests/run, or see tests/README.md");
    let mut command = Command::new(&python);
    command.args(["-c", SERVER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().expect("TEST_S3_PYTHON runs");
    let input = process.stdin.take().expect("an input");
    let mut endpoint = String::new();
    BufReader::new(process.stdout.take().expect("an output")).read_line(&mut endpoint).expect("a line");
    let endpoint = endpoint.trim().to_owned();
    assert!(!endpoint.is_empty(), "TEST_S3_PYTHON ({python}) lacks what tests/support/s3.txt lists");
    Server { endpoint, _process: (process, input) }
});

/// What opens it: any do.
pub const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "canary-id"), ("AWS_SECRET_ACCESS_KEY", "canary-secret")];

/// Where it is.
pub fn endpoint() -> &'static str {
    &SERVER_OF_ALL.endpoint
}

/// A part of its bucket that nothing else uses.
pub fn fresh() -> Blobs {
    let s3 = S3 { endpoint: Some(endpoint().to_owned()), region: None };
    let [(_, id), (_, secret)] = CREDENTIALS;
    let credentials = Credentials { id: id.into(), secret: Secret::new(secret.into()), session: None };
    let url = format!("s3://photos/{}", uuid::Uuid::now_v7().simple());
    Blobs { url, s3: Some(s3), credentials: Some(credentials) }
}

/// Puts an object there, as anybody may.
pub fn put(settings: &Blobs, name: &str, text: &str) {
    let path = settings.url.trim_start_matches("s3://");
    ureq::put(format!("{}/{path}/{name}", endpoint())).send(text).expect("put");
}
