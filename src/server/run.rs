//! Start and stop: opens the parts in order, says `ready`, serves until a signal that ends it, then drains.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::access::{Gate, Rates, Revocations};
use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::config::{Config, Retention};
use crate::resources::{self, sweep};
use crate::server::door::Door;
use crate::server::logged::Logged;
use crate::server::material::Material;
use crate::server::readiness::Readiness;
use crate::server::reload::{Reload, Source};
use crate::server::scrape::Scrape;
use crate::server::tls::Certificate;
use crate::server::{Shared, admin, app, listen};
use crate::store::{Busy, Mirror, Store, StoreError};
use crate::token::Opener;

/// How often the database is asked for new revocations (design.md decision 7).
const REVOCATIONS_EVERY: Duration = Duration::from_millis(250);
/// How often the blobs are swept.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// A server that has its addresses but does not serve yet.
pub struct Bound {
    /// The API's address.
    pub address: SocketAddr,
    /// The admin address.
    pub admin_address: SocketAddr,
    listener: TcpListener,
    admin_listener: TcpListener,
}

impl Bound {
    /// Takes the addresses that `config` names.
    pub fn take(config: &Config) -> io::Result<Self> {
        let bind = |key: &str, address: &str| {
            TcpListener::bind(address).map_err(|fault| {
                io::Error::new(
                    fault.kind(),
                    format!("{key}: cannot listen on {address}: {fault}; choose another address"),
                )
            })
        };
        let (listener, admin_listener) = (bind("listen", &config.listen)?, bind("admin_listen", &config.admin_listen)?);
        Ok(Self {
            address: listener.local_addr()?,
            admin_address: admin_listener.local_addr()?,
            listener,
            admin_listener,
        })
    }

    /// Serves until SIGTERM or SIGINT, then drains; a second signal ends it at once. Each signal of `reload` (SIGHUP, which is
    /// heard already) reads the configuration again from its source; without one, SIGHUP ends the server too. `when_ready` is
    /// called when requests are accepted.
    pub async fn serve(
        self,
        config: &Config,
        parts: Parts,
        reload: Option<(Signal, Source)>,
        when_ready: impl FnOnce(),
    ) -> io::Result<()> {
        // First of all: a signal at any moment from here on ends in an orderly stop.
        let stop = Stop::new(reload.is_none())?;
        let Parts { material: Material { keys, trust, published, tls }, store, blobs, clock } = parts;
        let opener = Arc::new(Opener::new(keys, trust, &config.limits, clock.clone()));
        let revocations = Arc::new(Revocations::new(config.retention.consent_days));
        let scrape = Scrape::new(config, store.clone(), opener.clone(), revocations.clone());
        let gate = Gate::new(opener.clone(), revocations.clone(), Rates::new(&config.rate));
        let sweeper = actix_web::rt::spawn(keep_swept(store.clone(), blobs.clone(), config.retention));
        let shared = Shared::new(config, gate, store.clone(), blobs, published, clock)?;
        let (draining, mirror) = (shared.draining.clone(), shared.mirror.clone());
        // Known before the first request: nobody is let in while it is not known what was taken back.
        mirror.look().await.map_err(io::Error::other)?;
        let refresher = actix_web::rt::spawn(keep_fresh(mirror.clone()));
        let logged = Logged::start(store.clone(), mirror);
        let readiness = Data::new(Readiness::new(store.clone(), opener.clone(), revocations, draining.clone()));
        let certificate = tls.map(Certificate::new);
        let reloader = reload.map(|(hangup, source)| {
            let reload = Reload {
                started: config.clone(),
                source,
                opener,
                published: shared.published.clone(),
                cors: shared.cors.clone(),
                certificate: certificate.clone(),
            };
            actix_web::rt::spawn(reload.at_each(hangup))
        });
        let admin = serve_admin(self.admin_listener, readiness, Data::new(Mutex::new(scrape)))?;
        let door = Door::of(&self.listener)?;
        let api = listen::serve(self.listener, config, move || app(&shared), certificate)?;
        when_ready();
        let second = stop.first().await;
        log::info!("stopping: not ready from now on, closing the door in {} s", config.server.drain_wait_s);
        draining.begin();
        let drained = drain(config.server.drain_wait_s, door, api);
        tokio::select! {
            () = drained => {}
            () = second => log::warn!("stopped at once"),
        }
        admin.stop(false).await;
        [Some(refresher), Some(sweeper), reloader].iter().flatten().for_each(JoinHandle::abort);
        logged.stop().await;
        store.close();
        log::info!("stopped");
        Ok(())
    }
}

/// What must be open before requests are served.
pub struct Parts {
    /// Keys, trust and what is said of them.
    pub material: Material,
    /// Keeps the data.
    pub store: Store,
    /// Keeps pictures' bytes.
    pub blobs: Blobs,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

fn serve_admin(
    listener: TcpListener,
    readiness: Data<Readiness>,
    scrape: Data<Mutex<Scrape>>,
) -> io::Result<ServerHandle> {
    let application = move || App::new().app_data(readiness.clone()).app_data(scrape.clone()).configure(admin::routes);
    let server = HttpServer::new(application).workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

/// The signals that ask the process to stop, heard from the moment that this is made.
struct Stop {
    term: Signal,
    int: Signal,
    /// If it asks for that too: its terminal was closed.
    hangup: Option<Signal>,
}

impl Stop {
    fn new(with_hangup: bool) -> io::Result<Self> {
        let hangup = if with_hangup { Some(signal(SignalKind::hangup())?) } else { None };
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())?, hangup })
    }

    /// Waits for the first; what it yields waits for the second.
    async fn first(mut self) -> impl Future<Output = ()> {
        self.next().await;
        async move { self.next().await }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
            Some(_) = async { Some(self.hangup.as_mut()?.recv().await) } => {}
        }
    }
}

/// Serves on, each answer the last of its connection, until proxies have noticed and their idle connections are gone; then
/// closes the door and finishes what is under way.
async fn drain(wait_s: u64, door: Door, api: ServerHandle) {
    tokio::time::sleep(Duration::from_secs(wait_s)).await;
    door.shut().await;
    api.stop(true).await;
}

/// Keeps the revocations fresh. A failure is not hidden by an old map: `Revocations` counts as stale after ten seconds.
async fn keep_fresh(mirror: Data<Mirror>) {
    loop {
        tokio::time::sleep(REVOCATIONS_EVERY).await;
        match mirror.look().await {
            // Said once, by who found out; a connection that was ended is the first sign of that, or of nothing.
            Ok(()) | Err(StoreError::Busy(Busy::Away | Busy::Lost)) => {}
            Err(fault) => log::warn!("revocations could not be read: {fault}"),
        }
    }
}

/// Takes away what a crash or a lost client left in the blobs, and the rows that are kept for a while only, now and every hour.
async fn keep_swept(store: Store, blobs: Blobs, retention: Retention) {
    loop {
        match resources::forget_old(&store, &retention).await {
            Ok(0) => {}
            Ok(forgotten) => log::info!("{forgotten} rows that were kept for a while only were taken away"),
            // Whoever watches the database says that it is away; what is left is taken the next time.
            Err(StoreError::Busy(why)) => log::info!("old rows were not taken away: {why}"),
            Err(fault) => log::error!("old rows were not taken away: {fault}"),
        }
        match sweep::sweep(&store, &blobs).await {
            Ok(0) => {}
            Ok(swept) => log::info!("{swept} blobs that no row names were taken away"),
            Err(sweep::SweepFault::Store(StoreError::Busy(why))) => log::info!("the blobs were not swept: {why}"),
            Err(fault) => log::error!("the blobs were not swept: {fault}"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}
