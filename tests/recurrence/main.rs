//! Sharehold's side of the differential test of recurrence: reads cases as JSON, one a line, writes the instances of each, one a line.
//! `tests/clients/recurrence.sh` compares them with what python-dateutil and recurring-ical-events make of the same.

use std::io::{BufRead as _, BufWriter, Write as _};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sharehold::resources::calendar::ical::Component;
use sharehold::resources::calendar::recurrence::{Budget, Rule, RuleFault, Series, Time};
use sharehold::resources::calendar::zone::Zone;
use sharehold::resources::content_line::Source;

/// An event with its window. Values are iCalendar's.
#[derive(Deserialize)]
struct Case {
    start: String,
    /// Empty: floating, or all day.
    tzid: String,
    #[serde(default)]
    vtimezone: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    rdates: Vec<Value>,
    #[serde(default)]
    exdates: Vec<Value>,
    #[serde(default)]
    overrides: Vec<Override>,
    from: String,
    to: String,
}

/// One value of a list of dates.
#[derive(Deserialize)]
struct Value {
    value: String,
    tzid: String,
}

/// An instance that was moved.
#[derive(Deserialize)]
struct Override {
    original: Value,
    start: Value,
}

/// What is said of a case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Instances(Vec<String>),
    Refused(String),
}

fn zone(tzid: &str, vtimezone: Option<&str>) -> Result<Zone, String> {
    match tzid {
        "" => Ok(Zone::Floating),
        tzid => {
            let rules = vtimezone.map(|text| Component::read(text, Source::Record)).transpose();
            let rules = rules.map_err(|fault| fault.to_string())?;
            Zone::find(tzid, rules.as_ref()).ok_or_else(|| format!("no zone {tzid}"))
        }
    }
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| format!("no time {text}"))
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    Ok(time(text)?.written().and_utc())
}

fn starts(value: &Value) -> Result<DateTime<Utc>, String> {
    match time(&value.value)? {
        Time::Utc(at) => Ok(at.and_utc()),
        local => Ok(zone(&value.tzid, None)?.instant(local.written())),
    }
}

fn series(case: &Case) -> Result<Series, String> {
    let start = time(&case.start)?;
    let mut series = Series::new(start.written(), zone(&case.tzid, case.vtimezone.as_deref())?);
    series.all_day = matches!(start, Time::Date(_));
    let rules = case.rules.iter().map(|rule| Rule::parse(rule)).collect::<Result<_, RuleFault>>();
    series.rules = rules.map_err(|fault| fault.to_string())?;
    let own = case.vtimezone.as_deref();
    let wrong = |one: &Value| format!("no dates {}", one.value);
    for date in &case.rdates {
        series.add_dates(&date.value, &zone(&date.tzid, own)?).ok_or_else(|| wrong(date))?;
    }
    for date in &case.exdates {
        series.excluded.add_all(&date.value, &zone(&date.tzid, own)?).ok_or_else(|| wrong(date))?;
    }
    for Override { original, .. } in &case.overrides {
        series.replaced.add_all(&original.value, &zone(&original.tzid, own)?).ok_or_else(|| wrong(original))?;
    }
    Ok(series)
}

fn instances(case: &Case) -> Result<Vec<String>, String> {
    let (from, to) = (instant(&case.from)?, instant(&case.to)?);
    let mut budget = Budget::new(usize::MAX, Duration::from_mins(1));
    let found = series(case)?.between(from, to, &mut budget);
    let mut all: Vec<_> = found.instances.iter().map(|instance| instance.at).collect();
    for moved in &case.overrides {
        all.extend(Some(starts(&moved.start)?).filter(|at| (from..to).contains(at)));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all.iter().map(|at| at.format("%Y%m%dT%H%M%SZ").to_string()).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        let answer = instances(&case).map_or_else(Answer::Refused, Answer::Instances);
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    }
    out.flush()?;
    Ok(())
}
