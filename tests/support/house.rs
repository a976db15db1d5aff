//! A folder with everything that a valid configuration names, and the configuration: tests spoil one thing and put it back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sharehold::cli::check::examine;
use sharehold::cli::token_mint::Authority;
use sharehold::clock::{Clock as _, SystemClock};
use sharehold::config::{self, Config, Fault};
use tempfile::TempDir;

/// The issuer that [`House`] trusts.
pub const ISSUER: &str = "https://as.example";

const CONFIG: &str = r#"
[keys]
decryption = ["keys/private.pem"]

[[authorization_servers]]
issuer = "https://as.example"
certificate = "authority/certificate.pem"

[tls]
certificate = "tls/certificate.pem"
private_key = "tls/private.pem"

[owner_page]
issuer = "https://as.example"
client_id = "sharehold-owner"
"#;

/// Two pairs, made once: making RSA keys is what these tests would spend their time on.
static PAIRS: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        let folder = TempDir::new().expect("a folder");
        Authority::create(folder.path(), 2048).expect("a pair");
        ["private.pem", "certificate.pem"].map(|name| fs::read_to_string(folder.path().join(name)).expect("a file"))
    })
});

/// A valid configuration and its files.
pub struct House {
    folder: TempDir,
}

impl House {
    /// Writes everything.
    pub fn new() -> Self {
        let house = Self { folder: TempDir::new().expect("a folder") };
        for (name, [private, certificate]) in [("keys", &PAIRS[0]), ("authority", &PAIRS[1]), ("tls", &PAIRS[1])] {
            house.write(&format!("{name}/private.pem"), private, 0o600);
            house.write(&format!("{name}/certificate.pem"), certificate, 0o644);
        }
        house.write("sharehold.toml", CONFIG, 0o644);
        house
    }

    /// The folder, by its real name.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder")
    }

    /// The configuration file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("sharehold.toml")
    }

    /// Writes a file of that mode.
    pub fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect("written");
        set_mode(&path, mode);
        path
    }

    /// Writes the configuration anew: the valid one, with `text` in front, where the keys without a table stand.
    pub fn front(&self, text: &str) {
        self.write("sharehold.toml", &format!("{text}\n{CONFIG}"), 0o600);
    }

    /// Reads the file and lays `sets` over it.
    pub fn load(&self, sets: &[&str]) -> Result<Config, Vec<Fault>> {
        self.load_with(&[], sets)
    }

    /// Reads the file and lays variables and `sets` over it.
    pub fn load_with(&self, variables: &[(&str, &str)], sets: &[&str]) -> Result<Config, Vec<Fault>> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        config::load(Some(&self.file()), variables, &sets)
    }

    /// Everything wrong with the file and `sets` over it: what reading tells, else what checking tells.
    pub fn faults(&self, sets: &[&str]) -> Vec<Fault> {
        self.load(sets).map_or_else(|faults| faults, |config| examine(&config, now()).faults)
    }

    /// The warnings about the file and `sets` over it.
    pub fn warnings(&self, sets: &[&str]) -> Vec<Fault> {
        examine(&self.load(sets).expect("readable"), now()).warnings
    }
}

/// Gives a file that mode.
pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
}

/// Now.
pub fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// The one fault in `faults`, which is of `key`.
#[track_caller]
pub fn only(faults: &[Fault], key: &str) -> String {
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.iter().map(Fault::key).collect::<Vec<_>>(), [key], "{said:#?}");
    assert!(!said[0].contains('\n'), "one line: {said:?}");
    said[0].clone()
}
