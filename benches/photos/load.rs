//! The load on one address for some seconds: `wrk`, which keeps its connections.

#[path = "../http/load/wrk.rs"]
mod wrk;

pub(crate) use wrk::check;
use wrk::{Figures, Wrk};

use crate::cores::{Fault, cpu_us};

/// Connections.
const CONNECTIONS: usize = 32;

/// What one round showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// What `wrk` says.
    pub(crate) wrk: Figures,
    /// CPU time of the server a request, microseconds.
    pub(crate) cpu_us: f64,
}

/// A client that presents a token, or none.
pub(crate) struct Load(Wrk);

impl Load {
    pub(crate) fn with(token: &str) -> Result<Self, Fault> {
        Ok(Self(Wrk::prepare(&[token.to_owned()], "*/*")?))
    }

    /// Loads what `process` serves at this path of a port.
    pub(crate) fn round(&self, process: u32, port: u16, path: &str, seconds: u64) -> Result<Round, Fault> {
        let before = cpu_us(process)?;
        let wrk = self.0.run(port, path, None, seconds)?;
        Ok(Round { wrk, cpu_us: (cpu_us(process)? - before) / wrk.requests })
    }
}
