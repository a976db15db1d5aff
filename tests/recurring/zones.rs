//! Zones by name and by their own rules.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use sharehold::resources::calendar::zone::{RELEASE, Rules, Zone};

use super::{at, zone};

#[test]
fn a_zone_is_found_by_what_calendars_call_it() {
    for (name, iana) in [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/BERLIN", "Europe/Berlin"),
        (" \"Europe/Berlin\" ", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Z", "UTC"),
    ] {
        assert_eq!(zone(name).iana(), Some(iana), "{name}");
    }
    for name in ["", "/", "Customized Time Zone", "/x/EST", "Mars/Olympus", &"x/".repeat(100_000)] {
        assert_eq!(Zone::named(name), None, "{name:.40}");
    }
}

#[test]
fn a_zone_has_a_name_on_windows() {
    for (name, windows) in [
        ("Europe/Berlin", "W. Europe Standard Time"),
        ("Europe/Vienna", "W. Europe Standard Time"),
        ("Asia/Kolkata", "India Standard Time"),
        ("Europe/Kyiv", "FLE Standard Time"),
        ("America/Argentina/Buenos_Aires", "Argentina Standard Time"),
        ("US/Pacific", "Pacific Standard Time"),
        ("UTC", "UTC"),
    ] {
        assert_eq!(zone(name).windows(), Some(windows), "{name}");
    }
    assert_eq!((Zone::Floating.windows(), Zone::Floating.iana()), (None, None));
}

/// The release is named here, in tests/recurrence/requirements.txt and nowhere else. What moved in autumn 2026 was law too late for
/// the release of a year before.
#[test]
fn the_zones_are_of_the_newest_release() {
    assert_eq!(RELEASE, "2026f");
    for (name, offset) in [
        ("Africa/Casablanca", 0),
        ("America/Edmonton", -6),
        ("America/Havana", -4),
        ("America/Vancouver", -7),
        ("America/Winnipeg", -5),
        ("Europe/Chisinau", 2),
    ] {
        assert_eq!(zone(name).offset(at("20261202T120000Z")).local_minus_utc(), offset * 3600, "{name}");
    }
}

/// Rules go on for ever, and years that the database does not reach are as its first and last ones.
#[test]
fn far_years_have_an_offset() {
    let berlin = zone("Europe/Berlin");
    for (instant, seconds) in [("00000101T000000Z", 3208), ("99990701T000000Z", 7200), ("99991231T235959Z", 3600)] {
        assert_eq!(berlin.offset(at(instant)).local_minus_utc(), seconds, "{instant}");
    }
    for (far, seconds) in [(NaiveDateTime::MIN, 3208), (NaiveDateTime::MAX, 3600)] {
        assert_eq!(berlin.offset(far.and_utc()).local_minus_utc(), seconds);
        let _ = (berlin.instant(far), berlin.local(far.and_utc()), berlin.is_gap(far));
    }
}

#[test]
fn a_gap_takes_the_offset_before_it_and_a_fold_the_first_time() {
    let local = |text: &str| at(&format!("{text}Z")).naive_utc();
    for (name, clock, utc) in [
        ("America/New_York", "20260308T023000", "20260308T073000Z"),
        ("America/New_York", "20261101T013000", "20261101T053000Z"),
        ("Australia/Lord_Howe", "20251005T021500", "20251004T154500Z"),
        ("Pacific/Apia", "20111230T100000", "20111230T200000Z"),
        ("Antarctica/Troll", "20250330T020000", "20250330T020000Z"),
    ] {
        assert_eq!(zone(name).instant(local(clock)), at(utc), "{name}");
    }
    assert!(zone("America/New_York").is_gap(local("20260308T023000")));
    assert!(!zone("America/New_York").is_gap(local("20260308T030000")));
    assert!(!zone("America/New_York").is_gap(local("20261101T013000")));
}

const OUTLOOK: &str = "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\n\
    RRULE:FREQ=YEARLY;BYDAY=-1SU;\r\n BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n\
    DTSTART:16010325T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
    END:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

#[test]
fn a_zone_that_names_none_goes_by_its_rules() {
    let own = Zone::find("Customized Time Zone", Some(OUTLOOK)).unwrap();
    let berlin = zone("Europe/Berlin");
    assert!(matches!(own, Zone::Custom(_)));
    let mut local = NaiveDate::from_ymd_opt(1998, 1, 1).unwrap().and_hms_opt(0, 30, 0).unwrap();
    while local < NaiveDate::from_ymd_opt(2050, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap() {
        assert_eq!(own.instant(local), berlin.instant(local), "{local}");
        assert_eq!(own.local(local.and_utc()), berlin.local(local.and_utc()), "{local}");
        local += TimeDelta::hours(1);
    }
    assert_eq!(own.iana().or(own.windows()), None);
    let located = OUTLOOK.replace("TZID:Custom", "X-LIC-LOCATION:America/New_York\r\nTZID:Custom");
    assert_eq!(Zone::find("Customized Time Zone", Some(&located)).unwrap().iana(), Some("America/New_York"));
    assert_eq!(Zone::find("Customized Time Zone", None), None);
}

#[test]
fn rules_that_say_nothing_or_too_much_are_no_zone() {
    let each_day = OUTLOOK.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=DAILY");
    for text in [
        "",
        "BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE",
        &OUTLOOK.replace("TZOFFSETTO:+0100", "TZOFFSETTO:+9900"),
        &OUTLOOK.replace("TZOFFSETFROM:+0200", "TZOFFSETFROM:é"),
        &OUTLOOK.replace("DTSTART:16010325T020000", "DTSTART:x"),
        &each_day,
    ] {
        assert!(Rules::read(text).is_none(), "{text}");
    }
}

/// Read back, the text of a zone shows the same time in each hour of its years.
#[test]
fn a_vtimezone_that_is_made_says_what_the_zone_does() {
    for name in [
        "America/New_York",
        "Europe/Berlin",
        "Europe/Dublin",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Tehran",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "America/Santiago",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Europe/Moscow",
        "America/Vancouver",
    ] {
        let (zone, last) = (zone(name), at("20250101T000000Z"));
        let rules = Rules::read(&zone.vtimezone(name, 2009..=2024).unwrap()).unwrap();
        let own = Zone::Custom(rules.into());
        let mut now = at("20090101T000000Z");
        while now < last {
            assert_eq!(own.offset(now), zone.offset(now), "{name} {now}");
            now += TimeDelta::minutes(90);
        }
    }
}

#[test]
fn a_vtimezone_is_short_and_goes_on() {
    let text = zone("Europe/Berlin").vtimezone("Europe/Berlin", 2020..=2030).unwrap();
    assert_eq!(text.matches("BEGIN:DAYLIGHT").count(), 1);
    assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"), "{text}");
    assert!(text.contains("TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"), "{text}");
    let later = at("20400701T000000Z");
    assert_eq!(Zone::Custom(Rules::read(&text).unwrap().into()).offset(later), zone("Europe/Berlin").offset(later));
    assert_eq!(Zone::Utc.vtimezone("UTC", 2020..=2030), None);
    let ended = zone("Asia/Tehran").vtimezone("Asia/Tehran", 2015..=2030).unwrap();
    assert!(ended.contains("UNTIL=") || !ended.contains("RRULE"), "{ended}");
}
