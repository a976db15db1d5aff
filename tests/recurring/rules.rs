//! What a rule says, what is refused, and which days it gives.

use sharehold::resources::calendar::recurrence::{Rule, RuleFault, Time};
use sharehold::resources::calendar::zone::Zone;

use super::{ample, at, instances, series, zone};

#[test]
fn a_rule_is_written_as_it_was_read() {
    for text in [
        "FREQ=DAILY",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;INTERVAL=2;BYDAY=TU,TH;WKST=SU",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "FREQ=YEARLY;UNTIL=20261231;BYDAY=20MO,-1FR;BYSECOND=60;BYMINUTE=0,30;BYHOUR=9;BYMONTHDAY=-1;BYYEARDAY=366,-366;BYWEEKNO=-53;BYMONTH=1,12;BYSETPOS=-366",
    ] {
        assert_eq!(Rule::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn what_writers_leave_untidy_is_read() {
    let tidy = [
        ("freq=weekly;byday=mo, we ;", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("INTERVAL=1;FREQ=DAILY;WKST=MO", "FREQ=DAILY"),
        ("FREQ=MONTHLY;BYDAY=+1FR,1FR", "FREQ=MONTHLY;BYDAY=1FR"),
        ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT", "FREQ=YEARLY"),
        ("FREQ=DAILY;COUNT=5;UNTIL=20260101", "FREQ=DAILY;UNTIL=20260101;COUNT=5"),
    ];
    for (given, written) in tidy {
        assert_eq!(Rule::parse(given).unwrap().to_string(), written);
    }
}

#[test]
fn finer_than_daily_is_told_apart() {
    let all_minutes = (0..60).map(|minute| minute.to_string()).collect::<Vec<_>>().join(",");
    for text in ["FREQ=HOURLY", "FREQ=minutely;COUNT=1", "FREQ=SECONDLY", &format!("FREQ=DAILY;BYMINUTE={all_minutes}")]
    {
        assert_eq!(Rule::parse(text), Err(RuleFault::Finer), "{text}");
    }
    assert!(Rule::parse("FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23").is_ok());
}

#[test]
fn what_no_rule_can_say_is_refused_by_its_part() {
    let years = (1..=366).flat_map(|day| [day, -day]).map(|day| day.to_string()).collect::<Vec<_>>().join(",");
    assert!(Rule::parse(&format!("FREQ=YEARLY;BYYEARDAY={years}")).is_ok());
    let long = format!("FREQ=DAILY;BYDAY={}", "MO,".repeat(100_000));
    let refused = [
        ("", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;COUNT=99999999999", "COUNT"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
        ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=1", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=é", "BYDAY"),
        ("FREQ=YEARLY;BYWEEKNO=", "BYWEEKNO"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("FREQ=DAILY;SKIP=FORWARD", "SKIP"),
        ("FREQ=DAILY;COUNT=1;COUNT=2", "COUNT"),
        ("FREQ=DAILY;<b>=1", "B"),
        (&long, "RRULE"),
    ];
    for (text, part) in refused {
        match Rule::parse(text) {
            Err(RuleFault::Wrong { part: named, .. }) => assert_eq!(named, part, "{text}"),
            other => panic!("{text:.60}: {other:?}"),
        }
    }
}

#[test]
fn the_examples_of_the_rfc() {
    let new_york = |start: &str, rule: &str| series(start, "America/New_York", &[rule]);
    let thirteenth = new_york("19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13");
    let found = instances(&thirteenth, "19970903T000000Z", "20001231T000000Z");
    assert_eq!(
        found,
        ["19980213T140000Z", "19980313T140000Z", "19981113T140000Z", "19990813T130000Z", "20001013T130000Z"]
    );
    let election = new_york("19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8");
    let found = instances(&election, "19960101T000000Z", "20050101T000000Z");
    assert_eq!(found, ["19961105T140000Z", "20001107T140000Z", "20041102T140000Z"]);
    let monday = series("19970805T090000", "America/New_York", &["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"]);
    let found = instances(&monday, "19970101T000000Z", "19980101T000000Z");
    assert_eq!(found, ["19970805T130000Z", "19970810T130000Z", "19970819T130000Z", "19970824T130000Z"]);
    let sunday = series("19970805T090000", "America/New_York", &["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"]);
    let found = instances(&sunday, "19970101T000000Z", "19980101T000000Z");
    assert_eq!(found, ["19970805T130000Z", "19970817T130000Z", "19970819T130000Z", "19970831T130000Z"]);
}

#[test]
fn a_gap_is_kept_with_the_offset_before_it_and_a_fold_is_its_first() {
    let gap = series("20260307T023000", "America/New_York", &["FREQ=DAILY;COUNT=3"]);
    let found = instances(&gap, "20260301T000000Z", "20260401T000000Z");
    assert_eq!(found, ["20260307T073000Z", "20260308T073000Z", "20260309T063000Z"]);
    let fold = series("20261031T013000", "America/New_York", &["FREQ=DAILY;COUNT=3"]);
    let found = instances(&fold, "20261001T000000Z", "20261201T000000Z");
    assert_eq!(found, ["20261031T053000Z", "20261101T053000Z", "20261102T063000Z"]);
}

#[test]
fn the_words_of_the_rfc_are_kept_where_others_read_them_otherwise() {
    let both = series("20240101T090000", "UTC", &["FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=6"]);
    let days = ["0101", "0102", "0108", "0115", "0122", "0129"].map(|day| format!("2024{day}T090000Z"));
    assert_eq!(instances(&both, "20240101T000000Z", "20250101T000000Z"), days);
    let week = series("20240103T090000", "UTC", &["FREQ=YEARLY;BYWEEKNO=10"]);
    assert_eq!(instances(&week, "20240201T000000Z", "20250401T000000Z"), ["20240306T090000Z", "20250305T090000Z"]);
    let off = series("20240102T090000", "UTC", &["FREQ=WEEKLY;BYDAY=MO;COUNT=3"]);
    let counted = ["20240102T090000Z", "20240108T090000Z", "20240115T090000Z"];
    assert_eq!(instances(&off, "20240101T000000Z", "20250101T000000Z"), counted);
    let set = series("20240103T090000", "UTC", &["FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1;COUNT=3"]);
    let firsts = ["20240103T090000Z", "20240108T090000Z", "20240115T090000Z"];
    assert_eq!(instances(&set, "20240101T000000Z", "20250101T000000Z"), firsts);
}

/// The first week of 2026 has three days of 2025: it is the first because it has four of 2026.
#[test]
fn a_week_belongs_to_the_year_that_has_most_of_it() {
    let first = series("20240101T090000", "UTC", &["FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"]);
    let mondays = ["20240101T090000Z", "20241230T090000Z", "20251229T090000Z"];
    assert_eq!(instances(&first, "20240101T000000Z", "20261201T000000Z"), mondays);
}

#[test]
fn until_of_another_kind_than_the_start_is_what_its_writers_mean() {
    for until in ["20260310", "20260310T090000", "20260310T080000Z"] {
        let series = series("20260308T090000", "Europe/Berlin", &[&format!("FREQ=DAILY;UNTIL={until}")]);
        assert_eq!(instances(&series, "20260301T000000Z", "20260401T000000Z").len(), 3, "{until}");
    }
    let outlook = series("20260308", "", &["FREQ=DAILY;UNTIL=20260310T000000Z"]);
    assert_eq!(instances(&outlook, "20260301T000000Z", "20260401T000000Z").len(), 3);
}

#[test]
fn dates_are_added_taken_out_and_replaced() {
    let mut meeting = series("20260301T090000", "America/New_York", &["FREQ=WEEKLY;COUNT=5"]);
    let new_york = zone("America/New_York");
    meeting.excluded.add(Time::parse("20260308T130000Z").unwrap(), &Zone::Utc);
    meeting.excluded.add(Time::parse("20260315").unwrap(), &new_york);
    meeting.replaced.add(Time::parse("20260322T090000").unwrap(), &new_york);
    let hour = chrono::TimeDelta::hours(1);
    meeting.add_dates("20260310T100000/PT1H", &zone("Europe/Berlin")).unwrap();
    let found = instances(&meeting, "20260101T000000Z", "20270101T000000Z");
    assert_eq!(found, ["20260301T140000Z", "20260310T090000Z", "20260329T130000Z"]);
    let added = meeting.at(at("20260310T090000Z")).unwrap();
    assert_eq!((added.lasts, added.local.to_string().as_str()), (Some(hour), "2026-03-10 05:00:00"));
    assert!(meeting.at(at("20260322T130000Z")).is_some(), "an instance that was replaced is still one of the series");
    assert!(meeting.at(at("20260308T130000Z")).is_none());
    assert!(meeting.at(at("20260322T130001Z")).is_none());
    assert_eq!(meeting.last(), Some(at("20260329T130000Z")));
}

#[test]
fn lists_of_dates_are_read_whole() {
    let mut event = series("20260301T090000", "America/New_York", &[]);
    let new_york = zone("America/New_York");
    event
        .add_dates("20260307T120000/P1D, 20260308T120000/20260309T120000,20260310T130000Z/20260310T140000Z", &new_york)
        .unwrap();
    event.add_dates("20260401T090000,20260402T090000", &new_york).unwrap();
    event.excluded.add_all("20260301T090000,20260402T130000Z", &new_york).unwrap();
    let found = event.between(at("20260101T000000Z"), at("20270101T000000Z"), &mut ample()).instances;
    let lasts: Vec<_> = found.iter().map(|instance| instance.lasts.map(|lasts| lasts.num_hours())).collect();
    assert_eq!(lasts, [Some(23), Some(24), Some(1), None]);
    for list in ["", "x", "20260301/", "20260301T090000/20260301T080000", "20260301T090000/-PT1H", "20260301T090000,"] {
        assert_eq!(event.add_dates(list, &new_york), None, "{list}");
    }
    assert_eq!(event.excluded.add_all("20260301T090000/PT1H", &new_york), None);
}

#[test]
fn a_rule_that_ended_before_it_began_leaves_nothing() {
    let gone = series("20260110T090000", "Europe/Berlin", &["FREQ=DAILY;UNTIL=20260101T080000Z"]);
    assert!(instances(&gone, "20250101T000000Z", "20270101T000000Z").is_empty());
}

/// Each would be looked for through all years; what is asked for is one, or the whole calendar.
#[test]
fn impossible_and_unending_rules_come_to_an_end() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=2",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=YEARLY;INTERVAL=4294967295",
        "FREQ=MONTHLY;INTERVAL=4294967295",
        "FREQ=WEEKLY;INTERVAL=4294967295;COUNT=7",
    ] {
        let never = series("20240101T090000", "Europe/Berlin", &[rule]);
        assert_eq!(instances(&never, "20240102T000000Z", "20260102T000000Z"), Vec::<String>::new(), "{rule}");
        let all = never.between(at("00010101T000000Z"), at("99991231T000000Z"), &mut ample());
        assert_eq!(all.instances.len(), 1, "{rule}");
        let counted = never.rules.iter().any(|rule| rule.count().is_some());
        assert_eq!(never.last(), counted.then(|| at("20240101T080000Z")), "{rule}");
    }
    let ever = series("00010101T000000", "Europe/Berlin", &["FREQ=DAILY"]);
    assert_eq!(instances(&ever, "99991229T000000Z", "99991231T230000Z").len(), 2);
}
