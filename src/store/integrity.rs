//! Whether a database still holds together by its own account: pages, indexes, references. May import the rest of `store`.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::db::Db;
use super::error::one_line;
use super::inspection::Inspection;

/// What a database says of itself, a line each.
#[derive(Debug, Default)]
pub struct Integrity {
    /// What is wrong.
    pub faults: Vec<String>,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

const BROKEN_REFERENCES: &str = "SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' refers to a row of ' || parent || ' that is not there' \
    FROM pragma_foreign_key_check";

impl Inspection {
    /// Asks: SQLite reads every page and compares indexes with tables; PostgreSQL does so by its extension amcheck, if that is
    /// there, else every row is read. Before [`Inspection::read_only`].
    pub fn integrity(&mut self) -> Integrity {
        let mut told = Integrity::default();
        match self.db() {
            Db::Sqlite(_) => {
                told.ask(self.db(), "PRAGMA integrity_check(1000)");
                told.faults.retain(|line| line != "ok");
                told.ask(self.db(), BROKEN_REFERENCES);
            }
            Db::Postgres(c) => told.of_postgres(c),
        }
        told
    }
}

impl Integrity {
    /// Every line of the answer is a fault, and so is none.
    fn ask(&mut self, db: &mut Db, question: &str) {
        match sql::<Text>(question).load::<String>(db) {
            Ok(lines) => self
                .faults
                .extend(lines.into_iter().flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())),
            Err(error) => self.faults.push(one_line(&error.to_string())),
        }
    }

    fn of_postgres(&mut self, c: &mut PgConnection) {
        let relations = |kind: &str| {
            format!(
                "SELECT format('%I.%I', relnamespace::regnamespace::text, relname) FROM pg_class \
                 WHERE relnamespace = current_schema()::regnamespace AND relkind = '{kind}' ORDER BY relname"
            )
        };
        let amcheck =
            "SELECT quote_ident(extnamespace::regnamespace::text) FROM pg_extension WHERE extname = 'amcheck'";
        let mut list = |question: &str| match sql::<Text>(question).load::<String>(c) {
            Ok(names) => names,
            Err(error) => {
                self.faults.push(one_line(&error.to_string()));
                Vec::new()
            }
        };
        let (tables, indexes, amcheck) = (list(&relations("r")), list(&relations("i")), list(amcheck));
        let Some(amcheck) = amcheck.first() else {
            self.notes.push(
                "amcheck is not installed, so indexes were not compared with tables (CREATE EXTENSION amcheck)".into(),
            );
            for table in &tables {
                // As text, so that what is stored apart from the row is read too.
                self.try_run(c, table, &format!("SELECT count(t::text) FROM {table} t"));
                if is_away(c) {
                    return;
                }
            }
            return;
        };
        for table in &tables {
            let heap = format!("SELECT coalesce(msg, '') FROM {amcheck}.verify_heapam({})", quoted(table));
            match sql::<Text>(&heap).load::<String>(c) {
                Ok(lines) => self.faults.extend(lines.iter().map(|line| format!("{table}: {line}"))),
                Err(error) => self.note_or_fault(table, &one_line(&error.to_string())),
            }
            if is_away(c) {
                return;
            }
        }
        for index in &indexes {
            self.try_run(c, index, &format!("SELECT {amcheck}.bt_index_check({}, true)", quoted(index)));
            if is_away(c) {
                return;
            }
        }
    }

    fn try_run(&mut self, c: &mut PgConnection, what: &str, statement: &str) {
        if let Err(error) = c.batch_execute(statement) {
            self.note_or_fault(what, &one_line(&error.to_string()));
        }
    }

    fn note_or_fault(&mut self, what: &str, why: &str) {
        if why.contains("permission denied") {
            self.notes
                .push(format!("{what} was not looked at: {why} (amcheck is for superusers, or by GRANT EXECUTE)"));
        } else {
            self.faults.push(format!("{what}: {why}"));
        }
    }
}

/// A connection that is lost says nothing of what is asked next; who asks after this is told so.
fn is_away(c: &mut PgConnection) -> bool {
    c.batch_execute("SELECT 1").is_err()
}

fn quoted(name: &str) -> String {
    format!("'{}'::regclass", name.replace('\'', "''"))
}
