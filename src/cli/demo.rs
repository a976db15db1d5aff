//! `sharehold demo`: its arguments.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Serves people to try it with, on this machine alone, and prints ready tokens: no set-up.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where its keys and its database are kept.
    #[arg(long, value_name = "DIR", env = "SHAREHOLD_DATA", default_value = "data/demo")]
    pub data: PathBuf,
    /// Where to listen; on loopback only. Port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS:PORT", env = "SHAREHOLD_LISTEN", default_value = "127.0.0.1:8700", value_parser = loopback)]
    pub listen: SocketAddr,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:8700")?;
    if address.ip().is_loopback() { Ok(address) } else { Err("the demo's keys are public: loopback only".into()) }
}
