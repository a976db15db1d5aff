//! Which rights the role has in PostgreSQL: what it lacks is said by name, before a statement fails for want of it.
//! May import nothing of ours but the rest of `store`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::start::StartError;

/// What the migrations make, and the list of those that were run.
const TABLES: [&str; 35] = [
    "__diesel_schema_migrations",
    "access_log",
    "album_changes",
    "album_photos",
    "albums",
    "calendars",
    "client_grants",
    "contact_books",
    "contact_cards",
    "contact_changes",
    "contact_folder_changes",
    "contact_folders",
    "contact_terms",
    "contacts",
    "contents",
    "event_books",
    "event_changes",
    "event_pasts",
    "event_records",
    "event_terms",
    "events",
    "idempotency_keys",
    "installation",
    "people",
    "photo_books",
    "photo_changes",
    "photo_renditions",
    "photos",
    "profiles",
    "readiness",
    "revocation_changes",
    "revocations",
    "seal_keys",
    "upload_chunks",
    "upload_sessions",
];
/// What no server can do without changing.
const CHANGED: [&str; 32] = [
    "access_log",
    "album_changes",
    "album_photos",
    "albums",
    "calendars",
    "client_grants",
    "contact_books",
    "contact_cards",
    "contact_changes",
    "contact_folder_changes",
    "contact_folders",
    "contact_terms",
    "contacts",
    "contents",
    "event_books",
    "event_changes",
    "event_pasts",
    "event_records",
    "event_terms",
    "events",
    "idempotency_keys",
    "people",
    "photo_books",
    "photo_changes",
    "photo_renditions",
    "photos",
    "profiles",
    "readiness",
    "revocation_changes",
    "revocations",
    "upload_chunks",
    "upload_sessions",
];

/// What the role is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Read everything: a backup, a verification.
    Read,
    /// Serve. The list of migrations is made where it is missing, and PostgreSQL wants CREATE even where it is not.
    Serve,
}

/// Refuses a role that lacks a right; a table that is not there yet lacks none.
pub(super) fn check(c: &mut PgConnection, needs: Needs) -> Result<(), StartError> {
    let role = ask(c, "SELECT quote_ident(current_user)")?.unwrap_or_default();
    let Some(schema) = ask(c, "SELECT quote_ident(current_schema())")? else {
        let path = ask(c, "SELECT current_setting('search_path')")?.unwrap_or_default();
        return Err(StartError::refused(format!(
            "PostgreSQL's role {role} may use no schema of its search_path ({path}): GRANT USAGE ON SCHEMA … TO {role}"
        )));
    };
    let mut lacking = Vec::from_iter(tables_without(c, "SELECT", &TABLES)?);
    let mut mended_by = format!("GRANT pg_read_all_data TO {role}");
    if needs == Needs::Serve {
        lacking.extend(tables_without(c, "UPDATE", &CHANGED)?);
        mended_by = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}");
        let may_create = "SELECT CASE WHEN has_schema_privilege(current_schema(), 'CREATE') THEN 'yes' END";
        if ask(c, may_create)?.is_none() {
            let create = format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}");
            mended_by = if lacking.is_empty() { create } else { format!("{create}; {mended_by}") };
            lacking.push("CREATE".into());
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let lacking = lacking.join("; ");
    Err(StartError::refused(format!("PostgreSQL's role {role} lacks, in schema {schema}, {lacking}: {mended_by}")))
}

/// Those of `tables` that are there and that the role lacks `right` on.
fn tables_without(c: &mut PgConnection, right: &str, tables: &[&str]) -> Result<Option<String>, StartError> {
    let question = format!(
        "SELECT '{right} on ' || string_agg(name, ', ') FROM unnest(ARRAY['{}']) AS name \
         WHERE NOT has_table_privilege(to_regclass(name)::oid, '{right}')",
        tables.join("', '")
    );
    ask(c, &question)
}

fn ask(c: &mut PgConnection, question: &str) -> Result<Option<String>, StartError> {
    let asked = sql::<Nullable<Text>>(question).get_result(c);
    asked.map_err(|error| StartError::failed("the database cannot be asked", &error))
}

#[cfg(test)]
mod tests {
    use super::TABLES;

    #[test]
    fn every_table_is_looked_at() {
        let script = include_str!("../../schema/postgres.sql");
        let made = script.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_whitespace().next());
        assert_eq!(made.collect::<Vec<_>>(), TABLES[1..]);
    }
}
