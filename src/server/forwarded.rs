//! Who is at the other end when proxies stand between: `Forwarded` (RFC 7239) and `X-Forwarded-For`, from listed proxies only.
//! The address is for counting and for the log; links come from `public_url`, and what is allowed from the token.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};

use crate::config::network::Network;

/// The proxies that are believed.
pub struct Forwarded {
    proxies: Vec<Network>,
    silent: Once,
    divided: Once,
}

impl Forwarded {
    /// Believes those in `proxies`, and nobody else.
    pub fn new(proxies: Vec<Network>) -> Self {
        Self { proxies, silent: Once::new(), divided: Once::new() }
    }

    /// The address of the client whose request `peer` sent.
    ///
    /// From a proxy that is not listed: `peer`, whatever the headers say. From a listed one: the headers are read from the
    /// right, each listed proxy vouching for the entry to its left, up to the first address that is not a listed proxy's. An
    /// entry that is no address (`unknown`, `_hidden`, garbage) ends it at the proxy that vouched for it. With both headers
    /// there, both must lead to the same client, else the request counts as the peer's own: a proxy writes one of them and
    /// commonly lets the other through as the client sent it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.is_listed(peer) {
            return peer;
        }
        let standard = self.walk(peer, entries(headers, &FORWARDED).map(element));
        let customary = self.walk(peer, entries(headers, &X_FORWARDED_FOR).map(node));
        match (standard, customary) {
            (Some(client), None) | (None, Some(client)) => client,
            (Some(one), Some(other)) if one == other => one,
            (Some(_), Some(_)) => {
                self.divided.call_once(|| {
                    log::warn!(
                        "Forwarded and X-Forwarded-For from the proxy {peer} disagree, so the request counts as the proxy's: \
                         let it remove the one that it does not write itself"
                    );
                });
                peer
            }
            (None, None) => {
                self.silent.call_once(|| {
                    log::warn!(
                        "the proxy {peer} says neither Forwarded nor X-Forwarded-For: all requests that it sends so count as \
                         one address"
                    );
                });
                peer
            }
        }
    }

    /// Where the entries lead; nothing if there are none.
    fn walk(&self, peer: IpAddr, entries: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut reached = None;
        for entry in entries {
            let Some(address) = entry else { return reached.or(Some(peer)) };
            reached = Some(address);
            if !self.is_listed(address) {
                break;
            }
        }
        reached
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(address))
    }
}

/// The entries of a list header, last first, over all its lines (RFC 9110 §5.3). Commas are taken as they come, quoted or not:
/// no address has one, and a quote that a client left open cannot then swallow what a proxy wrote behind it.
fn entries<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines: Vec<_> = headers.get_all(name).map(|line| line.to_str().unwrap_or("?")).collect();
    lines.into_iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim).filter(|entry| !entry.is_empty())
}

/// RFC 7239 §4: `for=` of one element. An element that breaks the grammar anywhere says nothing.
fn element(text: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in text.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        let value = match value.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?,
            None => value,
        };
        if value.contains(['"', '\\']) || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    node(found?)
}

/// RFC 7239 §6: an address, in brackets if it is IPv6, perhaps with a port, which may be obfuscated. `X-Forwarded-For` has no
/// grammar; what is written there is of the same forms, or IPv6 without brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.rsplit_once(":_").map_or(text, |(name, _)| name);
    let address = match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(name) => name.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())),
    };
    address.map(|address| address.to_canonical())
}
