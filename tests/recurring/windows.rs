//! What holds of every series: a window is the whole cut to it, pages are the window, nothing comes after the last.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use sharehold::resources::calendar::recurrence::{Budget, Instance, Rule, Series};

use super::{ample, at, zone};

const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/Santiago",
    "UTC",
];

fn numbers(top: i16) -> impl Strategy<Value = Option<String>> {
    let number = (1..=top, any::<bool>()).prop_map(|(number, back)| if back { -number } else { number });
    let list = prop::collection::vec(number, 1..4);
    prop::option::weighted(0.3, list.prop_map(|list| list.iter().map(i16::to_string).collect::<Vec<_>>().join(",")))
}

fn days() -> impl Strategy<Value = Option<String>> {
    let names = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4);
    let counted = (prop::sample::select(vec!["", "1", "2", "-1"]), names);
    let list = counted
        .prop_map(|(which, names)| names.iter().map(|name| format!("{which}{name}")).collect::<Vec<_>>().join(","));
    prop::option::weighted(0.5, list)
}

/// Rules of any kind: of most parts a few, as the grammar has them.
pub(super) fn rule() -> impl Strategy<Value = String> {
    let frequency = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let months = prop::option::weighted(0.3, prop::sample::select(vec!["1", "2,3", "10,3,6", "11"]));
    let hours = prop::option::weighted(0.2, prop::sample::select(vec!["2,3", "0,23", "1,2,3"]));
    let end = prop_oneof![
        Just(String::new()),
        (1u32..200).prop_map(|count| format!(";COUNT={count}")),
        (2000i32..2030).prop_map(|year| format!(";UNTIL={year}0615T120000Z")),
    ];
    let lists = (months, days(), numbers(31), numbers(366), numbers(53), numbers(3), hours);
    (frequency, 1u32..6, end, lists).prop_map(|(frequency, interval, end, lists)| {
        let (months, days, month_days, year_days, weeks, positions, hours) = lists;
        let mut rule = format!("FREQ={frequency};INTERVAL={interval}{end}");
        let lists = [
            ("BYMONTH", months.map(str::to_owned)),
            ("BYDAY", days),
            ("BYMONTHDAY", month_days),
            ("BYYEARDAY", year_days.filter(|_| frequency == "YEARLY")),
            ("BYWEEKNO", weeks.filter(|_| frequency == "YEARLY")),
            ("BYSETPOS", positions),
            ("BYHOUR", hours.map(str::to_owned)),
        ];
        for (name, list) in lists {
            if let Some(list) = list {
                rule.extend([";", name, "=", list.as_str()]);
            }
        }
        rule
    })
}

fn any_series() -> impl Strategy<Value = Series> {
    let start = (0u64..12_000, 0u32..96);
    let several = prop::collection::vec(rule(), 1..3);
    let others = prop::collection::vec((0i64..4_000, 0i64..24), 0..4);
    (start, prop::sample::select(ZONES.to_vec()), several, others).prop_map(|((day, quarter), name, rules, others)| {
        let day = NaiveDate::from_ymd_opt(1995, 1, 1).unwrap() + chrono::Days::new(day);
        let start = day.and_hms_opt(quarter / 4, quarter % 4 * 15, 0).unwrap();
        let mut series = Series::new(start, zone(name));
        series.rules = rules.iter().map(|rule| Rule::parse(rule).unwrap()).collect();
        for (days, hours) in others {
            let at = series.zone.instant(start + TimeDelta::days(days) + TimeDelta::hours(hours));
            series.dates.push(Instance { local: series.zone.local(at), at, lasts: None });
        }
        series
    })
}

/// Half an hour is skipped at two: of 02:15 and 02:30 the later on the clock is the earlier in time, and a page must not part them.
#[test]
fn no_page_ends_within_a_gap() {
    let series = super::series("20251004T021500", "Australia/Lord_Howe", &["FREQ=DAILY;BYMINUTE=15,30"]);
    let (from, to) = (at("20251001T000000Z"), at("20251008T000000Z"));
    let whole = series.between(from, to, &mut ample()).instances;
    let page = series.between(from, to, &mut Budget::new(2, Duration::from_mins(10)));
    let rest = series.between(page.reached.unwrap(), to, &mut ample());
    assert_eq!([page.instances, rest.instances].concat(), whole);
}

/// At two it is three: the two times of the clock are one instant, and a page of one goes past it.
#[test]
fn two_times_of_one_instant_are_one() {
    let series = super::series("20260301T020000", "Europe/Berlin", &["FREQ=DAILY;BYHOUR=2,3"]);
    let (from, to) = (at("20260329T010000Z"), at("20260330T000000Z"));
    let page = series.between(from, to, &mut Budget::new(1, Duration::from_mins(10)));
    assert_eq!((page.instances.len(), page.reached), (1, Some(at("20260330T000000Z")).filter(|_| false)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_window_is_the_whole_cut_to_it(series in any_series(), skip in 0i64..5_000, hours in 1i64..20_000) {
        let begin = series.zone.instant(series.start);
        let (from, to) = (begin + TimeDelta::days(skip) - TimeDelta::days(30), begin + TimeDelta::days(skip) + TimeDelta::hours(hours));
        let mut whole = series.between(begin - TimeDelta::days(9), to, &mut ample()).instances;
        whole.retain(|instance| instance.at >= from);
        let window = series.between(from, to, &mut ample());
        prop_assert_eq!(&window.instances, &whole);
        prop_assert!(whole.is_sorted_by(|one, next| one.at < next.at));
        for instance in whole.iter().take(3) {
            prop_assert_eq!(series.at(instance.at).map(|found| found.at), Some(instance.at));
        }
    }

    #[test]
    fn pages_are_the_window(series in any_series(), most in 1usize..9) {
        let from = series.zone.instant(series.start) - TimeDelta::days(1);
        let to = from + TimeDelta::days(500);
        let (mut next, mut paged) = (Some(from), Vec::new());
        while let Some(begin) = next {
            let page = series.between(begin, to, &mut Budget::new(most, Duration::from_mins(10)));
            prop_assert!(page.instances.len() <= most);
            prop_assert!(page.reached.is_none_or(|reached| reached > begin), "a page must go on");
            paged.extend(page.instances);
            next = page.reached;
        }
        prop_assert_eq!(paged, series.between(from, to, &mut ample()).instances);
    }

    #[test]
    fn nothing_comes_after_the_last(series in any_series()) {
        if let Some(last) = series.last() {
            let after = last + TimeDelta::seconds(1);
            prop_assert_eq!(series.between(after, after + TimeDelta::days(40_000), &mut ample()).instances, []);
        }
    }

    #[test]
    fn a_rule_survives_its_text(text in rule()) {
        let rule = Rule::parse(&text).unwrap();
        prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
    }

    #[test]
    fn no_text_does_harm(text in "(FREQ=)?[A-Z0-9=;,:+\\-é ]{0,80}") {
        let _ = Rule::parse(&text);
    }
}
