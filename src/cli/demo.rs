//! `sharehold demo`: the main job on one machine without any set-up. Makes keys and a demonstration authority, loads the
//! people of `fixtures/`, prints a ready token for each, and serves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Map, Value, json};

use super::demo_photos::{OF_ANN, Photo};
use super::demo_sites::{SITES, Visit, visit};
use super::serve::{bind, parts, ready_line, serve};
use super::token_mint::{Algorithms, Authority, Claims, Recipient, mint};
use super::{Failure, demo_photos, logging, pair, print};
use crate::access::{Create, Grant, Write};
use crate::clock::SystemClock;
use crate::config::{AuthorizationServer, Config};
use crate::picture::Pictures;
use crate::problem::Problem;
use crate::resources::calendar::{self, Calendar};
use crate::resources::conditions::Conditions;
use crate::resources::contacts::{self, Contacts};
use crate::resources::import::Import;
use crate::resources::profile::photo::keep;
use crate::resources::profile::{Profile, queries};
use crate::resources::{explorer, owner_page};
use crate::secret::Secret;
use crate::server::run::Parts;

/// The demonstration authority's name; nobody can be reached there.
const ISSUER: &str = "https://authority.demo.example";
const CLIENT: &str = "demo-site";
const SCOPE: &str = "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite Photos.ReadWrite Photos.Location.Read";
const OWNER_CLIENT: &str = "sharehold-owner";
const OWNER_SCOPE: &str = "User.ReadBasic Privacy.ReadWrite";
const PHOTOS: &str = "/v1.0/me/photos?$select=name,takenLocalDateTime,location";
const TOKEN_LIFETIME_S: i64 = 24 * 3600;
/// Large enough to be taken seriously, small enough to be made while one waits.
const KEY_BITS: usize = 2048;

/// A person as JSON, their photo, their address book, their calendar and their photos.
type Known = (&'static str, Option<&'static [u8]>, &'static [u8], &'static [u8], &'static [Photo]);

/// The people.
const PEOPLE: &[Known] = &[
    (
        include_str!("../../fixtures/people/ann.json"),
        Some(include_bytes!("../../fixtures/people/ann.png")),
        include_bytes!("../../fixtures/contacts/ann.vcf"),
        include_bytes!("../../fixtures/calendars/ann.ics"),
        OF_ANN,
    ),
    (
        include_str!("../../fixtures/people/bob.json"),
        None,
        include_bytes!("../../fixtures/contacts/bob.vcf"),
        include_bytes!("../../fixtures/calendars/bob.ics"),
        &[],
    ),
    (
        include_str!("../../fixtures/people/chloe.json"),
        Some(include_bytes!("../../fixtures/people/chloe.png")),
        include_bytes!("../../fixtures/contacts/chloe.vcf"),
        include_bytes!("../../fixtures/calendars/chloe.ics"),
        &[],
    ),
    (
        include_str!("../../fixtures/people/dmitri.json"),
        None,
        include_bytes!("../../fixtures/contacts/dmitri.vcf"),
        include_bytes!("../../fixtures/calendars/dmitri.ics"),
        &[],
    ),
];

/// Serves people to try it with, on this machine alone, and prints ready tokens: no set-up.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where its keys and its database are kept.
    #[arg(long, value_name = "DIR", env = "SHAREHOLD_DATA", default_value = "data/demo")]
    pub data: PathBuf,
    /// Where to listen; on loopback only. Port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS:PORT", env = "SHAREHOLD_LISTEN", default_value = "127.0.0.1:8700", value_parser = loopback)]
    pub listen: SocketAddr,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:8700")?;
    if address.ip().is_loopback() { Ok(address) } else { Err("the demo gives its tokens away: loopback only".into()) }
}

/// A person of `fixtures/people`.
#[derive(serde::Deserialize)]
struct Person {
    subject: String,
    email: String,
    profile: Map<String, Value>,
    #[serde(skip)]
    photo: Option<&'static [u8]>,
    #[serde(skip)]
    contacts: &'static [u8],
    #[serde(skip)]
    calendar: &'static [u8],
    #[serde(skip)]
    photos: &'static [Photo],
}

/// Makes what is missing, and serves.
pub fn run(args: &DemoArgs) -> Result<(), Failure> {
    logging::start();
    let clock = SystemClock::shared();
    let data = std::path::absolute(&args.data).map_err(|error| Failure::Failed(error.to_string()))?;
    let authority = authority(&data)?;
    let mut config = config(&data, args.listen);
    let bound = bind(&config)?;
    config.public_url = format!("http://{}", bound.address);
    let parts = parts(&config, clock.clone())?;
    let people = people()?;
    for person in &people {
        load(&parts, &config, person)?;
    }
    let tokens = Tokens { config: &config, authority: &authority, recipient: recipient(&data)?, now: clock.now() };
    let (text, visits) = (tokens.text(&people)?, tokens.visits(&people)?);
    let (address, ready) = (bound.address, ready_line(&config, &bound));
    // Nothing to read again: who closes the terminal wants it to end.
    serve(bound, &config, parts, None, move || {
        drop(std::thread::spawn(move || {
            visit(address, &visits);
            drop(print(&format!("{text}{ready}")));
        }));
    })
}

fn authority(data: &Path) -> Result<Authority, Failure> {
    for folder in ["keys", "authority"].map(|name| data.join(name)) {
        if !folder.join("private.pem").exists() {
            eprintln!("sharehold: making keys in {}", folder.display());
            pair::create(&folder, KEY_BITS).map_err(|error| Failure::Failed(error.to_string()))?;
        }
    }
    Authority::load(&data.join("authority")).map_err(|error| Failure::Failed(error.to_string()))
}

fn config(data: &Path, listen: SocketAddr) -> Config {
    let mut config = Config {
        listen: listen.to_string(),
        admin_listen: format!("{}:0", listen.ip()),
        data_dir: data.into(),
        ..Config::default()
    };
    config.database.url = Secret::new(format!("sqlite://{}", data.join("sharehold.db").display()));
    config.blobs.url = format!("file://{}", data.join("blobs").display());
    config.keys.decryption = vec![data.join("keys/private.pem")];
    let certificate = Some(data.join("authority/certificate.pem"));
    config.authorization_servers = vec![AuthorizationServer { certificate, ..AuthorizationServer::new(ISSUER) }];
    config
}

fn people() -> Result<Vec<Person>, Failure> {
    let read: Result<_, serde_json::Error> = PEOPLE
        .iter()
        .map(|(text, photo, contacts, calendar, photos)| {
            serde_json::from_str(text).map(|person| Person { photo: *photo, contacts, calendar, photos, ..person })
        })
        .collect();
    read.map_err(|error| Failure::Failed(format!("fixtures/people: {error}")))
}

/// Gives a person their profile, their address book, their calendar and their photos, unless they have a profile: what was changed in
/// an earlier demonstration stays.
fn load(parts: &Parts, config: &Config, person: &Person) -> Result<(), Failure> {
    let grant = Grant::<Profile, Write>::operator(ISSUER, &person.subject);
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(format!("{}: {error}", person.subject));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let pictures = Pictures::new(&config.limits).map_err(|error| failed(&error))?;
    let loaded = runtime.block_on(async {
        let row = parts.store.read(&grant, queries::find).await?;
        if row.projection != "{}" {
            return Ok(());
        }
        if let Some(photo) = person.photo {
            let squares = pictures.squares(pictures.place(&person.subject)?, photo.to_vec()).await?;
            keep::set(&grant, &parts.store, &parts.blobs, Conditions::default(), &squares).await?;
        }
        let contacts = Grant::<Contacts, Create>::operator(ISSUER, &person.subject);
        let contacts =
            contacts::import::Importer::new(contacts, parts.store.clone(), None, config.limits.quota_contacts);
        imported(contacts, person.contacts).await?;
        let events = Grant::<Calendar, Write>::operator(ISSUER, &person.subject);
        let events = calendar::import::Importer::new(events, parts.store.clone(), None, config.limits.quota_events);
        imported(events, person.calendar).await?;
        let photos = Grant::operator(ISSUER, &person.subject);
        let into = (&parts.store, &parts.blobs, &pictures);
        demo_photos::load(&photos, into, &config.limits, person.photos).await?;
        let (anyone, profile) = (Conditions::default(), person.profile.clone());
        let loaded = parts.store.write(&grant, move |on| queries::change(on, &anyone, &profile)).await;
        Ok(loaded.map(drop)?)
    });
    loaded.map_err(|problem: Problem| failed(&problem))
}

async fn imported(mut importer: impl Import, file: &[u8]) -> Result<(), Problem> {
    importer.push(file).await?;
    importer.finish().await.map(drop)
}

fn recipient(data: &Path) -> Result<Recipient, Failure> {
    Recipient::load(&data.join("keys/certificate.pem")).map_err(|error| Failure::Failed(error.to_string()))
}

/// What tokens are made with.
struct Tokens<'a> {
    config: &'a Config,
    authority: &'a Authority,
    recipient: Recipient,
    now: DateTime<Utc>,
}

impl Tokens<'_> {
    /// What is printed: for each person what to call, with a token that opens it, and the link to their page.
    fn text(&self, people: &[Person]) -> Result<String, Failure> {
        let mut texts = Vec::new();
        for person in people {
            let name = person.profile.get("displayName").and_then(Value::as_str).unwrap_or(&person.subject);
            // Whoever starts the demonstration signs in anew: what was signed out before is open again.
            let anew = Some(("auth_time", json!(self.now.timestamp())));
            let token = self.mint(person, CLIENT, SCOPE, anew.clone())?;
            let me = self.config.link("/v1.0/me");
            texts.push(format!("# {name}\ncurl -H 'Authorization: Bearer {token}' {me}\n"));
            if !person.photos.is_empty() {
                let photos = self.config.link(PHOTOS);
                texts.push(format!("# The photos of {name}\ncurl -H 'Authorization: Bearer {token}' '{photos}'\n"));
            }
            // In the fragment, which a browser sends to nobody.
            let token = self.mint(person, OWNER_CLIENT, OWNER_SCOPE, anew)?;
            let page = self.config.link(owner_page::PATH);
            texts.push(format!("# Who has access to it: {page}#client={OWNER_CLIENT}&token={token}\n"));
        }
        let explorer = self.config.link(explorer::PATH);
        texts.push(format!("# In a browser: {explorer}\n# The tokens hold for a day.\n"));
        Ok(texts.join("\n"))
    }

    /// The client sites, each with a token of each person: refreshed, not signed in anew, so what was taken back stays so.
    fn visits(&self, people: &[Person]) -> Result<Vec<Visit>, Failure> {
        let all = people.iter().flat_map(|person| SITES.iter().map(move |site| (person, site)));
        all.map(|(person, site)| Ok((site, self.mint(person, site.client, site.scope, None)?))).collect()
    }

    fn mint(
        &self,
        person: &Person,
        client: &str,
        scope: &str,
        claim: Option<(&str, Value)>,
    ) -> Result<String, Failure> {
        let more = [("email", json!(person.email)), ("email_verified", json!(true))];
        let claims = Claims {
            issuer: ISSUER.into(),
            audience: vec![self.config.public_url.clone()],
            subject: person.subject.clone(),
            client: client.into(),
            scope: scope.into(),
            lifetime_s: TOKEN_LIFETIME_S,
            more: more.into_iter().chain(claim).map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        mint(self.authority, &self.recipient, &claims, Algorithms::default(), self.now)
            .map_err(|error| Failure::Failed(error.to_string()))
    }
}
