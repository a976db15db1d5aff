//! Every metric: name, kind, labels, and what it says. `docs/operations/monitoring.md` has the same list for operators.
//! Imports nothing of ours.

use super::{Counter, Family, Gauge, Handle as _, Histogram, Kind};

/// What is known of a metric beforehand.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// A histogram's upper bounds.
    pub buckets: &'static [f64],
    /// What it says.
    pub help: &'static str,
}

/// Seconds of whole requests: 5 ms to 5 s, with the 50 ms of the promise among them. Few: every operation has all of them.
const WHOLE: &[f64] = &[0.005, 0.05, 0.5, 5.0];
/// Seconds of steps: 10 µs to 5 s.
const STEP: &[f64] = &[0.000_01, 0.0001, 0.001, 0.005, 0.01, 0.1, 0.5, 5.0];
/// Writes that share a transaction: `store::Tuning` allows 128.
const WRITES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

macro_rules! catalogue {
    ($($id:ident: $kind:ident [$($label:literal),*] $(in $buckets:ident)? = $name:literal, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub static $id: Family<$kind, { const LABELS: &[&str] = &[$($label),*]; LABELS.len() }> =
                Family::new($name, [$($label),*]);
        )*

        /// All of them.
        pub const ALL: &[Entry] = &[$(
            Entry {
                name: $name,
                kind: $kind::KIND,
                labels: &[$($label),*],
                buckets: { const NONE: &[f64] = &[]; [$($buckets,)? NONE][0] },
                help: $help,
            },
        )*];
    };
}

catalogue! {
    HTTP_REQUESTS: Counter ["op", "status"] = "sharehold_http_requests_total",
        "Requests answered, by operation and status; op is none before routing or for a wrong method, unmatched for no such path.";
    HTTP_SECONDS: Histogram ["op"] in WHOLE = "sharehold_http_request_duration_seconds",
        "From a request's head to its answer's head.";
    HTTP_IN_FLIGHT: Gauge [] = "sharehold_http_in_flight", "Requests being answered.";
    HTTP_CONNECTIONS: Gauge [] = "sharehold_http_connections", "Connections open to the API's address.";
    HTTP_REJECTED: Counter ["reason"] = "sharehold_http_rejected_total", "Requests refused by a limit: of size, time or number of connections.";
    RATE_LIMITED: Counter ["class"] = "sharehold_ratelimit_total",
        "Requests refused by a rate: of a client with a person (client), or of an address without a token (address).";
    AUTHZ_DENIED: Counter ["kind", "reason"] = "sharehold_authz_denied_total",
        "Requests with a genuine token that does not reach so far, or was revoked, by what they were about.";

    TOKEN_VERIFY: Counter ["result"] = "sharehold_token_verify_total",
        "Tokens presented, by outcome: opened, or why not. One that is remembered counts each time it is presented.";
    TOKEN_SECONDS: Histogram ["stage"] in STEP = "sharehold_token_verify_seconds",
        "Steps of opening a token that is not remembered: queue, decrypt (one private-key operation), verify (signature, claims).";
    TOKEN_HITS: Counter [] = "sharehold_token_cache_hits_total", "Tokens that were remembered, or being opened for another request.";
    TOKEN_MISSES: Counter [] = "sharehold_token_cache_misses_total", "Tokens that had to be opened.";
    TOKEN_ENTRIES: Gauge [] = "sharehold_token_cache_entries", "Tokens remembered.";
    TOKEN_QUEUE: Gauge [] = "sharehold_token_decrypt_queue", "Tokens being decrypted or waiting for it.";
    JWKS_FETCHES: Counter ["issuer", "result"] = "sharehold_jwks_fetch_total",
        "Fetches of an authorization server's keys: fetched, unreachable, status (not 200) or invalid (no key set).";
    JWKS_AGE: Gauge ["issuer"] = "sharehold_jwks_age_seconds",
        "Since the keys in use were fetched; +Inf: never, NaN: no longer configured.";
    REVOCATIONS: Counter [] = "sharehold_revocations_total", "Changes to the revocations, as the database counts them.";
    REVOCATION_LAG: Gauge [] = "sharehold_revocation_lag_seconds",
        "Since the revocations were compared with the database; after 10 s every request with a token gets 503.";

    ACCESS_LOG_LAG: Gauge [] = "sharehold_access_log_lag_seconds",
        "Since all that was read and refused was last written into the access log; it is half a second, but while the database is away.";

    DB_UP: Gauge [] = "sharehold_db_up", "1: the database answers; 0: it does not, and what needs it gets 503 at once.";
    DB_POOL_IN_USE: Gauge [] = "sharehold_db_pool_in_use", "Pooled database connections that are lent.";
    DB_POOL_IDLE: Gauge [] = "sharehold_db_pool_idle", "Pooled database connections that wait for work.";
    DB_POOL_WAIT: Histogram [] in STEP = "sharehold_db_pool_wait_seconds",
        "From asking for a connection on a blocking thread to having it.";
    DB_QUERY: Histogram ["name"] in STEP = "sharehold_db_query_seconds",
        "On the connection: point (one row by key), read, write, or the server's own (account, revocations, readiness, expiry, log).";
    DB_ERRORS: Counter ["kind"] = "sharehold_db_errors_total",
        "Queries that failed through no fault of the request: queue, pool, log, away, lock, timeout, raced, lost, closing, halted, full, broken.";
    COMMIT_BATCH: Histogram [] in WRITES = "sharehold_commit_batch_size", "Writes that shared a transaction (SQLite).";
    FSYNC: Histogram [] in STEP = "sharehold_fsync_seconds", "A COMMIT, which returns when the writes are on the disk.";
    WRITES_HALTED: Gauge [] = "sharehold_db_writes_halted",
        "1 from a commit or checkpoint that the disk failed (SQLite) until the restart: every change is refused; else 0.";
    WAL_BYTES: Gauge [] = "sharehold_wal_bytes", "The file of SQLite's write-ahead log; above 64 MiB something keeps it from being emptied.";
    STORAGE_FREE: Gauge [] = "sharehold_storage_free_bytes",
        "Room left where it is least, among the file systems of the database, the blobs and the data folder.";
    STORAGE_OPS: Counter ["op", "result"] = "sharehold_storage_ops_total",
        "Operations on blobs: put, get or delete, by outcome: ok, absent, full or failed.";
    IMAGE_QUEUED: Gauge [] = "sharehold_image_jobs_queued", "Pictures waiting to be worked on.";
    IMAGE_SECONDS: Histogram [] in STEP = "sharehold_image_jobs_seconds", "Making a picture's renditions.";

    BUILD_INFO: Gauge ["version", "database"] = "sharehold_build_info", "1, for the version that runs and its kind of database.";
    OPEN_FDS: Gauge [] = "process_open_fds", "Open file descriptors.";
    MAX_FDS: Gauge [] = "process_max_fds", "File descriptors that may be open.";
    RESIDENT: Gauge [] = "process_resident_memory_bytes", "Resident memory.";
}
