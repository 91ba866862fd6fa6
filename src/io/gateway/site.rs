//! A site of one page to try the gateway with: a user gets a phone, logs in, and watches the login change. GTW-13.
//!
//! It asks what a back end asks, for whoever reaches it: the operator turns it on, on a machine to try things with.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use hyper::body::{Bytes, Frame};
use tokio::sync::mpsc;

use super::reply::{problem, with_body};
use super::shared::{Peer, Shared};
use carrier::symbol::Symbol;
use channel::text::gateway_string::ChallengeKey;
use gateway::code::Problem;
use gateway::operate::Request;
use gateway::surface::{Operation, Outcome, Reply};

/// What the page may do: its own script, style and questions, and pictures that it has in hand.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Path, media type, content.
const FILES: [(&str, &str, &str); 3] = [
    ("/", "text/html; charset=utf-8", include_str!("site/index.html")),
    ("/site.css", "text/css; charset=utf-8", include_str!("site/site.css")),
    ("/site.js", "text/javascript; charset=utf-8", include_str!("site/site.js")),
];
/// What the page asks, and which operation that is.
const QUESTIONS: [(&str, Operation); 4] = [
    ("/site/registration", Operation::Register),
    ("/site/login", Operation::StartLogin),
    ("/site/cancel", Operation::CancelLogin),
    ("/site/devices", Operation::Devices),
];
/// Between two looks at a login.
const BETWEEN: Duration = Duration::from_millis(300);
/// Looks after which something is sent that says nothing, so that a connection that is gone is noticed.
const LOOKS_IN_SILENCE: u32 = 30;

/// The paths of the site.
pub(super) fn routes() -> Router<Arc<Shared>> {
    let mut router = Router::new().route("/site/events/{key}", get(events));
    for (path, media, content) in FILES {
        router = router.route(path, get(move || async move { file(media, content) }));
    }
    for (path, operation) in QUESTIONS {
        let handler = move |State(shared): State<Arc<Shared>>,
                            peer: Extension<Peer>,
                            request: HttpRequest| async move {
            match asked(&shared, operation, peer.0, request).await {
                Ok(response) => response,
                Err(refused) => problem(refused),
            }
        };
        router = router.route(path, post(handler));
    }
    router
}

/// Those that the log may have.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, ..)| *path).chain(QUESTIONS.iter().map(|(path, _)| *path))
}

pub(super) fn file(media: &'static str, content: &'static str) -> Response {
    let mut response = with_body(StatusCode::OK, media, content.to_owned());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// A question of the page, and with the answer the picture of the message that it brings.
async fn asked(
    shared: &Shared,
    operation: Operation,
    Peer(peer): Peer,
    request: HttpRequest,
) -> Result<Response, Problem> {
    let address = shared.address(peer, request.headers());
    let mut request = shared.read(operation, request).await?;
    if let Request::StartLogin(ask) = &mut request {
        ask.requester = address.to_string();
    }
    let result = shared.perform(request).await?;
    let picture = match &result {
        Some(Outcome::Registered(registered)) => drawn(&registered.license_activation_message),
        Some(Outcome::Started(started)) => drawn(&started.notification_message),
        _ => None,
    };
    let reply = Reply { result_codes: gateway::code::ResultCodes::success(), result };
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    if let (Some(members), Some(picture)) = (value.as_object_mut(), picture) {
        members.insert("picture".into(), picture.into());
    }
    Ok(with_body(StatusCode::OK, "application/json", value.to_string()))
}

fn drawn(message: &str) -> Option<String> {
    Symbol::write(message).ok().map(|symbol| symbol.to_svg())
}

/// How far a login is, again whenever that changes, until it is over. Each login is over after three minutes (LGN-5).
async fn events(State(shared): State<Arc<Shared>>, Path(key): Path<String>) -> Response {
    let Ok(key) = ChallengeKey::parse(&key) else { return problem(Problem::NotFound) };
    let first = match status(&shared, key).await {
        Ok(word) => word,
        Err(refused) => return problem(refused),
    };
    let Ok(place) = Arc::clone(&shared.watchers).try_acquire_owned() else {
        return problem(Problem::Unavailable);
    };
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        watch(&shared, key, first, &sender).await;
        drop(place);
    });
    let mut response = Response::new(Body::new(Events(receiver)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn status(shared: &Shared, key: ChallengeKey) -> Result<String, Problem> {
    match shared.perform(Request::LoginStatus(key)).await? {
        Some(Outcome::Status(status)) => Ok(status.login_status),
        _ => Err(Problem::Unavailable),
    }
}

/// Ends when the login is over, or nobody listens any more.
async fn watch(shared: &Shared, key: ChallengeKey, mut word: String, sender: &mpsc::Sender<Bytes>) {
    let mut silent = 0;
    let mut line = format!("data: {word}\n\n");
    loop {
        if !line.is_empty() && sender.send(std::mem::take(&mut line).into()).await.is_err() {
            return;
        }
        if !["pending", "retrieved"].contains(&word.as_str()) {
            return;
        }
        tokio::time::sleep(BETWEEN).await;
        silent += 1;
        match status(shared, key).await {
            Ok(now) if now != word => {
                line = format!("data: {now}\n\n");
                word = now;
                silent = 0;
            }
            Err(Problem::Refused(_)) => return,
            _ if silent >= LOOKS_IN_SILENCE => {
                line = ":\n\n".to_owned();
                silent = 0;
            }
            _ => {}
        }
    }
}

/// What is sent as it comes.
pub(super) struct Events(pub(super) mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
