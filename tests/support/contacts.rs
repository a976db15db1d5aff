//! What the tests ask of the contacts' and the events' tables beside answers.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::support::app::TestApp;
use crate::support::database::Database;

impl TestApp {
    /// How many contacts there are, cards, contacts that have terms, and changes: of everybody's.
    pub fn contact_rows(&self) -> [usize; 4] {
        [
            "count(*) FROM contacts",
            "count(*) FROM contact_cards",
            "count(DISTINCT contact) FROM contact_terms",
            "count(*) FROM contact_changes",
        ]
        .map(|what| usize::try_from(self.number(what)).expect("a number"))
    }

    /// How many events there are, records, events that have terms, and changes: of everybody's.
    pub fn event_rows(&self) -> [usize; 4] {
        [
            "count(*) FROM events",
            "count(*) FROM event_records",
            "count(DISTINCT event) FROM event_terms",
            "count(*) FROM event_changes",
        ]
        .map(|what| usize::try_from(self.number(what)).expect("a number"))
    }

    /// Makes the projection of the contact of this UID about so large, as if it had a member of so many KiB more.
    pub fn enlarge(&self, uid: &str, kib: usize) {
        let grown = |text: String| {
            format!(
                "UPDATE contacts SET projection = '{{\"pad\":\"' || {text} || '\",' || substr(projection, 2) WHERE uid = '{uid}'"
            )
        };
        let bytes = kib * 1024;
        let many = match &self.database {
            Database::Sqlite(_) => format!("printf('%.*c', {bytes}, 'n')"),
            Database::Postgres { .. } => format!("repeat('n', {bytes})"),
        };
        self.execute(&grown(many));
    }

    /// A number out of the database.
    pub fn number(&self, what: &str) -> i64 {
        let asked = sql::<BigInt>(&format!("SELECT {what}"));
        let number = match &self.database {
            Database::Sqlite(_) => asked.get_result(&mut self.sqlite()),
            Database::Postgres { .. } => asked.get_result(&mut self.postgres()),
        };
        number.expect(what)
    }

    /// A text out of it.
    pub fn text(&self, what: &str) -> String {
        let asked = sql::<Text>(&format!("SELECT {what}"));
        let text = match &self.database {
            Database::Sqlite(_) => asked.get_result(&mut self.sqlite()),
            Database::Postgres { .. } => asked.get_result(&mut self.postgres()),
        };
        text.expect(what)
    }

    fn sqlite(&self) -> SqliteConnection {
        let Database::Sqlite(folder) = &self.database else { panic!("this is PostgreSQL") };
        let path = folder.path().join("test.db");
        SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a connection")
    }

    fn postgres(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).expect("a connection")
    }

    /// Does to the database what no request can.
    pub fn execute(&self, statement: &str) {
        let done = match &self.database {
            Database::Sqlite(folder) => {
                let path = folder.path().join("test.db");
                let mut c = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a connection");
                c.batch_execute(&format!("PRAGMA busy_timeout = 30000; {statement}"))
            }
            Database::Postgres { .. } => {
                let mut c = PgConnection::establish(&self.database.url()).expect("a connection");
                c.batch_execute(statement)
            }
        };
        done.expect(statement);
    }
}
