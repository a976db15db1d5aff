//! The report of an import is as long as it has cards, and no folder but the server's own is needed for it.

use crate::serving::token;
use crate::support::process::Process;

#[test]
fn a_long_report_needs_no_folder_for_temporary_files() {
    const CARDS: usize = 30_000;
    let server = Process::start_without_temporary();
    // None of them ends, so nothing is written but the report.
    let body = "BEGIN:VCARD\r\n".repeat(CARDS);
    let mut connection = server.connect();
    connection.send(&format!(
        "POST /v1.0/me/contacts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: text/vcard\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        token("Contacts.ReadWrite"),
        body.len()
    ));
    let answer = connection.rest();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{}", &answer[..answer.len().min(400)]);
    assert!(answer.len() > 2 * 1024 * 1024 && answer.contains(&format!("\"rejected\":{CARDS}}}")), "{}", answer.len());
}
