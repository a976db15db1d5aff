//! The processes that are loaded: ours, and the peers.

use crate::child::Child;
use crate::cores::{Core, on};
use crate::database::Database;
use crate::peers::{Peer, Running};
use crate::setting::{Fault, Route};

/// All of them.
pub(crate) struct Servers {
    /// Ours.
    pub(crate) child: Child,
    peers: Vec<(Peer, Running)>,
}

impl Servers {
    /// Beside ours, the peers among `routes`, on the first core too.
    pub(crate) fn start(
        child: Child,
        routes: &[Route],
        databases: &[Database],
        tokens: &[String],
    ) -> Result<Self, Fault> {
        let mut peers = Vec::new();
        for route in routes {
            let (Route::Peer(peer), Some(database)) = (*route, databases.first()) else { continue };
            peers.push((peer, on(Core::First, || Running::start(peer, database, tokens))?));
        }
        Ok(Self { child, peers })
    }

    /// Where a route is.
    pub(crate) fn port(&self, route: Route) -> Result<u16, Fault> {
        let port = match route {
            Route::Peer(peer) => self.running(peer).map(Running::port),
            route => route.port(self.child.ports()),
        };
        port.ok_or_else(|| "no port".into())
    }

    /// The CPU time that the process of a route has used so far, microseconds.
    pub(crate) fn cpu_us(&mut self, route: Route) -> Result<f64, Fault> {
        match route {
            Route::Peer(peer) => self.running(peer).ok_or("no such peer")?.cpu_us(),
            _ => self.child.cpu_us(),
        }
    }

    fn running(&self, peer: Peer) -> Option<&Running> {
        self.peers.iter().find(|(one, _)| *one == peer).map(|(_, running)| running)
    }
}
