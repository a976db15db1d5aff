//! A rule as text, in the order in which RFC 5545 names the parts. Imports `rule`.

use std::fmt::{self, Display, Formatter};

use chrono::Weekday;

use crate::resources::calendar::recurrence::rule::{Frequency, Rule};

impl Display for Frequency {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        })
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency)?;
        if let Some(until) = self.until {
            write!(f, ";UNTIL={until}")?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        let lists = [
            ("BYSECOND", &self.seconds),
            ("BYMINUTE", &self.minutes),
            ("BYHOUR", &self.hours),
            ("BYMONTHDAY", &self.month_days),
            ("BYYEARDAY", &self.year_days),
            ("BYWEEKNO", &self.weeks),
            ("BYMONTH", &self.months),
            ("BYSETPOS", &self.positions),
        ];
        if !self.days.is_empty() {
            write!(f, ";BYDAY={}", self.days.iter().map(|day| named(*day)).collect::<Vec<_>>().join(","))?;
        }
        for (name, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
            write!(f, ";{name}={}", list.iter().map(i16::to_string).collect::<Vec<_>>().join(","))?;
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", two(self.week_start))?;
        }
        Ok(())
    }
}

fn named((which, day): (i16, Weekday)) -> String {
    if which == 0 { two(day).to_owned() } else { format!("{which}{}", two(day)) }
}

fn two(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}
