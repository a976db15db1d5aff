//! The command line, by running the program: keys, tokens, exit status, one line a fault.

mod advice;
mod importing;
mod importing_pictures;
mod inspected;
mod inspecting;
pub mod keeping;
mod keeping_damaged;
mod keeping_damaged_contacts;
mod keeping_damaged_events;
mod keeping_damaged_photos;
mod keeping_faults;
mod keeping_folder;
mod keeping_hostile;
mod keeping_tokens;
mod keys;
mod minting;
mod minting_many;
mod revoking;
mod status;

use std::path::Path;
use std::process::{Command, Output};

use crate::support::house::{House, ISSUER};

const AUDIENCE: &str = "http://127.0.0.1:8700";

/// Runs the program in `folder`; nothing of the caller's environment configures it.
fn sharehold(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sharehold"));
    command.current_dir(folder).env_clear().args(arguments);
    command.output().expect("the program runs")
}

#[track_caller]
fn fine(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{errors}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8").trim_end().to_owned()
}

#[track_caller]
fn refused(output: &Output, status: i32) -> String {
    let errors = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(status), &b""[..]), "{errors}");
    errors
}

/// The arguments of `token mint` in a [`House`], and `more`.
fn mint(house: &House, more: &[&str]) -> Output {
    let mut arguments =
        vec!["token", "mint", "--authority", "authority", "--issuer", ISSUER, "--for", "keys/certificate.pem"];
    arguments.extend(["--audience", AUDIENCE, "--sub", "ann", "--client", "site", "--scope", "User.Read"]);
    arguments.extend(more);
    sharehold(&house.folder(), &arguments)
}

/// As [`mint`], but `more` may also name another `--authority` or `--for`.
fn mint_with(house: &House, more: &[&str]) -> Output {
    let or = |flag: &'static str, value: &'static str| if more.contains(&flag) { vec![] } else { vec![flag, value] };
    let mut arguments = vec!["token", "mint", "--issuer", ISSUER, "--audience", AUDIENCE, "--sub", "ann", "--client"];
    arguments.extend(["site", "--scope", "User.Read"]);
    arguments.extend(or("--authority", "authority").into_iter().chain(or("--for", "keys/certificate.pem")));
    arguments.extend(more);
    sharehold(&house.folder(), &arguments)
}
