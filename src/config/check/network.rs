//! Where the server listens, who stands in front of it, and which sites may call it.

use std::net::SocketAddr;

use super::{Report, on_loopback, web_url};
use crate::config::Config;
use crate::config::network::Network;

pub(super) fn check(config: &Config, report: &mut Report) {
    listeners(config, report);
    public_url(&config.public_url, report);
    for (place, proxy) in config.trusted_proxies.iter().enumerate() {
        if let Err(what) = proxy.parse::<Network>() {
            report.fault(format!("trusted_proxies.{place}"), what);
        }
    }
    for (place, origin) in config.cors.origins.iter().enumerate() {
        if let Err(what) = exact_origin(origin) {
            report.fault(format!("cors.origins.{place}"), what);
        }
    }
    if let Some(tls) = &config.tls {
        report.readable("tls.certificate", &tls.certificate);
        report.private("tls.private_key", &tls.private_key);
    }
}

fn listeners(config: &Config, report: &mut Report) {
    let api = address("listen", &config.listen, report);
    let admin = address("admin_listen", &config.admin_listen, report);
    if let (Some(api), Some(admin)) = (api, admin)
        && api == admin
        && api.port() != 0
    {
        report.fault("admin_listen", format!("is the same as listen ({api}); give it a port of its own"));
    }
    if api.is_some_and(|api| !api.ip().is_loopback()) && config.tls.is_none() && config.trusted_proxies.is_empty() {
        report.fault(
            "listen",
            "is open to the network without TLS: add [tls], name the proxy in trusted_proxies, or listen on 127.0.0.1",
        );
    }
    if admin.is_some_and(|admin| !admin.ip().is_loopback()) {
        report.warn("admin_listen", "is open to the network: whoever reaches it reads /metrics and /readyz");
    }
}

fn address(key: &str, text: &str, report: &mut Report) -> Option<SocketAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        report.fault(key, format!("`{text}` must be an address and a port, such as 127.0.0.1:8700 or [::1]:8700"));
    }
    address
}

/// RFC 9728 §1.2 and RFC 8707 §2: absolute, no fragment; and no query, since links are made by adding a path.
///
/// It is compared octet for octet with `aud` and stands in `WWW-Authenticate`, so it must be written as it is meant: what a
/// URL parser would mend (blanks, backslashes, other alphabets) is refused.
fn public_url(text: &str, report: &mut Report) {
    match web_url(text) {
        Err(what) => report.fault("public_url", what),
        Ok(url) if url.query().is_some() => report.fault("public_url", "must not have a query (?…)"),
        Ok(_) if !is_bare(text) => report.fault(
            "public_url",
            "must be https:// and a host in plain ASCII, with a port if need be, and no path (RFC 9728 §3.1 has the \
             metadata of a resource with a path elsewhere, which is not served here)",
        ),
        Ok(url) if url.scheme() == "http" && !on_loopback(&url) => {
            report.warn("public_url", "is plain http: clients would send their tokens in the clear");
        }
        Ok(_) => {}
    }
}

/// Whether `text` is scheme, host, perhaps a port, perhaps a final slash, and nothing else.
fn is_bare(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = host.strip_suffix('/').unwrap_or(host);
    let of_a_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !host.is_empty() && host.bytes().all(of_a_host)
}

/// What a browser sends in `Origin` (RFC 6454 §6.2), letter for letter: anything else would never match.
fn exact_origin(origin: &str) -> Result<(), String> {
    if origin.contains('*') {
        return Err("must name each site: `*` would let every page on the web call".into());
    }
    let url = web_url(origin).map_err(|what| format!("{what}; an origin is like https://site.example"))?;
    let exact = url.origin().ascii_serialization();
    if exact == origin { Ok(()) } else { Err(format!("`{origin}` is no origin: write `{exact}`")) }
}
