//! Connections: how many there are, how long each may take, and how all of them end. GTW-4.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Settings;
use super::desk;
use super::hook::Hook;
use super::routes::router;
use super::shared::{Peer, Shared};
use crate::io::store::Sqlite;

/// Connections at once; further ones wait to be accepted.
const MOST_CONNECTIONS: usize = 1_024;
/// How long the head of a request may take to come, also of the next on a connection that stays open.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a head, and what is read ahead of a connection.
const HEAD_BYTES: usize = 16 * 1024;
/// How long requests that have begun may take to end when the gateway stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// After a connection that could not be accepted: too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// A gateway that can be asked as soon as it is served.
pub struct Gateway {
    listener: TcpListener,
    router: Router,
    desk: JoinHandle<()>,
}

impl Gateway {
    /// Takes a store and an address that is bound.
    pub fn new(listener: TcpListener, mut store: Sqlite, settings: Settings) -> Result<Self, CannotServe> {
        store.keep_sessions().map_err(CannotServe::Store)?;
        let hook = settings.hook.as_ref().map(Hook::start).transpose()?;
        let (desk, thread) = desk::open(store)?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, router: router(Arc::new(Shared::new(settings, desk, hook))), desk: thread })
    }
}

/// Why a gateway can't start or go on.
#[derive(Debug)]
pub enum CannotServe {
    /// The store.
    Store(crate::io::store::StoreError),
    /// A socket, a thread.
    System(std::io::Error),
}

impl std::fmt::Display for CannotServe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CannotServe {}

impl From<std::io::Error> for CannotServe {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

/// Serves until the process is told to end: by SIGTERM or Ctrl-C. What has begun then comes to its end, and what was
/// acknowledged is on the disk as always.
pub fn serve(gateway: Gateway) -> Result<(), CannotServe> {
    let Gateway { listener, router, desk } = gateway;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(accept(listener, router, std::future::pending()))?;
    // Connections that didn't end in time are dropped with it, and with the last of them the desk is free to go.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if desk.join().is_err() {
        tracing::error!("the thread of the store has panicked");
    }
    Ok(())
}

/// Accepts until the process is told to end, or this has come to an end; then what has begun comes to its own.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    over: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let mut over = std::pin::pin!(over);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (room, graceful) = (Arc::new(Semaphore::new(MOST_CONNECTIONS)), GracefulShutdown::new());
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await.map_err(std::io::Error::other)?;
            Ok((listener.accept().await?, place))
        };
        let accepted = tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            () = &mut over => break,
            accepted = next => accepted,
        };
        match accepted {
            Ok(((stream, peer), place)) => connect(stream, peer, place, &router, &graceful),
            Err(error) => {
                let error: std::io::Error = error;
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    tracing::info!("stopping");
    if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not come to their end");
    }
    Ok(())
}

fn connect(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    router: &Router,
    graceful: &GracefulShutdown,
) {
    // Replies are one write each; what can't be set is slower, and no more.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router.clone().layer(Extension(Peer(peer))));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        // What a client breaks off is the client's affair.
        let _ = connection.await;
        drop(place);
    });
}
