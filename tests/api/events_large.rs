//! Series with so many exceptions as an import may keep: a change of one costs what its bytes cost, and one that would make it more than
//! is expanded is refused. They are put there by the back door.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use sharehold::access::{Grant, Write};
use sharehold::problem::Problem;
use sharehold::resources::calendar::record::Record;
use sharehold::resources::calendar::{Calendar, queries};
use sharehold::store::{Halt, Owned};

use crate::on_both;
use crate::support::app::{Backend, ISSUER, TestApp};

on_both! { a_change_that_makes_a_series_too_large_is_refused }

/// A daily series from 2000 on, without so many of its days; its id.
async fn without(app: &TestApp, subject: &str, days: usize) -> String {
    let day = |nth: usize| {
        let day = chrono::NaiveDate::from_ymd_opt(2000, 1, 2).expect("a day") + chrono::Days::new(nth as u64);
        format!("EXDATE:{}T090000Z\r\n", day.format("%Y%m%d"))
    };
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{days}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20000101T090000Z\r\nDTEND:20000101T100000Z\r\nRRULE:FREQ=DAILY\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n",
        (0..days).map(day).collect::<String>()
    );
    let record = Record::stored(&text).expect("a record");
    let (id, made) = (app.store.new_id(), queries::Made::of(&record).unwrap_or_else(|problem| panic!("{problem}")));
    let grant: Grant<Calendar, Write> = Grant::operator(ISSUER, subject);
    let write = move |on: &mut Owned<'_, Calendar, Write>| -> Result<(), Halt<Problem>> {
        let calendar = on.person().uid;
        queries::insert(on, id, calendar, &made, 1_000_000).map(drop)
    };
    app.store.write(&grant, write).await.unwrap_or_else(|_| panic!("kept"));
    id.to_string()
}

/// The same time in a zone of a long name, which each exception would have to say.
fn moved() -> Value {
    let at = |hour: u32| json!({"dateTime": format!("2000-01-01T{hour:02}:00:00"), "timeZone": "America/Argentina/ComodRivadavia"});
    json!({"start": at(11), "end": at(12)})
}

async fn a_change_that_makes_a_series_too_large_is_refused(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Calendars.ReadWrite");
    let large = format!("/v1.0/me/events/{}", without(&app, "ann", 20_000).await);
    let before = ann.get(&large).await;
    let refused = ann.patch(&large, moved()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    assert!(refused.text().contains("1 MiB"), "{}", refused.text());
    let after = ann.get(&large).await;
    assert_eq!((after.text(), after.header("etag")), (before.text(), before.header("etag")));
    let view = "/v1.0/me/calendarView?startDateTime=2060-01-01&endDateTime=2060-01-03";
    assert_eq!(ann.get(view).await.json()["value"].as_array().map(Vec::len), Some(2));
    let renamed = ann.patch(&large, json!({"subject": "x"})).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text());
    let small = format!("/v1.0/me/events/{}", without(&app, "ann", 100).await);
    assert_eq!(ann.patch(&small, moved()).await.status, StatusCode::OK);
}
