//! What a reply is made of, and whether its parts say the same. GTW-3.

use channel::class::Class;
use gateway::code::{Problem, ResultCodes};
use harness::trial::{Stop, fail};
use serde::Deserialize;
use serde_json::Value;

use crate::bridge::Reply;

/// How much of a reply is told.
const SHOWN: usize = 300;

/// A reply whose codes and status say the same.
pub(crate) struct Answer {
    /// What became of the request; `None` for what was done.
    pub(crate) problem: Option<Problem>,
    /// What it brought; null where there is nothing.
    pub(crate) result: Value,
    /// In words.
    pub(crate) words: String,
}

/// What is read of a body: more than is known may stand in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    result_codes: ResultCodes,
    #[serde(default)]
    result: Value,
}

/// Status and body, as people are told of them.
pub(crate) fn words(reply: &Reply) -> String {
    let body: String = reply.body.chars().take(SHOWN).collect();
    format!("{} {body}", reply.status)
}

/// What is expected, in the same form.
pub(crate) fn expected(problem: Option<Problem>) -> String {
    match problem {
        None => "200 and STAT_SUCCESS".to_owned(),
        Some(problem) => {
            let codes = problem.codes();
            format!("{} and {} ({})", problem.http(), codes.status_code_enum, codes.status_code)
        }
    }
}

/// Every problem that there is.
fn problems() -> impl Iterator<Item = Problem> {
    let errors = Problem::ERRORS.into_iter().map(|(problem, ..)| problem);
    Class::all().map(Problem::Refused).chain(errors)
}

/// Reads a reply. One that isn't of the form, or says two things at once, violates GTW-3.
pub(crate) fn read(reply: &Reply) -> Result<Answer, Stop> {
    let got = words(reply);
    let envelope: Envelope = serde_json::from_str(&reply.body).map_err(|error| {
        let form = "{\"resultCodes\": {\"returnCodeEnum\", \"statusCodeEnum\", \"returnCode\", \"statusCode\"}, \"result\"?}";
        fail("GTW-3", form.to_owned(), format!("{got}: {error}"))
    })?;
    let Envelope { result_codes: codes, result } = envelope;
    let problem = match codes.status_code_enum.as_str() {
        "STAT_SUCCESS" => None,
        name => {
            let known = problems().find(|problem| problem.codes().status_code_enum == name);
            let words = "the name of a status code that SPEC.md has";
            Some(known.ok_or_else(|| fail("GTW-3", words.to_owned(), got.clone()))?)
        }
    };
    let want = problem.map_or_else(ResultCodes::success, Problem::codes);
    let status = problem.map_or(200, Problem::http);
    if codes != want || reply.status != status {
        let expected = format!(
            "{} with {status}, {} and {}, {}",
            want.status_code_enum, want.return_code_enum, want.return_code, want.status_code
        );
        return Err(fail("GTW-3", expected, got));
    }
    if problem.is_some() && !result.is_null() {
        return Err(fail("GTW-3", "no result of what was not done".to_owned(), got));
    }
    Ok(Answer { problem, result, words: got })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn reply(status: u16, body: &str) -> Result<Answer, Stop> {
        read(&Reply { status, headers: BTreeMap::new(), body: body.into() })
    }

    #[test]
    fn gtw_3_what_says_two_things_at_once_is_no_reply() {
        let right = concat!(
            r#"{"resultCodes":{"returnCodeEnum":"RET_REFUSED","statusCodeEnum":"STAT_EXPIRED","#,
            r#""returnCode":1,"statusCode":40}}"#
        );
        let number = Problem::Refused(Class::Expired).codes().status_code;
        let right = right.replace("40", &number.to_string());
        assert!(
            reply(409, &right).is_ok_and(|answer| answer.problem == Some(Problem::Refused(Class::Expired)))
        );
        let wrongs = [
            (403, right.clone()),
            (409, right.replace("RET_REFUSED", "RET_ERROR")),
            (409, right.replace("\"returnCode\":1", "\"returnCode\":2")),
            (409, right.replace(&number.to_string(), "1")),
            (409, right.replace("STAT_EXPIRED", "STAT_LATE")),
            (409, right.replace("}}", "},\"result\":{}}")),
            (409, right.replace("resultCodes", "codes")),
            (409, String::new()),
        ];
        for (status, wrong) in wrongs {
            assert!(matches!(reply(status, &wrong), Err(Stop::Fail(_))), "{status} {wrong}");
        }
    }
}
