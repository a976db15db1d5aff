//! Contacts filtered, searched and ordered: the answers against a plain evaluation over what the same caller is shown.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta};
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value as Json, json};
use sharehold::query::filter::{Comparison, Expr, Field, Kind, Place, Value};
use sharehold::resources::contacts::filter::{BASIC_FIELDS, FIELDS};

use crate::on_both;
use crate::query::grammar::{filter, written};
use crate::support::app::{Backend, Caller, TestApp};

on_both! {
    filters_find_what_is_shown_so orders_are_whole_and_pages_meet searches_find_by_the_words_shown
    the_basic_grant_asks_no_further
}

const CONTACTS: usize = 300;
const ALL: &str = "/v1.0/me/contacts";

/// Texts that are near each other: in case, accents, encoding, prefix, and in what `LIKE` and quotation marks mean.
const TEXTS: &[&str] = &[
    "Ann",
    "ann",
    "ANNA",
    "Anna-Lena",
    "José",
    "jose",
    "JOSE\u{301}",
    "Straße",
    "STRASSE",
    "O'Brien",
    "o’brien",
    "50%",
    "50_",
    "5%0",
    "a\\b",
    "a\\",
    "%",
    "_",
    "Łukasz",
    "Zoë",
    "Éva",
    "eva",
    "王小明",
    "Σίσυφος",
    "ΣΊΣΥΦΟΣ",
    "b",
    "B c",
    "ann@example.com",
    "Ann +1 555 010 4477",
    "10",
    "9",
    "~",
    "é",
];
const NUMBERS: &[&str] = &["+1 (555) 010-4477", "+1 555 010 4478", "0711/1234567", "010"];
const MAILS: &[&str] = &["ann@example.com", "Ann@Example.org", "jose.garcia@example.com", "b_c@example.net"];
const DAYS: &[&str] = &["1990-05-31", "1990-06-01", "2000-02-29", "--05-31", "--02-29", "0012-01-01"];
const NAMES: [&str; 6] = ["displayName", "givenName", "surname", "middleName", "nickName", "fileAs"];

fn text() -> BoxedStrategy<String> {
    select(TEXTS).prop_map(str::to_owned).boxed()
}

/// A contact as a client makes it; most members are missing.
fn contact() -> impl Strategy<Value = Json> {
    let names: Vec<_> = NAMES.iter().chain(&["companyName", "department", "jobTitle"]).collect();
    let texts = names.into_iter().map(|name| (Just((*name).to_owned()), prop::option::weighted(0.5, text())));
    let some = |pool: &'static [&'static str]| prop::collection::vec(select(pool), 0..3);
    let one = |pool: &'static [&'static str]| prop::option::weighted(0.4, select(pool));
    let lists = (some(NUMBERS), some(NUMBERS), some(MAILS), some(MAILS), some(TEXTS));
    (texts.collect::<Vec<_>>(), one(NUMBERS), one(DAYS), lists).prop_map(|(texts, mobile, day, lists)| {
        let mut body: Map<String, Json> = texts.into_iter().map(|(name, text)| (name, json!(text))).collect();
        body.insert("mobilePhone".into(), json!(mobile));
        body.insert("birthdayDate".into(), json!(day));
        body.insert("businessPhones".into(), json!(lists.0));
        body.insert("homePhones".into(), json!(lists.1));
        body.insert("imAddresses".into(), json!(lists.2));
        let addresses: Vec<_> = lists.3.into_iter().map(|address| json!({"address": address})).collect();
        body.insert("emailAddresses".into(), json!(addresses));
        body.insert("categories".into(), json!(lists.4));
        body.into()
    })
}

/// Values that some contact has, or nearly; `#n` stands for the id of the contact of that number.
fn value(field: &'static Field) -> BoxedStrategy<Value> {
    let part = |text: &str, take: usize| text.chars().take(take).collect::<String>();
    match (field.name, field.kind) {
        ("parentFolderId", _) => Just(Value::Id("#folder".into())).boxed(),
        (_, Kind::Id) => (0..CONTACTS * 11 / 10).prop_map(|number| Value::Id(format!("#{number}"))).boxed(),
        ("birthday", _) => {
            let days = select(vec![641_000_000_i64, 643_939_200, 644_112_000, 644_198_400, 951_782_400, 951_782_401]);
            days.prop_map(|seconds| Value::Instant(seconds * 1_000_000)).boxed()
        }
        (_, Kind::Instant) => (0..CONTACTS / 10)
            .prop_map(|step| Value::Instant(i64::try_from(step).unwrap() * 60_000_000 + START * 1_000_000))
            .boxed(),
        (_, Kind::PartialDate) => select(DAYS).prop_map(|day| Value::Date(day.into())).boxed(),
        ("address", _) => (select(MAILS), 1_usize..20).prop_map(move |(mail, n)| Value::Text(part(mail, n))).boxed(),
        _ => {
            let any = prop_oneof![4 => select(TEXTS), 1 => select(NUMBERS), 1 => select(MAILS)];
            (any, prop_oneof![Just(usize::MAX), 0_usize..5])
                .prop_map(move |(text, take)| Value::Text(part(text, take)))
                .boxed()
        }
    }
}

const START: i64 = crate::support::app::NOW;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Makes the contacts, a minute between every ten.
async fn filled(app: &TestApp, runner: &mut TestRunner) {
    let ann = app.caller("ann", "Contacts.ReadWrite");
    // Another's contacts are never found, whatever is asked.
    let bob = app.caller("bob", "Contacts.ReadWrite");
    for number in 0..CONTACTS {
        let minutes = TimeDelta::minutes(i64::try_from(number / 10).unwrap());
        app.clock.set(DateTime::from_timestamp(START, 0).unwrap() + minutes);
        let body = contact().new_tree(runner).unwrap().current();
        if number % 10 == 0 {
            assert_eq!(bob.send_json(Method::POST, ALL, body.clone()).await.status, StatusCode::CREATED);
        }
        let made = ann.send_json(Method::POST, ALL, body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    }
    app.clock.set(DateTime::from_timestamp(START, 0).unwrap() + TimeDelta::minutes(40));
}

/// All pages of a list, and how often they were asked for.
async fn listed(caller: &Caller<'_>, query: &str) -> Vec<Json> {
    let mut items = Vec::new();
    let mut next = Some(format!("{ALL}?{query}"));
    while let Some(path) = next {
        let page = caller.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        let page = page.json();
        items.extend(page["value"].as_array().expect("items").iter().cloned());
        let link = page["@odata.nextLink"].as_str();
        next = link.map(|link| link[link.find("/v1.0").expect("a path")..].to_owned());
    }
    items
}

fn ids(items: &[Json]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

/// The evaluation, written from the documentation, not from the program.
struct World {
    items: Vec<Json>,
}

impl World {
    fn id(&self, name: &str) -> String {
        match name.strip_prefix('#') {
            Some("folder") => self.items[0]["parentFolderId"].as_str().unwrap_or("none").to_owned(),
            Some(number) => {
                let item = number.parse().ok().and_then(|number: usize| self.items.get(number));
                item.map_or("none".to_owned(), |item| item["id"].as_str().unwrap().to_owned())
            }
            None => name.to_owned(),
        }
    }

    fn is(&self, item: &Json, expr: &Expr) -> bool {
        match expr {
            Expr::All(parts) => parts.iter().all(|part| self.is(item, part)),
            Expr::Any(parts) => parts.iter().any(|part| self.is(item, part)),
            Expr::Not(inner) => !self.is(item, inner),
            Expr::Compare(field, how, value) => self.compares(member(item, field.name), field, *how, value),
            Expr::In(field, values) => {
                values.iter().any(|value| self.compares(member(item, field.name), field, Comparison::Equal, value))
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

    fn compares(&self, own: &Json, field: &Field, how: Comparison, value: &Value) -> bool {
        let own = own.as_str().unwrap_or_default();
        let ordering = match value {
            Value::Null => same(own).cmp(&String::new()),
            Value::Text(text) => same(own).cmp(&same(text)),
            Value::Id(id) => own.cmp(&self.id(id)),
            Value::Instant(_) if own.is_empty() => Ordering::Less,
            Value::Instant(micros) => DateTime::parse_from_rfc3339(own).unwrap().timestamp_micros().cmp(micros),
            Value::Date(date) => own.cmp(date),
            Value::Bool(_) => panic!("no contact has such a member"),
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
        .then_some(field)
        .is_some()
    }
}

fn member<'a>(item: &'a Json, name: &str) -> &'a Json {
    if name.is_empty() { item } else { &item[name] }
}

/// One text for what differs in case or encoding alone; enough for the texts of these tests.
fn same(text: &str) -> String {
    let lower = ComposingNormalizer::new_nfc().normalize(text).to_lowercase();
    lower.replace('ß', "ss").replace('ς', "σ")
}

/// Without accents as well.
fn plain(text: &str) -> String {
    let apart = DecomposingNormalizer::new_nfd().normalize(&same(text)).into_owned();
    apart.chars().filter(|c| !('\u{300}'..'\u{370}').contains(c)).collect::<String>().replace('ł', "l")
}

async fn filters_find_what_is_shown_so(on: Backend) {
    let app = TestApp::with(on, |config| config.limits.filter_terms = 200);
    let mut runner = TestRunner::deterministic();
    filled(&app, &mut runner).await;
    let grants = [("Contacts.Read", FIELDS, 500), ("Contacts.ReadBasic", BASIC_FIELDS, 200)];
    for (scope, fields, times) in grants {
        let caller = app.caller("ann", scope);
        let world = World { items: listed(&caller, "$top=1000").await };
        assert_eq!(world.items.len(), CONTACTS);
        let strategy = filter(fields, value);
        let (mut done, mut some, mut not_all) = (0, 0, 0);
        while done < times {
            let expr = strategy.new_tree(&mut runner).unwrap().current();
            let text = written(&expr);
            let names = text.split('\'').filter(|part| part.starts_with('#')).collect::<BTreeSet<_>>();
            let text = names
                .iter()
                .fold(text.clone(), |text, name| text.replace(&format!("'{name}'"), &format!("'{}'", world.id(name))));
            if encoded(&text).len() > 4000 || text.len() > 2000 {
                continue;
            }
            let found = listed(&caller, &format!("$top=1000&$select=id&$filter={}", encoded(&text))).await;
            let expected: Vec<_> = world.items.iter().filter(|item| world.is(item, &expr)).cloned().collect();
            assert_eq!(ids(&found), ids(&expected), "{scope}: {text}");
            done += 1;
            some += i32::from(!found.is_empty());
            not_all += i32::from(found.len() < CONTACTS);
        }
        // The filters tell contacts apart, else they prove nothing.
        assert!(some > times / 2 && not_all > times / 2, "{scope}: {some} found some, {not_all} not all, of {times}");
    }
}

async fn orders_are_whole_and_pages_meet(on: Backend) {
    let app = TestApp::on(on);
    filled(&app, &mut TestRunner::deterministic()).await;
    for (scope, orders) in [
        (
            "Contacts.Read",
            &[
                "displayName",
                "displayName desc",
                "surname,givenName desc",
                "lastModifiedDateTime desc",
                "createdDateTime,displayName",
                "givenName desc,createdDateTime,surname desc",
            ][..],
        ),
        ("Contacts.ReadBasic", &["displayName", "surname desc,givenName", "givenName,displayName desc"][..]),
    ] {
        let caller = app.caller("ann", scope);
        let all = listed(&caller, "$top=1000").await;
        for order in orders {
            let mut expected = all.clone();
            expected.sort_by(|a, b| by(order, a, b));
            for filter in ["", "&$filter=displayName%20ne%20%27ann%27"] {
                let kept =
                    |item: &&Json| filter.is_empty() || same(item["displayName"].as_str().unwrap_or("")) != "ann";
                let expected: Vec<_> = expected.iter().filter(kept).cloned().collect();
                let found = listed(&caller, &format!("$top=37&$orderby={}{filter}", encoded(order))).await;
                assert_eq!(ids(&found), ids(&expected), "{scope}: {order}{filter}");
                let query = format!("$top=37&$skip=41&$count=true&$orderby={}{filter}", encoded(order));
                assert_eq!(ids(&listed(&caller, &query).await), ids(&expected[41..]), "{scope}: {query}");
                let first = caller.get(&format!("{ALL}?{query}")).await.json();
                assert_eq!(first["@odata.count"], expected.len(), "{query}");
            }
        }
    }
}

fn by(order: &str, a: &Json, b: &Json) -> Ordering {
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

async fn searches_find_by_the_words_shown(on: Backend) {
    let app = TestApp::on(on);
    filled(&app, &mut TestRunner::deterministic()).await;
    for scope in ["Contacts.Read", "Contacts.ReadBasic"] {
        let caller = app.caller("ann", scope);
        let all = listed(&caller, "$top=1000").await;
        for search in
            ["ann", "jose", "JOSÉ Ann", "garcia example", "strasse", "555", "5550104477", "lukasz", "eva zoe", "brien"]
        {
            let expected: Vec<_> = all.iter().filter(|item| finds(item, search)).cloned().collect();
            let found = listed(&caller, &format!("$top=50&$search={}", encoded(search))).await;
            assert_eq!(ids(&found), ids(&expected), "{scope}: {search}");
            let query = format!("{ALL}/$count?$search={}", encoded(&format!("\"{search}\"")));
            assert_eq!(caller.get(&query).await.text(), expected.len().to_string(), "{scope}: {search}");
        }
    }
}

/// Whether each word typed begins a word that is shown, or the number from one of its groups on.
fn finds(item: &Json, search: &str) -> bool {
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
    let lists = ["businessPhones", "homePhones"].into_iter().filter_map(|name| item[name].as_array()).flatten();
    for number in lists.chain([&item["mobilePhone"]]).filter_map(Json::as_str) {
        let groups: Vec<&str> = number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        words.extend((0..groups.len()).map(|from| groups[from..].concat()));
    }
    plain(search).split(' ').all(|typed| words.iter().any(|word| word.starts_with(typed)))
}

async fn the_basic_grant_asks_no_further(on: Backend) {
    let app = TestApp::on(on);
    let site = app.caller("ann", "Contacts.ReadBasic");
    for query in [
        "$filter=companyName eq 'x'",
        "$filter=displayName eq 'x' or emailAddresses/any(x:x/address eq 'a@b')",
        "$filter=birthday ge 1990-01-01T00:00:00Z",
        "$filter=not categories/any()",
        "$orderby=createdDateTime",
    ] {
        for path in [ALL.to_owned(), format!("{ALL}/$count")] {
            if path.ends_with("count") && query.starts_with("$orderby") {
                continue;
            }
            let answer = site.get(&format!("{path}?{}", query.replace(' ', "%20"))).await;
            assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "ErrorAccessDenied".into()), "{query}");
            assert!(answer.challenges()[0].contains("scope=\"Contacts.Read\""), "{:?}", answer.challenges());
        }
    }
    let refused = site.get(&format!("{ALL}?$filter=nope%20eq%20'x'")).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "ErrorInvalidUrlQueryFilter".into()));
}
