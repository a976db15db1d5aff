//! The serving process: one worker a port, all on one core, with everything that production has by default.

use std::io::{BufRead as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer};
use rustix::time::{ClockId, clock_gettime};
use sharehold::access::{Admitted, Gate, Grant, Kind as _, Rates, Read, Revocations, Uses};
use sharehold::clock::SystemClock;
use sharehold::config::{AuthorizationServer, Config};
use sharehold::problem::Problem;
use sharehold::resources::profile::Profile;
use sharehold::secret::Secret;
use sharehold::server::{Shared, app, listen, open_blobs, publish};
use sharehold::store::{Mirror, Store};
use sharehold::token::{KeyRing, Opener, Trust};

use crate::book::ISSUER;
use crate::cores::{self, Core};
use crate::setting::{self, AUDIENCE, Fault};

/// The first argument that makes this binary the server; database URLs follow.
pub(crate) const ARGUMENT: &str = "--serve";

/// What the routes without a database answer: a profile, a page of contacts.
static PROFILE: OnceLock<Answer> = OnceLock::new();
static PAGE: OnceLock<Answer> = OnceLock::new();

struct Answer {
    etag: HeaderValue,
    body: Bytes,
}

/// Serves until the standard input ends.
pub(crate) fn run(urls: &[String]) -> Result<(), Fault> {
    cores::pin(Core::First)?;
    sharehold::cli::logging::start();
    actix_web::rt::System::new().block_on(async {
        let (naked, port) = naked()?;
        let mut ports = vec![port];
        actix_web::rt::spawn(naked);
        for url in urls {
            ports.push(serve(url)?);
        }
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        println!("{}", ports.join(" "));
        tokio::task::spawn_blocking(|| obey().map_err(|fault| fault.to_string())).await??;
        Ok(())
    })
}

/// Does what the loading process asks for, line by line.
fn obey() -> Result<(), Fault> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line == "cpu" {
            let now = clock_gettime(ClockId::ProcessCPUTime);
            println!("{}", i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec));
        } else {
            let (answer, sample) = match line.split_once(' ') {
                Some(("bare", sample)) => (&PROFILE, sample),
                Some(("page", sample)) => (&PAGE, sample),
                _ => return Err(format!("not understood: {line}").into()),
            };
            let (etag, body) = sample.split_once('\t').ok_or("an answer without a tag")?;
            let etag = HeaderValue::from_str(etag)?;
            // Set once a process; a second answer would be a fault of ours and is not heard.
            println!("{}", answer.set(Answer { etag, body: Bytes::from(body.to_owned()) }).is_ok());
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn listener() -> Result<(TcpListener, u16), Fault> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn naked() -> Result<(Server, u16), Fault> {
    let (listener, port) = listener()?;
    let server = HttpServer::new(|| App::new().route("/v1.0/bare", web::get().to(bare)));
    Ok((server.workers(1).disable_signals().listen(listener)?.run(), port))
}

/// As `sharehold serve` does, with four routes more.
fn serve(url: &str) -> Result<u16, Fault> {
    let (listener, port) = listener()?;
    let mut config = config(url);
    let clock = SystemClock::shared();
    // Not `load`: a checkout's files may be read by others, and that refuses such keys.
    let keys = KeyRing::from_pems(&[&std::fs::read_to_string(setting::key("ours-2048.pem"))?])?;
    let trust = Trust::load(&config.authorization_servers, &config.public_url)?;
    let published = publish::published(&config, &keys);
    let opener = Arc::new(Opener::new(keys, trust, &config.limits, clock.clone()));
    let store = Store::open(&config.database, &config.limits, config.users.provision, clock.clone())?;
    // No picture is sent: the folder is needed while this is set up.
    let folder = tempfile::tempdir()?;
    config.blobs.url = format!("file://{}", folder.path().display());
    let blobs = open_blobs(&config, &store, clock.clone())?;
    let revocations = Arc::new(Revocations::new(config.retention.consent_days));
    let gate = Gate::new(opener, revocations, Rates::new(&config.rate));
    let shared = Shared::new(&config, gate, store, blobs, published, clock)?;
    actix_web::rt::spawn(refresh(shared.mirror.clone(), shared.store.clone()));
    let application = move || {
        app(&shared)
            .route("/v1.0/bare", web::get().to(bare))
            .route("/v1.0/page", web::get().to(page))
            .route("/v1.0/authenticated", web::get().to(authenticated))
            .route("/v1.0/twice", web::get().to(twice))
    };
    listen::serve(listener, &config, application, None)?;
    Ok(port)
}

fn config(url: &str) -> Config {
    let mut config = Config::default();
    config.database.url = Secret::new(url.to_owned());
    config.keys.decryption = vec![setting::key("ours-2048.pem")];
    let mut server = AuthorizationServer::trusting(ISSUER, setting::key("certified.certificate.pem"));
    server.audience = vec![AUDIENCE.into()];
    config.authorization_servers = vec![server];
    config.public_url = AUDIENCE.into();
    config.server.workers = 1;
    // Warm requests are what is measured: no token is to be opened again meanwhile, and nobody held back.
    config.limits.token_cache_s = 3600;
    config.rate.client_rps = 1_000_000;
    config.rate.client_burst = 1_000_000;
    config
}

/// As the server does it: a request is let through only while the revocations are known, and what is gathered is written.
async fn refresh(mirror: Data<Mirror>, store: Data<Store>) {
    loop {
        for _ in 0..2 {
            drop(mirror.look().await);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        drop(mirror.note().await);
        drop(store.log_uses().await);
    }
}

async fn bare() -> HttpResponse {
    answer(&PROFILE)
}

async fn page() -> HttpResponse {
    answer(&PAGE)
}

async fn authenticated(_: Grant<Profile, Read>) -> HttpResponse {
    answer(&PROFILE)
}

/// The owner's hold once more than the grant has it: whether the token was taken back, that it came, and what it was given.
async fn twice(
    grant: Grant<Profile, Read>,
    gate: Data<Gate>,
    uses: Data<Uses>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    gate.still_admits(grant.holder())?;
    if let Some(Admitted(token)) = request.extensions().get() {
        gate.seen().note(token, gate.opener().now(), true);
    }
    uses.given(grant.holder(), Profile::NAME, 1).await?;
    Ok(answer(&PROFILE))
}

/// With the headers that the handlers set.
fn answer(with: &OnceLock<Answer>) -> HttpResponse {
    let Some(Answer { etag, body }) = with.get() else { return HttpResponse::ServiceUnavailable().finish() };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((ETAG, etag.clone()))
        .body(body.clone())
}
