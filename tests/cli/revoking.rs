//! `sharehold revoke`: beside a server that runs, what it says, and that it holds.

use std::process::Output;
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;

use super::{fine, refused};
use crate::support::keys;
use crate::support::mint::Authority;
use crate::support::process::{PATIENCE, Process, command, configuration};

const OF: &str = "https://strict.example";

fn revoke(folder: &TempDir, more: &[&str]) -> Output {
    let mut command = command("revoke", &folder.path().join("sharehold.toml"), &[]);
    command.args(more).current_dir(folder.path()).output().expect("run")
}

/// The status of `GET /v1.0/me` with a token of these names.
fn status(server: &Process, subject: &str, client: &str, jti: &str) -> u16 {
    let authority = Authority::new(&keys::read("certified.rsa.pem"), None, &keys::read("ours-2048.pem"));
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    let token = authority.mint(&json!({
        "iss": OF, "aud": "http://127.0.0.1:8700", "sub": subject, "client_id": client, "jti": jti,
        "scope": "User.Read", "iat": now, "exp": now + 3600,
    }));
    let mut connection = server.connect();
    connection.send(&format!("GET /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    connection.answer().0
}

#[track_caller]
fn becomes(server: &Process, (subject, client, jti): (&str, &str, &str), expected: u16) {
    let start = Instant::now();
    while status(server, subject, client, jti) != expected {
        assert!(start.elapsed() < PATIENCE, "{subject} {client} {jti} is never told {expected}");
    }
}

/// What is asked for, what is said, who is out (subject, client, jti), and who is not.
type Case<'a> = (&'a [&'a str], &'a str, [&'a str; 3], [&'a str; 3]);

#[test]
fn a_server_that_runs_heeds_it_and_takes_it_back() {
    let server = Process::start(&[]);
    let folder = &server.folder;
    let cases: [Case; 4] = [
        (&["--jti", "7"], "the token 7 from https://strict.example", ["ann", "shop", "7"], ["ann", "shop", "8"]),
        (&["--client", "shop"], "every token of the client shop from", ["ann", "shop", "8"], ["ann", "print", "8"]),
        (&["--user", "ann"], "every token for ann from", ["ann", "print", "8"], ["bob", "print", "8"]),
        (
            &["--client", "shop", "--user", "ann", "--until-sign-in"],
            "every token of the client shop for ann from https://strict.example, of sign-ins up to 2",
            ["ann", "shop", "8"],
            ["bob", "shop", "8"],
        ),
    ];
    for (number, (asked, said, [subject, client, jti], [other, elsewhere, another])) in cases.into_iter().enumerate() {
        assert_eq!(status(&server, subject, client, jti), 200);
        let told = fine(&revoke(folder, &[&["--issuer", OF], asked].concat()));
        let number = number + 1;
        assert!(
            told.starts_with(&format!("revocation {number}: {said}")) && told.ends_with("within a second"),
            "{told}"
        );
        becomes(&server, (subject, client, jti), 401);
        assert_eq!(status(&server, other, elsewhere, another), 200);
        let list = fine(&revoke(folder, &["--list"]));
        assert!(list.starts_with(&format!("{number}: {said}")) && list.contains("; by the operator, 2"), "{list}");
        let undone = fine(&revoke(folder, &["--undo", &number.to_string()]));
        assert!(undone.starts_with(&format!("undone, revocation {number}: {said}")), "{undone}");
        becomes(&server, (subject, client, jti), 200);
    }
    assert_eq!(fine(&revoke(folder, &["--list"])), "nothing is taken back");
    let none = refused(&revoke(folder, &["--undo", "1"]), 1);
    assert_eq!(none.trim_end(), "sharehold: there is no revocation 1: --list shows those that there are");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    configuration(&folder);
    for more in [
        &[][..],
        &["--issuer", OF],
        &["--client", "shop"],
        &["--issuer", OF, "--jti", "7", "--client", "shop"],
        &["--issuer", OF, "--jti", "7", "--until-sign-in"],
        &["--issuer", OF, "--list"],
        &["--list", "--undo", "1"],
        &["--issuer", OF, "--user", ""],
        &["--issuer", OF, "--jti", "a\nb"],
    ] {
        refused(&revoke(&folder, more), 2);
    }
    let stranger = refused(&revoke(&folder, &["--issuer", "https://x.example", "--user", "ann"]), 2);
    assert!(stranger.contains("not among authorization_servers, which are: https://strict.example"), "{stranger}");
    let nowhere = refused(&revoke(&folder, &["--issuer", OF, "--user", "ann"]), 78);
    assert!(nowhere.contains("there is no database"), "{nowhere}");
    assert!(!folder.path().join("test.db").exists());
}
