//! A zone that nobody but the record's own VTIMEZONE knows is a zone like any other.

use chrono::NaiveDate;
use serde_json::{Value, json};
use sharehold::resources::calendar::record::{Record, When};

use crate::event::given::members;

/// As Outlook writes a zone that somebody set by hand: an hour before Berlin, with its summer time.
const SERIES: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\n\
    DTSTART:16010101T030000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
    BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0300\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n\
    END:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:u\nDTSTART;TZID=Customized Time Zone:20260302T090000\n\
    DTEND;TZID=Customized Time Zone:20260302T100000\nRRULE:FREQ=WEEKLY;UNTIL=20260601T205959Z\nSUMMARY:Team\nEND:VEVENT\n\
    END:VCALENDAR\n";

fn series() -> Record {
    Record::read(SERIES).expect("a record")
}

fn merge(record: &mut Record, change: &Value) -> Result<(), String> {
    record.merge(change.as_object().expect("an object")).map_err(|problem| problem.to_string())
}

fn utc(day: u32, hour: u32) -> When {
    let day = NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
    When::utc(day.and_hms_opt(hour, 0, 0).expect("a time"))
}

#[test]
fn graph_says_the_rule_of_a_series_in_it() {
    let shown: Value = serde_json::from_str(&series().project().expect("a projection").json).expect("JSON");
    assert_eq!(shown["recurrence"]["pattern"]["daysOfWeek"], json!(["monday"]));
    // 20:59:59 UTC is the last second of a day in its summer.
    assert_eq!(shown["recurrence"]["range"]["endDate"], "2026-06-01");
    assert_eq!(shown["originalStartTimeZone"], "Customized Time Zone");
}

/// An answer shows times in the zone that the client prefers, UTC if none; programs send the whole event back.
#[test]
fn the_same_instant_sent_back_leaves_the_series_in_its_zone() {
    let mut record = series();
    let sent = json!({
        "subject": "Other",
        "start": {"dateTime": "2026-03-02T07:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/Berlin"},
    });
    merge(&mut record, &sent).expect("merged");
    assert_eq!(record.record().replace("Other", "Team"), series().record());
}

#[test]
fn a_time_is_given_in_it_by_its_name() {
    let mut record = series();
    let time = |hour: u32| json!({"dateTime": format!("2026-03-02T{hour}:00:00"), "timeZone": "Customized Time Zone"});
    merge(&mut record, &json!({"start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"}, "end": time(12)}))
        .expect("merged");
    merge(&mut record, &json!({"start": time(10)})).expect("merged");
    assert!(record.record().contains("DTSTART;TZID=Customized Time Zone:20260302T100000\r\n"), "{}", record.record());
    let unknown = json!({"start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "Customised"}});
    assert!(merge(&mut record, &unknown).unwrap_err().contains("start.timeZone"));
}

#[test]
fn an_end_in_another_zone_is_not_before_its_start() {
    let ends = |hour: u32| json!({"end": {"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "UTC"}});
    assert!(merge(&mut series(), &ends(6)).unwrap_err().contains("before"));
    assert_eq!(merge(&mut series(), &ends(8)), Ok(()));
}

#[test]
fn an_occurrence_is_found_by_its_instant() {
    let mut record = series();
    for _ in 0..2 {
        record.override_at(&utc(9, 7), json!({"subject": "x"}).as_object().expect("an object")).expect("merged");
    }
    let named = record
        .record()
        .replace("RECURRENCE-ID:20260309T070000Z", "RECURRENCE-ID;TZID=Customized Time Zone:20260309T090000");
    let mut record = Record::stored(&named).expect("a record");
    assert_eq!(record.overrides().count(), 1);
    assert!(record.exceptions().project(&utc(9, 7)).is_some());
    assert!(record.cancel_at(&utc(9, 7)).expect("room for it"));
    assert!(record.cancel_at(&utc(9, 7)).expect("room for it"));
    assert_eq!((record.overrides().count(), record.excluded().len()), (0, 1));
}

/// As many as a client may make (2,000 changed, 2,000 taken out), in a zone of a long name: a window has them all.
#[test]
fn a_series_of_as_many_exceptions_as_there_may_be_is_expanded() {
    let name = "z".repeat(64);
    let day = |number: i64| {
        let day =
            NaiveDate::from_ymd_opt(2026, 3, 2).and_then(|day| day.checked_add_signed(chrono::TimeDelta::days(number)));
        day.expect("a day").format("%Y%m%d")
    };
    let time = |when: &str, number: i64| format!("{when};TZID={name}:{}T090000\n", day(number));
    let overriding = |number: i64| {
        let times = ["RECURRENCE-ID", "DTSTART", "DTEND"].map(|when| time(when, number)).concat();
        ["BEGIN:VEVENT\nUID:u\n", &times, "END:VEVENT\n"].concat()
    };
    let overrides = (0..2000).map(overriding).collect::<String>();
    let excluded = (2000..4000).map(|number| time("EXDATE", number)).collect::<String>();
    let master = [time("DTSTART", 0), time("DTEND", 0), "RRULE:FREQ=DAILY\n".into(), excluded].concat();
    let series = SERIES.replace("Customized Time Zone", &name);
    let (head, rest) = series.split_once("DTSTART;").expect("the event");
    let (_, tail) = rest.split_once("SUMMARY").expect("its subject");
    let text =
        format!("{head}{master}SUMMARY{}", tail.replace("END:VCALENDAR\n", &format!("{overrides}END:VCALENDAR\n")));
    let record = Record::stored(&text).expect("a record");
    assert_eq!(record.overrides().count(), 2000);
    assert_eq!(record.schedule().overrides().count(), 2000);
    assert_eq!(record.warning(), None);
    // What is beyond is kept and told.
    let dates: Vec<_> = (0..60_000).map(|number| format!("{}T110000Z", day(number))).collect();
    let dates = format!("RDATE:{}\n", dates.join(","));
    let record = Record::stored(&text.replace("SUMMARY", &format!("{dates}SUMMARY"))).expect("a record");
    assert!(record.warning().is_some_and(|warning| warning.contains("not expanded")));
}

#[test]
fn a_zone_is_called_what_others_call_it() {
    let of = |zone: &str, location: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Here\n{location}BEGIN:STANDARD\nDTSTART:19700101T000000\n\
             TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:u\nDTSTART{zone}\nEND:VEVENT\n\
             END:VCALENDAR\n"
        );
        let shown = members(&Record::read(&text).expect("a record"));
        assert_eq!(shown["originalStartTimeZone"], shown["originalEndTimeZone"]);
        shown["originalStartTimeZone"].as_str().expect("a name").to_owned()
    };
    for (zone, location, called) in [
        (":20260302T090000", "", "UTC"),
        (":20260302T090000Z", "", "UTC"),
        (";VALUE=DATE:20260302", "", "UTC"),
        (";TZID=Europe/Berlin:20260302T090000", "", "Europe/Berlin"),
        (";TZID=W. Europe Standard Time:20260302T090000", "", "W. Europe Standard Time"),
        (";TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T090000", "", "Europe/Berlin"),
        (
            ";TZID=/example.org/20050126_1/America/Argentina/Buenos_Aires:20260302T090000",
            "",
            "America/Argentina/Buenos_Aires",
        ),
        (";TZID=Here:20260302T090000", "", "Here"),
        (";TZID=Here:20260302T090000", "X-LIC-LOCATION:Asia/Tokyo\n", "Asia/Tokyo"),
        (";TZID=Nowhere:20260302T090000", "", "Nowhere"),
    ] {
        assert_eq!(of(zone, location), called, "{zone} {location}");
    }
}
