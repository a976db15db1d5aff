//! Import of what comes by mail: a message about an event is not the event.

use super::events_import::{EVENTS, SERIES, SINGLE, calendar, counts, event, import, items, moved};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { messages_about_events_are_none }

/// What comes by mail (RFC 5546): an answer to an invitation, or that a meeting is called off, is not what the event is.
async fn messages_about_events_are_none(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    assert_eq!(counts(&import(&ann, EVENTS, calendar(&event("1", SERIES))).await), [1, 0, 0, 0, 0]);
    let kept = app.text("record FROM event_records");
    for method in ["CANCEL", "reply", "COUNTER", "DECLINECOUNTER", "REFRESH"] {
        let message = calendar(&event("1", SINGLE)).replace("METHOD:PUBLISH", &format!("METHOD:{method}"));
        // Of two calendars in a file only the first is one.
        let answer = import(&ann, EVENTS, [message, calendar(&event("1", SERIES))].concat()).await;
        assert_eq!(counts(&answer), [0, 0, 1, 1, 0], "{}", answer.text());
        let reason = items(&answer)[0]["reason"].as_str().map(str::to_uppercase).expect("a reason");
        assert!(reason.contains(&format!("METHOD:{}", method.to_uppercase())), "{reason}");
        assert_eq!(app.text("record FROM event_records"), kept);
    }
    let following = moved("1", 5).replace("RECURRENCE-ID:", "RECURRENCE-ID;RANGE=THISANDFUTURE:");
    let request = calendar(&[event("1", SERIES), following].concat()).replace("PUBLISH", "REQUEST");
    let answer = import(&ann, EVENTS, request).await;
    assert_eq!(counts(&answer), [0, 1, 0, 0, 0], "{}", answer.text());
    assert!(
        items(&answer)[0]["warning"].as_str().is_some_and(|text| text.contains("THISANDFUTURE")),
        "{}",
        answer.text()
    );
}
