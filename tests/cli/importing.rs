//! `sharehold import`: what it says, what it does, and that it does it once.

use std::fs;
use std::process::Output;

use serde_json::Value;

use super::{fine, refused};
use crate::support::process::{command, configuration};

const CARDS: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ann\r\nEND:VCARD\r\n\
                     BEGIN:VCARD\r\nVERSION:3.0\r\nUID:2\r\nFN:Bob\r\nEND:VCARD\r\n";

fn import(folder: &tempfile::TempDir, more: &[&str]) -> Output {
    let mut command = command("import", &configuration(folder), &[]);
    command.args(["--issuer", "https://strict.example", "--user", "ann"]).args(more).current_dir(folder.path());
    command.output().expect("run")
}

#[test]
fn each_card_is_told_and_the_same_file_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.vcf"), CARDS).expect("written");
    let said = fine(&import(&folder, &["a.vcf"]));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("a.vcf:1: created: ") && lines[0].ends_with(" (UID 1)"), "{said}");
    assert!(lines[1].starts_with("a.vcf:6: created: "), "{said}");
    assert_eq!(lines[2], "2 created, 0 updated, 0 unchanged, 0 rejected");
    let again = fine(&import(&folder, &["a.vcf", "a.vcf"]));
    assert!(again.ends_with("0 created, 0 updated, 4 unchanged, 0 rejected"), "{again}");
}

#[test]
fn a_rejected_card_is_a_status_and_the_others_are_in() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.vcf"), format!("stray\r\n{CARDS}")).expect("written");
    let output = import(&folder, &["--json", "a.vcf"]);
    let told = String::from_utf8(output.stdout.clone()).expect("text");
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4, "{told}");
    assert_eq!(
        (&lines[0]["file"], &lines[0]["line"], &lines[0]["result"]),
        (&"a.vcf".into(), &1.into(), &"rejected".into())
    );
    assert_eq!((&lines[3]["created"], &lines[3]["rejected"]), (&2.into(), &1.into()));
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).expect("text");
    assert!(complaint.contains("1 was rejected, told above"), "{complaint}");
}

#[test]
fn what_cannot_be_done_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.vcf"), CARDS).expect("written");
    let missing = refused(&import(&folder, &["a.vcf", "b.vcf"]), 1);
    assert!(missing.contains("b.vcf: No such file"), "{missing}");
    let nowhere = refused(&import(&folder, &["--folder", "Friends", "a.vcf"]), 1);
    assert!(nowhere.contains("ann has no folder called Friends: make it by POST /v1.0/me/contactFolders"), "{nowhere}");
    let unnamed = refused(&import(&folder, &["--folder", "", "a.vcf"]), 2);
    assert!(unnamed.contains("--folder is empty"), "{unnamed}");
    let mut stranger = command("import", &configuration(&folder), &[]);
    stranger.args(["--issuer", "https://strict.example/", "--user", "ann", "a.vcf"]).current_dir(folder.path());
    let stranger = refused(&stranger.output().expect("run"), 2);
    assert!(stranger.contains("not among authorization_servers, which are: "), "{stranger}");
    let said = fine(&import(&folder, &["a.vcf"]));
    assert!(said.ends_with("2 created, 0 updated, 0 unchanged, 0 rejected"), "{said}");
}

#[test]
fn a_calendar_goes_into_the_calendar_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calendars/ann.ics");
    let events = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nEND:VTODO\r\nBEGIN:VEVENT\r\nUID:h\r\nDTSTART:20260302T090000Z\r\n\
                  RRULE:FREQ=HOURLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(folder.path().join("b.ICS"), events).expect("written");
    fs::write(folder.path().join("a.vcf"), CARDS).expect("written");
    let said = fine(&import(&folder, &["--calendar", "CALENDAR", file, "b.ICS", "a.vcf"]));
    assert!(said.ends_with("19 created, 0 updated, 0 unchanged, 1 skipped, 0 rejected"), "{said}");
    let line =
        |begin: &str| said.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {said}"));
    assert!(line("b.ICS:2: skipped: ").contains("VTODO"), "{said}");
    assert!(line("b.ICS:4: created: ").contains("its rule is not expanded"), "{said}");
    fs::copy(folder.path().join("b.ICS"), folder.path().join("c.iCal")).expect("copied");
    let again = fine(&import(&folder, &[file, "c.iCal"]));
    assert!(again.ends_with("0 created, 0 updated, 17 unchanged, 1 skipped, 0 rejected"), "{again}");
    let nowhere = refused(&import(&folder, &["--calendar", "Work", file]), 1);
    assert!(nowhere.contains("ann has no calendar called Work: make it by POST /v1.0/me/calendars"), "{nowhere}");
}
