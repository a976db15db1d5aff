//! What the tests ask of the contacts' tables beside answers.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

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

    /// Changes the database behind the application's back.
    pub fn change(&self, statement: &str) {
        let changed = match &self.database {
            Database::Sqlite(folder) => {
                let path = folder.path().join("test.db");
                SqliteConnection::establish(path.to_str().expect("UTF-8"))
                    .expect("a connection")
                    .batch_execute(statement)
            }
            Database::Postgres { .. } => {
                PgConnection::establish(&self.database.url()).expect("a connection").batch_execute(statement)
            }
        };
        changed.expect(statement);
    }

    /// A number out of the database.
    pub fn number(&self, what: &str) -> i64 {
        let asked = sql::<BigInt>(&format!("SELECT {what}"));
        let number = match &self.database {
            Database::Sqlite(folder) => {
                let path = folder.path().join("test.db");
                let mut c = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a connection");
                asked.get_result(&mut c)
            }
            Database::Postgres { .. } => {
                let mut c = PgConnection::establish(&self.database.url()).expect("a connection");
                asked.get_result(&mut c)
            }
        };
        number.expect(what)
    }
}
