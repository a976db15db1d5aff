//! What an import tells of what it takes otherwise than it was meant.

use super::events_import::{EVENTS, SERIES, SINGLE, calendar, counts, event, import, items, moved};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { an_event_in_parts_far_apart_is_told_once }

async fn an_event_in_parts_far_apart_is_told_once(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let many = (0..600).map(|number| event(&format!("x{number}"), SINGLE)).collect::<String>();
    let file = |days: &[u32]| {
        let moved = days.iter().map(|day| moved("s", *day)).collect::<String>();
        calendar(&[&*event("s", SERIES), &many, &moved].concat())
    };
    for (days, told) in [(&[3, 4][..], [601, 0, 0, 0, 0]), (&[3, 4], [0, 0, 601, 0, 0]), (&[4, 5], [0, 1, 600, 0, 0])] {
        let answer = import(&ann, EVENTS, file(days)).await;
        assert_eq!(counts(&answer), told, "{days:?}");
        let of_series = items(&answer).into_iter().filter(|item| item["uid"] == "s").count();
        assert_eq!(of_series, 1, "{days:?}");
        assert_eq!(
            app.text("record FROM event_records ORDER BY length(record) DESC LIMIT 1").matches("RECURRENCE-ID").count(),
            2
        );
    }
}
