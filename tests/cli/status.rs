//! Exit status and what is said with it.

use super::{AUDIENCE, fine, mint, refused, sharehold};
use crate::support::house::{House, ISSUER};

#[test]
fn what_fails_has_status_1_and_one_line() {
    let house = House::new();
    for (arguments, words) in [
        (&["keys", "show", "none.pem", "--jwks"][..], "none.pem cannot be read"),
        (&["keys", "show", "sharehold.toml", "--pem"], "sharehold.toml holds no `BEGIN PRIVATE KEY` block"),
        (&["keys", "new", "sharehold.toml/keys", "--bits", "2048"], "sharehold.toml/keys"),
    ] {
        let said = refused(&sharehold(&house.folder(), arguments), 1);
        assert!(said.starts_with("sharehold: ") && said.contains(words) && said.lines().count() == 1, "{said}");
    }
    for (more, words) in [
        (["--authority", "none"], "none/private.pem cannot be read"),
        (["--for", "none"], "none cannot be read"),
        (["--for", "sharehold.toml"], "sharehold.toml holds no readable `BEGIN CERTIFICATE` block"),
    ] {
        let mut arguments =
            vec!["token", "mint", "--issuer", ISSUER, "--audience", AUDIENCE, "--sub", "a", "--client", "c"];
        let other = if more[0] == "--for" { ["--authority", "authority"] } else { ["--for", "keys/certificate.pem"] };
        arguments.extend(more.iter().chain(&other));
        let said = refused(&sharehold(&house.folder(), &arguments), 1);
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn wrong_usage_has_status_2() {
    let house = House::new();
    for arguments in [
        &["frobnicate"][..],
        &[],
        &["keys"],
        &["keys", "show", "keys/private.pem"],
        &["keys", "show", "keys/private.pem", "--jwks", "--pem"],
        &["keys", "new", "small", "--bits", "1024"],
        &["token", "mint"],
        &["check", "--nonsense"],
    ] {
        let said = refused(&sharehold(&house.folder(), arguments), 2);
        assert!(!said.is_empty(), "{arguments:?}");
    }
    for more in [
        ["--alg", "RSA1_5"],
        ["--enc", "A192GCM"],
        ["--signature-alg", "none"],
        ["--lifetime", "0"],
        ["--claim", "x=nothing"],
    ] {
        refused(&mint(&house, &more), 2);
    }
    assert!(!house.folder().join("small").exists());
}

#[test]
fn what_is_missing_is_named_with_what_to_choose() {
    let house = House::new();
    let said = refused(&sharehold(&house.folder(), &["keys", "show", "keys/private.pem"]), 2);
    assert!(said.contains("choose --jwks") && said.contains("or --pem"), "{said}");
    house.write("bare.toml", "listen = 127.0.0.1:8700\n", 0o600);
    let said = refused(&sharehold(&house.folder(), &["check", "--config", "bare.toml"]), 78);
    assert!(said.contains("bare.toml:1: is not TOML here") && said.contains("in quotes: name = \"value\""), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = sharehold(&house.folder(), &["demo", "--data", "demo", "--listen", &address]);
    let said = String::from_utf8(said.stderr).expect("UTF-8");
    assert!(said.contains(&format!("sharehold: listen: cannot listen on {address}")), "{said}");
}

#[test]
fn check_says_each_fault_on_a_line_with_status_78() {
    let house = House::new();
    let check = |more: &[&str]| sharehold(&house.folder(), &[&["check", "--config", "sharehold.toml"], more].concat());
    let said =
        refused(&check(&["--set", "rate.client_burst=0", "--set", "cors.origins=*", "--set", "listen=a\nb"]), 78);
    let (warnings, lines): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.starts_with("sharehold: warning: "));
    assert_eq!((warnings.len(), lines.len()), (0, 3), "{said}");
    assert!(lines[0].starts_with("sharehold: listen: `a b` must be"), "{said}");
    assert!(lines[1].starts_with("sharehold: cors.origins.0: must name each site"), "{said}");
    assert!(lines[2].starts_with("sharehold: rate.client_burst: is 0"), "{said}");
    let good = check(&[]);
    assert_eq!((good.status.code(), good.stdout.as_slice()), (Some(0), &b"the configuration is in order\n"[..]));
    assert_eq!(String::from_utf8(good.stderr).expect("UTF-8"), "");
    let said = refused(&check(&["--set", "listn=x"]), 78);
    assert_eq!(said, "sharehold: --set listn: listn: unknown key; did you mean `listen`?\n");
    let said = refused(&sharehold(&house.folder(), &["check", "--config", "none.toml"]), 78);
    assert!(said.starts_with("sharehold: none.toml: cannot be read"), "{said}");
}

#[test]
fn help_teaches_each_command_and_an_example() {
    let house = House::new();
    let help = fine(&sharehold(&house.folder(), &["--help"]));
    for line in [
        "  keys ",
        "  token ",
        "  check ",
        "  serve ",
        "  demo ",
        "  migrate ",
        "  openapi ",
        "Example: ",
        "78 configuration",
    ] {
        assert!(help.contains(line), "{line}: {help}");
    }
    for command in [&["keys", "new"][..], &["keys", "show"], &["token", "mint"], &["token", "inspect"]] {
        let help = fine(&sharehold(&house.folder(), &[command, &["--help"]].concat()));
        assert!(help.contains("Example: sharehold ") && help.contains("[env: SHAREHOLD_"), "{help}");
    }
}
