//! An import whose connection is lost in the middle, on both databases: what was written in whole turns stays, and counts once.

use std::time::{Duration, Instant};

use crate::cli::keeping::Scene;
use crate::serving::token;
use crate::support::database::Backend;
use crate::support::process::{PATIENCE, Process};

const ALL: &str = "/v1.0/me/contacts";

fn cards(count: usize, note: &str) -> String {
    let card = |number| {
        format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:lost-{number}\r\nFN:N {number}\r\nNOTE:{note}\r\nEND:VCARD\r\n")
    };
    (0..count).map(card).collect()
}

fn head(token: &str, length: usize) -> String {
    format!(
        "POST {ALL} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: text/vcard\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// How many contacts there are, by the count that is kept.
fn count(server: &Process, token: &str) -> u64 {
    let mut connection = server.connect();
    connection.send(&format!("GET {ALL}/$count HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"));
    let (status, head, body) = connection.whole_answer();
    assert_eq!(status, 200, "{head}");
    String::from_utf8(body).expect("text").parse().expect("a number")
}

fn is_lost_in_the_middle(backend: Backend) {
    let scene = Scene::on(backend);
    let token = token("Contacts.ReadWrite");
    let (all, sent) = (cards(1700, "x"), cards(1200, "x"));
    assert!(all.starts_with(&sent));
    let mut connection = scene.server.connect();
    connection.send(&head(&token, all.len()));
    connection.send(&sent);
    drop(connection);
    let begun = Instant::now();
    // Two turns of 500 were whole.
    while count(&scene.server, &token) < 1000 {
        assert!(begun.elapsed() < PATIENCE, "{} are in", count(&scene.server, &token));
        std::thread::sleep(Duration::from_millis(50));
    }
    for told in ["\"created\":700,\"updated\":0,\"unchanged\":1000,", "\"created\":0,\"updated\":0,\"unchanged\":1700,"]
    {
        let mut connection = scene.server.connect();
        connection.send(&(head(&token, all.len()) + &all));
        let answer = connection.rest();
        assert!(
            answer.contains(told) && answer.contains("\"rejected\":0}"),
            "{told}: {}",
            &answer[answer.len() - 200..]
        );
    }
    assert_eq!(count(&scene.server, &token), 1700);
    // Each contact has its record, and the book counts them.
    scene.fine("verify", &scene.sets, &[]);
}

#[test]
fn is_lost_in_the_middle_sqlite() {
    is_lost_in_the_middle(Backend::Sqlite);
}

#[test]
fn is_lost_in_the_middle_postgres() {
    is_lost_in_the_middle(Backend::Postgres);
}
