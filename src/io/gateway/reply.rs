//! Replies: what is done, or why not. GTW-3.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use gateway::code::{Problem, ResultCodes};
use gateway::operate::Performed;
use gateway::surface::Reply;

/// The code of a reply, for the log.
#[derive(Clone)]
pub(super) struct Code(pub(super) String);

/// What an operation came to.
pub(super) fn replied(performed: Performed) -> Response {
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

/// A value in JSON.
pub(super) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    with_body(status, "application/json", serde_json::to_string(body).unwrap_or_default())
}

/// A text of any type.
pub(super) fn with_body(status: StatusCode, media: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
