//! The door: the listening socket, and how it is closed without a connection being lost. May import nothing of ours.
//!
//! Closing a listening socket resets the connections that the kernel has made and that nobody has accepted yet, and their
//! requests with them: a proxy cannot know whether those were done. So first the kernel makes no more: a filter on the socket
//! takes the SYNs away, and whoever sent one sends it again a second later, and is then refused, which every proxy knows how
//! to take. What is in the queue is accepted and answered meanwhile.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use socket2::{SockFilter, SockRef};

/// How long what is in the queue may take to be accepted and read, also on a machine that has much else to do. Less than the
/// second after which a SYN is sent again.
const QUEUE: Duration = Duration::from_millis(500);

/// Classic BPF, as `tcpdump -ddd` would write it: load the octet of the TCP header's flags; if SYN is set, take 0 octets, else all.
const NO_SYN: [(u16, u8, u8, u32); 4] = [(0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, u32::MAX)];

/// A second handle of the listening socket.
#[derive(Debug)]
pub struct Door(TcpListener);

impl Door {
    /// The door of `listener`.
    pub fn of(listener: &TcpListener) -> io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Lets no new connection in, waits until those that are in have been accepted, and gives the handle back: the socket is
    /// closed when its other one is.
    pub async fn shut(self) {
        let filter = NO_SYN.map(|(code, yes, no, value)| SockFilter::new(code, yes, no, value));
        match SockRef::from(&self.0).attach_filter(&filter) {
            Ok(()) => tokio::time::sleep(QUEUE).await,
            Err(fault) => log::warn!("the door closes with a bang, new connections may be reset: {fault}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::{Door, Duration, TcpListener};

    #[tokio::test]
    async fn who_is_in_the_queue_is_served_and_nobody_comes_after() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
        let address = listener.local_addr().expect("its address");
        let mut queued = TcpStream::connect(address).expect("a connection");
        Door::of(&listener).expect("a handle").shut().await;
        // Not refused, not taken: as if the packet had been lost.
        let late = TcpStream::connect_timeout(&address, Duration::from_millis(300)).expect_err("no answer to a SYN");
        assert_eq!(late.kind(), std::io::ErrorKind::TimedOut);
        queued.write_all(b"ping").expect("sent");
        let (mut accepted, _) = listener.accept().expect("who was in the queue");
        let mut said = [0; 4];
        accepted.read_exact(&mut said).expect("what was sent");
        accepted.write_all(b"pong").expect("answered");
        queued.read_exact(&mut said).expect("the answer");
        assert_eq!(&said, b"pong");
        // And then it is refused.
        drop(listener);
        let refused = TcpStream::connect(address).expect_err("closed");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
}
