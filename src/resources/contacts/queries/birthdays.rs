//! Filters by birthday. The column holds `YYYY-MM-DD`, `--MM-DD` or '', and `-` sorts before every digit.

use chrono::DateTime;
use diesel::dsl::case_when;
use diesel::expression::IntoSql as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::condition::{Condition, TextOf, compare, constant};
use crate::query::filter::{Comparison, Value};
use crate::resources::contacts::model::Level;
use crate::store::tables::contacts;

diesel::define_sql_function! {
    /// Both databases have it.
    fn substr(text: Text, start: Integer, length: Integer) -> Text;
}

/// Before every year, after every `--MM-DD`.
const YEARS: &str = "0";
const MICROS_A_DAY: i64 = 86_400_000_000;

/// `birthday`: the midnight of a day with its year; without one it is missing.
pub(super) fn instant(how: Comparison, value: &Value) -> Condition {
    let with_year = || -> TextOf<contacts::table> {
        Box::new(case_when::<_, _, Text>(contacts::birthday.ge(YEARS), contacts::birthday).otherwise(""))
    };
    let Value::Instant(micros) = value else { return compare(&with_year, how, "") };
    let day = DateTime::from_timestamp_micros(*micros).unwrap_or_default().format("%Y-%m-%d").to_string();
    let midnight = micros.rem_euclid(MICROS_A_DAY) == 0;
    match how {
        _ if midnight => compare(&with_year, how, &day),
        Comparison::Equal => constant(false),
        Comparison::NotEqual => constant(true),
        // Within a day: its midnight is before, the next one after.
        Comparison::Greater | Comparison::GreaterOrEqual => compare(&with_year, Comparison::Greater, &day),
        Comparison::Less | Comparison::LessOrEqual => compare(&with_year, Comparison::LessOrEqual, &day),
    }
}

/// `birthdayDate`: of two days, one is earlier only if both have a year or both have none.
pub(super) fn date(level: Level, how: Comparison, value: &Value) -> Condition {
    let shown = || -> TextOf<contacts::table> {
        match level {
            Level::Full => Box::new(contacts::birthday),
            Level::Basic => Box::new(
                case_when::<_, _, Text>(
                    contacts::birthday.ge(YEARS),
                    "-".into_sql::<Text>().concat(substr(contacts::birthday, 5, 6)),
                )
                .otherwise(contacts::birthday),
            ),
        }
    };
    let Value::Date(date) = value else { return compare(&shown, how, "") };
    let compared = compare(&shown, how, date);
    match how {
        Comparison::Equal | Comparison::NotEqual => compared,
        _ if date.as_str() >= YEARS => Box::new(compared.and(shown().ge(YEARS))),
        _ => Box::new(compared.and(shown().lt(YEARS))),
    }
}
