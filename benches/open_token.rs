//! What opening a token costs beside the one private-key operation that it needs: `oaep` is that operation alone, by the
//! same library; `token` is a whole fresh token with every check. The goal is `token` ≤ 1.12 × `oaep`.
//!
//! Measured is the processor time of the thread, not the clock on the wall, so that neighbours matter less. The ratio at
//! the end is of rounds in turn, so that a slow minute slows both.
//!
//! `cargo bench --bench open_token`

#![expect(clippy::unwrap_used, reason = "a bench")]

#[path = "../tests/token_mint.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, which use all of it"
)]
mod token_mint;
#[path = "../tests/token_server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests, which use all of it")]
mod token_server;

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use sha2::Sha256;
use sharehold::clock::FixedClock;
use sharehold::config::Limits;
use sharehold::token::{KeyRing, Opener, Trust};
use token_mint::{AUDIENCE, Draft, NOW, at, b64, pem, rs256, rsa_jwk};
use token_server::{File, server};

/// Rounds of the comparison, and operations of each kind in a round.
const ROUNDS: usize = 61;
const OPERATIONS: u32 = 40;

/// The processor time of this thread.
struct CpuTime;

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu_time()
    }

    fn end(&self, start: Duration) -> Duration {
        cpu_time().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// The two things that are compared.
struct Pair {
    key: OaepPrivateDecryptingKey,
    wrapped: Vec<u8>,
    opener: Opener,
    token: String,
}

impl Pair {
    fn of(bits: usize) -> Self {
        let ours = RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        let theirs = RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        let der = ours.to_pkcs8_der().unwrap();
        let set = File::with(json!({"keys": [rsa_jwk(&theirs.to_public_key(), "rsa")]}).to_string());
        let mut server = server();
        server.jwks_file = Some(set.path());
        let trust = Trust::load(&[server], AUDIENCE).unwrap();
        let ring = KeyRing::from_pems(&[&pem(&ours)]).unwrap();
        let opener = Opener::new(ring, trust, &Limits::default(), FixedClock::at(at(NOW)));
        let draft = full(&opener).to(&ours);
        let signature = b64(rs256(&theirs, &draft.input()));
        let signed = format!("{}.{signature}", draft.input());
        Self {
            key: OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(der.as_bytes()).unwrap()).unwrap(),
            wrapped: ours.to_public_key().encrypt(&mut OsRng, Oaep::new::<Sha256>(), &[7; 32]).unwrap(),
            opener,
            token: draft.content(signed).mint(),
        }
    }

    fn oaep(&self) {
        let mut plain = [0; 1024];
        black_box(self.key.decrypt(&OAEP_SHA256_MGF1SHA256, &self.wrapped, &mut plain, None).unwrap());
    }

    fn token(&self) {
        black_box(self.opener.open_now(&self.token).unwrap());
    }

    /// How many times the bare operation a whole token takes: the median of rounds in turn.
    fn ratio(&self) -> f64 {
        let time = |operation: &dyn Fn()| {
            let start = cpu_time();
            (0..OPERATIONS).for_each(|_| operation());
            cpu_time().saturating_sub(start).as_secs_f64()
        };
        let mut ratios: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let bare = time(&|| self.oaep());
                time(&|| self.token()) / bare
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        *ratios.get(ROUNDS / 2).unwrap()
    }
}

fn main() {
    let mut criterion = Criterion::default().with_measurement(CpuTime).configure_from_args();
    for bits in [2048, 3072] {
        let pair = Pair::of(bits);
        let mut group = criterion.benchmark_group(format!("rsa-{bits}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("oaep", |bencher| bencher.iter(|| pair.oaep()));
        group.bench_function("token", |bencher| bencher.iter(|| pair.token()));
        group.finish();
        println!("rsa-{bits}: a token takes {:.3} times the bare operation (goal: at most 1.12)", pair.ratio());
    }
    criterion.final_summary();
}

/// A token as servers write them: with a `kid` in both headers and the usual claims (1.5 to 2 KB).
fn full(opener: &Opener) -> Draft {
    let kid = opener.published().first().unwrap().kid().to_owned();
    Draft::good()
        .outer("kid", json!(kid))
        .claim("auth_time", json!(NOW - 100))
        .claim("email", json!("ann@example.org"))
        .claim("email_verified", json!(true))
        .claim("acr", json!("urn:mace:incommon:iap:silver"))
        .claim("sid", json!("5b1c3a3e-0d6f-4c0e-9a8e-2f7a0f4f1a77"))
        .claim("scope", json!("openid profile email User.Read Contacts.Read Calendars.Read Photos.Read"))
}
