//! What all requests have in common: the desk, the limits, and how a body is read. GTW-4, GTW-10.

use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use axum::extract::Request as HttpRequest;
use axum::http::HeaderMap;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::sync::Semaphore;

use super::desk::Desk;
use super::hook::Hook;
use super::{Settings, guard};
use channel::serial::Serial;
use gateway::code::Problem;
use gateway::limits::Limits;
use gateway::operate::{Performed, Request};
use gateway::surface::{Operation, Outcome};

/// Bytes of a body: several times what the longest request has.
const MAX_BODY: usize = 16 * 1024;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Pages that watch a login, all together.
const MOST_WATCHERS: usize = 64;

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// What all requests have in common.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) desk: Desk,
    pub(super) watchers: Arc<Semaphore>,
    hook: Option<Hook>,
    addresses: Mutex<Limits<IpAddr>>,
    licenses: Mutex<Limits<Serial>>,
    begun: Instant,
}

impl Shared {
    pub(super) fn new(settings: Settings, desk: Desk, hook: Option<Hook>) -> Self {
        let (addresses, licenses) = (Limits::new(settings.address_rate), Limits::new(settings.license_rate));
        Self {
            settings,
            desk,
            watchers: Arc::new(Semaphore::new(MOST_WATCHERS)),
            hook,
            addresses: Mutex::new(addresses),
            licenses: Mutex::new(licenses),
            begun: Instant::now(),
        }
    }

    /// Who asks.
    pub(super) fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        guard::address(peer, headers, self.settings.behind_proxy)
    }

    /// Whether this address may ask now.
    pub(super) fn admits(&self, address: IpAddr) -> Result<(), Problem> {
        self.is_within(&self.addresses, address)
    }

    fn is_within<K: Eq + Hash>(&self, limits: &Mutex<Limits<K>>, who: K) -> Result<(), Problem> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut limits = limits.lock().unwrap_or_else(PoisonError::into_inner);
        if limits.admits(who, now) { Ok(()) } else { Err(Problem::TooMany) }
    }

    /// Reads what is asked.
    pub(super) async fn read(&self, operation: Operation, request: HttpRequest) -> Result<Request, Problem> {
        let (head, body) = request.into_parts();
        guard::ensure_json(&head.headers)?;
        let request = Request::read(operation, &whole(body).await?)?;
        match request.names() {
            Some(serial) => self.is_within(&self.licenses, serial).map(|()| request),
            None => Ok(request),
        }
    }

    /// Does it; a notification is then on its way.
    pub(super) async fn perform(&self, request: Request) -> Performed {
        let performed = self.desk.ask(request).await;
        if let (Ok(Some(Outcome::Started(started))), Some(hook)) = (&performed, &self.hook) {
            hook.send(started);
        }
        performed
    }
}

/// A body that comes in time and isn't too long.
pub(super) async fn whole(body: Body) -> Result<Vec<u8>, Problem> {
    if body.size_hint().lower() > u64::try_from(MAX_BODY).unwrap_or(u64::MAX) {
        return Err(Problem::TooLarge);
    }
    let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY).collect()).await;
    match collected {
        Err(_) => Err(Problem::TimedOut),
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge),
        Ok(Err(_)) => Err(Problem::BadRequest),
    }
}
