//! A role that lacks a right in PostgreSQL is told which, and by all that would fail for want of it.

use diesel::connection::SimpleConnection as _;
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{Inspection, StartError, Store};

use super::support::TestDatabase;

/// A role that may do nothing, and a schema that is somebody else's.
struct Role {
    name: String,
    schema: String,
    database: TestDatabase,
}

impl Role {
    fn new() -> Self {
        let database = TestDatabase::postgres();
        let TestDatabase::Postgres(schema) = &database else { panic!("another database") };
        let (name, schema) = (format!("role_of_{schema}"), schema.clone());
        database.beside().batch_execute(&format!("CREATE ROLE {name}")).unwrap();
        Self { name, schema, database }
    }

    fn granted(&self, what: &str) {
        self.database.beside().batch_execute(&format!("GRANT {what} TO {}", self.name)).unwrap();
    }

    fn settings(&self) -> Database {
        Database { url: Secret::new(format!("{}%20-crole%3D{}", self.database.url(), self.name)), pool_size: 1 }
    }

    fn serving(&self) -> String {
        let opened = Store::open(&self.settings(), &Limits::default(), Provision::Never, SystemClock::shared());
        let told = refusal(opened);
        assert_eq!(refusal(Store::examine(&self.settings())), told, "`check` says what a start would");
        told
    }

    fn reading(&self) -> String {
        refusal(Inspection::open(&self.settings()))
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let name = &self.name;
        self.database
            .beside()
            .batch_execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}"))
            .expect("it is dropped");
    }
}

fn refusal<T>(opened: Result<T, StartError>) -> String {
    match opened.map(|_| ()) {
        Err(StartError::Refused(line)) => line,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn a_role_without_rights_is_told_which() {
    let role = Role::new();
    let (name, schema) = (&role.name, &role.schema);
    let told =
        format!("role {name} may use no schema of its search_path ({schema}): GRANT USAGE ON SCHEMA … TO {name}");
    assert!(role.serving().contains(&told) && role.reading().contains(&told), "{}", role.reading());
    role.granted(&format!("USAGE ON SCHEMA {schema}"));
    let create =
        format!("role {name} lacks, in schema {schema}, CREATE: GRANT USAGE, CREATE ON SCHEMA {schema} TO {name}");
    assert!(role.serving().contains(&create), "{}", role.serving());
    assert!(role.reading().contains("`sharehold migrate` first"), "there is nothing yet: {}", role.reading());
    drop(role.database.open());
    let told = role.reading();
    assert!(
        told.contains("lacks")
            && told.contains("SELECT on __diesel_schema_migrations, access_log, album_changes, album_photos, albums"),
        "{told}"
    );
    assert!(told.ends_with(&format!(": GRANT pg_read_all_data TO {name}")), "{told}");
    let told = role.serving();
    assert!(
        told.contains("UPDATE on access_log, album_changes, album_photos, albums")
            && told.contains(
                "revocation_changes, revocations, upload_chunks, upload_sessions; CREATE: GRANT USAGE, CREATE"
            ),
        "{told}"
    );
    role.granted("pg_read_all_data");
    Inspection::open(&role.settings()).map(|_| ()).unwrap();
    assert!(role.serving().contains("UPDATE on access_log, album_changes, album_photos, albums"), "{}", role.serving());
    role.granted(&format!("SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema}"));
    assert!(role.serving().contains(&create), "{}", role.serving());
    role.granted(&format!("CREATE ON SCHEMA {schema}"));
    Store::examine(&role.settings()).unwrap();
    Store::open(&role.settings(), &Limits::default(), Provision::Never, SystemClock::shared()).map(|_| ()).unwrap();
}
