//! What calendars call a zone. Imports `named`, `windows_timezones`.

use windows_timezones::WindowsTimezone;

use crate::resources::calendar::zone::Zone;
use crate::resources::calendar::zone::named::Named;

const UTC: &[&str] =
    &["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal"];

/// Zones that were renamed, which the Unicode CLDR knows by the old name alone.
const RENAMED: &[(&str, &str)] = &[
    ("Africa/Asmara", "Africa/Asmera"),
    ("America/Argentina/Buenos_Aires", "America/Buenos_Aires"),
    ("America/Argentina/Catamarca", "America/Catamarca"),
    ("America/Argentina/Cordoba", "America/Cordoba"),
    ("America/Argentina/Jujuy", "America/Jujuy"),
    ("America/Argentina/Mendoza", "America/Mendoza"),
    ("America/Atikokan", "America/Coral_Harbour"),
    ("America/Indiana/Indianapolis", "America/Indianapolis"),
    ("America/Kentucky/Louisville", "America/Louisville"),
    ("America/Nuuk", "America/Godthab"),
    ("Asia/Ho_Chi_Minh", "Asia/Saigon"),
    ("Asia/Kathmandu", "Asia/Katmandu"),
    ("Asia/Kolkata", "Asia/Calcutta"),
    ("Asia/Yangon", "Asia/Rangoon"),
    ("Atlantic/Faroe", "Atlantic/Faeroe"),
    ("Europe/Kyiv", "Europe/Kiev"),
    ("Pacific/Chuuk", "Pacific/Truk"),
    ("Pacific/Kanton", "Pacific/Enderbury"),
    ("Pacific/Pohnpei", "Pacific/Ponape"),
];

/// The longest name that is looked up.
const BYTES: usize = 255;

pub(super) fn zone(name: &str) -> Option<Zone> {
    let name = name.trim().trim_matches('"');
    if name.len() > BYTES {
        return None;
    }
    whole(name).or_else(|| after_path(name))
}

fn whole(name: &str) -> Option<Zone> {
    if UTC.iter().any(|utc| name.eq_ignore_ascii_case(utc)) {
        return Some(Zone::Utc);
    }
    let windows = || name.parse::<WindowsTimezone>().ok().map(|zone| Named::of(zone.into()));
    Named::find(name).or_else(windows).map(Zone::Named)
}

/// Of `/example.org/20050126_1/Europe/Berlin` the longest end that is a name. A part alone is none ("EST" says too little), but UTC is.
fn after_path(name: &str) -> Option<Zone> {
    let mut ends = name.match_indices('/').filter_map(|(at, _)| name.get(at + 1..));
    ends.find_map(|end| whole(end).filter(|zone| end.contains('/') || *zone == Zone::Utc))
}

pub(super) fn windows(zone: Named) -> Option<&'static str> {
    let old = || RENAMED.iter().find(|(new, _)| *new == zone.name()).and_then(|(_, old)| Named::find(old));
    let of = |zone: Named| WindowsTimezone::try_from(zone.tz()).ok();
    of(zone).or_else(|| of(old()?)).map(WindowsTimezone::name)
}
