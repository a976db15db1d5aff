//! `migrations/README.md` where a test can keep it: what was released stays as it is, and a release only expands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::releases::sum;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")
}

/// Every file of both chains by its path below `migrations`.
fn files() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for chain in ["sqlite", "postgres"] {
        for folder in fs::read_dir(root().join(chain)).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                all.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    all
}

/// `SUM  PATH` a line, as `sha256sum --check` reads it.
#[test]
fn what_was_released_is_never_edited() {
    let (list, files) = (root().join("released.sha256"), files());
    if std::env::var_os("UPDATE_RELEASED").is_some() {
        let lines: Vec<String> = files.iter().map(|(name, text)| format!("{}  {name}", sum(text.as_bytes()))).collect();
        let kept = fs::read_to_string(&list).unwrap_or_default();
        assert!(
            kept.lines().all(|line| lines.iter().any(|now| now == line)),
            "a released migration was edited, moved or taken away"
        );
        fs::write(&list, lines.join("\n") + "\n").unwrap();
    }
    let released = fs::read_to_string(&list).unwrap();
    assert!(released.lines().count() >= 16, "{released}");
    for line in released.lines() {
        let (was, name) = line.split_once("  ").unwrap();
        let is = files.get(name).map(|text| sum(text.as_bytes()));
        assert_eq!(is.as_deref(), Some(was), "{name} was released: a change is a new folder (migrations/README.md)");
    }
}

/// What the program of the release before could not live with.
fn contracts(up: &str) -> Option<String> {
    if up.starts_with("-- contract: ") {
        return None;
    }
    let code: Vec<&str> = up.lines().map(|line| line.split("--").next().unwrap()).collect();
    let code = code.join(" ").to_ascii_uppercase();
    code.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" ")).find(|statement| {
        let has = |words: &str| format!(" {statement} ").contains(&format!(" {words} "));
        let added = has("ADD COLUMN") && has("NOT NULL") && !has("DEFAULT");
        let changed = has("ALTER TABLE") && (has("SET NOT NULL") || has("TYPE"));
        let gone = ["DROP TABLE", "DROP COLUMN", "RENAME TO", "RENAME COLUMN", "RENAME"].into_iter().any(has);
        added || changed || gone
    })
}

#[test]
fn a_release_only_expands() {
    let outside = files().into_keys().find(|name| name.ends_with("metadata.toml"));
    assert_eq!(outside, None, "every folder is run in a transaction");
    for (name, text) in files().iter().filter(|(name, _)| name.ends_with("/up.sql")) {
        let found = contracts(text);
        assert_eq!(found, None, "{name}: the program of the release before runs beside this (migrations/README.md)");
        let alone = ["CONCURRENTLY", "VACUUM", "PRAGMA", "COMMIT"].into_iter().find(|word| text.contains(word));
        assert_eq!(alone, None, "{name}: not in the transaction that makes a killed migration whole or nothing");
    }
}

#[test]
fn what_contracts_is_seen_unless_it_says_so() {
    for bad in [
        "DROP TABLE people;",
        "ALTER TABLE people\n    DROP COLUMN seq;",
        "alter table people rename column seq to change;",
        "ALTER TABLE people RENAME TO persons;",
        "CREATE TABLE a (b BIGINT);\nALTER TABLE people ADD COLUMN c BIGINT NOT NULL;",
        "ALTER TABLE people ALTER COLUMN seq SET NOT NULL;",
        "ALTER TABLE people ALTER COLUMN seq TYPE TEXT;",
    ] {
        assert!(contracts(bad).is_some(), "{bad}");
        assert_eq!(contracts(&format!("-- contract: 0.1.0 no longer uses it.\n{bad}")), None);
    }
    for good in [
        "ALTER TABLE people ADD COLUMN c BIGINT; -- not DROP TABLE",
        "ALTER TABLE people ADD COLUMN c BIGINT NOT NULL DEFAULT 0;",
        "CREATE TABLE drops (id BIGINT NOT NULL PRIMARY KEY);",
    ] {
        assert_eq!(contracts(good), None, "{good}");
    }
}
