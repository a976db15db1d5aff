//! `token inspect` on every token of `fixtures/tokens`: its verdict is the server's, it explains it, and it gives nothing
//! away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sharehold::cli::token_inspect::look;
use sharehold::clock::FixedClock;
use sharehold::config::{Config, load};
use sharehold::token::{KeyRing, Opener, Refusal, Trust};
use tempfile::TempDir;

use super::inspecting::{inspect, text};
use crate::support::keys;

/// Rows whose one fault is how they were pasted, which the command looks past.
const PASTED: &[&str] = &["leading-space", "final-space", "final-newline", "folded", "tab", "quoted", "scheme"];

/// The fixtures, and the server that they are for.
struct Fixtures {
    folder: PathBuf,
    private: TempDir,
    files: Vec<PathBuf>,
    rows: Vec<Value>,
    now: DateTime<Utc>,
}

impl Fixtures {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokens");
        let private = tempfile::tempdir().expect("a folder");
        let copy = |name| keys::private_copy(&keys::path(name), private.path());
        let files = vec![copy("ours-2048.pem"), copy("ours-3072.pem")];
        let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).expect("a file")).expect("JSON");
        let now = index["now"].as_i64().and_then(|now| DateTime::from_timestamp(now, 0)).expect("an instant");
        let rows = index["tokens"].as_array().expect("rows").clone();
        Self { folder, private, files, rows, now }
    }

    fn config(&self) -> Config {
        let mut config = load(Some(&self.folder.join("config.toml")), [], &[]).expect("a configuration");
        config.keys.decryption.clone_from(&self.files);
        config
    }

    /// Every line of our private keys.
    fn secrets(&self) -> BTreeSet<String> {
        assert!(self.private.path().exists());
        let lines = self
            .files
            .iter()
            .flat_map(|file| fs::read_to_string(file).expect("a key").lines().map(str::to_owned).collect::<Vec<_>>());
        lines.filter(|line| !line.starts_with("-----")).collect()
    }
}

/// A part of the token, or a claim about the person, that is in `out`.
fn leak(row: &Value, out: &str) -> Option<String> {
    let claims = &row["claims"];
    let personal = ["sub", "jti", "email", "name"].into_iter().filter_map(|name| claims[name].as_str());
    // A client's own token names the client.
    let personal = personal.filter(|value| ["client_id", "azp"].iter().all(|name| claims[name] != **value));
    let quoted = personal.filter(|value| !value.is_empty()).map(|value| format!("\"{value}\""));
    let parts = row["token"].as_str().into_iter().flat_map(|token| token.split('.')).filter(|part| part.len() > 40);
    quoted.chain(parts.map(str::to_owned)).find(|secret| out.contains(secret))
}

/// What is wrong with the report on `row`.
fn fault(row: &Value, report: &Value) -> Option<String> {
    let opens = row["opens"] == true;
    let expected = (if opens { "let in" } else { "refused" }, &row["refusal"]);
    let got = (report["verdict"].as_str().unwrap_or_default(), &report["code"]);
    let steps = report["steps"].as_array().expect("steps");
    let explains = |step: &Value| {
        step["held"] == false
            && step["code"] == row["refusal"]
            && step["mend"].as_array().is_some_and(|it| !it.is_empty())
    };
    let explained = if opens { steps.iter().all(|step| step["held"] != false) } else { steps.iter().any(explains) };
    (got != expected || !explained).then(|| format!("{}: {got:?}, not {expected:?}; {report:#}", row["name"]))
}

#[test]
fn every_fixture_gets_its_verdict_and_an_explanation_and_gives_nothing_away() {
    let fixtures = Fixtures::read();
    let (config, secrets) = (fixtures.config(), fixtures.secrets());
    let ring = KeyRing::load(&config.keys.decryption).expect("our keys");
    let trust = Trust::load(&config.authorization_servers, &config.public_url).expect("their keys");
    let opener = Opener::new(ring, trust, &config.limits, FixedClock::at(fixtures.now));
    assert!(fixtures.rows.len() > 1000 && secrets.len() > 40);
    let mut faults = Vec::new();
    for row in &fixtures.rows {
        let report = look(row["token"].as_str().expect("a token"), &opener, &config, fixtures.now, false);
        let (json, lines) = (report.json(), report.text(false));
        faults.extend(fault(row, &serde_json::from_str(&json).expect("JSON")));
        for said in [json.replace("\\\"", "\""), lines] {
            let secret = secrets.iter().find(|secret| said.contains(*secret)).cloned();
            faults.extend(leak(row, &said).or(secret).map(|leak| format!("{}: leaks {leak}", row["name"])));
            assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{}", row["name"]);
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The program itself, on one row a refusal, some that open, and those that it takes although they were badly pasted.
#[test]
fn the_program_says_so_with_its_status() {
    let fixtures = Fixtures::read();
    let mut chosen: BTreeMap<&str, &Value> = BTreeMap::new();
    let pasted = |row: &Value| PASTED.iter().any(|name| row["name"] == format!("compact/{name}"));
    for row in fixtures.rows.iter().filter(|row| !pasted(row) && row["token"] != "") {
        chosen.entry(row["refusal"].as_str().unwrap_or_default()).or_insert(row);
    }
    assert_eq!(chosen.len(), Refusal::ALL.len() + 1);
    let decryption = format!("keys.decryption={},{}", fixtures.files[0].display(), fixtures.files[1].display());
    let now = fixtures.now.to_rfc3339();
    let arguments = ["--config", "config.toml", "--set", &decryption, "--at", &now, "--json"];
    for (code, row) in chosen {
        let output = inspect(&fixtures.folder, row["token"].as_str().expect("a token"), &arguments);
        let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!(fault(row, &report), None);
        assert_eq!(output.status.code(), Some(i32::from(!code.is_empty())));
        let line = format!("sharehold: the token would not be let in: {code}\n");
        assert_eq!(text(&output.stderr), if code.is_empty() { String::new() } else { line });
    }
    for row in fixtures.rows.iter().filter(|row| pasted(row)) {
        let output = inspect(&fixtures.folder, row["token"].as_str().expect("a token"), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}: {}", row["name"], text(&output.stdout));
    }
}
