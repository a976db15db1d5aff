//! How many connections there are, in all and of one address: counted as they come and go, refused at the first request of one
//! too many. One address is told so on a few connections only; what it opens beyond them is closed at once, so that it cannot
//! take the room of all others. Proxies that the operator listed are not counted by address: behind them is everyone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Limits;
use crate::config::network::{Network, customer};
use crate::metrics::catalogue::{HTTP_CONNECTIONS, HTTP_REJECTED};
use crate::metrics::{Counter, Gauge, Inside};

/// On how many connections beyond its limit an address is told that there are too many.
const TOLD: u64 = 8;

/// The counts.
#[derive(Debug)]
pub struct Connections {
    counts: Mutex<Counts>,
    most: u64,
    most_of_address: u64,
    uncounted: Vec<Network>,
    open: Gauge,
    closed: Counter,
}

#[derive(Debug, Default)]
struct Counts {
    all: u64,
    by_address: HashMap<IpAddr, u64>,
}

/// What there was one too many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// Connections from its address.
    OfAddress,
    /// Connections.
    InAll,
}

/// One connection's place in the counts; given back when it closes.
#[derive(Debug)]
pub struct Place {
    address: Option<IpAddr>,
    too_many: Option<TooMany>,
    connections: Arc<Connections>,
    _open: Inside,
}

impl Connections {
    /// As many as the limits say; of those in `uncounted`, as many as there may be in all.
    pub fn new(limits: &Limits, uncounted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            most: limits.connections,
            most_of_address: limits.connections_per_address,
            uncounted,
            open: HTTP_CONNECTIONS.handle(),
            closed: HTTP_REJECTED.with(["connections_per_address"]),
        })
    }

    /// A place for a connection from `peer`; none if it is to be closed at once.
    pub fn place(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Place> {
        let counted = peer.filter(|peer| !self.uncounted.iter().any(|network| network.contains(*peer)));
        let address = counted.map(customer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_address = false;
        if let Some(address) = address {
            let count = counts.by_address.entry(address).or_insert(0);
            if *count >= self.most_of_address.saturating_add(TOLD) {
                self.closed.increment(1);
                return None;
            }
            *count += 1;
            of_address = *count > self.most_of_address;
        }
        counts.all += 1;
        let in_all = counts.all > self.most;
        let too_many = match (of_address, in_all) {
            (true, _) => Some(TooMany::OfAddress),
            (false, true) => Some(TooMany::InAll),
            (false, false) => None,
        };
        Some(Place { address, too_many, connections: self.clone(), _open: Inside::of(&self.open) })
    }
}

impl Place {
    /// What there was one too many of when it came.
    pub fn too_many(&self) -> Option<TooMany> {
        self.too_many
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        let Some(address) = self.address else { return };
        if let Some(count) = counts.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Connections, TOLD, TooMany};
    use crate::config::Limits;

    #[test]
    fn one_too_many_is_known_and_places_are_given_back() {
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let counts = Connections::new(&limits, vec!["198.51.100.0/24".parse().expect("a network")]);
        let place = |address: &str| counts.place(Some(address.parse().expect("an address"))).expect("a place");
        let (one, two, three) = (place("192.0.2.1"), place("192.0.2.1"), place("192.0.2.1"));
        assert_eq!([one.too_many(), two.too_many(), three.too_many()], [None, None, Some(TooMany::OfAddress)]);
        assert_eq!(place("192.0.2.2").too_many(), Some(TooMany::InAll));
        drop(one);
        drop(three);
        assert_eq!(place("192.0.2.1").too_many(), None);
        // A proxy has as many as there are.
        let proxied = [(); 3].map(|()| place("198.51.100.7"));
        assert_eq!(proxied.each_ref().map(super::Place::too_many), [None, None, Some(TooMany::InAll)]);
        drop(proxied);
        drop(two);
        let counts = counts.counts.lock().expect("counts");
        assert!(counts.all == 0 && counts.by_address.is_empty());
    }

    #[test]
    fn what_an_address_opens_beyond_those_it_is_told_on_takes_no_room() {
        let limits = Limits { connections: 2 + TOLD + 1, connections_per_address: 2, ..Limits::default() };
        let counts = Connections::new(&limits, Vec::new());
        let place = |address: &str| counts.place(Some(address.parse().expect("an address")));
        let mut kept: Vec<_> = (0..2 + TOLD).map(|_| place("192.0.2.1").expect("a place")).collect();
        assert!((0..100).all(|_| place("192.0.2.1").is_none()));
        assert_eq!(place("192.0.2.2").expect("a place").too_many(), None);
        drop(kept.pop());
        assert_eq!(place("192.0.2.1").expect("a place").too_many(), Some(TooMany::OfAddress));
    }
}
