//! Reading the configuration: TOML file < `SHAREHOLD__…` variables < `--set key=value`, then types, then absolute paths.
//! May import `secret` and the rest of `config`. What the values mean together is `check`'s business.

use std::path::Path;

use serde_path_to_error::Segment;

use zeroize::Zeroizing;

use super::read::Reason;
use super::tree::{Node, Origin, Step, Value, dotted};
use super::{Config, Credentials, Fault, paths};

/// Variables that begin so are settings: `SHAREHOLD__DATABASE__URL` is `database.url`.
pub const PREFIX: &str = "SHAREHOLD__";

/// Loads the configuration from `file` (if any), `environment` and `sets` (`key.path=value`), later ones first in rank.
///
/// Values from variables and flags are read by the setting's type: lists are separated by commas, and a place of a list is
/// a number (`SHAREHOLD__AUTHORIZATION_SERVERS__0__ISSUER`). Relative paths, also those in `sqlite://` and `file://` URLs,
/// become absolute: they are relative to the file's folder, or to the working directory if there is no file.
///
/// # Errors
/// Every fault that can be told from reading: unknown keys, wrong types, missing keys, an unreadable file, and a file that
/// holds a password while others may read it. [`check`](super::check()) finds the rest.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    sets: &[String],
) -> Result<Config, Vec<Fault>> {
    let mut tree = match file {
        Some(path) => read_file(path).map_err(|fault| vec![fault])?,
        None => Node::empty(Origin::Flag(String::new())),
    };
    let mut faults = Vec::new();
    let environment: Vec<_> = environment.into_iter().collect();
    let credentials = Credentials::of(&environment);
    overlay(&mut tree, environment, sets, &mut faults);
    faults.extend(file.and_then(|path| paths::exposed_password(path, &tree)));
    let audiences = audiences(&tree);
    let mut config = typed(&mut tree, &mut faults).filter(|_| faults.is_empty()).ok_or(faults)?;
    config.blobs.credentials = credentials;
    let folder = paths::folder_of(file).map_err(|fault| vec![fault])?;
    Ok(paths::absolute(with_audiences(config, &audiences), &folder))
}

fn read_file(path: &Path) -> Result<Node, Fault> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Fault::new("", format!("cannot be read ({error}); give the file with --config")).at(&name))?;
    Node::parse(&name, &text).map_err(|(origin, what)| {
        Fault::new("", format!("is not TOML here: {what}; a text stands in quotes: name = \"value\"")).at(origin)
    })
}

fn overlay(
    tree: &mut Node,
    environment: impl IntoIterator<Item = (String, String)>,
    sets: &[String],
    faults: &mut Vec<Fault>,
) {
    let mut variables: Vec<_> = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), value)))
        .collect();
    // Sorted, so that place 9 of a list comes before place 10, however the system orders them.
    variables.sort_by(|(a, x), (b, y)| steps(a).cmp(steps(b)).then_with(|| x.cmp(y)));
    for (key, value) in variables {
        let origin = Origin::Environment(format!("{PREFIX}{}", key.to_uppercase()));
        lay(tree, &key.split("__").collect::<Vec<_>>(), &value, &origin, faults);
    }
    for (number, set) in (1..).zip(sets) {
        // What stands where the key should is told by its number alone: it may be a value, and that a password.
        let Some((key, value)) = set.split_once('=').filter(|(key, _)| is_key(key.trim())) else {
            faults.push(Fault::new("", "must be key.path=value").at(format_args!("--set, number {number}")));
            continue;
        };
        let key = key.trim();
        lay(tree, &key.split('.').collect::<Vec<_>>(), value, &Origin::Flag(key.to_owned()), faults);
    }
}

/// The steps of a variable's key, places of a list as the numbers they are.
fn steps(key: &str) -> impl Iterator<Item = (Option<usize>, &str)> {
    key.split("__").map(|step| (step.parse().ok(), step))
}

/// Whether `text` could name a setting.
fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn lay(tree: &mut Node, path: &[&str], value: &str, origin: &Origin, faults: &mut Vec<Fault>) {
    let done = if path.contains(&"") {
        Err("names no key: a step of the path is empty".to_owned())
    } else {
        tree.set(path, value, origin)
    };
    if let Err(what) = done {
        faults.push(Fault::new(path.join("."), what).at(origin));
    }
}

/// Reads the tree by its types. A refused key is taken out and the rest read again, so that all faults come at once.
fn typed(tree: &mut Node, faults: &mut Vec<Fault>) -> Option<Config> {
    let mut refused: Vec<Vec<Step>> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize(&*tree) {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let mut path: Vec<Step> = error.path().iter().filter_map(step).collect();
        let place = tree.get(&path).map(|node| node.origin.clone());
        let within = path.clone();
        let what = match error.into_inner() {
            Reason::Unknown(known) => unknown(&path, known),
            Reason::Missing(key) => {
                path.push(Step::Key(key.to_owned()));
                "is missing".to_owned()
            }
            Reason::Said(words) => words,
        };
        // A key refused for its value is out by now: that it is missing is no second fault.
        if !refused.contains(&path) {
            let fault = Fault::new(dotted(&path), what);
            faults.push(match place {
                Some(origin) => fault.at(origin),
                None => fault,
            });
        }
        if !tree.remove(&within) {
            return None;
        }
        refused.push(within);
    }
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Place(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn unknown(path: &[Step], known: &[&str]) -> String {
    let key = path.last().map(ToString::to_string).unwrap_or_default();
    let nearest = known.iter().min_by_key(|name| strsim::damerau_levenshtein(name, &key));
    match nearest {
        Some(name) if strsim::damerau_levenshtein(name, &key) <= 1 + key.len() / 4 => {
            format!("unknown key; did you mean `{name}`?")
        }
        _ if known.len() <= 8 => format!("unknown key; known here: {}", known.join(", ")),
        _ => "unknown key; schema/config.schema.json has them all".to_owned(),
    }
}

/// For each authorization server, whether its audience was written. One that is absent is `[public_url]`; one that was
/// written empty stays so, and `check` refuses it: nobody means "any audience" to be narrowed in silence.
fn audiences(tree: &Node) -> Vec<bool> {
    match tree.get(&[Step::Key("authorization_servers".into())]).map(|node| &node.value) {
        Some(Value::List(servers)) => {
            servers.iter().map(|server| server.get(&[Step::Key("audience".into())]).is_some()).collect()
        }
        _ => Vec::new(),
    }
}

fn with_audiences(mut config: Config, written: &[bool]) -> Config {
    for (server, written) in config.authorization_servers.iter_mut().zip(written) {
        if !written {
            server.audience = vec![config.public_url.clone()];
        }
    }
    config
}
