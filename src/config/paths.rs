//! Paths in the configuration: made absolute, and kept from other people's eyes.
//! May import `secret` and the rest of `config`.

use std::path::{Path, PathBuf};

use crate::secret::Secret;

use super::tree::{Node, Origin, Step, Value};
use super::{Config, Fault};

/// Bits of a mode that let the group or the world read or write.
const OTHERS: u32 = 0o066;

/// The folder that relative paths begin at.
pub(super) fn folder_of(file: Option<&Path>) -> Result<PathBuf, Fault> {
    let folder = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|error| Fault::new("", format!("cannot be reached ({error})")).at(folder.display()))
}

/// `config` with every path absolute.
pub(super) fn absolute(mut config: Config, folder: &Path) -> Config {
    let join = |path: &mut PathBuf| *path = folder.join(&path);
    join(&mut config.data_dir);
    config.keys.decryption.iter_mut().for_each(join);
    for server in &mut config.authorization_servers {
        server.certificate.iter_mut().chain(&mut server.jwks_file).for_each(join);
    }
    if let Some(tls) = &mut config.tls {
        join(&mut tls.certificate);
        join(&mut tls.private_key);
    }
    let database = config.database.url.expose();
    if database.strip_prefix("sqlite://").is_some_and(is_path) {
        config.database.url = Secret::new(in_folder(database, "sqlite://", folder));
    }
    config.blobs.url = in_folder(&config.blobs.url, "file://", folder);
    config
}

fn in_folder(url: &str, scheme: &str, folder: &Path) -> String {
    match url.strip_prefix(scheme) {
        Some(path) if !path.is_empty() => format!("{scheme}{}", folder.join(path).display()),
        _ => url.to_owned(),
    }
}

/// Whether SQLite would take `path` for one: `check` refuses the others, and must see them as they were written.
pub(super) fn is_path(path: &str) -> bool {
    !path.is_empty() && !path.starts_with(":memory:") && !path.starts_with("file:")
}

/// A fault if `file` itself holds the database's password and others may read or write it (security: the password is then
/// everybody's). A password that comes by a variable is none of the file's business.
pub(super) fn exposed_password(file: &Path, tree: &Node) -> Option<Fault> {
    let node = tree.get(&[Step::Key("database".into()), Step::Key("url".into())])?;
    match (&node.value, &node.origin) {
        (Value::Text(url), Origin::File { .. }) if has_password(url) => {
            let what = exposed(file)?;
            let mend = "or give the URL as SHAREHOLD__DATABASE__URL";
            Some(Fault::new("database.url", format!("holds a password, and the file {what}, {mend}")).at(&node.origin))
        }
        _ => None,
    }
}

/// If others may read or write `file`: what is wrong and how to mend it.
#[cfg(unix)]
pub(super) fn exposed(file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & OTHERS != 0).then(|| {
        let path = file.display();
        format!("{path} is open to others (mode {mode:04o}): run `chmod 600 {path}`")
    })
}

/// Without Unix modes nothing can be told.
#[cfg(not(unix))]
pub(super) fn exposed(_: &Path) -> Option<String> {
    None
}

/// Whether a database URL holds a password, before the host or as a parameter.
pub(super) fn has_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
        || parameters.split('&').any(|parameter| parameter.starts_with("password="))
}
