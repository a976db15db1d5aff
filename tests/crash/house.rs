//! A folder with everything that `sharehold serve` needs: keys, an authority that the harness plays, the configuration, tokens.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sharehold::cli::token_mint::{Algorithms, Authority, Claims, Recipient, mint};
use sharehold::clock::{Clock as _, SystemClock};

use crate::outcome::Outcome;

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://sharehold.example";

/// The folder.
pub(crate) struct House {
    /// Where everything is; data too, unless [`House::data`] says otherwise.
    pub(crate) folder: PathBuf,
    /// Where the database file and the blobs are.
    pub(crate) data: PathBuf,
    /// The database.
    pub(crate) url: String,
    name: String,
    authority: Arc<Authority>,
}

impl House {
    /// Makes it in `folder`, with SQLite.
    pub(crate) fn on_sqlite(folder: &Path) -> Outcome<Self> {
        Self::make(folder, folder, "")
    }

    /// Makes it in `folder`, with its data in `data` and the database at `url`; an empty `url`: SQLite in `data`.
    pub(crate) fn make(folder: &Path, data: &Path, url: &str) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        Authority::create(&folder.join("keys"), 2048)?;
        let authority = Authority::create(&folder.join("authority"), 2048)?;
        let url = database(data, url);
        let (name, authority) = ("sharehold".into(), Arc::new(authority));
        let house = Self { folder: folder.to_owned(), data: data.to_owned(), url, name, authority };
        house.configure()?;
        Ok(house)
    }

    /// The same keys and tokens over other data, configured under another `name`; an empty `url`: SQLite in `data`.
    pub(crate) fn elsewhere(&self, name: &str, data: &Path, url: &str) -> Outcome<Self> {
        let url = database(data, url);
        let authority = self.authority.clone();
        let house = Self { folder: self.folder.clone(), data: data.to_owned(), url, name: name.into(), authority };
        house.configure()?;
        Ok(house)
    }

    /// Writes the configuration again: after [`House::url`] or [`House::data`] was changed.
    pub(crate) fn configure(&self) -> Outcome<()> {
        let text = format!(
            "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\npublic_url = \"{AUDIENCE}\"\n\
             data_dir = \"{data}\"\n[database]\nurl = \"{url}\"\n[blobs]\nurl = \"file://{data}/blobs\"\n\
             [keys]\ndecryption = [\"keys/private.pem\"]\n[rate]\nenabled = false\n[server]\ndrain_wait_s = 1\n\
             [[authorization_servers]]\nissuer = \"{ISSUER}\"\ncertificate = \"authority/certificate.pem\"\n",
            data = self.data.display(),
            url = self.url,
        );
        let path = self.configuration();
        fs::write(&path, text)?;
        // It may hold a password.
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(())
    }

    /// The configuration file.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.join(format!("{}.toml", self.name))
    }

    /// A token for each of `people` people, good for half a day.
    pub(crate) fn tokens(&self, people: usize) -> Outcome<Vec<String>> {
        (0..people).map(|person| self.token(&format!("person-{person}"))).collect()
    }

    /// A token for the person `subject`, good for half a day.
    pub(crate) fn token(&self, subject: &str) -> Outcome<String> {
        self.token_of(subject, "crash", "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite Photos.ReadWrite")
    }

    /// A token for the person `subject` that `client` has with these scopes, good for half a day.
    pub(crate) fn token_of(&self, subject: &str, client: &str, scope: &str) -> Outcome<String> {
        let recipient = Recipient::load(&self.folder.join("keys/certificate.pem"))?;
        let claims = Claims {
            issuer: ISSUER.into(),
            audience: vec![AUDIENCE.into()],
            subject: subject.into(),
            client: client.into(),
            scope: scope.into(),
            lifetime_s: 12 * 3600,
            more: Map::<String, Value>::new(),
        };
        let now: DateTime<Utc> = SystemClock.now();
        Ok(mint(&self.authority, &recipient, &claims, Algorithms::default(), now)?)
    }
}

fn database(data: &Path, url: &str) -> String {
    if url.is_empty() { format!("sqlite://{}", data.join("sharehold.db").display()) } else { url.to_owned() }
}
