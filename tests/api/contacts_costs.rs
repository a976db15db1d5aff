//! What lists and deletions cost: no statement reads past the person's rows, and no turn of the writer is long.

use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode};
use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use futures_util::future::join;
use serde_json::json;
use sharehold::access::{Grant, Read};
use sharehold::query::filter::Limits;
use sharehold::query::search::Search;
use sharehold::resources::contacts::model::Level;
use sharehold::resources::contacts::queries::Selection;
use sharehold::resources::contacts::{Contacts, filter, queries};
use sharehold::store::{Db, Owned, StoreError};

use crate::api::contacts_import::{card, counts, import};
use crate::on_both;
use crate::support::app::{Backend, ISSUER, TestApp};

on_both! { filters_and_searches_read_the_persons_rows_alone a_large_folder_goes_in_short_turns }

const LIMITS: Limits = Limits { bytes: 2048, terms: 20, depth: 16 };

fn selection(filter: Option<&str>, search: Option<&str>) -> Selection {
    let filter = filter.map(|text| filter::filter(text, Level::Full, LIMITS).expect("a filter"));
    let search = search.map(|text| Search::parse(text).expect("a search"));
    Selection { folder: None, level: Level::Full, filter, search, order: Vec::new() }
}

async fn filters_and_searches_read_the_persons_rows_alone(on: Backend) {
    let app = TestApp::on(on);
    let contact = json!({"displayName": "a"});
    app.caller("ann", "Contacts.ReadWrite").send_json(Method::POST, "/v1.0/me/contacts", contact).await;
    let grant: Grant<Contacts, Read> = Grant::operator(ISSUER, "ann");
    let both = &["contacts", "contact_terms"][..];
    // The part of the key that each reads: of a filter one class, of a search what begins so, class by class.
    let (sqlite_class, sqlite_start) = ("(person=? AND class=?", "(person=? AND class=? AND term>? AND term<?)");
    for (asked, tables, sqlite, postgres) in [
        (selection(Some("startswith(displayName,'a')"), None), &["contacts"][..], "(person=?", &["(person ="][..]),
        (selection(Some("mobilePhone eq '1'"), None), both, sqlite_class, &["(person =", "(class ="]),
        (selection(Some("startswith(mobilePhone,'1')"), None), both, sqlite_class, &["(person =", "(class ="]),
        (
            selection(Some("emailAddresses/any(a:startswith(a/address,'a'))"), None),
            both,
            sqlite_class,
            &["(person =", "(class ="],
        ),
        (selection(None, Some("an")), both, sqlite_start, &["(person =", "(class =", "(term >=", "(term <"]),
    ] {
        let list = move |on: &mut Owned<'_, Contacts, Read>| {
            let statements = Arc::new(Mutex::new(Vec::new()));
            watch(on.parts().1, Some(statements.clone()));
            queries::list(on, &asked, None, 0, 10)?;
            watch(on.parts().1, None);
            let statement = statements.lock().expect("unpoisoned").last().cloned().expect("a statement");
            plan(on.parts().1, &statement)
        };
        let plan = app.store.read(&grant, list).await.expect("a plan");
        assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
        for table in tables {
            let found = plan.lines().any(|line| {
                let by_key = line.contains(&format!("SEARCH {table} ")) && line.contains("person=?");
                by_key || (line.contains("Index") && line.contains(&format!(" on {table}")))
            });
            assert!(found, "{table}: {plan}");
        }
        let of_key = plan.lines().any(|line| match on {
            Backend::Sqlite => line.contains(sqlite),
            Backend::Postgres => line.contains("Index Cond") && postgres.iter().all(|part| line.contains(part)),
        });
        assert!(of_key, "{sqlite}: {plan}");
    }
}

/// Keeps the statements that the connection is given.
fn watch(db: &mut Db, statements: Option<Arc<Mutex<Vec<String>>>>) {
    let note = move |event: InstrumentationEvent<'_>| {
        if let (InstrumentationEvent::StartQuery { query, .. }, Some(statements)) = (event, &statements) {
            let text = query.to_string();
            let text = text.split(" -- binds:").next().unwrap_or_default().to_owned();
            statements.lock().expect("unpoisoned").push(text);
        }
    };
    match db {
        Db::Sqlite(c) => c.set_instrumentation(note),
        Db::Postgres(c) => c.set_instrumentation(note),
    }
}

/// How the database does it, whatever the values are.
fn plan(db: &mut Db, statement: &str) -> Result<String, StoreError> {
    let lines: Vec<String> = match db {
        Db::Sqlite(c) => {
            let explain = sql::<(Integer, Integer, Integer, Text)>(&format!("EXPLAIN QUERY PLAN {statement}"));
            let lines: Vec<(i32, i32, i32, String)> = explain.load(c)?;
            lines.into_iter().map(|(.., detail)| detail).collect()
        }
        Db::Postgres(c) => {
            let values = (1..).take_while(|at| statement.contains(&format!("${at}"))).map(|_| "NULL");
            let values = values.collect::<Vec<_>>().join(", ");
            c.batch_execute(&format!(
                "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS {statement}"
            ))?;
            let lines = sql::<Text>(&format!("EXPLAIN EXECUTE asked({values})")).load(c)?;
            c.batch_execute("DEALLOCATE asked; RESET plan_cache_mode; RESET enable_seqscan")?;
            lines
        }
    };
    Ok(lines.join("\n"))
}

/// Each turn is a change of its own: their numbers tell how many there were and what each did.
async fn a_large_folder_goes_in_short_turns(on: Backend) {
    const CONTACTS: usize = 5000;
    // That the other write comes between two turns is what is asked, not how long they take on a busy machine.
    let app = TestApp::with(on, |config| {
        (config.limits.lock_wait_s, config.limits.handler_deadline_s) = (60, 600);
    });
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let made = ann.send_json(Method::POST, "/v1.0/me/contactFolders", json!({"displayName": "A"})).await.json();
    let folder = format!("/v1.0/me/contactFolders/{}", made["id"].as_str().expect("an id"));
    let cards: String = (0..CONTACTS).map(|number| card(&number.to_string(), "x")).collect();
    let [created, ..] = counts(&import(&ann, &format!("{folder}/contacts"), cards).await);
    assert_eq!(created, CONTACTS as u64);
    let other = ann.send_json(Method::POST, "/v1.0/me/contacts", json!({"displayName": "y"}));
    let (gone, other) = join(ann.call(Method::DELETE, &folder), other).await;
    assert_eq!((gone.status, other.status), (StatusCode::NO_CONTENT, StatusCode::CREATED));
    let turns = "FROM (SELECT changed, count(*) AS gone FROM contact_changes WHERE gone = 1 GROUP BY changed) AS turns";
    assert_eq!(app.number(&format!("count(*) {turns}")), 20);
    assert_eq!(app.number(&format!("max(gone) {turns}")), 250);
    let version: i64 = other.json()["changeKey"].as_str().expect("a version").parse().expect("a number");
    assert!(version < app.number(&format!("max(changed) {turns}")), "the other write waited for all turns: {version}");
    assert_eq!(app.contact_rows(), [1, 1, 1, CONTACTS + 1], "contacts, cards, terms' contacts, changes");
}
