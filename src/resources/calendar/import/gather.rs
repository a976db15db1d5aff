//! The VEVENTs of one UID, gathered. They stand one after the other in most files, and anywhere in some; so does the VTIMEZONE that
//! explains them. What of an event may still come is waited for, as long as what waits is little. Imports `record`, `ical`, `parse`.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use super::parse::Part;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::queries::uid_key;
use crate::resources::calendar::record::{Clocks, Place, place, unknown_zones};
use crate::resources::calendar::zone::Zone;
use crate::resources::import::item::{Item, Outcome};

/// So many sets wait.
const WAITING: usize = 1000;
/// And so many bytes of them.
const WAITING_BYTES: usize = 4 * 1024 * 1024;
/// As many bytes of time zones that only a calendar explains are kept; of more, events are told that theirs is not known.
const ZONE_BYTES: usize = 1024 * 1024;

/// The place of a master.
const MASTER: Place = (false, None);

/// What a VEVENT of a file is about. A zone that only the file explains may come after it: there its name has to do.
fn placed(event: &Component) -> Place {
    place(event, &Clocks::default())
}

/// What of one event was found in the file.
#[derive(Debug, Clone)]
pub struct Set {
    /// Its place among what the file holds, from 0.
    pub index: u64,
    /// The line where its first VEVENT begins.
    pub line: u64,
    /// Its UID, as written.
    pub uid: String,
    /// The lines where they begin and the VEVENTs, by what they are about.
    pub events: BTreeMap<Place, (u64, Component)>,
    /// The VTIMEZONEs that only the file explains.
    pub zones: Vec<Component>,
    /// Whether one of those may still come.
    lacks_zone: bool,
    /// Whether the calendar in which it stands has ended.
    is_settled: bool,
    bytes: usize,
}

impl Set {
    fn new(index: u64, line: u64, event: Component, bytes: usize) -> Self {
        let uid = event.value("UID").to_owned();
        let (events, zones) = (BTreeMap::from([(placed(&event), (line, event))]), Vec::new());
        Self { index, line, uid, events, zones, lacks_zone: false, is_settled: false, bytes }
    }

    /// Takes one more; gives the line of the one that it replaces, for it is about the same.
    fn add(&mut self, line: u64, event: Component, bytes: usize) -> Option<u64> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.events.insert(placed(&event), (line, event)).map(|(line, _)| line)
    }

    /// Whether nothing is missing that can be seen from it alone: its master and its time zones.
    fn is_whole(&self) -> bool {
        !self.lacks_zone && self.events.contains_key(&MASTER)
    }

    /// Takes the zones that it names of what there is; whether it lacks some after that.
    fn explain(&mut self, zones: &BTreeMap<String, Component>) {
        if self.is_settled {
            return;
        }
        let named: Vec<String> =
            self.events.values().flat_map(|(_, event)| unknown_zones(event)).map(str::to_owned).collect();
        self.lacks_zone = false;
        for tzid in named {
            if self.zones.iter().any(|zone| zone.value("TZID") == tzid) {
                continue;
            }
            match zones.get(&tzid) {
                Some(zone) => self.zones.push(zone.clone()),
                None => self.lacks_zone = true,
            }
        }
    }
}

/// What is gathered.
#[derive(Debug, Default)]
pub struct Gatherer {
    index: u64,
    zones: BTreeMap<String, Component>,
    zone_bytes: usize,
    /// Those that wait, by the key of their UID.
    waiting: HashMap<String, Set>,
    bytes: usize,
    /// Whether more waited than may.
    pub overflowed: bool,
}

impl Gatherer {
    /// Takes parts of the file; gives the sets that are ready, and what is to be told of the rest.
    pub fn take(&mut self, parts: Vec<Part>) -> (Vec<Set>, Vec<Item>) {
        let (mut sets, mut told) = (Vec::<Set>::new(), Vec::new());
        let mut places = HashMap::<String, usize>::new();
        for part in parts {
            match part {
                Part::Calendar => self.explain(&mut sets),
                Part::Zone(zone, bytes) => self.zone(zone, bytes),
                Part::Event(line, event, bytes) => {
                    let key = uid_key(event.value("UID"));
                    let waits = self.waiting.get_mut(&key);
                    let grown = if waits.is_some() { bytes } else { 0 };
                    let known = waits.or_else(|| places.get(&key).and_then(|at| sets.get_mut(*at)));
                    if let Some(set) = known {
                        told.extend(add(&mut self.index, set, (line, event, bytes)));
                        self.bytes = self.bytes.saturating_add(grown);
                    } else {
                        places.insert(key, sets.len());
                        sets.push(Set::new(next(&mut self.index), line, event, bytes));
                    }
                }
                Part::Skipped(line, name) => {
                    let reason = format!("It is no event, but a {name}: it is passed over.");
                    told.push(self.told(line, Outcome::Skipped, reason));
                }
                Part::Rejected(line, reason) => told.push(self.told(line, Outcome::Rejected, reason)),
            }
        }
        for set in &mut sets {
            set.explain(&self.zones);
        }
        let (ready, waiting) = sets.into_iter().partition::<Vec<_>, _>(Set::is_whole);
        for set in waiting {
            self.wait(set);
        }
        (ready, told)
    }

    /// The set waits for what may come.
    pub fn wait(&mut self, set: Set) {
        self.bytes = self.bytes.saturating_add(set.bytes);
        self.waiting.insert(uid_key(&set.uid), set);
    }

    /// Those that wait when too many do.
    pub fn crowd(&mut self) -> Option<Vec<Set>> {
        if self.waiting.len() <= WAITING && self.bytes <= WAITING_BYTES {
            return None;
        }
        self.overflowed = true;
        Some(self.rest())
    }

    /// All that wait, in the file's order: nothing more comes.
    pub fn rest(&mut self) -> Vec<Set> {
        self.explain(&mut []);
        self.bytes = 0;
        let mut sets: Vec<Set> = mem::take(&mut self.waiting).into_values().collect();
        sets.sort_unstable_by_key(|set| set.index);
        sets
    }

    // A zone that is known by its name is known better than the file says, and whoever gets the event is told what it is.
    fn zone(&mut self, zone: Component, bytes: usize) {
        let tzid = zone.value("TZID");
        let all = self.zone_bytes.saturating_add(bytes);
        if !tzid.is_empty() && Zone::named(tzid).is_none() && all <= ZONE_BYTES {
            self.zone_bytes = all;
            self.zones.insert(tzid.to_owned(), zone);
        }
    }

    /// Another calendar begins, or the file ends: what is not explained by now is not.
    fn explain(&mut self, sets: &mut [Set]) {
        for set in self.waiting.values_mut().chain(sets) {
            set.explain(&self.zones);
            (set.lacks_zone, set.is_settled) = (false, true);
        }
        self.zones.clear();
        self.zone_bytes = 0;
    }

    fn told(&mut self, line: u64, result: Outcome, reason: String) -> Item {
        let index = next(&mut self.index);
        Item { index, line, uid: None, id: None, result, reason: Some(reason), warning: None }
    }
}

/// Puts one more into a set. One that it replaces is told: nothing of a file is lost in silence.
fn add(index: &mut u64, set: &mut Set, (line, event, bytes): (u64, Component, usize)) -> Option<Item> {
    let replaced = set.add(line, event, bytes)?;
    let mut at = next(index);
    // What is told of the event is told where it was taken.
    if set.line == replaced {
        set.line = line;
        mem::swap(&mut set.index, &mut at);
    }
    let reason = format!("The file has this UID again at line {line}, for the same: that is taken.");
    let (uid, result) = (Some(set.uid.clone()), Outcome::Skipped);
    Some(Item { index: at, line: replaced, uid, id: None, result, reason: Some(reason), warning: None })
}

fn next(index: &mut u64) -> u64 {
    let now = *index;
    *index = now.saturating_add(1);
    now
}
