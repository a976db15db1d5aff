//! The API's address: its connections, each under the deadlines of `stream` and counted by `connections`, and the application
//! behind them. `actix_web::HttpServer` puts the same parts together, but lets nobody come between a connection and its bytes.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_server::{GracefulShutdownSignal, Server, ServerHandle};
use actix_service::{
    IntoServiceFactory as _, Service as _, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service,
    map_config,
};
use actix_tls::accept::rustls_0_23::{Acceptor, AcceptorService};
use actix_tls::accept::{TlsError, max_concurrent_tls_connect};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Config;
use crate::server::connections::Connections;
use crate::server::stream::{Deadlines, Timed};
use crate::server::tls::{self, Certificate};

/// What the framework can have.
const MOST_WORKERS: usize = 512;
/// How long requests under way may take once the door is closed, seconds.
const DRAIN_S: u64 = 25;
/// Connections that the kernel keeps until they are accepted: those of a busy moment.
const BACKLOG: i32 = 1024;
/// Connections above `limits.connections` that are accepted so that they can be refused in words.
const SPARE: u64 = 256;
/// How many octets of an answer the kernel takes beyond those that are on their way. It keeps what a client that reads slowly
/// costs small, and makes what it has taken known: Linux says so when half of this was taken (8 s at 1 KiB/s).
const UNSENT: u32 = 16 * 1024;
/// How many octets TLS takes beyond those: nobody sees how many of them were taken before all are.
const SEALED: usize = 8 * 1024;

/// What each connection gets.
#[derive(Clone)]
struct Door<F> {
    application: F,
    connections: Arc<Connections>,
    deadlines: Deadlines,
    keep_alive: Duration,
    stopping: GracefulShutdownSignal,
}

/// Serves what `application` makes, once a worker, at `listener`; with TLS if there is a certificate.
pub fn serve<F, S, B>(
    listener: TcpListener,
    config: &Config,
    application: F,
    certificate: Option<Arc<Certificate>>,
) -> io::Result<ServerHandle>
where
    F: Fn() -> App<S> + Clone + Send + 'static,
    S: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    let limits = &config.limits;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = if config.server.workers == 0 { cores.min(MOST_WORKERS) } else { config.server.workers };
    let most = usize::try_from(limits.connections.saturating_add(SPARE)).unwrap_or(usize::MAX).div_ceil(workers);
    // Handshakes under way count as connections do: a few silent ones must not close the door to all others.
    max_concurrent_tls_connect(most);
    SockRef::from(&listener).listen(BACKLOG)?;
    let server =
        Server::build().workers(workers).max_concurrent_connections(most).shutdown_timeout(DRAIN_S).disable_signals();
    let door = Door {
        application,
        connections: Connections::new(limits, config.proxies()),
        deadlines: Deadlines::new(limits),
        keep_alive: Duration::from_secs(limits.keep_alive_s),
        stopping: server.graceful_shutdown_signal(),
    };
    let server = match certificate {
        Some(certificate) => {
            let mut acceptor = Acceptor::new(tls::handshakes(certificate)?);
            acceptor.set_handshake_timeout(Duration::from_secs(limits.head_deadline_s));
            server.listen("api", listener, move || door.secured(acceptor.clone()))?
        }
        None => server.listen("api", listener, move || door.plain())?,
    }
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

impl<F, S, B> Door<F>
where
    F: Fn() -> App<S>,
    S: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    fn plain(
        &self,
    ) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()> + use<F, S, B>
    {
        let (connections, deadlines) = (self.connections.clone(), self.deadlines.clone());
        let timed = move |stream: TcpStream| {
            let peer = prepared(&stream);
            let place = connections.place(peer.map(|peer| peer.ip()));
            let timed = place.map(|place| (Timed::new(stream, place, deadlines.clone()), Protocol::Http1, peer));
            std::future::ready(timed.ok_or_else(|| DispatchError::Io(io::ErrorKind::ConnectionAborted.into())))
        };
        fn_service(timed).and_then(self.http(false))
    }

    fn secured(
        &self,
        acceptor: Acceptor,
    ) -> impl ServiceFactory<
        TcpStream,
        Config = (),
        Response = (),
        Error = TlsError<io::Error, DispatchError>,
        InitError = (),
    > + use<F, S, B> {
        let (connections, deadlines) = (self.connections.clone(), self.deadlines.clone());
        // A place is taken before hands are shaken: who never does is counted as well.
        let timed = move |stream: TcpStream, acceptor: &AcceptorService| {
            let peer = prepared(&stream);
            let place = connections.place(peer.map(|peer| peer.ip()));
            let shaken = place.map(|place| (place, acceptor.call(stream)));
            let deadlines = deadlines.clone();
            async move {
                let Some((place, shaken)) = shaken else {
                    return Err(TlsError::Tls(io::ErrorKind::ConnectionAborted.into()));
                };
                let mut stream = shaken.await?;
                stream.get_mut().1.set_buffer_limit(Some(SEALED));
                Ok((Timed::new(stream, place, deadlines), Protocol::Http1, peer))
            }
        };
        apply_fn_factory::<_, _, _, _, _, TcpStream, _, _>(acceptor, timed)
            .map_err(TlsError::into_service_error)
            .and_then(self.http(true).map_err(TlsError::Service))
    }

    /// HTTP/1.1 and the application. The deadline of the first head is the stream's, as all others are.
    fn http<I: AsyncRead + AsyncWrite + Unpin + 'static>(
        &self,
        secure: bool,
    ) -> impl ServiceFactory<
        (Timed<I>, Protocol, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<F, S, B, I> {
        let stopping = self.stopping.clone();
        let application = (self.application)().into_factory().map_err(|error: Error| error.error_response());
        let http = HttpService::build()
            .keep_alive(self.keep_alive)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(Duration::from_secs(1))
            .on_connect_ext(move |stream: &Timed<I>, data| {
                if let Some(too_many) = stream.too_many() {
                    data.insert(too_many);
                }
                data.insert(stream.turn());
            })
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            });
        let http = if secure { http.secure() } else { http };
        http.finish(map_config(application, |()| AppConfig::default()))
    }
}

/// Sets what the kernel keeps for the connection, and says who is at its other end.
fn prepared(stream: &TcpStream) -> Option<SocketAddr> {
    // A system without this serves as well, only that slow readers cost more.
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    stream.peer_addr().ok()
}
