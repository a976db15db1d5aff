//! A batch whose time is over: what was done is told, and each part that was not is told so.

use actix_web::http::StatusCode;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use serde_json::{Value, json};

use crate::api::batch::{get, patch, send, statuses};
use crate::on_both;
use crate::support::app::{Backend, TestApp};
use crate::support::database::Database;

on_both! { what_comes_too_late_is_told_part_by_part }

/// Holds up all who write, until it is dropped.
enum Held {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Held {
    fn up(app: &TestApp) -> Self {
        match &app.database {
            Database::Sqlite(folder) => {
                let path = folder.path().join("test.db");
                let mut c = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a connection");
                c.batch_execute("BEGIN IMMEDIATE").expect("the lock");
                Self::Sqlite(c)
            }
            Database::Postgres { .. } => {
                let mut c = PgConnection::establish(&app.database.url()).expect("a connection");
                c.batch_execute("BEGIN; LOCK TABLE people IN EXCLUSIVE MODE").expect("the lock");
                Self::Postgres(c)
            }
        }
    }

    fn let_go(self) {
        match self {
            Self::Sqlite(mut c) => c.batch_execute("ROLLBACK"),
            Self::Postgres(mut c) => c.batch_execute("ROLLBACK"),
        }
        .expect("let go");
    }
}

async fn what_comes_too_late_is_told_part_by_part(on: Backend) {
    let app = TestApp::with(on, |config| {
        config.limits.handler_deadline_s = 4;
        config.limits.lock_wait_s = 60;
        config.limits.write_statement_s = 60;
    });
    let ann = app.caller("ann", "User.ReadWrite");
    ann.patch("/v1.0/me", json!({"city": "Porto"})).await;
    let mut last = get("follows", "/me");
    last["dependsOn"] = json!(["late"]);
    let requests = json!([
        get("done", "/me?$select=city"),
        patch("held", &json!({"city": "Faro"}), &[]),
        patch("late", &json!({"state": "Algarve"}), &["done"]),
        last,
        get("beside", "/me?$select=city"),
    ]);
    let held = Held::up(&app);
    let answer = send(&ann, requests).await;
    held.let_go();
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let expected = [("done", 200), ("held", 503), ("late", 503), ("follows", 424), ("beside", 503)];
    assert_eq!(statuses(&answer), expected.map(|(id, status)| (id.to_owned(), status)), "{}", answer.text());
    assert_eq!(answer.part(0).json()["city"], "Porto");
    for at in [2, 4] {
        let part = answer.part(at);
        assert_eq!(
            (part.code(), part.header("retry-after")),
            ("serviceNotAvailable".into(), "1".into()),
            "{}",
            part.text()
        );
    }
    let me = ann.get("/v1.0/me").await.json();
    assert_eq!(me["state"], Value::Null, "what was told as not done is not done");
}
