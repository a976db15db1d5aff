//! What a live database says about its own schema: as facts that both databases can be compared by, and as SQL to read.

use std::collections::BTreeSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use sharehold::store::Db;

/// Facts such as `people.id bigint not null` and `people unique (issuer, subject)`.
///
/// SQLite's `INTEGER` in a key is 64 bits wide, as `BIGINT` is; `BLOB` and `BYTEA` are `bytes`; text on PostgreSQL must
/// be `COLLATE "C"`, or the fact says what it is.
pub(super) fn facts(db: &mut Db) -> BTreeSet<String> {
    let questions = if matches!(db, Db::Sqlite(_)) { SQLITE_FACTS } else { POSTGRES_FACTS };
    questions.iter().flat_map(|question| ask(db, question)).collect()
}

/// The schema as SQL, in an order that does not depend on chance.
pub(super) fn script(db: &mut Db) -> String {
    let question = if matches!(db, Db::Sqlite(_)) { SQLITE_SCRIPT } else { POSTGRES_SCRIPT };
    ask(db, question).join("\n\n") + "\n"
}

fn ask(db: &mut Db, question: &str) -> Vec<String> {
    sql::<Text>(question).load(db).unwrap_or_else(|error| panic!("{error}: {question}"))
}

const SQLITE_SCRIPT: &str = "SELECT sql || ';' FROM sqlite_schema
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY rowid";

const SQLITE_FACTS: &[&str] = &[
    "WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\')
     SELECT t.name || '.' || c.name || ' '
         || CASE lower(c.type) WHEN 'integer' THEN CASE WHEN c.pk THEN 'bigint' ELSE 'integer' END WHEN 'blob' THEN 'bytes' ELSE lower(c.type) END
         || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END
     FROM t, pragma_table_info(t.name) c",
    "WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\')
     SELECT t.name || '.' || c.name || ' default ' || c.dflt_value FROM t, pragma_table_info(t.name) c WHERE c.dflt_value IS NOT NULL",
    "WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\')
     SELECT t.name || ' primary key (' || (SELECT group_concat(c.name, ', ' ORDER BY c.pk) FROM pragma_table_info(t.name) c WHERE c.pk > 0) || ')' FROM t",
    "WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\')
     SELECT t.name || CASE i.origin WHEN 'u' THEN ' unique (' ELSE CASE WHEN i.\"unique\" THEN ' unique index (' ELSE ' index (' END END
         || (SELECT group_concat(c.name, ', ' ORDER BY c.seqno) FROM pragma_index_info(i.name) c) || ')'
     FROM t, pragma_index_list(t.name) i WHERE i.origin <> 'pk'",
    "WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\')
     SELECT t.name || ' foreign key (' || group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') references ' || f.\"table\"
         || ' (' || group_concat(f.\"to\", ', ' ORDER BY f.seq) || ') on delete ' || lower(f.on_delete)
     FROM t, pragma_foreign_key_list(t.name) f GROUP BY t.name, f.id",
    "SELECT DISTINCT tbl_name || ' has triggers' FROM sqlite_schema WHERE type = 'trigger'",
];

const POSTGRES_FACTS: &[&str] = &[
    "SELECT c.relname || '.' || a.attname || ' '
         || CASE format_type(a.atttypid, a.atttypmod) WHEN 'bytea' THEN 'bytes' ELSE format_type(a.atttypid, a.atttypmod) END
         || CASE WHEN l.collname IS NULL OR l.collname = 'C' THEN '' ELSE ' collate ' || l.collname END
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_collation l ON l.oid = a.attcollation
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '\\_\\_%'",
    "SELECT c.relname || '.' || a.attname || ' default ' || pg_get_expr(d.adbin, d.adrelid)
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '\\_\\_%'",
    "SELECT c.relname || CASE k.contype WHEN 'p' THEN ' primary key (' WHEN 'u' THEN ' unique (' ELSE ' foreign key (' END
         || (SELECT string_agg(a.attname, ', ' ORDER BY n.place) FROM unnest(k.conkey) WITH ORDINALITY n(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number) || ')'
         || CASE WHEN k.contype <> 'f' THEN '' ELSE ' references ' || f.relname || ' ('
             || (SELECT string_agg(a.attname, ', ' ORDER BY n.place) FROM unnest(k.confkey) WITH ORDINALITY n(number, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number) || ') on delete '
             || CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'r' THEN 'restrict' ELSE 'no action' END END
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '\\_\\_%' AND k.contype IN ('p', 'u', 'f')",
    "SELECT c.relname || CASE WHEN i.indisunique THEN ' unique index (' ELSE ' index (' END
         || (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n) FROM generate_series(1, i.indnkeyatts) n) || ')'
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '\\_\\_%'
         AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))",
    "SELECT DISTINCT c.relname || ' has triggers' FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal",
    "SELECT 'function ' || p.proname || ' without a trigger' FROM pg_proc p
     WHERE p.pronamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid)",
];

const POSTGRES_SCRIPT: &str = "
    WITH t AS (SELECT oid, relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT LIKE '\\_\\_%'),
    lines AS (
        SELECT t.oid, 1 AS part, a.attnum::bigint AS place, quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN '' ELSE ' COLLATE ' || quote_ident(l.collname) END
            || CASE a.attidentity WHEN 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS line
        FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT t.oid, 2, row_number() OVER (ORDER BY k.conname COLLATE \"C\"), 'CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
        FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c')),
    statements AS (
        SELECT 1 AS part, t.relname::text AS name, 'CREATE TABLE ' || quote_ident(t.relname) || E' (\\n    '
            || string_agg(lines.line, E',\\n    ' ORDER BY lines.part, lines.place) || E'\\n);' AS statement
        FROM t JOIN lines ON lines.oid = t.oid GROUP BY t.relname
        UNION ALL
        SELECT 2, i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '') || ';'
        FROM pg_index i JOIN t ON t.oid = i.indrelid
        WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
        UNION ALL
        SELECT 3, p.proname::text, replace(rtrim(pg_get_functiondef(p.oid), E'\\n'), current_schema() || '.', '') || ';'
        FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
        UNION ALL
        SELECT 4, g.tgname::text, replace(pg_get_triggerdef(g.oid), current_schema() || '.', '') || ';'
        FROM pg_trigger g JOIN t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal)
    SELECT statement FROM statements ORDER BY part, name COLLATE \"C\"";
