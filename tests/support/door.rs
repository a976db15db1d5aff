//! A bucket behind a door that can be shut: what the network does to one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use sharehold::config::{Blobs, S3};

use crate::support::bucket;

/// Lets all pass.
pub const OPEN: u8 = 0;
/// Ends every connection.
pub const SHUT: u8 = 1;
/// Takes what is sent, and never answers.
pub const SILENT: u8 = 2;

/// Stands before the bucket.
pub struct Door {
    address: SocketAddr,
    state: Arc<AtomicU8>,
}

impl Door {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, state) = (listener.local_addr().expect("an address"), Arc::new(AtomicU8::new(OPEN)));
        let seen = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = seen.clone();
                std::thread::spawn(move || pass(client, &seen));
            }
        });
        Self { address, state }
    }

    /// A part of the bucket that nothing else uses, behind it.
    pub fn to_bucket(&self) -> Blobs {
        let s3 = S3 { endpoint: Some(format!("http://{}/", self.address)), region: None };
        Blobs { s3: Some(s3), ..bucket::fresh() }
    }

    pub fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }
}

fn pass(mut client: TcpStream, state: &AtomicU8) {
    let behind = bucket::endpoint().trim_start_matches("http://");
    let mut server = TcpStream::connect(behind).expect("the bucket");
    let (mut back, mut to) = (server.try_clone().expect("a half"), client.try_clone().expect("a half"));
    std::thread::spawn(move || drop(std::io::copy(&mut back, &mut to)));
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        match state.load(Ordering::SeqCst) {
            OPEN => server.write_all(&buffer[..length]).expect("sent"),
            SHUT => break,
            _ => {}
        }
    }
    let _ = (server.shutdown(std::net::Shutdown::Both), client.shutdown(std::net::Shutdown::Both));
}
