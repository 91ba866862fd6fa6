//! Two answers as JSON, line by line, with what differs marked.

use harness::blame;
use serde_json::Value;
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::escape::spelled_out;

/// How many lines alike are shown around one that differs.
const AROUND: usize = 3;
/// How many characters of a line are compared and shown.
const LINE: usize = 2_000;

/// A line of one answer, or of both.
pub(crate) struct Line {
    pub(crate) side: Side,
    /// Its pieces; those that the other answer doesn't have are marked.
    pub(crate) pieces: Vec<Piece>,
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Expected,
    Got,
    Both,
    /// Lines alike, which are left out.
    Gap,
}

impl Side {
    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Side::Expected => "expected",
            Side::Got => "got",
            Side::Both => "both",
            Side::Gap => "gap",
        }
    }

    /// What stands before the line, for eyes and for ears.
    pub(crate) fn head(self) -> (&'static str, &'static str) {
        match self {
            Side::Expected => ("−", "expected"),
            Side::Got => ("+", "got"),
            Side::Both | Side::Gap => ("", ""),
        }
    }
}

/// A piece of a line.
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// What differs between what was expected and what came in answer to a question; empty where nothing does. `None` where
/// one of them is no JSON.
pub(crate) fn lines(question: &str, expected: &str, got: &str) -> Option<Vec<Line>> {
    let [mut expected, mut got] = [serde_json::from_str(expected).ok()?, serde_json::from_str(got).ok()?];
    forget(&mut expected, &mut got);
    let question: Value = serde_json::from_str(question).unwrap_or_default();
    if let Some(operation) = question.get("op").and_then(Value::as_str) {
        let results = [&mut expected, &mut got].into_iter().filter_map(|answer| answer.get_mut("ok"));
        results.for_each(|result| blame::keep_comparable(operation, result));
    }
    if expected == got {
        return Some(Vec::new());
    }
    let [expected, got] = [pretty(&expected)?, pretty(&got)?];
    let difference = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(&expected, &got);
    let mut lines = Vec::new();
    for (number, group) in difference.grouped_ops(AROUND).iter().enumerate() {
        if number > 0 {
            lines.push(Line { side: Side::Gap, pieces: Vec::new() });
        }
        for change in group.iter().flat_map(|operation| difference.iter_inline_changes(operation)) {
            let side = match change.tag() {
                ChangeTag::Delete => Side::Expected,
                ChangeTag::Insert => Side::Got,
                ChangeTag::Equal => Side::Both,
            };
            let pieces = change.values().iter().map(|(marked, text)| Piece {
                text: text.trim_end_matches('\n').to_owned(),
                marked: *marked,
            });
            lines.push(Line { side, pieces: pieces.filter(|piece| !piece.text.is_empty()).collect() });
        }
    }
    Some(lines)
}

/// Whether the difference says something where the peer has its own randomness or clock: one of them refuses.
pub(crate) fn is_of_kind(expected: &str, got: &str) -> bool {
    let refuses = |answer: &str| {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        answer.get("refused").is_some()
    };
    refuses(expected) || refuses(got)
}

/// What is no part of an answer's meaning: its number, and of two refusals the words.
fn forget(expected: &mut Value, got: &mut Value) {
    let both = [expected, got];
    let are_refusals = both.iter().all(|answer| answer.get("refused").is_some_and(Value::is_object));
    for answer in both {
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("seq");
        }
        if let (true, Some(refused)) =
            (are_refusals, answer.get_mut("refused").and_then(Value::as_object_mut))
        {
            refused.retain(|name, _| name == "class");
        }
    }
}

/// JSON with a member per line. What nobody would see is spelled out before the lines are compared, and no line is
/// endless.
fn pretty(value: &Value) -> Option<String> {
    let text = serde_json::to_string_pretty(value).ok()?;
    Some(text.lines().map(|line| spelled_out(line, LINE)).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &str, got: &str) -> Vec<String> {
        let mark =
            |piece: &Piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() };
        let line = |line: &Line| {
            line.side.class().to_owned() + " " + &line.pieces.iter().map(mark).collect::<String>()
        };
        lines("", expected, got).unwrap().iter().map(line).collect()
    }

    #[test]
    fn a_member_that_differs_is_marked() {
        let [expected, got] =
            [r#"{"seq":1,"ok":{"a":"1","mac":"00FF"}}"#, r#"{"seq":9,"ok":{"mac":"00FE","a":"1"}}"#];
        let marked = shown(expected, got);
        let both = ["both {", r#"both   "ok": {"#, r#"both     "a": "1","#];
        assert_eq!(marked[..3], both, "{marked:#?}");
        assert!(marked[3].starts_with("expected ") && marked[3].contains("00FF"), "{marked:#?}");
        assert!(marked[4].starts_with("got ") && marked[4].contains("00FE"), "{marked:#?}");
        assert!(marked[3].contains('[') && marked[4].contains('['), "{marked:#?}");
    }

    #[test]
    fn the_digest_of_a_state_is_no_difference() {
        let state = |digest: &str, count: u8| {
            format!(r#"{{"ok":{{"digest":"{digest}","counters":{{"a":{count}}}}}}}"#)
        };
        let question = r#"{"seq":1,"op":"state","params":{}}"#;
        assert!(lines(question, &state("00", 1), &state("01", 1)).unwrap().is_empty());
        assert!(!lines(question, &state("00", 1), &state("00", 2)).unwrap().is_empty());
    }

    #[test]
    fn of_refusals_the_class_alone_counts() {
        let refusal =
            |class: &str, detail: &str| format!(r#"{{"refused":{{"class":"{class}","detail":"{detail}"}}}}"#);
        assert!(shown(&refusal("a", "x"), &refusal("a", "y")).is_empty());
        assert!(!shown(&refusal("a", "x"), &refusal("b", "x")).is_empty());
        assert!(shown(&refusal("a", "x"), r#"{"ok":{}}"#).iter().any(|line| line.contains("detail")));
        assert!(
            is_of_kind("{}", &refusal("a", "x")) && !is_of_kind("{}", r#"{"ok":{}}"#) && !is_of_kind("", "")
        );
        assert!(lines("", "", "{}").is_none() && lines("", "{}", "no JSON").is_none());
    }
}
