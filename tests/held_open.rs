//! A request that was let in and whose body comes after access was taken back.

use crate::serving::{patch, token};
use crate::support::process::Process;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:late\r\nFN:Late\r\nEND:VCARD\r\n";

#[test]
fn what_comes_after_access_was_taken_back_changes_nothing() {
    let server = Process::start(&["rate.enabled=false"]);
    let token = token("User.ReadWrite Contacts.ReadWrite Privacy.ReadWrite");
    let post = |path: &str, media: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: {media}\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    };
    let (city, person) = (r#"{"city":"Lisbon"}"#, r#"{"displayName":"Late"}"#);
    let held = [
        (patch(&token, city.len()), city),
        (post("/v1.0/me/contacts", "application/json", person.len()), person),
        (post("/v1.0/me/contacts", "text/vcard", CARD.len()), CARD),
    ];
    let begin = |(head, body): &(String, &'static str)| {
        let mut connection = server.connect();
        connection.send(head);
        let (first, rest) = body.split_at(body.len() / 2);
        connection.send(first);
        (connection, rest)
    };
    // As they are when nobody takes anything back.
    for (mut connection, rest) in held.iter().map(begin).collect::<Vec<_>>() {
        connection.send(rest);
        let status = connection.answer().0;
        assert!(status == 200 || status == 201, "{status}");
    }
    let waiting: Vec<_> = held.iter().map(begin).collect();
    // They are past the gate.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let mut other = server.connect();
    other.send(&post("/v1.0/me/revokeSignInSessions", "application/json", 0));
    assert_eq!(other.answer().0, 200);
    for (mut connection, rest) in waiting {
        connection.send(rest);
        assert_eq!(connection.answer().0, 401);
    }
}
