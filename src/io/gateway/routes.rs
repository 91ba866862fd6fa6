//! A request from its head to its reply. GTW-1, GTW-11.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::guard::{self, HEADERS};
use super::reply::{Code, json, problem, replied, with_body};
use super::shared::{Peer, Shared};
use super::{now, site};
use channel::text::gateway_string::ChallengeKey;
use gateway::code::Problem;
use gateway::openapi;
use gateway::operate::{Performed, Request};
use gateway::surface::{Operation, Side};

/// The whole surface, and the site where it is wanted.
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
    if shared.settings.site {
        router = router.merge(site::routes());
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
    let address = shared.address(peer, request.headers());
    let (method, path) = (request.method().clone(), known_path(request.uri().path()));
    let admitted = shared.settings.hosts.ensure(request.headers());
    let admitted = admitted.and_then(|()| shared.admits(address));
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

/// A path that the log may have: what a stranger writes there, or a challenge key, isn't.
fn known_path(path: &str) -> &'static str {
    let known = Operation::TABLE.iter().map(|(_, path, ..)| *path).chain(["/healthz", "/openapi.json"]);
    known.chain(site::paths()).find(|known| *known == path).unwrap_or("(another)")
}

async fn operate(shared: &Shared, operation: Operation, side: Side, request: HttpRequest) -> Performed {
    if side == Side::BackEnd {
        guard::ensure_key(request.headers(), &shared.settings.api_key)?;
    }
    shared.perform(shared.read(operation, request).await?).await
}

/// Whether the store can be asked: a request that finds nothing goes all the way.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.desk.ask(Request::LoginStatus(ChallengeKey([0; 5]))).await {
        Err(Problem::Unavailable) => problem(Problem::Unavailable),
        _ => json(StatusCode::OK, &serde_json::json!({ "status": "ok", "time": now() })),
    }
}

async fn document() -> Response {
    with_body(StatusCode::OK, "application/json", openapi::text())
}
