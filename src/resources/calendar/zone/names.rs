//! What calendars call a zone. Imports `named`, `windows_timezones`, and `chrono_tz` for the key of its table alone.

use std::collections::HashMap;
use std::sync::LazyLock;

use windows_timezones::WindowsTimezone;

use crate::resources::calendar::zone::Zone;
use crate::resources::calendar::zone::named::Named;

const UTC: &[&str] =
    &["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal"];

/// The longest name that is looked up.
const BYTES: usize = 255;

pub(super) fn zone(name: &str) -> Option<Zone> {
    named(name).map(|(_, zone)| zone)
}

/// The zone and its name, without what stands around that.
pub(super) fn named(name: &str) -> Option<(&str, Zone)> {
    let name = name.trim().trim_matches('"');
    if name.len() > BYTES {
        return None;
    }
    whole(name).map(|zone| (name, zone)).or_else(|| after_path(name))
}

fn whole(name: &str) -> Option<Zone> {
    if UTC.iter().any(|utc| name.eq_ignore_ascii_case(utc)) {
        return Some(Zone::Utc);
    }
    let windows = || name.parse::<WindowsTimezone>().ok().and_then(|zone| Named::find(zone.tzdb_id()));
    Named::find(name).or_else(windows).map(Zone::Named)
}

/// Of `/example.org/20050126_1/Europe/Berlin` the longest end that is a name. A part alone is none ("EST" says too little), but UTC is.
fn after_path(name: &str) -> Option<(&str, Zone)> {
    let mut ends = name.match_indices('/').filter_map(|(at, _)| name.get(at + 1..));
    ends.find_map(|end| Some((end, whole(end).filter(|zone| end.contains('/') || *zone == Zone::Utc)?)))
}

/// The names on Windows by what a zone does, of the first that does it and is listed.
static BY_RULES: LazyLock<HashMap<&[u8], &str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (rules, name) in Named::all().filter_map(|zone| Some((zone.rules(), listed(zone)?))) {
        names.entry(rules).or_insert(name);
    }
    names
});

/// What the Unicode CLDR lists: zones by the names that they had when it began.
fn listed(zone: Named) -> Option<&'static str> {
    let key = zone.name().parse::<chrono_tz::Tz>().ok()?;
    WindowsTimezone::try_from(key).ok().map(WindowsTimezone::name)
}

/// That of its own name, else of one that IANA links with it: Kolkata was Calcutta.
pub(super) fn windows(zone: Named) -> Option<&'static str> {
    listed(zone).or_else(|| BY_RULES.get(zone.rules()).copied())
}
