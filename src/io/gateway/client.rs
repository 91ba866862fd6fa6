//! The other end: what a phone asks of a gateway.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use gateway::surface::{Operation, Outcome, Reply};

/// Bytes of a reply that are read.
const MOST_READ: u64 = 64 * 1024;
/// For one question, from the connection to the end of the reply.
const PATIENCE: Duration = Duration::from_secs(15);

/// A gateway that somebody has named.
pub struct Address {
    url: String,
    agent: ureq::Agent,
}

/// Why there is no result.
#[derive(Debug)]
pub enum NoResult {
    /// It answers that it won't, by this status code.
    Refused(String),
    /// It doesn't answer, or with something else.
    NoAnswer(String),
}

impl fmt::Display for NoResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the gateway refuses: {code}"),
            Self::NoAnswer(words) => write!(f, "the gateway gives no answer: {words}"),
        }
    }
}

impl std::error::Error for NoResult {}

impl Address {
    /// By its URL, without a path.
    pub fn new(url: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { url: url.trim_end_matches('/').to_owned(), agent: agent.new_agent() }
    }

    /// Asks. Nothing, where there is nothing to say.
    pub fn ask(&self, operation: Operation, body: &impl Serialize) -> Result<Option<Outcome>, NoResult> {
        let no_answer = |error: &dyn fmt::Display| NoResult::NoAnswer(error.to_string());
        let body = serde_json::to_vec(body).map_err(|error| no_answer(&error))?;
        let request = self.agent.post(format!("{}{}", self.url, operation.path()));
        let sent = request.content_type("application/json").send(&body);
        let mut response = sent.map_err(|error| no_answer(&error))?;
        let text = response.body_mut().with_config().limit(MOST_READ).read_to_vec();
        let text = text.map_err(|error| no_answer(&error))?;
        let reply: Reply = serde_json::from_slice(&text).map_err(|error| no_answer(&error))?;
        match reply.result_codes.return_code {
            0 => Ok(reply.result),
            _ => Err(NoResult::Refused(reply.result_codes.status_code_enum)),
        }
    }
}
