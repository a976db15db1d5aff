//! One test a refusal of values: the fault present, and its key named; undone, and nothing is wrong.

use chrono::DateTime;
use sharehold::config;

use crate::support::house::{House, now, only};

/// `name: [sets that spoil it, @ for the authorization server] => the key that is named, words of the fault;`
macro_rules! refused {
    ($($name:ident: [$($set:expr),+] => $key:expr, $words:expr;)+) => {$(
        #[test]
        fn $name() {
            let house = House::new();
            let sets = [$($set),+].map(|set: &str| match set.strip_prefix('@') {
                Some(rest) => format!("authorization_servers.0{rest}"),
                None => set.to_owned(),
            });
            let said = only(&house.faults(&sets.each_ref().map(String::as_str)), $key);
            assert!(said.contains($words), "{said}");
            assert_eq!(house.faults(&[]), [], "without the fault nothing is wrong");
        }
    )+};
}

refused! {
    listen_is_an_address_and_a_port: ["listen=localhost"] => "listen", "an address and a port";
    listen_names_no_host: ["listen=localhost:8700"] => "listen", "an address and a port";
    admin_listen_is_an_address_and_a_port: ["admin_listen=127.0.0.1"] => "admin_listen", "an address and a port";
    the_two_addresses_differ: ["admin_listen=127.0.0.1:8700"] => "admin_listen", "the same as listen";
    public_url_is_a_url: ["public_url=api.example"] => "public_url", "no absolute URL";
    public_url_is_http: ["public_url=ftp://api.example"] => "public_url", "must begin with https://";
    public_url_has_no_fragment: ["public_url=https://api.example/#x"] => "public_url", "fragment";
    public_url_has_no_query: ["public_url=https://api.example/?x"] => "public_url", "query";
    public_url_has_no_password: ["public_url=https://u:p@api.example/"] => "public_url", "user or password";
    public_url_has_no_user: ["public_url=https://@api.example"] => "public_url", "a host in plain ASCII";
    public_url_has_no_path: ["public_url=https://api.example/v1"] => "public_url", "no path";
    public_url_has_one_final_slash: ["public_url=https://api.example//"] => "public_url", "no path";
    public_url_has_no_dots: ["public_url=https://api.example/."] => "public_url", "no path";
    public_url_has_no_quotation_mark: ["public_url=https://api.example/\""] => "public_url", "plain ASCII";
    public_url_has_no_backslash: ["public_url=https://api.example\\"] => "public_url", "plain ASCII";
    public_url_has_two_slashes: ["public_url=https:api.example"] => "public_url", "must be https://";
    public_url_is_ascii: ["public_url=https://äpi.example"] => "public_url", "plain ASCII";
    public_url_has_no_blank_before: ["public_url= https://api.example"] => "public_url", "plain ASCII";
    public_url_has_no_blank_after: ["public_url=https://api.example "] => "public_url", "plain ASCII";
    public_url_has_no_line_break: ["public_url=https://api.\nexample"] => "public_url", "plain ASCII";
    public_url_has_no_escape: ["public_url=https://%61pi.example"] => "public_url", "plain ASCII";
    proxies_are_addresses: ["trusted_proxies=10.0.0.1,proxy"] => "trusted_proxies.1", "an address or a network";
    proxies_are_not_everybody: ["trusted_proxies=0.0.0.0/0"] => "trusted_proxies.0", "would trust every address";
    cors_names_each_site: ["cors.origins=*"] => "cors.origins.0", "must name each site";
    cors_has_no_pattern: ["cors.origins=https://*.site.example"] => "cors.origins.0", "must name each site";
    cors_has_no_final_slash: ["cors.origins=https://site.example/"] => "cors.origins.0", "write `https://site.example`";
    cors_has_no_path: ["cors.origins=https://site.example/app"] => "cors.origins.0", "write `https://site.example`";
    cors_has_no_default_port: ["cors.origins=https://site.example:443"] => "cors.origins.0", "write `https://site.example`";
    cors_is_lower_case: ["cors.origins=https://Site.example"] => "cors.origins.0", "write `https://site.example`";
    cors_is_no_null: ["cors.origins=https://a.example,null"] => "cors.origins.1", "an origin is like";
    issuer_is_https: ["@.issuer=http://as.example", "owner_page.issuer=http://as.example"]
        => "authorization_servers.0.issuer", "must be https";
    issuer_has_no_query: ["@.issuer=https://as.example?x", "owner_page.issuer=https://as.example?x"]
        => "authorization_servers.0.issuer", "query";
    issuers_are_named_once: ["authorization_servers.1.issuer=https://as.example", "authorization_servers.1.jwks_uri=https://as.example/jwks"]
        => "authorization_servers.1.issuer", "given twice";
    there_is_an_authorization_server: ["authorization_servers="] => "authorization_servers", "names no server";
    jwks_uri_is_https: ["authorization_servers.1.issuer=https://b.example", "authorization_servers.1.jwks_uri=http://b.example/jwks"]
        => "authorization_servers.1.jwks_uri", "must be https";
    trust_comes_one_way: ["@.jwks_uri=https://as.example/jwks"]
        => "authorization_servers.0.certificate", "exactly one of certificate, jwks_file and jwks_uri; 2 are given";
    trust_comes_some_way: ["authorization_servers.1.issuer=https://b.example"]
        => "authorization_servers.1.certificate", "0 are given";
    audience_is_not_empty: ["@.audience="] => "authorization_servers.0.audience", "leave it out for [public_url]";
    audience_holds_no_empty_text: ["@.audience.0=", "@.audience.1=x"]
        => "authorization_servers.0.audience", "holds an empty text";
    signature_algorithms_are_known: ["@.signature_algorithms=RS256,none"]
        => "authorization_servers.0.signature_algorithms", "`none` is none of RS256";
    signature_algorithms_are_letter_for_letter: ["@.signature_algorithms=rs256"]
        => "authorization_servers.0.signature_algorithms", "`rs256`";
    signature_algorithms_are_some: ["@.signature_algorithms="]
        => "authorization_servers.0.signature_algorithms", "is empty";
    key_management_algorithms_are_known: ["@.key_management_algorithms=RSA1_5"]
        => "authorization_servers.0.key_management_algorithms", "`RSA1_5`";
    content_encryption_algorithms_are_known: ["@.content_encryption_algorithms=A192GCM"]
        => "authorization_servers.0.content_encryption_algorithms", "`A192GCM`";
    token_lifetime_is_not_zero: ["@.max_token_lifetime_s=0"]
        => "authorization_servers.0.max_token_lifetime_s", "is 0";
    token_lifetime_is_not_for_ever: ["@.max_token_lifetime_s=9000000000000000000"]
        => "authorization_servers.0.max_token_lifetime_s", "longer than a year";
    accept_typ_is_not_empty: ["@.accept_typ="] => "authorization_servers.0.accept_typ", "at least one";
    client_id_claim_is_not_empty: ["@.client_id_claim="] => "authorization_servers.0.client_id_claim", "is empty";
    token_id_claim_is_not_empty: ["@.token_id_claim="] => "authorization_servers.0.token_id_claim", "is empty";
    owner_page_signs_in_at_a_server: ["owner_page.issuer=https://b.example"] => "owner_page.issuer", "none of the authorization_servers";
    owner_page_has_a_client: ["owner_page.client_id="] => "owner_page.client_id", "is empty";
    there_is_a_decryption_key: ["keys.decryption="] => "keys.decryption", "sharehold keys new DIR";
    database_scheme_is_known: ["database.url=mysql://h/d"] => "database.url", "sqlite:// or postgres://";
    database_is_a_file: ["database.url=sqlite://"] => "database.url", "must name a file";
    database_is_no_folder: ["database.url=sqlite://keys"] => "database.url", "must name a file";
    database_is_named_without_parameters: ["database.url=sqlite://data/x.db?mode=ro"] => "database.url", "without parameters";
    database_is_named_without_a_fragment: ["database.url=sqlite://data/x.db#x"] => "database.url", "without parameters";
    database_is_named_without_nul: ["database.url=sqlite://data/x.db\0"] => "database.url", "without parameters";
    database_is_not_in_memory: ["database.url=sqlite://:memory:"] => "database.url", "`:memory:`";
    database_is_no_sqlite_uri: ["database.url=sqlite://file:x.db"] => "database.url", "`file:`";
    blob_scheme_is_known: ["blobs.url=gs://bucket"] => "blobs.url", "file:// or s3://";
    blobs_name_a_folder: ["blobs.url=file://"] => "blobs.url", "must name a folder";
    blobs_do_not_share_with_the_database: ["blobs.url=file://data"] => "blobs.url", "holds the database too";
    s3_names_a_bucket: ["blobs.url=s3:///prefix"] => "blobs.url", "s3://bucket/prefix";
    s3_needs_credentials: ["blobs.url=s3://bucket"] => "blobs.url", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";
    s3_holds_no_credentials: ["blobs.url=s3://id:secret@bucket"] => "blobs.url", "credentials come from the environment";
    s3_endpoint_is_a_url: ["blobs.url=s3://bucket", "blobs.s3.endpoint=minio:9000"] => "blobs.s3.endpoint", "must begin with https://";
    s3_region_is_not_empty: ["blobs.url=s3://bucket", "blobs.s3.region="] => "blobs.s3.region", "is empty";
    limits_are_not_zero: ["limits.json_body_bytes=0"] => "limits.json_body_bytes", "the default is 1048576";
    pool_wait_is_not_zero: ["limits.pool_wait_s=0"] => "limits.pool_wait_s", "must not be 0";
    limits_do_not_overflow: ["limits.head_deadline_s=9000000000000000000"] => "limits.head_deadline_s", "more than the 86400 that it may be";
    decryptions_at_once_are_few: ["limits.parallel_decrypts=18446744073709551615"]
        => "limits.parallel_decrypts", "more than the 1024";
    the_queue_for_decryption_ends: ["limits.decrypt_queue=18446744073709551615"]
        => "limits.decrypt_queue", "more than the 1000000";
    the_token_cache_fits: ["limits.token_cache_entries=10000001"] => "limits.token_cache_entries", "more than the 10000000";
    what_the_framework_queues_is_its_own: ["limits.pipelined_requests=8"] => "limits.pipelined_requests", "leave this key out";
    connections_are_numbered: ["limits.connections=18446744073709551615"] => "limits.connections", "more than the 1000000";
    workers_are_threads: ["server.workers=4294967295"] => "server.workers", "more than the 512";
    the_pool_is_bounded: ["database.pool_size=4294967295"] => "database.pool_size", "more than the 1000";
    rates_are_bounded: ["rate.client_rps=18446744073709551615"] => "rate.client_rps", "more than the 1000000";
    days_are_bounded: ["retention.access_log_days=4294967295"] => "retention.access_log_days", "more than the 36500";
    pages_fit: ["limits.page_items=500", "limits.page_max_items=100"] => "limits.page_items", "page_max_items";
    bursts_are_not_zero: ["rate.client_burst=0"] => "rate.client_burst", "[rate] enabled = false";
    rates_are_not_zero: ["rate.anonymous_rps=0"] => "rate.anonymous_rps", "nothing would pass";
    drain_is_not_for_ever: ["server.drain_wait_s=9000000000000000000"] => "server.drain_wait_s", "more than the 86400 that it may be";
    consents_last: ["retention.consent_days=0"] => "retention.consent_days", "end at once";
}

/// `[tls]` is there in the valid configuration: a public bind is refused only without it.
#[test]
fn a_public_bind_needs_tls_or_a_proxy() {
    let house = House::new();
    let text = std::fs::read_to_string(house.file()).expect("the file");
    let (before, rest) = text.split_once("[tls]").expect("a table");
    let after = rest.split_once("[owner_page]").expect("a table").1;
    house.write("sharehold.toml", &format!("{before}[owner_page]{after}"), 0o600);
    let said = only(&house.faults(&["listen=0.0.0.0:8700"]), "listen");
    assert!(said.contains("without TLS"), "{said}");
    only(&house.faults(&["listen=[::]:8700"]), "listen");
    assert_eq!(house.faults(&["listen=0.0.0.0:8700", "trusted_proxies=10.0.0.1"]), []);
    assert_eq!(house.faults(&["listen=127.0.0.1:8700"]), []);
    assert_eq!(house.faults(&["listen=[::1]:0", "admin_listen=[::1]:0"]), []);
    house.write("sharehold.toml", &text, 0o600);
    assert_eq!(house.faults(&["listen=0.0.0.0:8700"]), []);
}

/// With the feature `postgres-tls` it is no fault, which is what the feature is for.
#[test]
fn a_database_that_asks_for_tls_needs_the_feature() {
    let house = House::new();
    for mode in ["require", "verify-ca", "verify-full"] {
        let faults = house.faults(&[&format!("database.url=postgres://u@h/d?x=y&sslmode={mode}")]);
        if cfg!(feature = "postgres-tls") {
            assert_eq!(faults, [], "{mode}");
        } else {
            assert!(only(&faults, "database.url").contains("--features postgres-tls"), "{mode}");
        }
    }
    assert_eq!(house.faults(&["database.url=postgres://u@h/d?sslmode=prefer"]), []);
}

#[test]
fn a_clock_before_the_build_is_refused() {
    let house = House::new();
    let config = house.load(&[]).expect("valid");
    let said = only(&config::check(&config, DateTime::UNIX_EPOCH).faults, "");
    assert!(said.contains("1970-01-01 00:00:00 UTC, before this program was built (2"), "{said}");
    assert_eq!(config::check(&config, now()).faults, []);
}

#[test]
fn plain_http_may_stay_on_this_machine() {
    let house = House::new();
    for host in ["127.0.0.1:3000", "[::1]:3000", "localhost", "as.localhost"] {
        let sets = [
            "authorization_servers.1.issuer=http://HOST",
            "authorization_servers.1.jwks_uri=http://HOST/jwks",
            "public_url=http://HOST",
        ]
        .map(|set| set.replace("HOST", host));
        assert_eq!(house.faults(&[&sets[0], &sets[1], &sets[2]]), [], "{host}");
    }
    let other = [
        "authorization_servers.1.issuer=http://localhost.example",
        "authorization_servers.1.jwks_uri=https://x.example",
    ];
    only(&house.faults(&other), "authorization_servers.1.issuer");
}

#[test]
fn a_public_url_is_a_host_a_port_and_perhaps_a_final_slash() {
    let house = House::new();
    for url in ["https://api.example", "https://api.example/", "https://api.example:8443", "http://[::1]:8700/"] {
        assert_eq!(house.faults(&[&format!("public_url={url}")]), [], "{url}");
        assert_eq!(house.load(&[&format!("public_url={url}")]).expect("valid").public_url, url);
    }
}

#[test]
fn rate_limits_can_be_switched_off_and_then_their_numbers_do_not_matter() {
    let house = House::new();
    assert_eq!(house.faults(&["rate.enabled=false", "rate.client_burst=0"]), []);
    only(&house.warnings(&["rate.enabled=false"]), "rate.enabled");
}

#[test]
fn zero_is_taken_where_it_says_something() {
    let house = House::new();
    for key in ["image_parallel", "parallel_decrypts", "token_cache_s", "keep_alive_s", "quota_photos", "decrypt_queue"]
    {
        assert_eq!(house.faults(&[&format!("limits.{key}=0")]), [], "{key}");
    }
}

#[test]
fn what_is_looser_than_the_default_is_a_warning_and_no_fault() {
    let house = House::new();
    assert_eq!(house.warnings(&[]), []);
    for (set, key) in [
        ("limits.json_body_bytes=2000000", "limits.json_body_bytes"),
        ("limits.body_rate_bytes_per_s=1", "limits.body_rate_bytes_per_s"),
        ("rate.client_rps=51", "rate.client_rps"),
        ("authorization_servers.0.max_token_lifetime_s=90000", "authorization_servers.0.max_token_lifetime_s"),
        ("authorization_servers.0.accept_unencrypted=true", "authorization_servers.0.accept_unencrypted"),
        ("authorization_servers.0.accept_missing_cty=true", "authorization_servers.0.accept_missing_cty"),
        ("authorization_servers.0.accept_typ=at+jwt,JWT", "authorization_servers.0.accept_typ"),
        (
            "authorization_servers.0.key_management_algorithms=RSA-OAEP",
            "authorization_servers.0.key_management_algorithms",
        ),
        ("public_url=http://api.example", "public_url"),
        ("admin_listen=0.0.0.0:8701", "admin_listen"),
        ("blobs.s3.region=x", "blobs.s3"),
    ] {
        assert_eq!(house.faults(&[set]), [], "{set}");
        only(&house.warnings(&[set]), key);
    }
    for stricter in ["limits.json_body_bytes=1000", "limits.body_rate_bytes_per_s=4096", "rate.client_rps=1"] {
        assert_eq!(house.warnings(&[stricter]), [], "{stricter}");
    }
}
