//! The load on one route for some seconds, by two clients.
//!
//! `wrk` sleeps when it waits for answers, and to wake it costs the server: on a virtual machine some microseconds a
//! request, and the more often the slower the route is, because a fast route keeps `wrk` busy. So what a request costs
//! the server is measured a second time under a client that never sleeps ([`busy`]).

mod busy;
mod wrk;

use busy::Busy;
pub(crate) use wrk::check;
use wrk::{Figures, Wrk};

use crate::servers::Servers;
use crate::setting::{Fault, Route};

/// Connections of either client; it keeps them open.
const CONNECTIONS: usize = 32;

/// What one round showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// What `wrk` says.
    pub(crate) wrk: Figures,
    /// CPU time of the server a request under `wrk`, microseconds.
    pub(crate) wrk_cpu_us: f64,
    /// The same under the client that never sleeps.
    pub(crate) busy_cpu_us: f64,
}

/// Both clients.
pub(crate) struct Load {
    wrk: Wrk,
    busy: Busy,
    /// The tag of everybody's page of contacts.
    page: String,
}

impl Load {
    /// Makes both ready to present one of `tokens` with each request, and the tag `page` where a client has the page.
    pub(crate) fn prepare(tokens: &[String], page: &str) -> Result<Self, Fault> {
        Ok(Self { wrk: Wrk::prepare(tokens, "application/json")?, busy: Busy::new(tokens), page: page.to_owned() })
    }

    /// Loads one route, for so long with each.
    pub(crate) fn round(&mut self, servers: &mut Servers, route: Route, seconds: u64) -> Result<Round, Fault> {
        let port = servers.port(route)?;
        let known = matches!(route, Route::Unchanged(_)).then_some(self.page.as_str());
        let before = servers.cpu_us(route)?;
        let wrk = self.wrk.run(port, route.path(), known, seconds)?;
        let between = servers.cpu_us(route)?;
        let wrk_cpu_us = (between - before) / wrk.requests;
        if route.closes_connections() {
            return Ok(Round { wrk, wrk_cpu_us, busy_cpu_us: f64::NAN });
        }
        let requests = self.busy.run(port, route.path(), known, seconds)?;
        let after = servers.cpu_us(route)?;
        Ok(Round { wrk, wrk_cpu_us, busy_cpu_us: (after - between) / requests })
    }
}
