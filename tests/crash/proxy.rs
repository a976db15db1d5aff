//! A TCP proxy on loopback between the server and its database, told while it runs what to do to what passes through it.
//! Imports nothing of ours: the tests of the store use it too.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often the one that accepts looks at what it is to do.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What is done to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is handed on, this much later.
    Forward(Duration),
    /// It is kept; connections are held open.
    Freeze,
    /// Connections are closed, new ones refused.
    Refuse,
    /// Half-open: the way to the database is gone, what comes from the server is taken and thrown away. Connections that
    /// once were so stay so.
    Swallow,
}

impl Mode {
    /// Handed on at once.
    pub(crate) const OPEN: Self = Self::Forward(Duration::ZERO);
}

/// The proxy. It refuses from the moment that it is dropped.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    mode: Mutex<Mode>,
    changed: Condvar,
    links: Mutex<Vec<Arc<Link>>>,
    ended: AtomicBool,
}

/// A connection that came, and the one that was made for it.
struct Link {
    near: TcpStream,
    far: Option<TcpStream>,
    swallowed: AtomicBool,
}

impl Proxy {
    /// Before `port` of loopback, handing everything on.
    pub(crate) fn before(port: u16) -> io::Result<Self> {
        let listener = listen(0)?;
        let own = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            target: (Ipv4Addr::LOCALHOST, port).into(),
            mode: Mutex::new(Mode::OPEN),
            changed: Condvar::new(),
            links: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        thread::spawn(move || accepting.accept(own, Some(listener)));
        Ok(Self { port: own, shared })
    }

    /// From now on.
    pub(crate) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
        self.shared.changed.notify_all();
        let mut links = self.shared.links.lock().unwrap_or_else(PoisonError::into_inner);
        match mode {
            Mode::Refuse => links.drain(..).for_each(|link| link.close()),
            Mode::Swallow => links.iter().for_each(|link| link.swallow()),
            Mode::Forward(_) | Mode::Freeze => {}
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        self.set(Mode::Refuse);
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Shared {
    fn accept(self: Arc<Self>, port: u16, mut listener: Option<TcpListener>) {
        while !self.ended.load(Ordering::Acquire) {
            let mode = self.mode();
            if mode == Mode::Refuse {
                // Closed, and what waits in it with it.
                listener = None;
            } else if listener.is_none() {
                listener = listen(port).ok();
            }
            match listener.as_ref().map(TcpListener::accept) {
                Some(Ok((near, _))) => drop(self.clone().link(near, mode)),
                _ => thread::sleep(LOOK_EVERY),
            }
        }
    }

    fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn link(self: Arc<Self>, near: TcpStream, mode: Mode) -> io::Result<()> {
        near.set_nonblocking(false)?;
        near.set_nodelay(true)?;
        let far = match mode {
            Mode::Swallow => None,
            _ => Some(TcpStream::connect(self.target)?),
        };
        if let Some(far) = &far {
            far.set_nodelay(true)?;
        }
        let link = Arc::new(Link { near, swallowed: AtomicBool::new(far.is_none()), far });
        self.links.lock().unwrap_or_else(PoisonError::into_inner).push(link.clone());
        // Told between the look and the entry in the list.
        match self.mode() {
            Mode::Refuse => link.close(),
            Mode::Swallow => link.swallow(),
            Mode::Forward(_) | Mode::Freeze => {}
        }
        for (there, shared, link) in [(true, self.clone(), link.clone()), (false, self, link)] {
            thread::spawn(move || shared.pump(&link, there));
        }
        Ok(())
    }

    /// Hands on in one direction until an end is reached.
    fn pump(&self, link: &Link, there: bool) {
        let (from, to) =
            if there { (Some(&link.near), link.far.as_ref()) } else { (link.far.as_ref(), Some(&link.near)) };
        let Some(mut from) = from else { return };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            thread::sleep(self.delay());
            if link.swallowed.load(Ordering::Acquire) {
                if there && read > 0 {
                    continue;
                }
                return;
            }
            let Some(mut to) = to else { return };
            let bytes = buffer.get(..read).unwrap_or_default();
            if read == 0 || to.write_all(bytes).is_err() {
                let _ = to.shutdown(Shutdown::Write);
                let _ = from.shutdown(Shutdown::Read);
                return;
            }
        }
    }

    /// Waits while nothing may pass; how much later it is to arrive.
    fn delay(&self) -> Duration {
        let mode = self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        let mode = self.changed.wait_while(mode, |mode| *mode == Mode::Freeze);
        match *mode.unwrap_or_else(PoisonError::into_inner) {
            Mode::Forward(delay) => delay,
            Mode::Freeze | Mode::Refuse | Mode::Swallow => Duration::ZERO,
        }
    }
}

impl Link {
    fn close(&self) {
        let _ = self.near.shutdown(Shutdown::Both);
        if let Some(far) = &self.far {
            let _ = far.shutdown(Shutdown::Both);
        }
    }

    fn swallow(&self) {
        self.swallowed.store(true, Ordering::Release);
        if let Some(far) = &self.far {
            let _ = far.shutdown(Shutdown::Both);
        }
    }
}
