//! `sharehold serve`: opens the parts that the configuration names and serves until it is told to stop.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::settings::Settings;
use super::{Failure, logging, print};
use crate::blobs::{Blobs, Names, StartFault};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Fault};
use crate::server::material::Material;
use crate::server::open_blobs;
use crate::server::reload::Source;
use crate::server::run::{Bound, Parts};
use crate::store::{StartError, Store};

/// Serves the API until it is told to stop (SIGTERM); prints `ready http://host:port` when it accepts requests.
///
/// SIGHUP reads the configuration again and takes keys, trust, TLS certificate and CORS from it, all or nothing.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub settings: Settings,
}

/// Serves.
pub fn run(args: &ServeArgs) -> Result<(), Failure> {
    logging::start();
    let hangup = hangup()?;
    let clock = SystemClock::shared();
    let config = args.settings.checked(clock.as_ref())?;
    let bound = bind(&config)?;
    let parts = parts(&config, clock)?;
    let ready = ready_line(&config, &bound);
    serve(bound, &config, parts, Some((hangup, again(&args.settings))), || drop(print(&ready)))
}

/// SIGHUP, heard from now on: one that comes while the parts are opened waits until they are, and does not end the process.
fn hangup() -> Result<Signal, Failure> {
    let heard = actix_web::rt::System::new().block_on(async { signal(SignalKind::hangup()) });
    heard.map_err(|fault| Failure::Failed(format!("SIGHUP cannot be listened for: {fault}")))
}

/// The configuration as it reads at a SIGHUP: same file, environment and flags, checked as at start.
fn again(settings: &Settings) -> Source {
    let settings = settings.clone();
    Arc::new(move || match settings.checked(&SystemClock) {
        Err(Failure::Configuration(faults)) => Err(faults),
        checked => checked.map_err(|failure| vec![Fault::new("", failure.to_string())]),
    })
}

/// Takes the addresses.
pub(super) fn bind(config: &Config) -> Result<Bound, Failure> {
    Bound::take(config).map_err(|fault| Failure::Failed(fault.to_string()))
}

/// Opens keys, trust, store and blobs, in this order: what is cheap to refuse comes first.
pub(super) fn parts(config: &Config, clock: Arc<dyn Clock>) -> Result<Parts, Failure> {
    refuse_new_beside_old(config)?;
    folders(config)?;
    let material = Material::load(config).map_err(|fault| Failure::Configuration(vec![fault]))?;
    let store = Store::open(&config.database, &config.limits, config.users.provision, clock.clone()).map_err(start)?;
    for warning in store.warnings() {
        log::warn!("{warning}");
    }
    let blobs = open_blobs(config, &store, clock.clone()).map_err(start_blobs)?;
    Ok(Parts { material, store, blobs, clock })
}

/// Refuses to make a database beside blobs of another: it would be in the way of a `restore`.
pub(super) fn refuse_new_beside_old(config: &Config) -> Result<(), Failure> {
    match Blobs::examine(&config.blobs, None, &Names::NONE) {
        // Whoever marks the folder has made the database before.
        Err(fault) if Store::is_new(&config.database).map_err(start)? => Err(start_blobs(fault)),
        _ => Ok(()),
    }
}

/// Asks for as many open files as the system allows: the connections that the limits allow need more than the usual 1,024.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_err() {
        log::warn!("the limit of open files could not be raised; connections beyond it will wait");
    }
}

/// Keeps the kernel from giving memory out in huge pages. The allocator asks for them, and a connection that does nothing then
/// has the whole of its buffers resident, and not the little of them that was ever written.
fn use_small_pages() {
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::thread::disable_transparent_huge_pages(true) {
        log::warn!("huge pages could not be switched off, so connections take more memory: {fault}");
    }
}

/// Makes the folders that are missing; the database's own is the store's business.
pub(super) fn folders(config: &Config) -> Result<(), Failure> {
    // What the process makes, people's pictures above all, is for its own user, whatever the shell's umask was.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    for folder in config.blobs.folder().into_iter().chain([config.data_dir.as_path()]) {
        // For the server's user alone, as the database's own folder is.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| Failure::Failed(format!("{} cannot be made: {error}", folder.display())))?;
    }
    Ok(())
}

/// Serves until a signal that ends it.
pub(super) fn serve(
    bound: Bound,
    config: &Config,
    parts: Parts,
    reload: Option<(Signal, Source)>,
    when_ready: impl FnOnce(),
) -> Result<(), Failure> {
    raise_open_files();
    use_small_pages();
    log::info!("admin address: http://{}", bound.admin_address);
    let served = actix_web::rt::System::new().block_on(bound.serve(config, parts, reload, when_ready));
    served.map_err(|fault| Failure::Failed(fault.to_string()))
}

/// What scripts wait for.
pub(super) fn ready_line(config: &Config, bound: &Bound) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    format!("ready {scheme}://{}", bound.address)
}

/// A store that must not be served with is a matter of configuration; one that is away may come back.
pub(super) fn start(error: StartError) -> Failure {
    match error {
        StartError::Refused(why) => Failure::Configuration(vec![Fault::new("database", why)]),
        StartError::Failed(why) => Failure::Failed(why),
    }
}

/// Blobs that must not be served with are a matter of configuration; a bucket that is away may come back.
pub(super) fn start_blobs(fault: StartFault) -> Failure {
    match fault {
        StartFault::Refused(why) => Failure::Configuration(vec![Fault::new("blobs.url", why)]),
        StartFault::Away(why) => Failure::Failed(format!("blobs.url: {why}")),
    }
}
