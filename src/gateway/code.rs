//! Result codes: what became of a request, in words and numbers. GTW-3.
//!
//! ```text
//! returnCode  returnCodeEnum  statusCode               statusCodeEnum       HTTP
//! 0           RET_SUCCESS     0                        STAT_SUCCESS         200
//! 1           RET_REFUSED     1.. row of section 16    STAT_ and its class  403, 404, 409, 422
//! 2           RET_ERROR       1001..                   below                the status of HTTP that says the same
//! ```
//! What is refused has changed at most the counter that its requirement names; an error has changed nothing.

use channel::class::Class;
use channel::error::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A requirement of the protocol refuses.
    Refused(Class),
    /// The body is no JSON of this operation's form, or a member of it has no such value.
    BadRequest,
    /// No API key, or another one.
    NotAllowed,
    /// Another `Origin`.
    ForeignOrigin,
    /// No such path.
    NotFound,
    /// Not by this method.
    BadMethod,
    /// It took too long to come.
    TimedOut,
    /// More bytes than a body may have.
    TooLarge,
    /// No `application/json`.
    BadMedia,
    /// Another `Host`.
    Misdirected,
    /// Too often.
    TooMany,
    /// The store can't do it now.
    Unavailable,
}

impl Problem {
    /// Those that aren't refusals, with number, name and HTTP status.
    pub const ERRORS: [(Self, u16, &'static str, u16); 11] = [
        (Self::BadRequest, 1001, "STAT_BAD_REQUEST", 400),
        (Self::NotAllowed, 1002, "STAT_NOT_ALLOWED", 401),
        (Self::ForeignOrigin, 1003, "STAT_FOREIGN_ORIGIN", 403),
        (Self::NotFound, 1004, "STAT_NOT_FOUND", 404),
        (Self::BadMethod, 1005, "STAT_BAD_METHOD", 405),
        (Self::TimedOut, 1006, "STAT_TIMED_OUT", 408),
        (Self::TooLarge, 1007, "STAT_TOO_LARGE", 413),
        (Self::BadMedia, 1008, "STAT_BAD_MEDIA", 415),
        (Self::Misdirected, 1009, "STAT_MISDIRECTED", 421),
        (Self::TooMany, 1010, "STAT_TOO_MANY", 429),
        (Self::Unavailable, 1011, "STAT_UNAVAILABLE", 503),
    ];

    /// The status of HTTP.
    pub fn http(self) -> u16 {
        match self {
            Self::Refused(class) => of_class(class),
            error => error.row().2,
        }
    }

    /// What the body says.
    pub fn codes(self) -> ResultCodes {
        let (return_code, return_name) = match self {
            Self::Refused(_) => (1, "RET_REFUSED"),
            _ => (2, "RET_ERROR"),
        };
        let (status_code, status_name, _) = self.row();
        ResultCodes {
            return_code_enum: return_name.to_owned(),
            status_code_enum: status_name,
            return_code,
            status_code,
        }
    }

    /// Number, name and HTTP status.
    fn row(self) -> (u16, String, u16) {
        if let Self::Refused(class) = self {
            let number = Class::all().position(|known| known == class).unwrap_or_default() + 1;
            let name = format!("STAT_{}", class.word().to_uppercase().replace('-', "_"));
            return (u16::try_from(number).unwrap_or(u16::MAX), name, of_class(class));
        }
        let row = Self::ERRORS.into_iter().find(|(problem, ..)| *problem == self);
        row.map_or((1000, "STAT_ERROR".to_owned(), 500), |(_, number, name, http)| {
            (number, name.to_owned(), http)
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.class())
    }
}

/// HTTP has fewer words: 404 for what isn't known, 409 for what came too late or twice, 403 for who may not, 422 for what
/// isn't right.
fn of_class(class: Class) -> u16 {
    match class {
        Class::UnknownSession | Class::UnknownInstance | Class::UnknownMessage => 404,
        Class::AlreadyRetrieved
        | Class::AlreadyApproved
        | Class::AlreadyRejected
        | Class::AlreadyCancelled
        | Class::AlreadyActive
        | Class::Expired
        | Class::WrongState
        | Class::Replayed
        | Class::ThresholdReached => 409,
        Class::Locked
        | Class::AttemptsExhausted
        | Class::WrongUser
        | Class::WrongSignature
        | Class::WrongCode
        | Class::Corrupted => 403,
        _ => 422,
    }
}

/// Result codes, in words and numbers that say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultCodes {
    /// `RET_SUCCESS`, `RET_REFUSED` or `RET_ERROR`.
    pub return_code_enum: String,
    /// Why: `STAT_` and, where it is refused, the class of refusal.
    pub status_code_enum: String,
    /// 0, 1 or 2.
    pub return_code: u16,
    /// The same as its name.
    pub status_code: u16,
}

impl ResultCodes {
    /// All went well.
    pub fn success() -> Self {
        Self {
            return_code_enum: "RET_SUCCESS".into(),
            status_code_enum: "STAT_SUCCESS".into(),
            return_code: 0,
            status_code: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn gtw_3_no_two_problems_have_one_number_or_name() {
        let errors = Problem::ERRORS.map(|(problem, ..)| problem);
        let all: Vec<_> = Class::all().map(Problem::Refused).chain(errors).collect();
        let codes: Vec<_> = all.iter().map(|problem| problem.codes()).collect();
        assert_eq!(codes.iter().map(|codes| codes.status_code).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(
            codes.iter().map(|codes| &codes.status_code_enum).collect::<BTreeSet<_>>().len(),
            all.len()
        );
        assert!(all.iter().all(|problem| (400..=503).contains(&problem.http())));
    }

    #[test]
    fn gtw_3_the_codes_of_some() {
        let codes = Problem::Refused(Class::UnknownSession).codes();
        assert_eq!((codes.return_code, codes.return_code_enum.as_str()), (1, "RET_REFUSED"));
        assert_eq!(codes.status_code_enum, "STAT_UNKNOWN_SESSION");
        assert_eq!(Problem::Refused(Class::BadHex).codes().status_code, 1);
        let codes = Problem::TooMany.codes();
        assert_eq!((codes.return_code, codes.status_code, Problem::TooMany.http()), (2, 1010, 429));
        assert_eq!(
            serde_json::to_string(&ResultCodes::success()).unwrap(),
            concat!(
                r#"{"returnCodeEnum":"RET_SUCCESS","statusCodeEnum":"STAT_SUCCESS","#,
                r#""returnCode":0,"statusCode":0}"#
            )
        );
    }
}
