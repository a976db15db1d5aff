//! Who is at the other end behind proxies: what listed ones say, and that nobody else is believed.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use sharehold::server::forwarded::Forwarded;

const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "192.0.2.7";

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
    }
    headers
}

/// Who `peer` is said to speak for, where `10.0.0.0/8` and `fd00::/8` are listed.
fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
    let listed = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("a network"));
    Forwarded::new(listed.into()).client(address(peer), &headers(lines)).to_string()
}

#[test]
fn listed_proxies_name_the_client() {
    for (name, value, expected) in [
        ("x-forwarded-for", "192.0.2.7", CLIENT),
        ("x-forwarded-for", "192.0.2.7:4711", CLIENT),
        ("x-forwarded-for", "::ffff:192.0.2.7", CLIENT),
        ("x-forwarded-for", "2001:db8::7", "2001:db8::7"),
        ("x-forwarded-for", "[2001:db8::7]:4711", "2001:db8::7"),
        ("x-forwarded-for", "203.0.113.9, 192.0.2.7, 10.1.1.1 ,fd00::5", CLIENT),
        ("x-forwarded-for", "10.9.9.9, 10.1.1.1", "10.9.9.9"),
        ("forwarded", "for=192.0.2.7", CLIENT),
        ("forwarded", "For=\"192.0.2.7:4711\";proto=https;by=10.0.0.1", CLIENT),
        ("forwarded", "proto=http; for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
        ("forwarded", "for=\"[2001:db8::7]:_port\"", "2001:db8::7"),
        ("forwarded", "for=203.0.113.9, for=192.0.2.7;proto=http, for=\"[fd00::5]\"", CLIENT),
    ] {
        assert_eq!(client(PROXY, &[(name, value)]), expected, "{name}: {value}");
        assert_eq!(client("198.51.100.1", &[(name, value)]), "198.51.100.1", "not from others: {name}: {value}");
    }
    let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.7"), ("x-forwarded-for", "10.1.1.1")];
    assert_eq!(client("::ffff:10.0.0.1", &lines), CLIENT, "over several lines");
}

#[test]
fn what_is_no_address_ends_at_the_proxy_that_vouched_for_it() {
    for value in
        ["for=unknown", "for=_hidden", "for=\"_hidden:80\"", "proto=https", "for", "for=192.0.2.7;for=192.0.2.7"]
    {
        assert_eq!(client(PROXY, &[("forwarded", value)]), PROXY, "{value}");
        assert_eq!(client(PROXY, &[("forwarded", &format!("for=192.0.2.7, {value}, for=10.3.3.3"))]), "10.3.3.3");
    }
    for value in ["unknown", "-", "192.0.2.7.1", "[192.0.2.7]", "[2001:db8::7", "192.0.2.7:99999", "for=192.0.2.7", "é"]
    {
        assert_eq!(client(PROXY, &[("x-forwarded-for", value)]), PROXY, "{value}");
    }
    assert_eq!(client(PROXY, &[("x-forwarded-for", " , ,")]), PROXY);
    assert_eq!(client(PROXY, &[]), PROXY);
    // What a client put inside a value that its proxy quotes is no element of its own.
    for host in ["a,for=203.0.113.9", "a,for=203.0.113.9;x=y", "a,for=203.0.113.9;x=", "a,for=203.0.113.9;x=\\\""] {
        assert_eq!(client(PROXY, &[("forwarded", &format!("for=192.0.2.7;host=\"{host}\""))]), PROXY, "{host}");
    }
}

#[test]
fn of_two_headers_neither_alone_is_believed() {
    let both = |one, other| client(PROXY, &[("forwarded", one), ("x-forwarded-for", other)]);
    assert_eq!(both("for=192.0.2.7", "192.0.2.7"), CLIENT);
    assert_eq!(both("for=203.0.113.9", "192.0.2.7"), PROXY);
    assert_eq!(both("for=unknown", "192.0.2.7"), PROXY);
}

/// Whatever a client may write in a header of its own.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,80}",
        "(for=|by=|10\\.0\\.0\\.1|192\\.0\\.2\\.[0-9]|fd00::1|\\[|\\]|\"|\\\\|;|,|:|=|_| |unknown){0,20}",
        "(for=)?(10\\.0\\.0\\.1|192\\.0\\.2\\.[0-9]|fd00::1)(, (for=)?(10\\.0\\.0\\.1|192\\.0\\.2\\.[0-9])){0,3}",
    ]
}

fn anyone() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)]
        .prop_map(|address| address.to_canonical())
        .prop_filter("not a listed proxy", |address| match address {
            IpAddr::V4(address) => address.octets()[0] != 10,
            IpAddr::V6(address) => address.octets()[0] != 0xfd,
        })
}

proptest! {
    #[test]
    fn nobody_else_is_believed(peer in anyone(), one in anything(), other in anything()) {
        let lines = [("forwarded", one.as_str()), ("x-forwarded-for", other.as_str())];
        prop_assert_eq!(client(&peer.to_string(), &lines), peer.to_string());
    }

    /// A proxy that appends, on the client's own line or a new one: the client cannot hide what it appended.
    #[test]
    fn a_client_cannot_write_its_own_address(sent in anything(), real in anyone(), same_line: bool, hops in 0..3) {
        let node = if real.is_ipv6() { format!("\"[{real}]:4711\"") } else { real.to_string() };
        for (name, first, next) in [
            ("forwarded", format!("for={node}"), "for=10.2.2.2;proto=http"),
            ("x-forwarded-for", real.to_string(), "10.2.2.2"),
        ] {
            let appended = (0..hops).fold(first, |line, _| format!("{line}, {next}"));
            let joined = format!("{sent}, {appended}");
            let lines: Vec<_> = if same_line { vec![joined.as_str()] } else { vec![sent.as_str(), &appended] };
            let lines: Vec<_> = lines.into_iter().map(|line| (name, line)).collect();
            prop_assert_eq!(client(PROXY, &lines), real.to_string(), "{:?}", lines);
        }
    }

    /// A proxy that writes one header and lets the other through: forging that one leads to nobody but the proxy.
    #[test]
    fn a_header_let_through_cannot_name_another(sent in anything(), real in anyone()) {
        let node = if real.is_ipv6() { format!("\"[{real}]\"") } else { real.to_string() };
        for lines in [
            [("forwarded", sent.clone()), ("x-forwarded-for", real.to_string())],
            [("x-forwarded-for", sent.clone()), ("forwarded", format!("for={node}"))],
        ] {
            let lines = lines.each_ref().map(|(name, value)| (*name, value.as_str()));
            let found = client(PROXY, &lines);
            prop_assert!(found == real.to_string() || found == PROXY, "{:?}: {}", lines, found);
        }
    }
}
