//! Graph's `patternedRecurrence` and RRULE: what one says is what the other says, and where Graph cannot say it, nothing is said.

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};
use sharehold::resources::calendar::recurrence::{Rule, RuleFault, Time};
use sharehold::resources::calendar::zone::Zone;

use super::zone;

const START: &str = "20260309T090000";
const NEW_YORK: &str = "America/New_York";

fn of_graph(recurrence: &Value) -> Result<Rule, RuleFault> {
    let read = Rule::of_graph(recurrence, Time::parse(START).unwrap().written(), false, &zone(NEW_YORK));
    read.map(|(rule, _)| rule)
}

fn to_graph(rule: &str) -> Option<Value> {
    let start = Time::parse(START).unwrap().written();
    Rule::parse(rule).unwrap().to_graph(start, &zone(NEW_YORK), NEW_YORK)
}

fn endless(pattern: impl Into<Value>) -> Value {
    let pattern = pattern.into();
    json!({ "pattern": pattern, "range": { "type": "noEnd", "startDate": "2026-03-09" } })
}

#[test]
fn each_pattern_has_its_rule() {
    let cases = [
        (json!({"type": "daily", "interval": 2}), "FREQ=DAILY;INTERVAL=2"),
        (
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "friday"], "firstDayOfWeek": "monday"}),
            "FREQ=WEEKLY;BYDAY=MO,FR",
        ),
        (json!({"type": "weekly", "interval": 2, "daysOfWeek": ["Monday"]}), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 28}), "FREQ=MONTHLY;BYMONTHDAY=28"),
        // Graph's day 31 is the last of a shorter month.
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 3}),
            "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=3",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
            "FREQ=YEARLY;BYMONTHDAY=28,29;BYMONTH=2;BYSETPOS=-1",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 3, "daysOfWeek": ["friday"], "index": "last"}),
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR",
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["saturday", "sunday"], "month": 6}),
            "FREQ=YEARLY;BYDAY=SA,SU;BYMONTH=6;BYSETPOS=1",
        ),
    ];
    for (pattern, rule) in cases {
        assert_eq!(of_graph(&endless(pattern)).unwrap().to_string(), rule);
    }
}

#[test]
fn a_range_ends_with_its_last_day() {
    let daily = json!({"type": "daily", "interval": 1});
    let until =
        json!({"pattern": daily, "range": {"type": "endDate", "startDate": "2026-03-09", "endDate": "2026-12-31"}});
    assert_eq!(of_graph(&until).unwrap().to_string(), "FREQ=DAILY;UNTIL=20270101T045959Z");
    let start = Time::parse("20260309").unwrap().written();
    let (dates, _) = Rule::of_graph(&until, start, true, &Zone::Floating).unwrap();
    assert_eq!(dates.to_string(), "FREQ=DAILY;UNTIL=20261231");
    let (floating, _) = Rule::of_graph(&until, Time::parse(START).unwrap().written(), false, &Zone::Floating).unwrap();
    assert_eq!(floating.to_string(), "FREQ=DAILY;UNTIL=20261231T235959");
    // Midnight of the 31st in New York: the meeting at nine of that day is no more.
    let read = to_graph("FREQ=DAILY;UNTIL=20261231T050000Z").unwrap();
    assert_eq!(read["range"]["endDate"], "2026-12-30");
    assert_eq!(to_graph("FREQ=DAILY;UNTIL=20261231T140000Z").unwrap()["range"]["endDate"], "2026-12-31");
    assert_eq!(to_graph("FREQ=DAILY;COUNT=7").unwrap()["range"]["numberOfOccurrences"], 7);
}

#[test]
fn what_graph_cannot_say_it_does_not_say() {
    for rule in [
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2",
        "FREQ=MONTHLY;BYMONTH=1,2",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=3",
        "FREQ=DAILY;BYHOUR=9,10",
        "FREQ=DAILY;BYMONTH=1",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
        "FREQ=WEEKLY;BYMONTH=1",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z",
        "FREQ=DAILY;INTERVAL=2147483648",
    ] {
        assert_eq!(to_graph(rule), None, "{rule}");
    }
}

#[test]
fn what_is_left_to_the_start_is_said_by_it() {
    let pattern = |rule: &str| to_graph(rule).unwrap()["pattern"].clone();
    assert_eq!(pattern("FREQ=WEEKLY")["daysOfWeek"], json!(["monday"]));
    assert_eq!(pattern("FREQ=MONTHLY")["dayOfMonth"], 9);
    assert_eq!(pattern("FREQ=YEARLY")["month"], 3);
    assert_eq!(pattern("FREQ=MONTHLY;BYMONTHDAY=-1")["dayOfMonth"], 31);
    assert_eq!(pattern("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")["type"], "weekly");
}

#[test]
fn a_series_begins_with_the_first_day_of_its_pattern() {
    // From the ninth of March, a Monday.
    for (pattern, first) in [
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}), "2026-03-09"),
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": ["sunday", "friday"]}), "2026-03-13"),
        (json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday"]}), "2026-03-22"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}), "2026-03-31"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 8}), "2026-04-08"),
        (json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "first"}), "2026-04-06"),
        (json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 1}), "2027-01-01"),
    ] {
        let start = Time::parse(START).unwrap().written();
        let (_, begins) = Rule::of_graph(&endless(pattern.clone()), start, false, &zone(NEW_YORK)).unwrap();
        assert_eq!(begins.to_string(), format!("{first} 09:00:00"), "{pattern}");
    }
    let late = json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 8});
    let range = |day: &str| json!({"type": "endDate", "endDate": day, "startDate": "2026-04-08"});
    let given = |day: &str| of_graph(&json!({"pattern": late, "range": range(day)}));
    assert!(given("2026-04-08").is_ok());
    let fault = given("2026-04-07").unwrap_err().to_string();
    assert!(fault.contains("2026-04-08") && fault.contains("2026-04-07"), "{fault}");
}

#[test]
fn the_last_day_that_is_answered_is_of_the_year_9999() {
    let berlin = zone("Europe/Berlin");
    let start = Time::parse(START).unwrap().written();
    let read = Rule::parse("FREQ=DAILY;UNTIL=99991231T235959Z").unwrap().to_graph(start, &berlin, "Europe/Berlin");
    assert_eq!(read.unwrap()["range"]["endDate"], "9999-12-31");
}

#[test]
fn what_is_wrong_is_named() {
    let weekly = |days: Value| endless(json!({"type": "weekly", "interval": 1, "daysOfWeek": days}));
    let range = |range: Value| json!({"pattern": {"type": "daily", "interval": 1}, "range": range});
    let cases = [
        (json!(null), "pattern"),
        (endless(json!({"interval": 1})), "pattern.type"),
        (endless(json!({"type": "hourly", "interval": 1})), "pattern.type"),
        (endless(json!({"type": "daily"})), "pattern.interval"),
        (endless(json!({"type": "daily", "interval": 0})), "pattern.interval"),
        (weekly(json!([])), "pattern.daysOfWeek"),
        (weekly(json!(["mo"])), "pattern.daysOfWeek"),
        (endless(json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 32})), "pattern.dayOfMonth"),
        (endless(json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 4})), "pattern.dayOfMonth"),
        (endless(json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 13})), "pattern.month"),
        (
            endless(json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "fifth"})),
            "pattern.index",
        ),
        (range(json!({"type": "forever"})), "range.type"),
        (range(json!({"type": "numbered", "numberOfOccurrences": 0})), "range.numberOfOccurrences"),
        (range(json!({"type": "endDate", "endDate": "2026-03-08"})), "range.endDate"),
        (range(json!({"type": "endDate", "endDate": "0001-01-01"})), "range.endDate"),
        (range(json!({"type": "noEnd", "startDate": "2026-03-10"})), "range.startDate"),
        (endless(json!({"type": "daily", "interval": 2_147_483_648_u32})), "pattern.interval"),
    ];
    for (recurrence, member) in cases {
        match of_graph(&recurrence) {
            Err(RuleFault::Wrong { part, .. }) => assert_eq!(part, member, "{recurrence}"),
            other => panic!("{recurrence}: {other:?}"),
        }
    }
}

fn pattern() -> impl Strategy<Value = Value> {
    let days = prop::sample::subsequence(
        vec!["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        1..=7,
    );
    let index = prop::sample::select(vec!["first", "second", "third", "fourth", "last"]);
    let kind = prop::sample::select(vec![
        "daily",
        "weekly",
        "absoluteMonthly",
        "relativeMonthly",
        "absoluteYearly",
        "relativeYearly",
    ]);
    let first = prop::sample::select(vec!["sunday", "monday", "wednesday"]);
    (kind, 1u32..100, days, index, 1u32..=31, 1u32..=12, first).prop_map(
        |(kind, interval, days, index, day, month, first)| {
            let mut pattern = json!({ "type": kind, "interval": interval });
            let most = NaiveDate::from_ymd_opt(2024, month, 1)
                .map_or(28, |first| u32::from(chrono::Datelike::num_days_in_month(&first)));
            let members = match kind {
                "daily" => vec![],
                "weekly" => vec![("daysOfWeek", json!(days)), ("firstDayOfWeek", json!(first))],
                "absoluteMonthly" => vec![("dayOfMonth", json!(day))],
                "absoluteYearly" => vec![("dayOfMonth", json!(day.min(most))), ("month", json!(month))],
                "relativeMonthly" => vec![("daysOfWeek", json!(days)), ("index", json!(index))],
                _ => vec![("daysOfWeek", json!(days)), ("index", json!(index)), ("month", json!(month))],
            };
            for (name, value) in members {
                pattern[name] = value;
            }
            pattern
        },
    )
}

fn range(start: NaiveDate) -> impl Strategy<Value = Value> {
    let from = start.to_string();
    (0u8..3, 1u32..999, 0u64..9_999).prop_map(move |(kind, count, days)| {
        let mut range = json!({ "startDate": from, "recurrenceTimeZone": "Pacific Standard Time" });
        match kind {
            0 => range["type"] = json!("noEnd"),
            1 => (range["type"], range["numberOfOccurrences"]) = (json!("numbered"), json!(count)),
            _ => {
                (range["type"], range["endDate"]) =
                    (json!("endDate"), json!((start + chrono::Days::new(days)).to_string()));
            }
        }
        range
    })
}

fn event() -> impl Strategy<Value = (chrono::NaiveDateTime, Value)> {
    (0u64..15_000, 0u32..24).prop_flat_map(|(day, hour)| {
        let day = NaiveDate::from_ymd_opt(1995, 1, 1).unwrap() + chrono::Days::new(day);
        let start = day.and_hms_opt(hour, 30, 0).unwrap();
        (
            Just(start),
            (pattern(), range(day)).prop_map(|(pattern, range)| json!({ "pattern": pattern, "range": range })),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn graph_to_rule_to_graph_is_the_same((start, given) in event(), name in prop::sample::select(vec!["America/Los_Angeles", "Asia/Kolkata", "UTC"])) {
        let zone = zone(name);
        let made = Rule::of_graph(&given, start, false, &zone);
        // The first day of the pattern may be after the last of the range.
        prop_assume!(!matches!(&made, Err(RuleFault::Wrong { part, .. }) if part == "range.endDate"));
        let (rule, first) = made.unwrap();
        let read = Rule::parse(&rule.to_string()).unwrap();
        prop_assert_eq!(&read, &rule);
        // It begins there by itself, and is the same of what begins there.
        prop_assert_eq!((rule.first(start, false), rule.first(first, false)), (Some(first), Some(first)));
        let mut said = given;
        said["range"]["startDate"] = json!(first.date().to_string());
        prop_assert_eq!(Rule::of_graph(&said, first, false, &zone), Ok((rule, first)));
        prop_assert_eq!(read.to_graph(first, &zone, "Pacific Standard Time"), Some(said));
    }
}
