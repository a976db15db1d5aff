//! Windows over series that cost much, find nothing, or never end: each page is answered with what it had the budget for, and the link
//! to the next leads on, to the end. They are put there by the back door, as an import keeps what a client may not give.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::http::StatusCode;
use sharehold::access::{Grant, Read, Write};
use sharehold::problem::Problem;
use sharehold::resources::calendar::instances::{Cost, Window};
use sharehold::resources::calendar::queries::{Asked, Seen};
use sharehold::resources::calendar::record::Record;
use sharehold::resources::calendar::zone::Zone;
use sharehold::resources::calendar::{Calendar, queries};
use sharehold::store::{Halt, Owned};

use crate::on_both;
use crate::support::app::{Backend, Caller, ISSUER, TestApp};
use crate::support::rounds::path;

on_both! {
    rules_that_cost_much_or_find_nothing a_series_from_the_first_year five_hundred_series_without_an_end
    among_costly_series_what_is_cheap_is_found a_few_daily_series_have_full_pages no_page_looks_at_more_series_than_there_is_time_for
}

/// The month that is looked at.
const MARCH: &str = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";
/// No walk is longer: a page that leads nowhere ends it.
const PAGES: usize = 400;

/// Keeps these events, each `DTSTART` and rule.
async fn keep(app: &TestApp, subject: &str, events: &[(String, String)]) {
    let mut all = Vec::new();
    for (number, (start, rule)) in events.iter().enumerate() {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART{start}\r\nDURATION:PT1H\r\nSUMMARY:s{number}\r\n{rule}END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let record = Record::read(&text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
        all.push((app.store.new_id(), queries::Made::of(&record).unwrap_or_else(|problem| panic!("{problem}"))));
    }
    let grant: Grant<Calendar, Write> = Grant::operator(ISSUER, subject);
    let write = move |on: &mut Owned<'_, Calendar, Write>| -> Result<(), Halt<Problem>> {
        let calendar = on.person().uid;
        for (id, made) in &all {
            queries::insert(on, *id, calendar, made, 1_000_000)?;
        }
        Ok(())
    };
    app.store.write(&grant, write).await.unwrap_or_else(|_| panic!("kept"));
}

fn rule(start: &str, rule: &str) -> (String, String) {
    (start.to_owned(), format!("RRULE:{rule}\r\n"))
}

/// All instances of the window, by their ids, with what they are called; and how many pages they were on.
async fn walk(caller: &Caller<'_>, first: &str) -> (Vec<(String, String)>, usize) {
    let (mut next, mut found, mut links) = (Some(first.to_owned()), Vec::new(), BTreeSet::new());
    while let Some(at) = next {
        assert!(links.insert(at.clone()), "the link leads where it came from: {at}");
        assert!(links.len() <= PAGES, "{} found so far", found.len());
        let page = caller.get(&at).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let page = page.json();
        for item in page["value"].as_array().expect("items") {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            found.push((text("id"), text("subject")));
        }
        next = path(&page["@odata.nextLink"]);
    }
    let ids: BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), found.len(), "an instance came twice");
    (found, links.len())
}

fn view(window: &str, top: usize) -> String {
    format!("/v1.0/me/calendarView?{window}&$top={top}&$select=subject")
}

/// What it is, its start and its rule; and what it finds in March, where a person can tell.
fn costly() -> [(&'static str, &'static str, String, Option<usize>); 12] {
    let numbers =
        |from: i32, to: i32| (from..=to).filter(|n| *n != 0).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let days = "BYDAY=MO,TU,WE,TH,FR,SA,SU";
    [
        ("a day that no month has", ":20200101T090000Z", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".to_owned(), Some(0)),
        (
            "the same by the month",
            ":20200101T090000Z",
            "FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31".to_owned(),
            Some(0),
        ),
        (
            "the 366th day, once in four years",
            ":20200101T090000Z",
            "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=3".to_owned(),
            Some(0),
        ),
        (
            "every day by its place",
            ":20200101T090000Z",
            format!("FREQ=YEARLY;{days};BYSETPOS={}", numbers(1, 366)),
            Some(31),
        ),
        (
            "every day by its place from the end",
            ":20200101T090000Z",
            format!("FREQ=YEARLY;{days};BYSETPOS={}", numbers(-366, -1)),
            Some(31),
        ),
        (
            "places that there are not",
            ":20200101T090000Z",
            format!("FREQ=MONTHLY;{days};BYSETPOS={}", numbers(32, 366)),
            Some(0),
        ),
        ("both ends", ":20200101T090000Z", format!("FREQ=MONTHLY;{days};BYSETPOS={}", numbers(-366, 366)), Some(31)),
        (
            "every second, by lists",
            ":20200101T000000Z",
            format!("FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSECOND={}", numbers(0, 23), numbers(0, 59), numbers(0, 59)),
            None,
        ),
        ("every second", ":20200101T000000Z", "FREQ=SECONDLY".to_owned(), None),
        ("every minute since long ago", ":19700101T000000Z", "FREQ=MINUTELY".to_owned(), None),
        ("a step of centuries", ":00010102T090000Z", "FREQ=YEARLY;INTERVAL=2147483647".to_owned(), Some(0)),
        ("a count that has run out", ":00010102T090000Z", "FREQ=DAILY;COUNT=100000".to_owned(), Some(0)),
    ]
}

async fn rules_that_cost_much_or_find_nothing(on: Backend) {
    let app = TestApp::on(on);
    for (what, start, text, expected) in costly() {
        let subject = format!("ann of {what}");
        keep(&app, &subject, &[rule(start, &text)]).await;
        let ann = app.caller(&subject, "Calendars.Read");
        if let Some(expected) = expected {
            let (found, _) = walk(&ann, &view(MARCH, 100)).await;
            assert_eq!(found.len(), expected, "{what}: {text}");
        } else {
            // There is no end worth walking to: it is answered, and leads on if it found something.
            let page = ann.get(&view(MARCH, 50)).await;
            assert_eq!(page.status, StatusCode::OK, "{what}: {}", page.text());
            assert!(page.json()["value"].as_array().is_some_and(|items| items.len() <= 50), "{what}");
        }
    }
}

async fn a_series_from_the_first_year(on: Backend) {
    let app = TestApp::on(on);
    let since = [
        rule(":00010102T090000Z", "FREQ=DAILY"),
        rule(";TZID=Europe/Berlin:00010102T090000", "FREQ=WEEKLY"),
        rule(";VALUE=DATE:00010102", "FREQ=YEARLY"),
    ];
    keep(&app, "ann", &since).await;
    let ann = app.caller("ann", "Calendars.Read");
    let named = |found: &[(String, String)], name: &str| found.iter().filter(|(_, subject)| subject == name).count();
    let (found, _) = walk(&ann, &view(MARCH, 7)).await;
    // The second of January of year 1 was a Tuesday: there are five in March 2026.
    assert_eq!((named(&found, "s0"), named(&found, "s1"), named(&found, "s2")), (31, 5, 0));
    for (window, days) in [
        ("startDateTime=0001-01-01T00:00:00Z&endDateTime=0001-02-01T00:00:00Z", 30),
        ("startDateTime=9999-11-30T00:00:00Z&endDateTime=9999-12-30T00:00:00Z", 30),
    ] {
        let (found, _) = walk(&ann, &view(window, 100)).await;
        assert_eq!(named(&found, "s0"), days, "{window}");
    }
}

async fn five_hundred_series_without_an_end(on: Backend) {
    let app = TestApp::on(on);
    let series: Vec<_> = (0..500)
        .map(|number| rule(&format!(":20200101T{:02}{:02}00Z", number % 24, number % 60), "FREQ=DAILY"))
        .collect();
    keep(&app, "ann", &series).await;
    let ann = app.caller("ann", "Calendars.Read");
    let week = "startDateTime=2026-03-02T00:00:00Z&endDateTime=2026-03-09T00:00:00Z";
    let (found, pages) = walk(&ann, &view(week, 500)).await;
    // What begins in the last hour of a day ends on the next: of the Sunday before too.
    assert_eq!(found.len(), 500 * 7 + series.iter().filter(|(start, _)| start.contains("T23")).count());
    assert!(pages >= 7, "{pages}");
}

async fn a_few_daily_series_have_full_pages(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.expansion_ms = 60_000);
    let series: Vec<_> = (0..9).map(|hour| rule(&format!(":20250101T{hour:02}0000Z"), "FREQ=DAILY")).collect();
    keep(&app, "ann", &series).await;
    let ann = app.caller("ann", "Calendars.Read");
    let years = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-12-31T00:00:00Z";
    let (found, pages) = walk(&ann, &view(years, 1000)).await;
    assert_eq!(found.len(), 9 * 729);
    // Seven, were each full; what one may cost is 2,000 instances.
    assert!(pages <= 10, "{pages}");
}

async fn among_costly_series_what_is_cheap_is_found(on: Backend) {
    let app = TestApp::on(on);
    let none = rule(":20200101T090000Z", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    let much = rule(":20200101T090000Z", "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-366");
    let mut all: Vec<_> = std::iter::repeat_n([none, much], 100).flatten().collect();
    all.push((":20260315T090000Z".to_owned(), String::new()));
    all.push(rule(":20260301T100000Z", "FREQ=DAILY"));
    keep(&app, "ann", &all).await;
    let (found, _) = walk(&app.caller("ann", "Calendars.Read"), &view(MARCH, 10)).await;
    let named = |name: &str| found.iter().filter(|(_, subject)| subject == name).count();
    assert_eq!((named("s200"), named("s201"), found.len()), (1, 31, 32));
}

/// Where there is no time at all a page looks at 200 series; the others come on the pages behind it, and nothing is lost or comes twice.
async fn no_page_looks_at_more_series_than_there_is_time_for(on: Backend) {
    let app = TestApp::on(on);
    // Many more at once than a link names; behind them one with a large schedule, and two that are before all others.
    let mut all: Vec<_> = (0..500)
        .map(|nth| rule(&format!(":202001{:02}T{:02}0000Z", 1 + nth % 9, 9 + nth / 400), "FREQ=DAILY"))
        .collect();
    let dates: Vec<_> =
        (1..20).flat_map(|day| (0..60).map(move |nth| format!("201902{day:02}T10{nth:02}00Z"))).collect();
    all.push((":20200110T090000Z".to_owned(), format!("RDATE:{}\r\nRRULE:FREQ=DAILY\r\n", dates.join(","))));
    all.extend([rule(":20200116T010000Z", "FREQ=WEEKLY"), rule(":20200116T020000Z", "FREQ=DAILY")]);
    keep(&app, "ann", &all).await;
    let grant: Grant<Calendar, Read> = Grant::operator(ISSUER, "ann");
    let [from, to] = ["2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"].map(|at| at.parse().expect("a time"));
    let (window, cost) = (Window { from, to, zone: Zone::Utc }, Cost { instances: 5000, time: Duration::from_mins(9) });
    let ample = Asked { calendar: None, window, after: None, size: 1000, cost };
    let mut none = Asked { cost: Cost { time: Duration::ZERO, ..cost }, ..ample.clone() };
    let read = |asked: Asked| app.store.read(&grant, move |on| queries::window(on, &asked));
    let names = |page: &[Seen]| page.iter().map(|seen| (seen.row.id, seen.instance)).collect::<Vec<_>>();
    let (whole, more) = read(ample).await.expect("a page");
    // 5 March 2026 is a Thursday, as 16 January 2020 was.
    assert_eq!((whole.len(), more), (503, None));
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let (page, mark) = read(none.clone()).await.expect("a page");
        assert!(page.is_empty() || pages % 3 == 2, "page {pages} has looked at more than 200 series");
        found.extend(names(&page));
        pages += 1;
        none.after = mark;
        if none.after.is_none() {
            break;
        }
    }
    assert_eq!(found, names(&whole));
}
