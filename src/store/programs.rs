//! PostgreSQL's own programs, which write and read its dumps: `pg_dump` and `pg_restore`, found by PATH.
//! May import `secret` and the rest of `store`.

use std::borrow::Cow;
use std::path::Path;
use std::process::{Command, Stdio};

use url::Url;

use super::start::StartError;
use crate::secret::Secret;

/// Writes the tables of `schema`, as `snapshot` sees them, to `file` (custom format), without the rows of `seal_keys`.
pub(super) fn dump(url: &Secret<String>, schema: &str, snapshot: &str, file: &Path) -> Result<(), StartError> {
    let mut command = program("pg_dump", url)?;
    // A pattern; quoted it is a name.
    command.arg(format!("--schema=\"{}\"", schema.replace('"', "\"\"")));
    command
        .args([
            "--format=custom",
            "--strict-names",
            "--exclude-table-data=*.seal_keys",
            "--snapshot",
            snapshot,
            "--file",
        ])
        .arg(file);
    run(command, "pg_dump")
}

/// Brings the tables of `schema` back from `file`: all of it in one transaction, or nothing.
pub(super) fn restore(url: &Secret<String>, schema: &str, file: &Path) -> Result<(), StartError> {
    let mut command = program("pg_restore", url)?;
    command.args(["--single-transaction", "--exit-on-error", "--schema", schema]).arg(file);
    run(command, "pg_restore")
}

/// Refuses to begin a restore whose end would fail.
pub(super) fn find_restore() -> Result<(), StartError> {
    let mut command = Command::new("pg_restore");
    command.arg("--version").stdin(Stdio::null());
    run(command, "pg_restore")
}

/// The program, with the way to the database. The password goes by its environment: anybody may read a command line.
fn program(name: &str, url: &Secret<String>) -> Result<Command, StartError> {
    let (url, password) = without_password(url.expose())?;
    let mut command = Command::new(name);
    command.args(["--no-owner", "--no-privileges", "--no-password", "--dbname", &url]);
    command.envs(password.map(|password| ("PGPASSWORD", password)));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}

fn without_password(url: &str) -> Result<(String, Option<String>), StartError> {
    let refused = || StartError::refused("database.url: the password cannot be told from the rest of the URL");
    let mut url = Url::parse(url).map_err(|_| refused())?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().map(Cow::into_owned);
    let mut password = url.password().map(decoded).transpose().map_err(|_| refused())?;
    if password.is_some() {
        url.set_password(None).map_err(|()| refused())?;
    }
    // Cut out by hand: what is left must stay as it is written, and libpq does not read `+` as a space.
    let query = url.query().map(str::to_owned);
    if let Some(query) = query {
        let mut others = Vec::new();
        for one in query.split('&') {
            let (name, value) = one.split_once('=').unwrap_or((one, ""));
            match decoded(name).map_err(|_| refused())?.as_str() {
                "password" => password = Some(decoded(value).map_err(|_| refused())?),
                // There is no variable for it.
                "sslpassword" => {
                    let why = "everybody could read it in the command line of pg_dump or pg_restore";
                    let mend = "name a key (sslkey) that needs none, for this command at least";
                    return Err(StartError::refused(format!("database.url: sslpassword: {why}: {mend}")));
                }
                _ => others.push(one),
            }
        }
        url.set_query(Some(others.join("&").as_str()).filter(|query| !query.is_empty()));
    }
    Ok((url.into(), password))
}

fn run(mut command: Command, name: &str) -> Result<(), StartError> {
    let output = command.output().map_err(|fault| {
        StartError::Failed(format!(
            "{name} cannot be run: {fault}: install PostgreSQL's client programs, and have them in PATH"
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(StartError::Failed(format!("{name}: {}", said.trim().replace('\n', "; "))))
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn the_password_leaves_the_url() {
        let cut = |url| without_password(url).unwrap();
        assert_eq!(cut("postgres://me@h:1/d"), ("postgres://me@h:1/d".into(), None));
        assert_eq!(cut("postgres://me:p%40ss@h/d?x=1"), ("postgres://me@h/d?x=1".into(), Some("p@ss".into())));
        let query = cut("postgres://h/d?user=me&password=a%20b&options=-csearch_path%3Dx");
        assert_eq!(query, ("postgres://h/d?user=me&options=-csearch_path%3Dx".into(), Some("a b".into())));
        assert_eq!(cut("postgres://h/d?pass%77ord=x"), ("postgres://h/d".into(), Some("x".into())));
        for url in ["postgres://h/d?sslpassword=secret", "postgres://h/d?x=1&ssl%70assword=secret"] {
            let refused = without_password(url).unwrap_err().to_string();
            assert!(refused.contains("sslpassword") && !refused.contains("secret"), "{refused}");
        }
    }
}
