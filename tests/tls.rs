//! TLS as clients meet it: versions, ALPN, and who does not shake hands.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::connections::narrow;
use crate::metrics::becomes;
use crate::support::process::{PATIENCE, Process};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion};

/// A certificate that is trusted by itself, and its key.
pub struct Pair {
    pub chain: String,
    pub key: String,
    root: CertificateDer<'static>,
}

/// A connection after its handshake.
pub struct Secured(StreamOwned<ClientConnection, TcpStream>);

impl Pair {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let made = CertificateParams::new([name.to_owned()]).expect("a name").self_signed(&key).expect("a certificate");
        Self { chain: made.pem(), key: key.serialize_pem(), root: made.der().clone() }
    }

    /// Writes `chain.pem` and `key.pem`, the key for its owner alone.
    pub fn write(&self, folder: &Path) {
        let key = folder.join("key.pem");
        std::fs::write(folder.join("chain.pem"), &self.chain).expect("written");
        std::fs::write(&key, &self.key).expect("written");
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our own file");
    }

    /// Shakes hands, trusting this certificate alone.
    pub fn connect(&self, address: SocketAddr) -> io::Result<Secured> {
        self.shake(TcpStream::connect(address)?, &[&TLS12, &TLS13], &[])
    }

    fn shake(
        &self,
        stream: TcpStream,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
    ) -> io::Result<Secured> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("versions");
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Secured(stream))
    }
}

impl Secured {
    /// The status of a GET.
    pub fn get(&mut self, path: &str) -> u16 {
        write!(self.0, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
        let mut reader = BufReader::new(&mut self.0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).expect("a head in time") > 0, "closed after {head:?}");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).expect("a body");
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }
}

fn start(pair: &Pair, sets: &[&str]) -> Process {
    let folder = tempfile::tempdir().expect("a folder");
    pair.write(folder.path());
    Process::start_in(folder, &[&["tls.certificate=chain.pem", "tls.private_key=key.pem"], sets].concat())
}

#[test]
fn versions_1_2_and_1_3_and_http_1_1_alone() {
    let pair = Pair::new("localhost");
    let server = start(&pair, &[]);
    for (offered, agreed) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut secured = pair
            .shake(TcpStream::connect(server.address).expect("a connection"), &[offered], &["h2", "http/1.1"])
            .expect("a handshake");
        assert_eq!(secured.0.conn.protocol_version(), Some(agreed));
        assert_eq!(secured.0.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
        assert_eq!(secured.get("/.well-known/jwks.json"), 200);
    }
    // RFC 7301 §3.2: nothing in common is said so, not guessed.
    let refused = pair
        .shake(TcpStream::connect(server.address).expect("a connection"), &[&TLS13], &["h2"])
        .err()
        .expect("no handshake")
        .to_string();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");
    assert!(Pair::new("localhost").connect(server.address).is_err(), "a client that does not trust it");
    // A client hello of TLS 1.1 (RFC 4346 §7.4.1.2) gets an alert, and no handshake.
    let mut old = TcpStream::connect(server.address).expect("a connection");
    old.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    let hello = [&[3, 2][..], &[7; 32], &[0, 0, 2, 0xC0, 0x13, 1, 0]].concat();
    let length = u8::try_from(hello.len()).expect("short");
    let record = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat();
    old.write_all(&record).expect("sent");
    let mut answer = Vec::new();
    old.read_to_end(&mut answer).expect("closed");
    assert_eq!(answer.first(), Some(&21), "an alert: {answer:?}");
}

/// Who opens a connection and says nothing is cut in time, and keeps nobody else out meanwhile: not even more of them than
/// the framework would let shake hands at once by itself (256 for each worker).
#[test]
fn silent_connections_are_cut_and_keep_nobody_out() {
    let pair = Pair::new("localhost");
    let many = ["limits.connections=400", "limits.connections_per_address=400"];
    let server = start(&pair, &[&["limits.head_deadline_s=4", "server.workers=1"][..], &many].concat());
    let start = Instant::now();
    let mut silent: Vec<TcpStream> =
        (0..300).map(|_| TcpStream::connect(server.address).expect("a connection")).collect();
    let mut honest = pair.connect(server.address).expect("a handshake");
    assert_eq!(honest.get("/.well-known/jwks.json"), 200);
    assert!(start.elapsed() < Duration::from_secs(3), "kept out for {:?}", start.elapsed());
    let first = silent.first_mut().expect("one");
    first.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    assert_eq!(first.read(&mut [0; 1]).expect("closed"), 0);
    assert!(start.elapsed() < Duration::from_secs(10), "cut after {:?}", start.elapsed());
}

/// An address's connections count before hands are shaken: beyond its limit, and a few on which it would be told, it has none.
#[test]
fn handshakes_of_one_address_are_bounded() {
    let pair = Pair::new("localhost");
    let server = start(&pair, &["limits.connections_per_address=4", "server.workers=1"]);
    let mut silent: Vec<TcpStream> =
        (0..62).map(|_| TcpStream::connect(server.address).expect("a connection")).collect();
    for beyond in silent.iter_mut().skip(12) {
        // Sooner than the deadline of the handshake.
        beyond.set_read_timeout(Some(Duration::from_secs(4))).expect("a deadline");
        assert_eq!(beyond.read(&mut [0; 1]).expect("closed"), 0);
    }
    drop(silent);
    let start = Instant::now();
    while !pair.connect(server.address).is_ok_and(|mut secured| secured.get("/.well-known/jwks.json") == 200) {
        assert!(start.elapsed() < PATIENCE, "a place that was given back is not there");
    }
}

/// Half as fast again as it must: what TLS keeps does not hide what was taken. Who takes nothing is cut all the same.
#[test]
fn who_reads_as_slowly_as_it_may_is_not_cut() {
    let pair = Pair::new("localhost");
    let sets = ["limits.answer_window_s=4", "limits.body_rate_bytes_per_s=4096", "rate.enabled=false"];
    let server = start(&pair, &sets);
    let asking = || {
        let stream = narrow([127, 0, 0, 1], server.address);
        let mut secured = pair.shake(stream, &[&TLS13], &[]).expect("a handshake");
        let asked = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20);
        secured.0.write_all(asked.as_bytes()).expect("sent");
        secured.0
    };
    let (mut reader, _sleeper) = (asking(), asking());
    let (start, mut read) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(14) {
        let due = 6 * start.elapsed().as_millis() * 1024 / 1000;
        let mut part = vec![0; usize::try_from(due).expect("little").saturating_sub(read)];
        reader.read_exact(&mut part).expect("it is served on");
        read += part.len();
        std::thread::sleep(Duration::from_millis(50));
    }
    becomes(&server, "sharehold_http_rejected_total{reason=\"reader_too_slow\"}", 1.0);
    reader.read_exact(&mut vec![0; 64 * 1024]).expect("it is served on");
}
