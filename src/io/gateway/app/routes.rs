//! The paths of the page. All of them begin with a token that only those know who were told.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use hyper::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, mpsc};

use super::board::{Board, Choice, Said};
use crate::io::gateway::guard::{self, HEADERS, Hosts};
use crate::io::gateway::listen;
use crate::io::gateway::reply::{problem, with_body};
use crate::io::gateway::shared::whole;
use crate::io::gateway::site::{self, Events};
use channel::crypto::mac::sha256;
use gateway::code::Problem;

/// Path behind the token, media type, content.
const FILES: [(&str, &str, &str); 3] = [
    ("/{token}/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/{token}/app.css", "text/css; charset=utf-8", include_str!("page/app.css")),
    ("/{token}/app.js", "text/javascript; charset=utf-8", include_str!("page/app.js")),
];
/// Pages that watch at once.
const MOST_WATCHERS: usize = 16;
/// Without a change, so long until something is sent that says nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// What all requests have in common.
struct Shared {
    board: Arc<Board>,
    hosts: Hosts,
    token: String,
    watchers: Arc<Semaphore>,
}

/// Serves until the run is over.
pub(super) fn serve(
    listener: TcpListener,
    hosts: Hosts,
    token: String,
    board: Arc<Board>,
) -> std::io::Result<JoinHandle<std::io::Result<()>>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut versions = board.versions();
    let watchers = Arc::new(Semaphore::new(MOST_WATCHERS));
    let router = router(Arc::new(Shared { board: Arc::clone(&board), hosts, token, watchers }));
    let over = async move { while !board.has_ended() && versions.changed().await.is_ok() {} };
    thread::Builder::new().name("page".into()).spawn(move || {
        let ended = runtime.block_on(listen::accept(listener, router, over));
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended
    })
}

fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new()
        .route("/{token}/state", get(state))
        .route("/{token}/events", get(events))
        .route("/{token}/said", post(said))
        .route("/{token}/play", post(play))
        .route("/{token}/stop", post(stop))
        .route("/{token}/finish", post(finish))
        .route("/{token}/back/{*tail}", get(called))
        .fallback(|| async { problem(Problem::NotFound) });
    for (path, media, content) in FILES {
        router = router.route(path, get(move || async move { site::file(media, content) }));
    }
    let router = router.method_not_allowed_fallback(|| async { problem(Problem::BadMethod) });
    router.layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded)).with_state(shared)
}

/// What is asked of every request, and what is said of every reply.
async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let admitted =
        shared.hosts.ensure(request.headers()).and_then(|()| shared.ensure_token(request.uri().path()));
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refused) => problem(refused),
    };
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

impl Shared {
    /// The first part of the path, compared without a hint of how much of it is right.
    fn ensure_token(&self, path: &str) -> Result<(), Problem> {
        let given = path.strip_prefix('/').and_then(|path| path.split('/').next()).unwrap_or_default();
        match bool::from(sha256(&[given.as_bytes()]).ct_eq(&sha256(&[self.token.as_bytes()]))) {
            true => Ok(()),
            false => Err(Problem::NotFound),
        }
    }
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    with_body(StatusCode::OK, "application/json", shared.board.state())
}

/// The state, again whenever it changes, until the run is over.
async fn events(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(place) = Arc::clone(&shared.watchers).try_acquire_owned() else {
        return problem(Problem::Unavailable);
    };
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        watch(&shared.board, &sender).await;
        std::mem::drop(place);
    });
    let mut response = Response::new(axum::body::Body::new(Events(receiver)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

/// Ends when the run is over, or nobody listens any more.
async fn watch(board: &Board, sender: &mpsc::Sender<Bytes>) {
    let mut versions = board.versions();
    let mut line = format!("data: {}\n\n", board.state());
    while sender.send(line.into()).await.is_ok() && !board.has_ended() {
        line = match tokio::time::timeout(SILENCE, versions.changed()).await {
            Ok(Ok(())) => format!("data: {}\n\n", board.state()),
            Ok(Err(_)) => return,
            Err(_) => ":\n\n".to_owned(),
        };
    }
}

/// What a page of ours sends.
async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let (head, body) = request.into_parts();
    guard::ensure_json(&head.headers)?;
    serde_json::from_slice(&whole(body).await?).map_err(|_| Problem::BadRequest)
}

/// Done, or no longer possible.
fn done(is_done: Result<bool, Problem>) -> Response {
    match is_done {
        Ok(true) => with_body(StatusCode::OK, "application/json", "{}".to_owned()),
        Ok(false) => with_body(StatusCode::CONFLICT, "application/json", "{}".to_owned()),
        Err(refused) => problem(refused),
    }
}

async fn said(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    done(read::<Said>(request).await.map(|said| shared.board.says(said)))
}

#[derive(Deserialize)]
struct Play {
    row: usize,
}

async fn play(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    done(read::<Play>(request).await.map(|play| shared.board.wants(Choice::Case(play.row))))
}

#[derive(Deserialize)]
struct Nothing {}

async fn stop(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    done(read::<Nothing>(request).await.map(|_| shared.board.stops()))
}

async fn finish(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    done(read::<Nothing>(request).await.map(|_| shared.board.wants(Choice::Finish)))
}

/// The app calls: what stands behind the base is taken as it came. A browser that brought it goes on with the page.
async fn called(
    State(shared): State<Arc<Shared>>,
    Path((token, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    let whole = request.uri().path_and_query().map_or("", |whole| whole.as_str());
    let tail = whole.split_once("/back/").map_or("", |(_, tail)| tail);
    shared.board.called(tail.to_owned());
    let mut response =
        with_body(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "The page goes on.\n".to_owned());
    if let Ok(page) = HeaderValue::from_str(&format!("/{token}/")) {
        response.headers_mut().insert(header::LOCATION, page);
    }
    response
}
