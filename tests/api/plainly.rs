//! Filters, orders and searches evaluated plainly over what a caller is shown: for the comparison with the database's.

use std::cmp::Ordering;

use chrono::DateTime;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use serde_json::Value as Json;
use sharehold::query::filter::{Comparison, Expr, Place, Value};

/// The names that every grant shows.
pub(super) const NAMES: [&str; 6] = ["displayName", "givenName", "surname", "middleName", "nickName", "fileAs"];

/// The evaluation, written from the documentation, not from the program.
pub(super) struct World {
    pub(super) items: Vec<Json>,
}

impl World {
    pub(super) fn id(&self, name: &str) -> String {
        match name.strip_prefix('#') {
            Some("folder") => self.items[0]["parentFolderId"].as_str().unwrap_or("none").to_owned(),
            Some(number) => {
                let item = number.parse().ok().and_then(|number: usize| self.items.get(number));
                item.map_or("none".to_owned(), |item| item["id"].as_str().unwrap().to_owned())
            }
            None => name.to_owned(),
        }
    }

    pub(super) fn is(&self, item: &Json, expr: &Expr) -> bool {
        match expr {
            Expr::All(parts) => parts.iter().all(|part| self.is(item, part)),
            Expr::Any(parts) => parts.iter().any(|part| self.is(item, part)),
            Expr::Not(inner) => !self.is(item, inner),
            Expr::Compare(field, how, value) => self.compares(member(item, field.name), *how, value),
            Expr::In(field, values) => {
                values.iter().any(|value| self.compares(member(item, field.name), Comparison::Equal, value))
            }
            Expr::Holds(field, place, text) => {
                let (own, text) = (same(member(item, field.name).as_str().unwrap_or_default()), same(text));
                match place {
                    Place::Start => own.starts_with(&text),
                    Place::End => own.ends_with(&text),
                    Place::Anywhere => own.contains(&text),
                }
            }
            Expr::Has(field, inner) => {
                let items = member(item, field.name).as_array().expect("a list");
                items.iter().any(|each| inner.as_ref().is_none_or(|inner| self.is(each, inner)))
            }
        }
    }

    fn compares(&self, own: &Json, how: Comparison, value: &Value) -> bool {
        let own = own.as_str().unwrap_or_default();
        let ordering = match value {
            Value::Null => same(own).cmp(&String::new()),
            Value::Text(text) => same(own).cmp(&same(text)),
            Value::Id(id) => own.cmp(&self.id(id)),
            Value::Instant(_) if own.is_empty() => Ordering::Less,
            Value::Instant(micros) => DateTime::parse_from_rfc3339(own).unwrap().timestamp_micros().cmp(micros),
            Value::Date(date) => own.cmp(date),
            Value::Bool(_) | Value::Number(_) => panic!("no contact has such a member"),
        };
        let both_days = |date: &str| own.starts_with('-') == date.starts_with('-');
        let in_order = !own.is_empty() && (!matches!(value, Value::Date(date) if !both_days(date)));
        match how {
            Comparison::Equal => ordering == Ordering::Equal,
            Comparison::NotEqual => ordering != Ordering::Equal,
            Comparison::Greater => in_order && ordering == Ordering::Greater,
            Comparison::GreaterOrEqual => in_order && ordering != Ordering::Less,
            Comparison::Less => in_order && ordering == Ordering::Less,
            Comparison::LessOrEqual => in_order && ordering != Ordering::Greater,
        }
    }
}

fn member<'a>(item: &'a Json, name: &str) -> &'a Json {
    if name.is_empty() { item } else { &item[name] }
}

/// One text for what differs in case or encoding alone; enough for the texts of these tests.
pub(super) fn same(text: &str) -> String {
    let lower = ComposingNormalizer::new_nfc().normalize(text).to_lowercase();
    lower.replace('ß', "ss").replace('ς', "σ")
}

/// Without accents as well.
fn plain(text: &str) -> String {
    let apart = DecomposingNormalizer::new_nfd().normalize(&same(text)).into_owned();
    apart.chars().filter(|c| !('\u{300}'..'\u{370}').contains(c)).collect::<String>().replace('ł', "l")
}

pub(super) fn by(order: &str, a: &Json, b: &Json) -> Ordering {
    let key = |item: &Json, name: &str| match &item[name] {
        Json::String(instant) if name.ends_with("Time") => instant.clone(),
        text => plain(text.as_str().unwrap_or_default()),
    };
    let mut backwards = None;
    for part in order.split(',') {
        let (name, desc) = part.strip_suffix(" desc").map_or((part, false), |name| (name, true));
        backwards.get_or_insert(desc);
        let compared = key(a, name).cmp(&key(b, name));
        let compared = if desc { compared.reverse() } else { compared };
        if compared != Ordering::Equal {
            return compared;
        }
    }
    let compared = a["id"].as_str().cmp(&b["id"].as_str());
    if backwards == Some(true) { compared.reverse() } else { compared }
}

/// Whether each word typed begins a word that is shown, or the number from one of its groups on.
pub(super) fn finds(item: &Json, search: &str) -> bool {
    let mut terms = Vec::new();
    for name in NAMES.iter().chain(&["companyName", "department", "jobTitle"]) {
        terms.extend(item[*name].as_str().map(str::to_owned));
    }
    for address in item["emailAddresses"].as_array().into_iter().flatten() {
        terms.extend(address["address"].as_str().map(str::to_owned));
    }
    let mut words: Vec<String> = Vec::new();
    for text in terms {
        words.extend(plain(&text).split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
    }
    let lists =
        ["businessPhones", "homePhones", "otherPhones"].into_iter().filter_map(|name| item[name].as_array()).flatten();
    for number in lists.chain([&item["mobilePhone"]]).filter_map(Json::as_str) {
        let groups: Vec<&str> = number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        words.extend((0..groups.len()).map(|from| groups[from..].concat()));
    }
    plain(search).split(' ').all(|typed| words.iter().any(|word| word.starts_with(typed)))
}
