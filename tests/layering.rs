//! The import direction of design.md §1, read off the sources: a layer imports only what stands left of it.

use std::fs;
use std::path::{Path, PathBuf};

/// Layers from left to right; those in one row do not import each other, but for the exceptions.
const LAYERS: &[&[&str]] = &[
    &["digest", "secret", "threads"],
    &["clock", "config", "json", "metrics", "problem"],
    &["token"],
    &["access"],
    &["store", "blobs", "picture", "query"],
    &["resources"],
    &["router"],
    &["server"],
    &["cli"],
];

/// Crates that a layer must not see.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("token", &["actix_web", "diesel"]),
    ("access", &["diesel"]),
    ("store", &["actix_web"]),
    ("blobs", &["actix_web", "diesel"]),
    ("picture", &["actix_web", "diesel"]),
    ("query", &["diesel"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Folders of `src/resources` that every kind may use.
const SHARED: &[&str] = &["collection", "content_line", "import", "photo"];

/// The code of a file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn layer_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("below src");
    let first = inside.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// Every `crate::x` or `sharehold::x` in the code.
fn imports(code: &str) -> Vec<String> {
    let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found: Vec<String> = code.split("crate::").skip(1).map(word).collect();
    found.extend(code.split("sharehold::").skip(1).map(word));
    found.retain(|name| rank(name).is_some());
    found
}

#[test]
fn every_layer_imports_only_what_stands_left_of_it() {
    let mut seen = 0;
    for path in sources(&root().join("src")) {
        let layer = layer_of(&path);
        if layer == "main" || layer == "lib" {
            continue;
        }
        let own = rank(&layer).unwrap_or_else(|| panic!("{}: add `{layer}` to LAYERS, in its place", path.display()));
        for import in imports(&code(&path)) {
            seen += 1;
            let theirs = rank(&import).expect("known");
            assert!(import == layer || theirs < own, "{} imports `{import}`: not left of `{layer}`", path.display());
        }
    }
    assert!(seen > 50, "only {seen} imports were read: is this test looking at the sources?");
}

#[test]
fn kinds_do_not_import_each_other() {
    for path in sources(&root().join("src/resources")) {
        let inside = path.strip_prefix(root().join("src/resources")).expect("below resources");
        if inside.components().count() < 2 {
            continue;
        }
        let kind = inside.iter().next().expect("a folder").to_string_lossy().into_owned();
        for part in code(&path).split("resources::").skip(1) {
            let other: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_kind = !other.is_empty()
                && !SHARED.contains(&other.as_str())
                && root().join("src/resources").join(&other).is_dir();
            assert!(!is_kind || other == kind, "{} imports the kind `{other}`", path.display());
        }
    }
}

#[test]
fn layers_do_not_see_crates_that_are_not_theirs() {
    for (layer, crates) in FORBIDDEN {
        for path in sources(&root().join("src").join(layer)) {
            for name in *crates {
                let code = code(&path);
                assert!(!code.contains(&format!("{name}::")), "{}: `{layer}` must not see {name}", path.display());
            }
        }
    }
}

/// `Grant::operator` is the operator's own: a handler that called it would by-pass the token.
#[test]
fn only_the_command_line_makes_the_operators_grants() {
    for path in sources(&root().join("src")) {
        let may = ["cli", "access"].contains(&layer_of(&path).as_str());
        assert!(may || !code(&path).contains("::operator("), "{} makes an operator's grant", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    for folder in ["src", "tests", "benches"] {
        for path in sources(&root().join(folder)) {
            if path.components().any(|part| part.as_os_str() == "node_modules") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source");
            assert!(text.starts_with("//!"), "{} does not begin by saying what it is for", path.display());
            let lines = text.lines().count();
            assert!(lines <= 300, "{} has {lines} lines: split it by idea", path.display());
        }
    }
}
