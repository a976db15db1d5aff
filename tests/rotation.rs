//! Keys that are rotated by SIGHUP while clients call (security.md §4-K): no valid token is refused, and one whose key was
//! taken out is refused at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use sharehold::token::PublishedKey;

use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::process::{Connection, PATIENCE, Process, get};

const ROTATIONS: usize = 100;
const CLIENTS: usize = 4;
/// How many requests with old tokens, and as many with new ones, must be answered between two rotations.
const BETWEEN: usize = 10;
const ISSUER: &str = "https://strict.example";
/// Material for the authority's keys; each generation has a `kid` of its own.
const SIGNING: [&str; 4] = ["strict.rsa.pem", "lenient.rsa.pem", "twin.rsa.pem", "wide.rsa.pem"];

/// Our key and the authority's at one time.
struct Generation {
    number: usize,
    pem: String,
    kid: String,
}

impl Generation {
    fn new(number: usize) -> Self {
        let pem = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key").serialize_pem();
        let kid = PublishedKey::from_private_pem(&pem).expect("a key").kid().to_owned();
        Self { number, pem, kid }
    }

    fn signing(&self) -> String {
        keys::read(SIGNING[self.number % SIGNING.len()])
    }

    fn jwk(&self) -> Value {
        let mut jwk = PublishedKey::from_private_pem(&self.signing()).expect("a key").jwk().clone();
        (jwk["use"], jwk["alg"], jwk["kid"]) = (json!("sig"), json!("RS256"), json!(format!("as-{}", self.number)));
        jwk
    }

    /// A token that the authority of this generation encrypts to `ours`.
    fn token(&self, ours: &Self) -> String {
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
        Authority::new(&self.signing(), Some(&format!("as-{}", self.number)), &ours.pem).mint(&json!({
            "iss": ISSUER, "aud": "http://127.0.0.1:8700", "sub": "ann", "client_id": "site", "scope": "User.Read",
            "iat": now, "exp": now + 3600, "jti": uuid::Uuid::now_v7(),
        }))
    }

    fn tokens(&self) -> Vec<String> {
        (0..CLIENTS).map(|_| self.token(self)).collect()
    }
}

/// Writes the configuration: our keys, the first published first, and the authority's.
fn write(folder: &Path, ours: &[&Generation], theirs: &[&Generation]) {
    let names: Vec<String> = ours.iter().map(|generation| format!("\"{}.pem\"", generation.kid)).collect();
    for generation in ours {
        let path = folder.join(format!("{}.pem", generation.kid));
        fs::write(&path, &generation.pem).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("our own file");
    }
    let set: Vec<Value> = theirs.iter().map(|generation| generation.jwk()).collect();
    fs::write(folder.join("as.json"), json!({ "keys": set }).to_string()).expect("written");
    let text = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite://test.db\"\n\
         [blobs]\nurl = \"file://blobs\"\n[keys]\ndecryption = [{}]\n[rate]\nenabled = false\n\
         [[authorization_servers]]\nissuer = \"{ISSUER}\"\njwks_file = \"as.json\"\n",
        names.join(", ")
    );
    fs::write(folder.join("sharehold.toml"), text).expect("written");
}

/// What the clients may send now: valid before and after the next rotation, or old and new ones.
#[derive(Default)]
struct Load {
    tokens: RwLock<[Vec<String>; 2]>,
    answered: [AtomicUsize; 2],
    refused: Mutex<Vec<(u16, Value)>>,
    over: AtomicBool,
}

impl Load {
    /// Calls steadily, with old and new tokens in turn. The lock is held from the choice of the token to the answer, so that
    /// no token is under way when it may become invalid.
    fn client(&self, address: std::net::SocketAddr, number: usize) {
        let mut connection = Connection::to(address);
        for turn in 0.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let tokens = self.tokens.read().expect("tokens");
            let which = if tokens[0].is_empty() { 1 } else { turn % 2 };
            let (status, body) = me(&mut connection, &tokens[which][number]);
            drop(tokens);
            if status == 200 {
                self.answered[which].fetch_add(1, Ordering::Relaxed);
            } else {
                self.refused.lock().expect("refusals").push((status, body));
            }
            thread::sleep(Duration::from_millis(4));
        }
    }

    fn send(&self, old: &[String], new: &[String]) {
        *self.tokens.write().expect("tokens") = [old.to_vec(), new.to_vec()];
    }

    fn answered(&self) -> [usize; 2] {
        [0, 1].map(|which| self.answered[which].load(Ordering::Relaxed))
    }
}

fn me(connection: &mut Connection, token: &str) -> (u16, Value) {
    connection.send(&format!("GET /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    connection.answer()
}

fn wait(what: &str, mut until: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !until() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

fn published(server: &Process) -> Vec<String> {
    let (_, jwks) = get(server.address, "/.well-known/jwks.json");
    let keys = jwks["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

/// Rotates our key and the authority's together, the former generation kept beside the new one.
fn rotate(server: &Process, load: &Load, mut current: Generation) -> (Generation, Duration) {
    let (mut slowest, mut seen) = (Duration::ZERO, vec![current.kid.clone()]);
    let (ready, made) = std::sync::mpsc::sync_channel(4);
    thread::spawn(move || (1..=ROTATIONS).all(|number| ready.send(Generation::new(number)).is_ok()));
    let mut old = current.tokens();
    load.send(&[], &old);
    for next in made {
        write(server.folder.path(), &[&next, &current], &[&next, &current]);
        server.hang_up();
        let took = wait("the new key is not published", || published(server)[0] == next.kid);
        slowest = slowest.max(took);
        assert_eq!(published(server), [next.kid.clone(), current.kid]);
        seen.push(next.kid.clone());
        let new = next.tokens();
        let before = load.answered();
        load.send(&old, &new);
        wait("the clients are not served", || {
            let now = load.answered();
            (0..2).all(|which| now[which] >= before[which] + BETWEEN)
                || !load.refused.lock().expect("refusals").is_empty()
        });
        // From here on valid before and after the next rotation.
        load.send(&[], &new);
        (current, old) = (next, new);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), ROTATIONS + 1, "each rotation published another key");
    (current, slowest)
}

#[test]
fn a_hundred_rotations_under_load_refuse_no_valid_token() {
    let (folder, first) = (tempfile::tempdir().expect("a folder"), Generation::new(0));
    write(folder.path(), &[&first], &[&first]);
    let server = Process::start_as_it_is(folder, &[]);
    let (load, start) = (Load::default(), Instant::now());
    load.send(&[], &first.tokens());
    let (last, slowest) = thread::scope(|scope| {
        for number in 0..CLIENTS {
            let load = &load;
            scope.spawn(move || load.client(server.address, number));
        }
        let rotated = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rotate(&server, &load, first)));
        load.over.store(true, Ordering::Relaxed);
        rotated.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let ([old, new], took) = (load.answered(), start.elapsed());
    println!(
        "{ROTATIONS} rotations in {took:.1?}, {old} + {new} requests served; published after {slowest:.1?} at most"
    );
    assert_eq!(*load.refused.lock().expect("refusals"), [], "valid tokens that were refused");
    assert!(old >= ROTATIONS * BETWEEN && new >= ROTATIONS * BETWEEN, "{old} {new}");
    taken_out(&server, &last);
}

/// Emergency: a key that is taken out opens nothing from the reload on, though its token was opened a moment ago.
fn taken_out(server: &Process, current: &Generation) {
    let mut connection = server.connect();
    let next = Generation::new(ROTATIONS + 1);
    let (ours, theirs) = (current.token(current), current.token(&next));
    let reloaded = format!("reloaded: decryption keys {};", next.kid);
    assert_eq!(me(&mut connection, &ours).0, 200);
    write(server.folder.path(), &[&next], &[current, &next]);
    server.hang_up();
    server.says(&reloaded);
    assert_eq!(me(&mut connection, &ours).0, 401, "our key was taken out");
    assert_eq!(me(&mut connection, &theirs).0, 200);
    write(server.folder.path(), &[&next], &[&next]);
    server.hang_up();
    server.says(&reloaded);
    assert_eq!(me(&mut connection, &theirs).0, 401, "the authority's key was taken out");
    assert_eq!(me(&mut connection, &next.token(&next)).0, 200);
}
