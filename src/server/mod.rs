//! The server around the router: limits, deadlines, request ids, CORS, rendering of problems, TLS, start, reload and stop.
//! May import `router` and what stands left of it.

pub mod admin;
pub mod admission;
pub mod connections;
pub mod cors;
pub mod door;
pub mod drain;
pub mod forwarded;
pub mod limits;
pub mod line;
pub mod listen;
pub mod logged;
pub mod material;
pub mod meter;
pub mod observe;
pub mod pace;
pub mod parts;
pub mod pseudonyms;
pub mod publish;
pub mod readiness;
pub mod reload;
pub mod run;
pub mod scrape;
pub mod stream;
pub mod tls;
pub mod trace;

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, Error};
use arc_swap::ArcSwap;

use crate::access::{Gate, Uses};
use crate::blobs::{Blobs, Names, StartFault};
use crate::clock::Clock;
use crate::config::{Config, Limits};
use crate::picture::Pictures;
use crate::query::seal::Seals;
use crate::resources::collection::Collections;
use crate::resources::import::report::Reports;
use crate::resources::owner_page::OwnerPage;
use crate::resources::well_known::Published;
use crate::router::{self, operations::Operations, paths::Words};
use crate::server::admission::Admission;
use crate::server::cors::Cors;
use crate::server::drain::Draining;
use crate::server::forwarded::Forwarded;
use crate::server::meter::Meter;
use crate::server::pseudonyms::Pseudonyms;
use crate::store::{Examined, Mirror, Store, Uid};

/// What every request may need, made once for the process.
#[derive(Clone)]
pub struct Shared {
    /// The way in.
    pub gate: Data<Gate>,
    /// The store.
    pub store: Data<Store>,
    /// What is to go into the access log.
    pub uses: Data<Uses>,
    /// What was taken back, and whose tokens came.
    pub mirror: Data<Mirror>,
    /// The blobs.
    pub blobs: Data<Blobs>,
    /// Where pictures are worked on.
    pub pictures: Data<Pictures>,
    /// What the server says of itself.
    pub published: Data<ArcSwap<Published>>,
    /// The owner's page.
    pub owner_page: Data<OwnerPage>,
    /// Which sites' pages may call.
    pub cors: Data<ArcSwap<Cors>>,
    /// Whether the process is about to stop.
    pub draining: Data<Draining>,
    /// What links and pages are made with.
    pub collections: Data<Collections>,
    /// Where the reports of imports are kept while they are made.
    pub reports: Data<Reports>,
    /// The limits.
    pub limits: Data<Limits>,
    /// What answers to problems and log lines need.
    pub surroundings: Data<Surroundings>,
}

/// What answers to problems and log lines need.
pub struct Surroundings {
    /// The spelling of paths.
    pub words: Words,
    /// The names of operations.
    pub operations: Operations,
    /// What is counted.
    pub meter: Meter,
    /// How many requests are answered at once.
    pub admission: Admission,
    /// The names of people.
    pub pseudonyms: Pseudonyms,
    /// The proxies that say where requests come from.
    pub forwarded: Forwarded,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// `realm` of the challenge: the resource identifier.
    pub realm: String,
    /// Where the protected resource metadata is.
    pub resource_metadata: String,
}

impl Shared {
    /// Gathers what `config` and the parts that were started from it yield. A fault of the system if it has no threads to give.
    pub fn new(
        config: &Config,
        gate: Gate,
        store: Store,
        blobs: Blobs,
        published: Published,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let operations = Operations::default();
        let surroundings = Surroundings {
            words: Words::default(),
            meter: Meter::new(&operations),
            operations,
            admission: Admission::new(config.limits.parallel_requests),
            pseudonyms: Pseudonyms::default(),
            forwarded: Forwarded::new(config.proxies()),
            clock,
            realm: config.public_url.clone(),
            resource_metadata: config.link(crate::resources::well_known::METADATA_PATH),
        };
        let keys = store.seal_keys();
        let seals = Seals::new(*keys.current.expose(), keys.previous.as_ref().map(|secret| *secret.expose()));
        let mirror = Mirror::new(store.clone(), gate.revocations().clone(), gate.seen().clone());
        Ok(Self {
            mirror: Data::new(mirror),
            collections: Data::new(Collections::new(config, seals)),
            reports: Data::new(Reports(config.data_dir.clone())),
            gate: Data::new(gate),
            uses: Data::from(store.uses().clone()),
            store: Data::new(store),
            blobs: Data::new(blobs),
            pictures: Data::new(Pictures::new(&config.limits)?),
            published: Data::new(ArcSwap::from_pointee(published)),
            owner_page: Data::new(OwnerPage::new(config)),
            cors: Data::new(ArcSwap::from_pointee(Cors::new(&config.cors))),
            draining: Data::default(),
            limits: Data::new(config.limits.clone()),
            surroundings: Data::new(surroundings),
        })
    }
}

/// Opens the blobs of this database: a folder that is another's is refused. Blocks.
pub fn open_blobs(config: &Config, store: &Store, clock: Arc<dyn Clock>) -> Result<Blobs, StartFault> {
    let names = Names {
        any_of: &|blobs| store.names_any_of(blobs).map_err(|fault| fault.detail()),
        any: &|| store.names_blobs().map_err(|fault| fault.detail()),
    };
    Blobs::open(&config.blobs, &config.data_dir, store.installation().uuid(), &names, clock)
}

/// Refuses what [`open_blobs`] would, and changes nothing. Blocks.
pub fn examine_blobs(config: &Config, database: &Examined) -> Result<(), StartFault> {
    let names = Names {
        any_of: &|blobs| database.names_any_of(blobs).map_err(|fault| fault.detail()),
        any: &|| database.names_blobs().map_err(|fault| fault.detail()),
    };
    Blobs::examine(&config.blobs, database.installation.map(Uid::uuid), &names)
}

/// The application, as it serves and as the tests call it.
pub fn app(
    shared: &Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    furnished(shared)
        .app_data(parts::parts(shared))
        .wrap(from_fn(cors::preflight))
        .wrap(from_fn(observe::observe::<BoxBody>))
        .wrap(from_fn(cors::permit::<BoxBody>))
        .wrap(from_fn(drain::last_answer))
        .wrap(from_fn(stream::attend))
}

/// The routes, and what they need.
fn furnished(
    shared: &Shared,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
> {
    App::new()
        .app_data(shared.gate.clone())
        .app_data(shared.store.clone())
        .app_data(shared.uses.clone())
        .app_data(shared.mirror.clone())
        .app_data(shared.blobs.clone())
        .app_data(shared.pictures.clone())
        .app_data(shared.published.clone())
        .app_data(shared.owner_page.clone())
        .app_data(shared.cors.clone())
        .app_data(shared.draining.clone())
        .app_data(shared.collections.clone())
        .app_data(shared.reports.clone())
        .app_data(shared.limits.clone())
        .app_data(shared.surroundings.clone())
        .configure(router::routes)
}
