//! What a delta round costs: neither database reads more than what changed.

use actix_web::http::Method;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use serde_json::json;
use sharehold::access::{Grant, Read};
use sharehold::resources::collection::Stretch;
use sharehold::resources::contacts::{Contacts, queries};
use sharehold::store::{Db, Owned, StoreError, Uid};

use crate::on_both;
use crate::support::app::{Backend, ISSUER, TestApp};

on_both! { a_round_reads_what_changed_alone }

/// Neither database reads through all rows, whatever is asked.
async fn a_round_reads_what_changed_alone(on: Backend) {
    let app = TestApp::on(on);
    let contact = json!({"displayName": "a"});
    app.caller("ann", "Contacts.ReadWrite").send_json(Method::POST, "/v1.0/me/contacts", contact).await;
    let grant: Grant<Contacts, Read> = Grant::operator(ISSUER, "ann");
    // The first round is the same walk.
    for (full, folder) in [(false, None), (true, None), (false, Some(Uid::FIRST)), (true, Some(Uid::FIRST))] {
        let stretch = Stretch { full, change: 1, after: Uid::FIRST, until: 9 };
        let walk = move |on: &mut Owned<'_, Contacts, Read>| {
            queries::changes(on, folder, stretch, 10)?;
            plan(on.parts().1, folder.is_some())
        };
        let plan = app.store.read(&grant, walk).await.expect("a plan");
        assert!(plan.contains("contact_changes") && !plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
        assert!(plan.contains("changed>?") || plan.contains("changed >="), "{plan}");
        assert!(plan.contains("PRIMARY KEY") || plan.contains("contacts_pkey"), "{plan}");
    }
}

/// How the database does the walk that this connection has prepared.
fn plan(db: &mut Db, of_folder: bool) -> Result<String, StoreError> {
    let whole = if of_folder { "LIKE" } else { "NOT LIKE" };
    let walks = |column: &str| {
        format!(
            "{column} LIKE '%contact_changes%JOIN%' AND {column} {whole} '%folder_ = %LIMIT%' AND {column} NOT LIKE '%LIKE%'"
        )
    };
    let lines: Vec<String> = match db {
        Db::Sqlite(c) => {
            let walk: String =
                sql::<Text>(&format!("SELECT sql FROM sqlite_stmt WHERE {}", walks("sql"))).get_result(c)?;
            let explain = sql::<(Integer, Integer, Integer, Text)>(&format!("EXPLAIN QUERY PLAN {walk}"));
            let lines: Vec<(i32, i32, i32, String)> = explain.load(c)?;
            lines.into_iter().map(|(.., detail)| detail).collect()
        }
        Db::Postgres(c) => {
            c.batch_execute("SET enable_seqscan = off")?;
            let asked = format!("SELECT name FROM pg_prepared_statements WHERE {}", walks("statement"));
            let walk: String = sql::<Text>(&asked).get_result(c)?;
            let of_folder = if of_folder { "'', " } else { "" };
            let explain = format!("EXPLAIN EXECUTE {walk}(4096, '', 1, 1, 9, 1, '', 1, {of_folder}10)");
            sql::<Text>(&explain).load(c)?
        }
    };
    Ok(lines.join("\n"))
}
