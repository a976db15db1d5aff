//! Reading: the order of file, variables and flags; types; unknown keys; paths.

use std::fs;
use std::path::Path;

use sharehold::config::{self, Provision};

use crate::support::house::{House, only};

#[test]
fn the_file_is_read_and_the_rest_is_default() {
    let house = House::new();
    house.front("listen = \"127.0.0.1:9000\"\n[limits]\njson_body_bytes = 1000");
    let config = house.load(&[]).expect("valid");
    assert_eq!(config.listen, "127.0.0.1:9000");
    assert_eq!(config.limits.json_body_bytes, 1000);
    assert_eq!(config.limits.uri_bytes, 8192);
    assert_eq!(config.admin_listen, "127.0.0.1:8701");
}

#[test]
fn variables_rank_above_the_file_and_flags_above_both() {
    let house = House::new();
    house.front("[rate]\nclient_rps = 1\nclient_burst = 1\nanonymous_rps = 1");
    let variables = [("SHAREHOLD__RATE__CLIENT_BURST", "2"), ("SHAREHOLD__RATE__ANONYMOUS_RPS", "2")];
    let config = house.load_with(&variables, &["rate.anonymous_rps=3"]).expect("valid");
    assert_eq!((config.rate.client_rps, config.rate.client_burst, config.rate.anonymous_rps), (1, 2, 3));
}

#[test]
fn the_last_flag_of_a_key_holds() {
    let config = House::new().load(&["rate.client_rps=3", "rate.client_rps=4"]).expect("valid");
    assert_eq!(config.rate.client_rps, 4);
}

#[test]
fn text_from_variables_is_read_by_the_type_of_its_key() {
    let variables = [
        ("SHAREHOLD__RATE__ENABLED", "false"),
        ("SHAREHOLD__LIMITS__JSON_DEPTH", "7"),
        ("SHAREHOLD__CORS__ORIGINS", "https://a.example, https://b.example"),
        ("SHAREHOLD__TRUSTED_PROXIES", ""),
        ("SHAREHOLD__USERS__PROVISION", "never"),
        // A text stays one, whatever it looks like.
        ("SHAREHOLD__OWNER_PAGE__CLIENT_ID", "12345"),
        ("SHAREHOLD__BLOBS__S3__REGION", "true"),
        ("SHAREHOLD_CONFIG", "a flag's variable, no setting"),
        ("PATH", "/bin"),
    ];
    let config = House::new().load_with(&variables, &[]).expect("valid");
    assert!(!config.rate.enabled);
    assert_eq!(config.limits.json_depth, 7);
    assert_eq!(config.cors.origins, ["https://a.example", "https://b.example"]);
    assert!(config.trusted_proxies.is_empty());
    assert_eq!(config.users.provision, Provision::Never);
    assert_eq!(config.owner_page.expect("a page").client_id, "12345");
    assert_eq!(config.blobs.s3.expect("settings").region.as_deref(), Some("true"));
}

#[test]
fn places_of_a_list_are_changed_and_added_by_number() {
    let variables = [
        ("SHAREHOLD__AUTHORIZATION_SERVERS__0__ACCEPT_UNENCRYPTED", "true"),
        ("SHAREHOLD__AUTHORIZATION_SERVERS__1__ISSUER", "https://other.example"),
        ("SHAREHOLD__AUTHORIZATION_SERVERS__1__AUDIENCE", "one,two"),
        ("SHAREHOLD__AUTHORIZATION_SERVERS__1__JWKS_URI", "https://other.example/jwks"),
    ];
    let servers = House::new().load_with(&variables, &[]).expect("valid").authorization_servers;
    assert_eq!(servers.len(), 2);
    assert_eq!(servers[0].issuer, "https://as.example");
    assert!(servers[0].accept_unencrypted);
    assert_eq!(servers[1].audience, ["one", "two"]);
}

#[test]
fn a_list_of_more_than_ten_places_comes_in_their_order() {
    let proxies: Vec<String> = (0..12).map(|place| format!("10.0.0.{place}")).collect();
    let names: Vec<String> = (0..12).map(|place| format!("SHAREHOLD__TRUSTED_PROXIES__{place}")).collect();
    let variables: Vec<(&str, &str)> =
        names.iter().zip(&proxies).rev().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(House::new().load_with(&variables, &[]).expect("valid").trusted_proxies, proxies);
}

#[test]
fn a_place_that_leaves_a_gap_is_refused() {
    let faults = House::new().faults(&["authorization_servers.5.issuer=https://other.example"]);
    let said = only(&faults, "authorization_servers.5.issuer");
    assert!(said.contains("the next place is 1"), "{said}");
}

#[test]
fn everything_can_come_by_variables_without_a_file() {
    let variables = [("SHAREHOLD__LISTEN", "127.0.0.1:1"), ("SHAREHOLD__DATABASE__URL", "postgres://u:p@h/d")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = config::load(None, variables, &[]).expect("valid");
    assert_eq!(config.listen, "127.0.0.1:1");
    assert_eq!(config.database.url.expose(), "postgres://u:p@h/d");
    assert_eq!(config.data_dir, std::env::current_dir().expect("a folder").canonicalize().expect("real").join("data"));
}

#[test]
fn an_absent_audience_is_the_public_url() {
    let house = House::new();
    let config = house.load(&["public_url=https://api.example"]).expect("valid");
    assert_eq!(config.authorization_servers[0].audience, ["https://api.example"]);
    let config = house.load(&["authorization_servers.0.audience=https://other.example"]).expect("valid");
    assert_eq!(config.authorization_servers[0].audience, ["https://other.example"]);
}

#[test]
fn an_unknown_key_is_refused_at_every_level_by_its_whole_name() {
    let house = House::new();
    assert_eq!(house.faults(&[]), []);
    for table in [
        "",
        "database.",
        "blobs.",
        "blobs.s3.",
        "keys.",
        "authorization_servers.0.",
        "users.",
        "cors.",
        "tls.",
        "rate.",
        "server.",
        "retention.",
        "owner_page.",
        "limits.",
    ] {
        let key = format!("{table}nonsense");
        let said = only(&house.faults(&[&format!("{key}=1")]), &key);
        assert!(said.starts_with(&format!("--set {key}: {key}: unknown key")), "{said}");
    }
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest_known_one() {
    let house = House::new();
    house.front("# a comment\n[limits]\njson_body_byte = 1");
    let said = only(&house.faults(&[]), "limits.json_body_byte");
    assert!(
        said.contains("sharehold.toml:3: limits.json_body_byte: unknown key; did you mean `json_body_bytes`?"),
        "{said}"
    );
    house.front("[keys]\nsigning = 1");
    let said = house.faults(&[]).iter().map(ToString::to_string).collect::<String>();
    assert!(said.contains("sharehold.toml") && !said.contains("did you mean"), "{said}");
}

#[test]
fn every_fault_of_reading_is_told_at_once() {
    let house = House::new();
    let faults = house.faults(&[
        "listn=1",
        "rate.enabled=maybe",
        "limits.headers=-1",
        "cors.origns=x",
        "users.provision=later",
        "database=sqlite://x",
        "authorization_servers.0.max_token_lifetime_s=long",
        "authorization_servers.1.audience=x",
    ]);
    let mut keys: Vec<&str> = faults.iter().map(sharehold::config::Fault::key).collect();
    keys.sort_unstable();
    let expected = [
        "authorization_servers.0.max_token_lifetime_s",
        "authorization_servers.1.issuer",
        "cors.origns",
        "database",
        "limits.headers",
        "listn",
        "rate.enabled",
        "users.provision",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_wrong_type_names_the_key_its_line_and_what_it_must_be() {
    let house = House::new();
    for (text, key, must) in [
        ("listen = 8700", "listen", "must be a text in quotes, not a number"),
        ("trusted_proxies = \"10.0.0.1\"", "trusted_proxies", "must be a list, not a text"),
        ("[rate]\nenabled = 1", "rate.enabled", "must be `true` or `false`, not a number"),
        ("[limits]\nheaders = 1.5", "limits.headers", "must be a whole number, not below 0, not a number with a point"),
        ("[limits]\nheaders = -5", "limits.headers", "must be a whole number, not below 0"),
        ("cors = true", "cors", "must be a table, not true or false"),
        ("[database]\npool_size = 99999999999", "database.pool_size", "99999999999"),
        ("[users]\nprovision = \"x\"", "users.provision", "must be one of `on_first_token`, `never`, not `x`"),
    ] {
        house.front(text);
        let said = only(&house.faults(&[]), key);
        assert!(said.contains(must) && said.contains("sharehold.toml:"), "{said}");
    }
    house.front("");
    assert_eq!(house.faults(&[]), []);
}

#[test]
fn a_file_that_is_no_toml_is_told_by_line_and_never_quoted() {
    let house = House::new();
    house.front("[database]\nurl = \"postgres://u:hunter2@h/d\" hunter2");
    let said = only(&house.faults(&[]), "");
    assert!(said.contains("sharehold.toml:2: is not TOML here"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn an_absent_file_is_refused_by_its_name() {
    let faults = config::load(Some(Path::new("/nowhere/sharehold.toml")), [], &[]).expect_err("no file");
    assert!(only(&faults, "").starts_with("/nowhere/sharehold.toml: cannot be read"));
}

#[test]
fn a_variable_or_flag_that_names_no_key_is_refused() {
    let house = House::new();
    assert!(only(&house.faults(&["listen"]), "").contains("must be key.path=value"));
    only(&house.faults(&["rate..enabled=true"]), "rate..enabled");
    let faults = house.load_with(&[("SHAREHOLD__", "x")], &[]).expect_err("no key");
    only(&faults, "");
}

#[test]
fn a_flag_that_names_no_key_is_not_repeated_since_it_may_hold_a_password() {
    let house = House::new();
    for set in [
        "database.url:postgres://u:hunter2@h/d",
        "database.url:postgres://u:hunter2@h/d?sslmode=disable",
        "postgres://u:hunter2@h/d",
    ] {
        let said = only(&house.faults(&["listen=127.0.0.1:1", set]), "");
        assert_eq!(said, "--set, number 2: must be key.path=value");
    }
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let house = House::new();
    fs::create_dir(house.folder().join("etc")).expect("a folder");
    let text = fs::read_to_string(house.file()).expect("the file");
    let file = house.write("etc/sharehold.toml", &text, 0o600);
    let sets = ["authorization_servers.0.jwks_file=set.json", "data_dir=../data", "blobs.url=file:///var/blobs"];
    let config = config::load(Some(&file), [], &sets.map(str::to_owned)).expect("valid");
    let etc = house.folder().join("etc");
    assert_eq!(config.data_dir, etc.join("../data"));
    assert_eq!(config.keys.decryption, [etc.join("keys/private.pem")]);
    assert_eq!(config.authorization_servers[0].certificate, Some(etc.join("authority/certificate.pem")));
    assert_eq!(config.authorization_servers[0].jwks_file, Some(etc.join("set.json")));
    let tls = config.tls.expect("tls");
    assert_eq!(tls.certificate, etc.join("tls/certificate.pem"));
    assert_eq!(tls.private_key, etc.join("tls/private.pem"));
    assert_eq!(*config.database.url.expose(), format!("sqlite://{}", etc.join("data/sharehold.db").display()));
    assert_eq!(config.blobs.url, "file:///var/blobs");
}
