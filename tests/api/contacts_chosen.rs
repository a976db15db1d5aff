//! Contacts filtered, searched and ordered: the answers against a plain evaluation over what the same caller is shown.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value as Json, json};
use sharehold::query::filter::{Field, Kind, Value};
use sharehold::resources::contacts::filter::{BASIC_FIELDS, FIELDS};

use super::plainly::{NAMES, World, by, finds, same};
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

fn text() -> BoxedStrategy<String> {
    select(TEXTS).prop_map(str::to_owned).boxed()
}

/// A contact as a client makes it; most members are missing.
fn contact() -> impl Strategy<Value = Json> {
    let names: Vec<_> = NAMES.iter().chain(&["companyName", "department", "jobTitle"]).collect();
    let texts = names.into_iter().map(|name| (Just((*name).to_owned()), prop::option::weighted(0.5, text())));
    let some = |pool: &'static [&'static str]| prop::collection::vec(select(pool), 0..3);
    let one = |pool: &'static [&'static str]| prop::option::weighted(0.4, select(pool));
    let lists = (some(NUMBERS), some(NUMBERS), some(MAILS), some(MAILS), some(TEXTS), some(NUMBERS));
    (texts.collect::<Vec<_>>(), one(NUMBERS), one(DAYS), lists).prop_map(|(texts, mobile, day, lists)| {
        let mut body: Map<String, Json> = texts.into_iter().map(|(name, text)| (name, json!(text))).collect();
        body.insert("mobilePhone".into(), json!(mobile));
        body.insert("birthdayDate".into(), json!(day));
        body.insert("businessPhones".into(), json!(lists.0));
        body.insert("homePhones".into(), json!(lists.1));
        body.insert("otherPhones".into(), json!(lists.5));
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

/// All pages of a list.
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
