//! How many connections one address has: counted as they come and go, refused at the first request of one too many.
//! Proxies that the operator listed are not counted: behind them is everyone.

use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;

use crate::config::network::{Network, customer};
use crate::metrics::catalogue::HTTP_CONNECTIONS;
use crate::metrics::{Gauge, Inside};

/// The counts.
#[derive(Debug)]
pub struct Connections {
    by_address: Mutex<HashMap<IpAddr, u64>>,
    most: u64,
    uncounted: Vec<Network>,
    /// All of them, whatever their address.
    open: Gauge,
}

/// One connection's place in the counts; given back when it closes.
#[derive(Debug)]
pub struct Place {
    address: IpAddr,
    too_many: bool,
    counts: Arc<Connections>,
}

impl Connections {
    /// At most `most` connections an address, but for those in `uncounted`.
    pub fn new(most: u64, uncounted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { by_address: Mutex::default(), most, uncounted, open: HTTP_CONNECTIONS.handle() })
    }

    /// Counts a connection and notes its place with it; for `HttpServer::on_connect`.
    pub fn note(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        data.insert(Inside::of(&self.open));
        let plain = connection.downcast_ref::<TcpStream>();
        let stream = plain.or_else(|| Some(connection.downcast_ref::<TlsStream<TcpStream>>()?.get_ref().0));
        let peer = stream.and_then(|stream| stream.peer_addr().ok());
        if let Some(peer) = peer.filter(|peer| !self.uncounted.iter().any(|network| network.contains(peer.ip()))) {
            data.insert(self.place(customer(peer.ip())));
        }
    }

    fn place(self: &Arc<Self>, address: IpAddr) -> Place {
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        *count += 1;
        Place { address, too_many: *count > self.most, counts: self.clone() }
    }
}

impl Place {
    /// Whether it was one too many when it came.
    pub fn is_too_many(&self) -> bool {
        self.too_many
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Connections;

    #[test]
    fn one_too_many_is_known_and_places_are_given_back() {
        let counts = Connections::new(2, Vec::new());
        let address = "192.0.2.1".parse().expect("an address");
        let (one, two, three) = (counts.place(address), counts.place(address), counts.place(address));
        assert_eq!([one.is_too_many(), two.is_too_many(), three.is_too_many()], [false, false, true]);
        drop(one);
        drop(three);
        assert!(!counts.place(address).is_too_many());
        drop(two);
        assert!(counts.by_address.lock().expect("counts").is_empty());
    }
}
