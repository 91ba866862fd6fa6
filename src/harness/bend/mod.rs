//! Questions bent: from a good question and the types of its parameters, all that is nearly it and no question (PPR-5),
//! and all that is at the edge and still one. One change each, at any depth, as text, since a member that stands there
//! twice can't be said by a value.
//!
//! ```text
//! line     the question around its parameters       value    whatever has parts
//! scalar   numbers, bytes, texts, words             json     JSON as it is written
//! bent     something with one change
//! ```

mod bent;
mod json;
mod line;
mod scalar;
mod value;

pub use line::{Line, Question, makes_a_session};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use peer::engine::{Engine, operation_names};
    use peer::parameters::parameters;

    use super::bent::Bent;
    use super::json::Json;
    use super::value::{bends, edges, sample};
    use super::*;

    const CONTENT: &str = r#"{"seq":1,"op":"push.write","params":{"content":{"format":"notification","challenge_key":"0123456789"}}}"#;

    fn texts(all: &[Line]) -> BTreeSet<&str> {
        all.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_question_is_bent_at_every_depth() {
        let bent = Question::of(CONTENT).unwrap().bent().unwrap();
        let texts = texts(&bent);
        for params in [
            r#"{}"#,
            r#"{"content":null}"#,
            r#"{"content":{"format":"notification"}}"#,
            r#"{"content":{"challenge_key":"0123456789","format":"Notification"}}"#,
            r#"{"content":{"challenge_key":7,"format":"notification"}}"#,
            r#"{"content":{"challenge_key":"0123456789","format":"notification","extra":1}}"#,
            r#"{"content":{"challenge_key":"0123456789","format":"notification","challenge_key":"0123456789"}}"#,
            r#"{"content":{"challenge_key":"\ud800","format":"notification"}}"#,
            // Of the other kind, too.
            r#"{"content":{"format":"login","domain":"Text","index":9,"service":"Text","user":"Text"}}"#,
        ] {
            let line = format!(r#"{{"seq":11,"op":"push.write","params":{params}}}"#);
            assert!(texts.contains(line.as_str()), "{line}");
        }
        assert!(!texts.contains(Question::of(CONTENT).unwrap().line().text.as_str()), "the question itself");
    }

    #[test]
    fn what_is_bent_is_a_fault_and_what_is_at_the_edge_is_none() {
        let mut engine = Engine::new(Box::new(|bytes| bytes.fill(7)));
        let mut fault = |line: &Line| {
            let answer = engine.answer(line.text.as_bytes());
            answer.windows(8).any(|part| part == br#""fault":"#)
        };
        let plain = operation_names().filter(|name| peer::engine::is_without_session(name));
        let (mut bent, mut edges) = (0, 0);
        for name in plain.filter(|name| name.contains('.')) {
            let question = Question::about_nothing(name, "").unwrap();
            assert!(!fault(&question.line()), "{}", question.line().text);
            for line in question.bent().unwrap() {
                assert!(fault(&line), "{}: {}", line.what, line.text);
                bent += 1;
            }
            for line in question.at_the_edge().unwrap() {
                // Digits that are no decimal ones, where they are said to be.
                assert!(!fault(&line) || name == "primitive.check_digit", "{}: {}", line.what, line.text);
                edges += 1;
            }
        }
        assert!(bent > 2000 && edges > 200, "{bent} bent, {edges} at the edge");
    }

    #[test]
    fn each_limit_has_both_its_sides() {
        let of = parameters("client.set_app2app").unwrap();
        let Json::Object(members) = sample(&of) else { panic!("an object") };
        let value = Json::Object(members);
        let what = |all: Vec<Bent>| all.into_iter().map(|bent| bent.what).collect::<Vec<_>>();
        let (bent, edges) = (what(bends(&of, &value, "params")), what(edges(&of, &value, "params")));
        for (place, beyond, at) in [
            ("params.white_list", "17 elements", "16 elements"),
            ("params.version", "a text of 65 characters", "a text of 64 characters"),
        ] {
            assert!(bent.contains(&format!("{place}: {beyond}")), "{place}");
            assert!(edges.contains(&format!("{place}: {at}")), "{place}");
        }
        assert!(bent.contains(&"params.device_identifier: 31 bytes".to_owned()));
        assert!(bent.contains(&"params.device_identifier: 33 bytes".to_owned()));
    }
}
