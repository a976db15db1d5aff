//! SIGHUP: what is taken from the configuration, and that a fault anywhere leaves everything as it was.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::process::{Connection, Process, get};
use crate::tls::Pair;

const SITE: &str = "https://site.example";

/// What differs between the configurations of these tests.
struct Settings {
    front: &'static str,
    keys: &'static [&'static str],
    authority: &'static str,
    origin: &'static str,
    end: String,
}

impl Settings {
    fn first() -> Self {
        Self { front: "", keys: &["ours-2048.pem"], authority: "certified", origin: "", end: String::new() }
    }

    /// Everything that a reload takes is another.
    fn second() -> Self {
        let keys: &[_] = &["ours-3072.pem", "ours-2048.pem"];
        Self { keys, authority: "second", origin: SITE, ..Self::first() }
    }

    fn write(&self, house: &House) {
        let keys: Vec<String> = self.keys.iter().map(|key| format!("\"{key}\"")).collect();
        let origins = if self.origin.is_empty() { String::new() } else { format!("\"{}\"", self.origin) };
        let text = format!(
            "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n{}\n[database]\nurl = \"sqlite://test.db\"\n\
             [blobs]\nurl = \"file://blobs\"\n[keys]\ndecryption = [{}]\n[cors]\norigins = [{origins}]\n\
             [[authorization_servers]]\nissuer = \"https://strict.example\"\ncertificate = \"{}.pem\"\n{}",
            self.front,
            keys.join(", "),
            self.authority,
            self.end,
        );
        house.put("sharehold.toml", &text);
    }
}

/// Where the configuration and its files are.
struct House(PathBuf);

impl House {
    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("a file")
    }
}

fn start(settings: &Settings, more: impl FnOnce(&House)) -> (Process, House) {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House(folder.path().to_owned());
    for key in ["ours-2048.pem", "ours-3072.pem"] {
        keys::private_copy(&keys::path(key), folder.path());
    }
    house.put("certified.pem", &keys::read("certified.certificate.pem"));
    let second = rcgen::KeyPair::from_pem_and_sign_algo(&keys::read("strict.rsa.pem"), &rcgen::PKCS_RSA_SHA256);
    let second = rcgen::CertificateParams::default().self_signed(&second.expect("a key")).expect("a certificate");
    house.put("second.pem", &second.pem());
    more(&house);
    settings.write(&house);
    (Process::start_as_it_is(folder, &[]), house)
}

/// The statuses that tokens of the first and the second authority get, the published kids, and the origin that is told to
/// pages: everything of a server that a reload may change.
fn seen(server: &Process) -> ([u16; 2], usize, String) {
    let tokens = ["certified.rsa.pem", "strict.rsa.pem"].map(|signing| {
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
        Authority::new(&keys::read(signing), None, &keys::read("ours-2048.pem")).mint(&json!({
            "iss": "https://strict.example", "aud": "http://127.0.0.1:8700", "sub": "ann", "client_id": "site",
            "scope": "User.Read", "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
        }))
    });
    let mut origin = String::new();
    let statuses = tokens.map(|token| {
        let mut connection = Connection::to(server.address);
        let head = format!("GET /v1.0/me HTTP/1.1\r\nHost: a\r\nOrigin: {SITE}\r\nAuthorization: Bearer {token}");
        connection.send(&format!("{head}\r\n\r\n"));
        let (status, head, _) = connection.whole_answer();
        origin = head.lines().find_map(|line| line.strip_prefix("access-control-allow-origin: ")).unwrap_or("").into();
        status
    });
    let (_, jwks) = get(server.address, "/.well-known/jwks.json");
    (statuses, jwks["keys"].as_array().map_or(0, Vec::len), origin)
}

/// Asks for a reload that is refused; the one line that says why.
fn refused(server: &Process, key: &str) -> String {
    server.hang_up();
    let said = server.says("\"level\":\"ERROR\"");
    let line = said.last().expect("a line").clone();
    assert!(line.contains("not reloaded, everything is as it was: ") && line.contains(key), "{line}");
    line
}

#[test]
fn a_reload_takes_keys_trust_and_origins_and_names_what_it_cannot_take() {
    let (server, house) = start(&Settings::first(), |_| {});
    assert_eq!(seen(&server), ([200, 401], 1, String::new()));
    let end = "[limits]\njson_body_bytes = 1000\n[server]\ndrain_wait_s = 1\n".to_owned();
    Settings { end, ..Settings::second() }.write(&house);
    server.hang_up();
    let said = server.says("reloaded: decryption keys ").join("\n");
    assert!(said.contains("taken by a restart only: server, limits.json_body_bytes\""), "{said}");
    assert!(said.contains("authorization servers https://strict.example; CORS origins: 1; without TLS"), "{said}");
    assert_eq!(seen(&server), ([401, 200], 2, SITE.to_owned()));
    let (_, pem) = {
        let mut connection = server.connect();
        connection.send("GET /.well-known/sharehold.pem HTTP/1.1\r\nHost: a\r\n\r\n");
        let (status, _, body) = connection.whole_answer();
        (status, String::from_utf8(body).expect("PEM"))
    };
    let published = sharehold::token::PublishedKey::from_certificate_pem(&pem).expect("a certificate");
    let first = sharehold::token::PublishedKey::from_private_pem(&keys::read("ours-3072.pem")).expect("a key");
    assert_eq!(published.kid(), first.kid(), "the certificate is that of the key published first");
    // And back.
    Settings::first().write(&house);
    server.hang_up();
    server.says("reloaded: decryption keys ");
    assert_eq!(seen(&server), ([200, 401], 1, String::new()));
    server.terminate();
    assert!(server.ended().0.success(), "and it stops as ever");
}

#[test]
fn a_fault_anywhere_leaves_everything_as_it_was() {
    let (server, house) = start(&Settings::first(), |_| {});
    let before = seen(&server);
    let pair = Pair::new("localhost");
    let exposed = house.0.join("exposed.pem");
    fs::copy(keys::path("ours-3072.pem"), &exposed).expect("copied");
    fs::set_permissions(&exposed, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("its mode");
    house.put("garbage.pem", "garbage");
    pair.write(&house.0);
    let with_tls = "[tls]\ncertificate = \"chain.pem\"\nprivate_key = \"key.pem\"\n".to_owned();
    for (settings, key) in [
        (Settings { end: "[[".into(), ..Settings::second() }, "is not TOML here"),
        (Settings { end: "[nonsense]".into(), ..Settings::second() }, "nonsense: unknown key"),
        (Settings { keys: &["ours-3072.pem", "absent.pem"], ..Settings::second() }, "keys.decryption.1: "),
        (Settings { keys: &["exposed.pem"], ..Settings::second() }, "keys.decryption.0: "),
        (Settings { keys: &["ours-3072.pem", "ours-3072.pem"], ..Settings::second() }, "listed twice"),
        (Settings { authority: "garbage", ..Settings::second() }, "authorization_servers.0.certificate: "),
        (Settings { origin: "*", ..Settings::second() }, "cors.origins.0: must name each site"),
        (Settings { front: "public_url = \"http://127.0.0.1:1\"", ..Settings::second() }, "public_url: was changed"),
        (Settings { end: with_tls, ..Settings::second() }, "tls: was added: restart"),
    ] {
        settings.write(&house);
        refused(&server, key);
        assert_eq!(seen(&server), before, "{key}");
    }
    // Each fault has its line.
    Settings { origin: "*", authority: "garbage", ..Settings::second() }.write(&house);
    let first = refused(&server, "cors.origins.0");
    let second = server.says("\"level\":\"ERROR\"").pop().expect("a line");
    assert!(second.contains("authorization_servers.0.certificate") && first != second, "{second}");
    assert_eq!(seen(&server), before);
    // The twin: without a fault all of it is taken.
    Settings::second().write(&house);
    server.hang_up();
    server.says("reloaded: decryption keys ");
    assert_eq!(seen(&server), ([401, 200], 2, SITE.to_owned()));
}

/// New handshakes get the new certificate, and connections that are open go on.
#[test]
fn the_certificate_of_tls_is_replaced_while_connections_run() {
    let tls = "[tls]\ncertificate = \"chain.pem\"\nprivate_key = \"key.pem\"\n";
    let settings = Settings { end: tls.into(), ..Settings::first() };
    let (first, second) = (Pair::new("localhost"), Pair::new("localhost"));
    let (server, house) = start(&settings, |house| first.write(&house.0));
    let mut open = first.connect(server.address).expect("a handshake");
    assert_eq!(open.get("/.well-known/jwks.json"), 200);
    second.write(&house.0);
    server.hang_up();
    let said = server.says("reloaded: decryption keys ").pop().expect("a line");
    assert!(said.contains("; with TLS"), "{said}");
    assert_eq!(open.get("/.well-known/jwks.json"), 200, "it was open before");
    assert!(first.connect(server.address).is_err(), "the former certificate is served no more");
    assert_eq!(second.connect(server.address).expect("a handshake").get("/.well-known/jwks.json"), 200);

    // A key that is not the certificate's, no key at all, and no certificate.
    let key = house.read("key.pem");
    house.put("key.pem", &first.key);
    refused(&server, "tls.private_key: ");
    house.put("key.pem", "garbage");
    refused(&server, "holds no `BEGIN PRIVATE KEY` block");
    house.put("key.pem", &key);
    house.put("chain.pem", "garbage");
    refused(&server, "tls.certificate: ");
    house.put("chain.pem", &second.chain);
    Settings::second().write(&house);
    refused(&server, "tls: was taken out: restart");
    assert_eq!(second.connect(server.address).expect("still served").get("/.well-known/jwks.json"), 200);
    // The key belongs to another again, and so does the certificate: together they are good.
    settings.write(&house);
    first.write(&house.0);
    server.hang_up();
    server.says("reloaded: decryption keys ");
    assert!(first.connect(server.address).is_ok() && second.connect(server.address).is_err());
}
