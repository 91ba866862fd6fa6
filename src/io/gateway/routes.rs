//! A request from its head to its reply. GTW-1, GTW-3, GTW-4, GTW-11.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::desk::Desk;
use super::guard::{self, HEADERS};
use super::hook::Hook;
use super::{Settings, now};
use channel::serial::Serial;
use gateway::code::{Problem, ResultCodes};
use gateway::limits::Limits;
use gateway::openapi;
use gateway::operate::{Performed, Request};
use gateway::surface::{Operation, Outcome, Reply, Side};

/// Bytes of a body: several times what the longest request has.
pub(super) const MAX_BODY: usize = 16 * 1024;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// What all requests have in common.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) desk: Desk,
    pub(super) hook: Option<Hook>,
    addresses: Mutex<Limits<IpAddr>>,
    licenses: Mutex<Limits<Serial>>,
    begun: Instant,
}

impl Shared {
    pub(super) fn new(settings: Settings, desk: Desk, hook: Option<Hook>) -> Self {
        let (addresses, licenses) = (Limits::new(settings.address_rate), Limits::new(settings.license_rate));
        let (addresses, licenses) = (Mutex::new(addresses), Mutex::new(licenses));
        Self { settings, desk, hook, addresses, licenses, begun: Instant::now() }
    }

    fn admits<K: Eq + std::hash::Hash>(&self, limits: &Mutex<Limits<K>>, who: K) -> Result<(), Problem> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut limits = limits.lock().unwrap_or_else(PoisonError::into_inner);
        if limits.admits(who, now) { Ok(()) } else { Err(Problem::TooMany) }
    }
}

/// The whole surface.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/openapi.json", get(document))
        .fallback(|| async { problem(Problem::NotFound) });
    for (operation, path, side, _) in Operation::TABLE {
        let handler = move |State(shared): State<Arc<Shared>>, request: HttpRequest| async move {
            replied(operate(&shared, operation, side, request).await)
        };
        router = router.route(path, post(handler));
    }
    // Of the routes that are there by now.
    let router = router.method_not_allowed_fallback(|| async { problem(Problem::BadMethod) });
    router.layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded)).with_state(shared)
}

/// What is asked of every request, and what is said of every reply. Neither what stands in a body nor a query is logged.
async fn guarded(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let address = guard::address(peer, request.headers(), shared.settings.behind_proxy);
    let (method, path) = (request.method().clone(), known_path(request.uri().path()));
    let admitted = shared.settings.hosts.ensure(request.headers());
    let admitted = admitted.and_then(|()| shared.admits(&shared.addresses, address));
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refused) => problem(refused),
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    let code = response.extensions().get::<Code>().map_or("", |Code(code)| code.as_str()).to_owned();
    let (status, microseconds) = (response.status().as_u16(), begun.elapsed().as_micros());
    tracing::info!(%method, path, status, code, %address, microseconds, "request");
    response
}

/// A path that the log may have: what a stranger writes there isn't.
fn known_path(path: &str) -> &'static str {
    let known = Operation::TABLE.iter().map(|(_, path, ..)| *path).chain(["/healthz", "/openapi.json"]);
    known.into_iter().find(|known| *known == path).unwrap_or("(another)")
}

async fn operate(shared: &Shared, operation: Operation, side: Side, request: HttpRequest) -> Performed {
    let (head, body) = request.into_parts();
    if side == Side::BackEnd {
        guard::ensure_key(&head.headers, &shared.settings.api_key)?;
    }
    guard::ensure_json(&head.method, &head.headers)?;
    let body = whole(body).await?;
    let request = Request::read(operation, &body)?;
    if let Some(serial) = request.names() {
        shared.admits(&shared.licenses, serial)?;
    }
    let performed = shared.desk.ask(request).await;
    if let (Ok(Some(Outcome::Started(started))), Some(hook)) = (&performed, &shared.hook) {
        hook.send(started);
    }
    performed
}

/// A body that comes in time and isn't too long.
async fn whole(body: Body) -> Result<Vec<u8>, Problem> {
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

/// Whether the store can be asked: a request that finds nothing goes all the way.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let nobody = channel::text::gateway_string::ChallengeKey([0; 5]);
    let asked = shared.desk.ask(Request::LoginStatus(nobody)).await;
    match asked {
        Err(Problem::Unavailable) => problem(Problem::Unavailable),
        _ => json(StatusCode::OK, &serde_json::json!({ "status": "ok", "time": now() })),
    }
}

async fn document() -> Response {
    with_body(StatusCode::OK, "application/json", openapi::text())
}

/// The code of a reply, for the log.
#[derive(Clone)]
struct Code(String);

fn replied(performed: Performed) -> Response {
    match performed {
        Ok(result) => {
            let codes = ResultCodes::success();
            let code = Code(codes.status_code_enum.clone());
            let mut response = json(StatusCode::OK, &Reply { result_codes: codes, result });
            response.extensions_mut().insert(code);
            response
        }
        Err(refused) => problem(refused),
    }
}

/// What is told of a problem.
pub(super) fn problem(problem: Problem) -> Response {
    let codes = problem.codes();
    let code = Code(codes.status_code_enum.clone());
    let status = StatusCode::from_u16(problem.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &Reply { result_codes: codes, result: None });
    response.extensions_mut().insert(code);
    if problem == Problem::NotAllowed {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if matches!(problem, Problem::TooMany | Problem::Unavailable) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    with_body(status, "application/json", serde_json::to_string(body).unwrap_or_default())
}

fn with_body(status: StatusCode, media: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
