//! The instances of an event that repeats: those of its rules and its RDATEs, without its EXDATEs. Imports `rule`, `walk`, `time`,
//! `budget`, `calendar::zone`.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::resources::calendar::recurrence::budget::Budget;
use crate::resources::calendar::recurrence::rule::Rule;
use crate::resources::calendar::recurrence::time::Time;
use crate::resources::calendar::recurrence::walk::Walk;
use crate::resources::calendar::zone::Zone;

/// No zone is further from UTC.
const DAY: Days = Days::new(1);
/// A rule that counts is followed for 400 years from its start, whatever it counts to: after so many the calendar repeats itself.
const FOLLOWED: Months = Months::new(400 * 12);

/// One instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// What the clock on the wall shows, also where it never showed it: in a gap.
    pub local: NaiveDateTime,
    /// When that is.
    pub at: DateTime<Utc>,
    /// How long it lasts, if longer or shorter than the event (an RDATE that is a PERIOD).
    pub lasts: Option<TimeDelta>,
}

/// Instances that are named by when they would start: instants, and whole days, as an EXDATE of a date means beside times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    instants: BTreeSet<DateTime<Utc>>,
    days: BTreeSet<NaiveDate>,
}

impl Times {
    /// Adds one of the time, read in the zone.
    pub fn add(&mut self, time: Time, zone: &Zone) {
        match time {
            Time::Date(day) => self.days.insert(day),
            Time::Local(_) | Time::Utc(_) => self.instants.insert(instant(time, zone)),
        };
    }

    fn holds(&self, instance: &Instance) -> bool {
        self.instants.contains(&instance.at) || self.days.contains(&instance.local.date())
    }
}

/// An event that repeats.
#[derive(Debug, Clone)]
pub struct Series {
    /// DTSTART as written; midnight where it is a date.
    pub start: NaiveDateTime,
    /// Whether it is a date. Then the zone is [`Zone::Floating`].
    pub all_day: bool,
    /// Where the clock hangs.
    pub zone: Zone,
    /// RRULE; none is an event of which only RDATEs make a series.
    pub rules: Vec<Rule>,
    /// RDATE.
    pub dates: Vec<Instance>,
    /// EXDATE.
    pub excluded: Times,
    /// RECURRENCE-ID of the overrides, which stand in the place of these.
    pub replaced: Times,
}

/// What was found in a window, in the order of time.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Those that start in the window, before `reached` if the budget ended first.
    pub instances: Vec<Instance>,
    /// Where the budget ended: the rest of the window begins there.
    pub reached: Option<DateTime<Utc>>,
}

impl Series {
    /// One that happens once.
    pub fn new(start: NaiveDateTime, zone: Zone) -> Self {
        let (rules, dates, excluded, replaced) = (Vec::new(), Vec::new(), Times::default(), Times::default());
        Self { start, all_day: false, zone, rules, dates, excluded, replaced }
    }

    /// Adds an RDATE, read in its own zone; `lasts` of a PERIOD.
    pub fn add_date(&mut self, time: Time, zone: &Zone, lasts: Option<TimeDelta>) {
        let at = instant(time, if matches!(time, Time::Date(_)) { &self.zone } else { zone });
        self.dates.push(Instance { local: self.zone.local(at), at, lasts });
    }

    /// The instances that start from `from` until before `to`. Where several are at one instant they are one.
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>, budget: &mut Budget) -> Found {
        let left = budget.left();
        let mut window = Window { from, to, found: BTreeMap::new(), cut: false };
        if self.starts() {
            window.add(self.instance(self.start));
        }
        for (rule, rules_left) in self.rules.iter().zip((1..=self.rules.len()).rev()) {
            self.expand(rule, left.div_ceil(rules_left), budget, &mut window);
        }
        self.dates.iter().for_each(|date| window.add(*date));
        window.found.retain(|_, instance| !self.excluded.holds(instance) && !self.replaced.holds(instance));
        let found = window.within(left);
        budget.take(found.instances.len());
        found
    }

    /// The instance that starts there, whether an override stands in its place or not.
    pub fn at(&self, at: DateTime<Utc>) -> Option<Instance> {
        let whole = Self { replaced: Times::default(), ..self.clone() };
        let end = at.checked_add_signed(TimeDelta::nanoseconds(1))?;
        whole.between(at, end, &mut Budget::page()).instances.first().copied()
    }

    /// Whether an override stands in its place.
    pub fn replaces(&self, instance: &Instance) -> bool {
        self.replaced.holds(instance)
    }

    /// The instant after which none starts; None if it goes on for ever.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        let mut last = self.dates.iter().map(|date| date.at).fold(self.zone.instant(self.start), Ord::max);
        for rule in &self.rules {
            let end = match (rule.until, rule.count) {
                (Some(Time::Date(day)), _) => self.zone.instant(day.and_hms_opt(23, 59, 59)?),
                (Some(until), _) => instant(until, &self.zone),
                (None, Some(_)) => self.zone.instant(self.locals(rule, NaiveDate::MIN, NaiveDate::MAX).last()?),
                (None, None) => return None,
            };
            last = last.max(end);
        }
        Some(last)
    }

    /// How many of its instances a rule that counts has before then, whatever of them is excluded.
    pub fn counted(&self, rule: &Rule, before: DateTime<Utc>) -> u32 {
        let day = before.date_naive().checked_add_days(Days::new(2)).unwrap_or(NaiveDate::MAX);
        let locals = self.locals(rule, NaiveDate::MIN, day);
        let count = locals.filter(|local| self.zone.instant(*local) < before).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether a rule gives an instance from then on, as far as it is followed.
    pub fn gives_from(&self, rule: &Rule, from: DateTime<Utc>) -> bool {
        let day = from.date_naive().checked_sub_days(DAY).unwrap_or(NaiveDate::MIN);
        let before = day.checked_add_months(FOLLOWED).unwrap_or(NaiveDate::MAX);
        self.locals(rule, day, before).any(|local| self.zone.instant(local) >= from)
    }

    /// The rule with its last time in the place of what it counts to.
    pub fn uncounted(&self, rule: &Rule) -> Rule {
        let ended = |last| rule.clone().ending(Time::Local(last));
        let last = rule.count.and_then(|_| self.locals(rule, NaiveDate::MIN, NaiveDate::MAX).last());
        last.map_or_else(|| rule.clone(), ended)
    }

    /// Who deletes "this and all following" from the first on leaves a rule that ends before it began: then the start is none either.
    fn starts(&self) -> bool {
        let start = self.instance(self.start);
        let over = |rule: &Rule| rule.until.is_some_and(|until| !self.reaches(until, &start));
        self.rules.is_empty() || !self.rules.iter().all(over)
    }

    fn instance(&self, local: NaiveDateTime) -> Instance {
        Instance { local, at: self.zone.instant(local), lasts: None }
    }

    fn followed_to(&self) -> NaiveDate {
        self.start.date().checked_add_months(FOLLOWED).unwrap_or(NaiveDate::MAX)
    }

    /// Adds the instances of one rule that are in the window, at most `share` of them.
    fn expand(&self, rule: &Rule, share: usize, budget: &Budget, window: &mut Window) {
        let first = window.from.date_naive().checked_sub_days(DAY).unwrap_or(NaiveDate::MIN);
        let before = window.to.date_naive().checked_add_days(Days::new(2)).unwrap_or(NaiveDate::MAX);
        let (mut given, mut last) = (0, DateTime::<Utc>::MIN_UTC);
        for local in self.locals(rule, first, before).filter(|local| local.date() >= first) {
            let instance = self.instance(local);
            if !window.holds(&instance) {
                continue;
            }
            // Within a gap the order of the instants is not that of the local times, and right behind it some are one instant:
            // no page ends there.
            let spent = given >= share || (given > 0 && budget.left() == 0);
            if spent && instance.at > last && !self.zone.is_gap(local) {
                return window.end(instance.at);
            }
            window.add(instance);
            last = last.max(instance.at);
            given += 1;
        }
    }

    /// The local times of the rule, in order: at least those of the days from `from` on and before `before`.
    fn locals(&self, rule: &Rule, from: NaiveDate, before: NaiveDate) -> Box<dyn Iterator<Item = NaiveDateTime> + '_> {
        let until = rule.until;
        let last = until.and_then(|until| until.written().checked_add_days(Days::new(2)));
        let near = move |local: &NaiveDateTime| last.is_none_or(|last| *local <= last);
        let reached =
            move |local: &NaiveDateTime| until.is_none_or(|until| self.reaches(until, &self.instance(*local)));
        let Some(count) = rule.count else {
            return Box::new(self.walked(rule, Some(from), before).take_while(near).filter(reached));
        };
        // RFC 5545 §3.3.10: the start "always counts as the first occurrence", also where the rule does not give it.
        let others = self.walked(rule, None, before.min(self.followed_to())).filter(|local| *local != self.start);
        let counted = iter::once(self.start).chain(others).take(usize::try_from(count).unwrap_or(usize::MAX));
        Box::new(counted.take_while(near).filter(reached))
    }

    /// What the rule's parts give, whatever it counts and when it ends.
    fn walked(
        &self,
        rule: &Rule,
        from: Option<NaiveDate>,
        before: NaiveDate,
    ) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let mut walk = Walk::new(rule, self.start, self.all_day);
        if let Some(day) = from {
            walk.skip_to(day);
        }
        let periods = iter::from_fn(move || if walk.ahead()? < before { walk.period() } else { None });
        periods.flatten()
    }

    /// Whether the instance is not after UNTIL. An UNTIL that is not of the kind of the start, as the RFC wants it, is taken for
    /// what its writers mean: a date for all of the day, a time without zone for one in the zone of the series.
    fn reaches(&self, until: Time, instance: &Instance) -> bool {
        match until {
            Time::Date(day) => instance.local.date() <= day,
            Time::Utc(at) if !self.all_day => instance.at <= at.and_utc(),
            Time::Utc(at) | Time::Local(at) => instance.local <= at,
        }
    }
}

/// Where instances are looked for.
struct Window {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    found: BTreeMap<DateTime<Utc>, Instance>,
    /// Whether `to` is where the budget ended.
    cut: bool,
}

impl Window {
    fn holds(&self, instance: &Instance) -> bool {
        (self.from..self.to).contains(&instance.at)
    }

    fn add(&mut self, instance: Instance) {
        if self.holds(&instance) {
            let kept = self.found.entry(instance.at).or_insert(instance);
            kept.lasts = kept.lasts.or(instance.lasts);
        }
    }

    fn end(&mut self, at: DateTime<Utc>) {
        (self.to, self.cut) = (at, true);
    }

    /// The first of them that there is budget for.
    fn within(self, most: usize) -> Found {
        let mut instances: Vec<_> = self.found.into_values().filter(|instance| instance.at < self.to).collect();
        let over = instances.get(most).map(|instance| instance.at);
        instances.truncate(most);
        Found { instances, reached: over.or(self.cut.then_some(self.to)) }
    }
}

/// When a time is that is written in the zone.
fn instant(time: Time, zone: &Zone) -> DateTime<Utc> {
    match time {
        Time::Utc(at) => at.and_utc(),
        Time::Date(_) | Time::Local(_) => zone.instant(time.written()),
    }
}
