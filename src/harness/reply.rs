//! What comes back: an answer, opened, or why there is none.

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use peer::json;
use peer::protocol::{self, Answer, Refused};
use peer::shape::Shape;

use crate::spec;

/// The peer did not answer as a peer does. Never a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It ended, or closed its pipe.
    Crash(String),
    /// It did not answer in time.
    Hang(String),
    /// What it answered is not of the peer protocol.
    Violation(String),
    /// Not one line per question: the requirement of the peer protocol that breaks (PPR-1, PPR-2), and what came.
    Line(&'static str, String),
    /// It is an app, and whoever answers for it can't see this: why. Nothing is known of it, so nothing is wrong with it.
    Unseen(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Crash(words) => write!(f, "crash: {words}"),
            Broken::Hang(words) => write!(f, "hang: {words}"),
            Broken::Violation(words) | Broken::Line(_, words) => write!(f, "protocol violation: {words}"),
            Broken::Unseen(words) => write!(f, "not seen: {words}"),
        }
    }
}

/// An answer, opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<T> {
    /// Done.
    Ok(T),
    /// Refused.
    Refused(Refused),
    /// Not there.
    Unsupported,
    /// The question was wrong.
    Fault(String),
}

impl<T> Reply<T> {
    /// In words, with a result in those of `show`.
    pub(crate) fn words_with(&self, show: impl FnOnce(&T) -> String) -> String {
        match self {
            Reply::Ok(value) => format!("accepted: {}", show(value)),
            Reply::Refused(refused) => match &refused.requirement {
                Some(requirement) => format!("refused with {} ({requirement})", refused.class),
                None => format!("refused with {}", refused.class),
            },
            Reply::Unsupported => "unsupported".into(),
            Reply::Fault(words) => format!("fault: {words}"),
        }
    }
}

impl<T: Serialize> Reply<T> {
    /// In words, a result as it stands on the wire.
    pub fn words(&self) -> String {
        self.words_with(json::show)
    }
}

impl<T> Reply<T> {
    /// The requirement by which it refuses, if it does and names one.
    pub fn refused_by(&self) -> Option<&'static str> {
        match self {
            Reply::Refused(refused) => named(refused),
            _ => None,
        }
    }
}

/// The requirement by which an answer refuses, if it does and names one.
pub fn refused_by(answer: &[u8]) -> Option<&'static str> {
    named(&Answer::read(answer).ok()?.refused?)
}

fn named(refused: &Refused) -> Option<&'static str> {
    spec::find(refused.requirement.as_deref()?).map(|requirement| requirement.id)
}

/// An answer that is only looked at from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The echoed number.
    pub seq: Option<u32>,
    /// `ok`, `refused`, `unsupported` or `fault`.
    pub kind: &'static str,
}

impl Raw {
    pub(crate) fn of(line: &[u8]) -> Result<Self, Broken> {
        let answer = envelope(line)?;
        let kind = match answer {
            Answer { ok: Some(_), .. } => "ok",
            Answer { refused: Some(_), .. } => "refused",
            Answer { unsupported: Some(_), .. } => "unsupported",
            _ => "fault",
        };
        Ok(Self { seq: answer.seq, kind })
    }

    /// In words.
    pub fn words(&self) -> String {
        format!("{} with seq {}", self.kind, json::or_null(self.seq))
    }
}

pub(crate) fn envelope(line: &[u8]) -> Result<Answer<'_>, Broken> {
    Answer::read(line).map_err(|words| {
        match protocol::read::<serde_json::Map<String, serde_json::Value>>(line) {
            Ok(_) => Broken::Violation(words),
            Err(_) => Broken::Line("PPR-1", words),
        }
    })
}

/// Opens the answer to question `seq`. Strict: what is not of the protocol is a violation.
pub fn reply<T: serde::de::DeserializeOwned>(line: &[u8], seq: u32) -> Result<Reply<T>, Broken> {
    opened(envelope(line)?, seq, |result| protocol::read_raw(result))
}

/// The same for a result whose type isn't known: as JSON, in the one form in which it is written.
pub fn reply_as_json(line: &[u8], seq: u32, shape: &Shape) -> Result<Reply<serde_json::Value>, Broken> {
    opened(envelope(line)?, seq, |result| serde_json::from_str(&shape.show(&shape.read(result)?)))
}

pub(crate) fn opened<T>(
    answer: Answer<'_>,
    seq: u32,
    read: impl FnOnce(&RawValue) -> Result<T, serde_json::Error>,
) -> Result<Reply<T>, Broken> {
    if answer.seq != Some(seq) {
        let words =
            format!("an answer with seq {} to the question with seq {seq}", json::or_null(answer.seq));
        return Err(Broken::Line("PPR-2", words));
    }
    if let Some(refused) = answer.refused {
        return Ok(Reply::Refused(refused));
    }
    match (answer.ok, answer.fault) {
        (Some(result), _) => read(result)
            .map(Reply::Ok)
            .map_err(|error| Broken::Violation(format!("not the result of this operation: {error}"))),
        (None, Some(words)) => Ok(Reply::Fault(words)),
        (None, None) => Ok(Reply::Unsupported),
    }
}
