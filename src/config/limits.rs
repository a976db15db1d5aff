//! `[limits]` and `[rate]`: one key a row of the limits table, the unit at the end of the name.
//! All but one may be lowered; a value above the default is taken with a warning.

use serde::Deserialize;

macro_rules! limits {
    ($(#[$outer:meta])* $name:ident { $($(#[doc = $doc:literal])+ $key:ident: $default:expr;)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $key: u64,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $name {
            /// Every key with its value, in the order of the table.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($key), self.$key),)*].into_iter()
            }
        }
    };
}

limits! {
    /// `[limits]`
    Limits {
        #[doc = "Request line and headers together, bytes (431)."]
        head_bytes: 16 * 1024;
        #[doc = "Header fields (431)."]
        headers: 64;
        #[doc = "Request target, bytes (414)."]
        uri_bytes: 8 * 1024;
        #[doc = "Access token, bytes (431)."]
        token_bytes: 8 * 1024;
        #[doc = "Seconds until the head must be complete (408)."]
        head_deadline_s: 5;
        #[doc = "Bytes a second that a body must bring after `body_rate_grace_s` (408)."]
        body_rate_bytes_per_s: 1024;
        #[doc = "Seconds before `body_rate_bytes_per_s` counts."]
        body_rate_grace_s: 5;
        #[doc = "Seconds until a JSON body must be complete (408)."]
        json_body_deadline_s: 30;
        #[doc = "Seconds until a photo or an import must be complete (408)."]
        upload_deadline_s: 300;
        #[doc = "Seconds a client may be behind `body_rate_bytes_per_s` in taking its answer; seen in 8 KiB steps."]
        answer_window_s: 15;
        #[doc = "Seconds a handler may take (503)."]
        handler_deadline_s: 15;
        #[doc = "Seconds a reading statement may take on Postgres (503)."]
        read_statement_s: 2;
        #[doc = "Seconds a writing statement may take on Postgres (503)."]
        write_statement_s: 5;
        #[doc = "Seconds to wait for a database connection (503)."]
        pool_wait_s: 1;
        #[doc = "Seconds to wait for a lock in the database (503)."]
        lock_wait_s: 2;
        #[doc = "Seconds an idle connection is kept."]
        keep_alive_s: 15;
        #[doc = "Connections at once (503)."]
        connections: 10_000;
        #[doc = "Connections at once from one address (429)."]
        connections_per_address: 100;
        #[doc = "Requests answered at once (503); those whose body is still coming are not counted."]
        parallel_requests: 256;
        #[doc = "Requests pipelined on one connection; more wait unread. The framework's own: only 16 is taken."]
        pipelined_requests: 16;
        #[doc = "JSON body, bytes (413)."]
        json_body_bytes: 1024 * 1024;
        #[doc = "Body of a batch, bytes (413); each part is under its own limit as well."]
        batch_body_bytes: 8 * 1024 * 1024;
        #[doc = "Bodies of the answers in a batch's answer, bytes; a part that reads more is refused (413), one that changed something is told without (204)."]
        batch_answer_bytes: 16 * 1024 * 1024;
        #[doc = "Nesting of a JSON body (400)."]
        json_depth: 32;
        #[doc = "vCard or iCalendar import, bytes (413)."]
        import_bytes: 64 * 1024 * 1024;
        #[doc = "Photo, bytes (413)."]
        photo_bytes: 64 * 1024 * 1024;
        #[doc = "Profile photo, bytes (413)."]
        profile_photo_bytes: 4 * 1024 * 1024;
        #[doc = "Picture, pixels (422)."]
        image_pixels: 100_000_000;
        #[doc = "Picture's side, pixels (422)."]
        image_side_pixels: 32_768;
        #[doc = "Frames of a picture that are looked at."]
        image_frames: 1;
        #[doc = "Scans of a progressive JPEG (422)."]
        image_scans: 100;
        #[doc = "Pictures decoded at once; 0: one a two cores, four at most."]
        image_parallel: 0;
        #[doc = "Pictures received or waiting to be decoded (503)."]
        image_queue: 32;
        #[doc = "Memory that decoding one picture may take, bytes (422)."]
        image_memory_bytes: 112 * 1024 * 1024;
        #[doc = "Items on a page when `$top` is not given."]
        page_items: 50;
        #[doc = "Items on a page at most."]
        page_max_items: 1000;
        #[doc = "`$filter`, bytes (400)."]
        filter_bytes: 2 * 1024;
        #[doc = "`$filter`, terms (400)."]
        filter_terms: 20;
        #[doc = "`$filter`, nesting (400)."]
        filter_depth: 16;
        #[doc = "Instances of recurring events expanded for one page."]
        expansion_instances: 2000;
        #[doc = "Milliseconds spent expanding for one page."]
        expansion_ms: 50;
        #[doc = "Days of a calendar view's window (400)."]
        expansion_window_days: 731;
        #[doc = "Opened tokens remembered."]
        token_cache_entries: 10_000;
        #[doc = "Seconds an opened token is remembered (never beyond its `exp`)."]
        token_cache_s: 60;
        #[doc = "Undecryptable tokens remembered."]
        negative_cache_entries: 10_000;
        #[doc = "Seconds an undecryptable token is remembered."]
        negative_cache_s: 10;
        #[doc = "Tokens decrypted at once; 0: one less than there are cores, at least one."]
        parallel_decrypts: 0;
        #[doc = "Tokens waiting to be decrypted (503)."]
        decrypt_queue: 256;
        #[doc = "Contacts a person may have (507)."]
        quota_contacts: 250_000;
        #[doc = "Events a person may have (507)."]
        quota_events: 100_000;
        #[doc = "Photos a person may have (507)."]
        quota_photos: 100_000;
        #[doc = "Bytes of photos a person may have (507)."]
        quota_bytes: 50 * 1024 * 1024 * 1024;
        #[doc = "Shares a person may make a day (429)."]
        quota_shares_per_day: 100;
    }
}

/// `[rate]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rate {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Requests a second of one client for one person.
    pub client_rps: u64,
    /// How many of those may come at once.
    pub client_burst: u64,
    /// Requests a second of one address (IPv6: one /64) without a token that opens.
    pub anonymous_rps: u64,
    /// How many of those may come at once.
    pub anonymous_burst: u64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { enabled: true, client_rps: 50, client_burst: 200, anonymous_rps: 20, anonymous_burst: 40 }
    }
}
