//! A vector file being read, ours or somebody else's. Strict: a file that is judged with is understood to
//! its last member, and what is wrong with it is said with the vector's id.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use channel::class::Class;
use harness::spec;
use peer::engine::{Engine, operation_names};
use peer::json::{error_words, show};
use peer::protocol::{Answer, MAX_QUESTION, Refused, present, present_object, read, read_raw};

/// The longest file that is read, in bytes.
pub const MAX_FILE: u64 = 16 * 1024 * 1024;

/// A file of vectors, checked.
#[derive(Clone, Debug)]
pub struct VectorFile {
    /// What its vectors are about, in a word.
    pub area: String,
    /// In their order; at least one.
    pub vectors: Vec<Vector>,
}

/// A vector, as far as a peer is concerned.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Stable, never used again.
    pub id: String,
    /// What is special about it; may be empty.
    pub note: String,
    /// Requirements of SPEC.md; at least one.
    pub requirements: Vec<String>,
    /// What is asked, one after the other. Empty where the vector is for reading only.
    pub steps: Vec<Step>,
}

/// A question, and what must come back.
#[derive(Clone, Debug)]
pub struct Step {
    /// The operation.
    pub op: String,
    /// Where it has one.
    pub session: Option<String>,
    /// Its parameters.
    pub params: Value,
    /// What must come back.
    pub expected: Expected,
}

/// What must come back.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// This result.
    Ok(Value),
    /// A refusal of this class.
    Refused(String),
}

/// Why a file can't be judged with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFile {
    /// The vector, where it is one: its id in quotation marks, or its place in the file.
    pub vector: Option<String>,
    /// What is wrong.
    pub words: String,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.vector {
            Some(vector) => write!(f, "vector {vector}: {}", self.words),
            None => f.write_str(&self.words),
        }
    }
}

impl std::error::Error for BadFile {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile<'a> {
    area: String,
    #[serde(rename = "about")]
    _about: String,
    #[serde(borrow)]
    vectors: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    note: String,
    requirements: Vec<String>,
    since: u32,
    #[serde(default, deserialize_with = "present")]
    operation: Option<String>,
    #[serde(default, deserialize_with = "present")]
    input: Option<Map<String, Value>>,
    #[serde(rename = "intermediate", default, deserialize_with = "present")]
    _intermediate: Option<Map<String, Value>>,
    result: String,
    #[serde(default, deserialize_with = "present")]
    output: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    class: Option<String>,
    #[serde(default, deserialize_with = "present")]
    steps: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    op: String,
    #[serde(default, deserialize_with = "present")]
    session: Option<String>,
    params: Map<String, Value>,
    #[serde(default, deserialize_with = "present")]
    ok: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "present_object")]
    refused: Option<Refused>,
}

/// Reads and checks a file; the reference must understand every question in it.
pub fn parse(bytes: &[u8]) -> Result<VectorFile, BadFile> {
    let of_file = |words: String| BadFile { vector: None, words };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| of_file(format!("not UTF-8, from byte {} on", error.valid_up_to())))?;
    let written: WrittenFile<'_> = read(text.as_bytes()).map_err(|error| {
        let what = if error.is_data() { "not a file of vectors" } else { "not JSON" };
        of_file(format!("{what}: {}", error_words(bytes, &error)))
    })?;
    if !is_word(&written.area, |c| c.is_ascii_lowercase()) {
        return Err(of_file(format!("area {}: letters a-z, digits and - only", show(&written.area))));
    }
    if written.vectors.is_empty() {
        return Err(of_file("it has no vectors".into()));
    }
    let requirements: BTreeSet<&str> = spec::requirements().iter().map(|known| known.id).collect();
    let mut ids = BTreeSet::new();
    let mut vectors = Vec::with_capacity(written.vectors.len());
    for (index, raw) in written.vectors.into_iter().enumerate() {
        let vector = vector(raw, &requirements)
            .map_err(|words| BadFile { vector: Some(name_of(raw, index)), words })?;
        if !ids.insert(vector.id.clone()) {
            let words = "two vectors have this id".to_owned();
            return Err(BadFile { vector: Some(show(&vector.id)), words });
        }
        vectors.push(vector);
    }
    Ok(VectorFile { area: written.area, vectors })
}

/// Its id, if it has one that can be read, else its place.
fn name_of(raw: &RawValue, index: usize) -> String {
    let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    match value.get("id").and_then(Value::as_str) {
        Some(id) => show(id),
        None => format!("number {}", index + 1),
    }
}

/// Letters of a kind, digits and `-`; at least one.
fn is_word(text: &str, letter: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '-')
}

fn vector(raw: &RawValue, known: &BTreeSet<&str>) -> Result<Vector, String> {
    let written: Written = read_raw(raw).map_err(|error| error.to_string())?;
    if !is_word(&written.id, |c| c.is_ascii_alphabetic()) {
        return Err("id: letters, digits and - only".into());
    }
    if written.requirements.is_empty() {
        return Err("it names no requirement".into());
    }
    if let Some(id) = written.requirements.iter().find(|id| !known.contains(id.as_str())) {
        return Err(format!("requirement {} is not one of the specification", show(id)));
    }
    if written.since == 0 {
        return Err("since: editions begin with 1".into());
    }
    check_result(&written)?;
    let Written { id, note, requirements, .. } = &written;
    let (id, note, requirements) = (id.clone(), note.clone(), requirements.clone());
    let steps = steps(written)?;
    understood(&steps)?;
    Ok(Vector { id, note, requirements, steps })
}

/// A valid one has no class; an invalid one has a class and no output.
fn check_result(written: &Written) -> Result<(), String> {
    match (written.result.as_str(), &written.class, &written.output) {
        ("valid", None, _) => Ok(()),
        ("valid", Some(_), _) => Err("a valid vector has no class".into()),
        ("invalid", None, _) => Err("an invalid vector has a class".into()),
        ("invalid", Some(_), Some(_)) => Err("an invalid vector has no output".into()),
        ("invalid", Some(class), None) if Class::from_word(class).is_none() => {
            Err(format!("class {} is not one of the specification", show(class)))
        }
        ("invalid", Some(_), None) => Ok(()),
        (other, _, _) => Err(format!("result {}: valid or invalid", show(other))),
    }
}

fn steps(written: Written) -> Result<Vec<Step>, String> {
    match (written.operation, written.steps) {
        (Some(_), Some(_)) => Err("it has an operation and steps: one of both".into()),
        (None, None) if written.input.is_none() => Err("missing field `input`".into()),
        (None, None) => Ok(Vec::new()),
        (Some(op), None) => {
            let params = written.input.ok_or("an operation needs an input")?;
            let expected = match (written.output, written.class) {
                (_, Some(class)) => Expected::Refused(class),
                (Some(output), None) => Expected::Ok(Value::Object(output)),
                (None, None) => return Err("a valid vector with an operation needs an output".into()),
            };
            Ok(vec![known(Step { op, session: None, params: Value::Object(params), expected })?])
        }
        (None, Some(steps)) if steps.is_empty() => Err("its steps are empty".into()),
        (None, Some(steps)) => {
            let numbered = steps.into_iter().enumerate();
            let steps = numbered.map(|(index, step)| {
                read_step(&step).and_then(known).map_err(|words| format!("step {}: {words}", index + 1))
            });
            let steps = steps.collect::<Result<Vec<Step>, String>>()?;
            ends_as_it_says(&steps, written.class.as_deref())?;
            Ok(steps)
        }
    }
}

fn read_step(step: &Value) -> Result<Step, String> {
    let text = step.to_string();
    let written: WrittenStep = read(text.as_bytes()).map_err(|error| {
        // The position is one in this rendering, not in the file.
        let words = error.to_string();
        words.split_once(" at line ").map_or(words.clone(), |(words, _)| words.to_owned())
    })?;
    let expected = match (written.ok, written.refused) {
        (Some(ok), None) => Expected::Ok(Value::Object(ok)),
        (None, Some(refused)) => Expected::Refused(refused.class),
        _ => return Err("a step has exactly one of ok and refused".into()),
    };
    Ok(Step { op: written.op, session: written.session, params: Value::Object(written.params), expected })
}

fn known(step: Step) -> Result<Step, String> {
    match step.op.as_str() {
        "hello" => Err("what a peer answers to hello is its own affair".into()),
        op if operation_names().any(|name| name == op) => Ok(step),
        op => Err(format!("operation {} is not one of the peer protocol", show(op))),
    }
}

/// Result and class are those of the last step, looks at the state apart.
fn ends_as_it_says(steps: &[Step], class: Option<&str>) -> Result<(), String> {
    let last = steps.iter().rev().find(|step| step.op != "state").map(|step| &step.expected);
    match (last, class) {
        (Some(Expected::Refused(last)), Some(class)) if last == class => Ok(()),
        (None | Some(Expected::Ok(_)), None) => Ok(()),
        _ => Err("result and class are not those of the last step".into()),
    }
}

/// The line that asks a step.
pub(super) fn line(seq: u32, step: &Step) -> String {
    let mut question = json!({"seq": seq, "op": step.op, "params": step.params});
    if let (Some(session), Some(members)) = (&step.session, question.as_object_mut()) {
        members.insert("session".to_owned(), json!(session));
    }
    question.to_string()
}

/// Whether each question is one of the protocol: the reference answers it with something else than a fault.
/// It is asked no further where it decides otherwise than the file, since what follows may rest on that.
fn understood(steps: &[Step]) -> Result<(), String> {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    for (index, step) in steps.iter().enumerate() {
        let place = || match steps {
            [_] if step.session.is_none() => step.op.clone(),
            _ => format!("step {}, {}", index + 1, step.op),
        };
        // With the longest `seq`: nobody knows yet which one it is asked with.
        let line = line(u32::MAX, step);
        if line.len() > MAX_QUESTION {
            return Err(format!("{}: longer than a question may be", place()));
        }
        let bytes = engine.answer(line.as_bytes());
        let answer = Answer::read(&bytes)?;
        if let Some(words) = &answer.fault {
            return Err(format!("{}: {words}", place()));
        }
        if answer.ok.is_some() != matches!(step.expected, Expected::Ok(_)) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one vector, whose question has so many bytes.
    fn asking(bytes: usize) -> String {
        let file = |text: &str| {
            json!({"area": "a", "about": "", "vectors": [{"id": "a", "note": "", "requirements": ["A2A-26"],
                "since": 1, "operation": "primitive.percent_decode", "input": {"text": text},
                "result": "valid", "output": {"text": text}}]})
        };
        let around = parse(file("").to_string().as_bytes()).unwrap();
        let around = line(u32::MAX, &around.vectors[0].steps[0]).len();
        file(&"x".repeat(bytes - around)).to_string()
    }

    #[test]
    fn a_question_may_be_as_long_as_the_protocol_says() {
        assert!(parse(asking(MAX_QUESTION).as_bytes()).is_ok());
        let words = parse(asking(MAX_QUESTION + 1).as_bytes()).unwrap_err().to_string();
        assert_eq!(words, "vector \"a\": primitive.percent_decode: longer than a question may be");
    }

    #[test]
    fn names_are_shown_as_json() {
        let words = parse(br#"{"area":"a\u202e","about":"","vectors":[]}"#).unwrap_err().to_string();
        assert_eq!(words, r#"area "a\u202e": letters a-z, digits and - only"#);
    }
}
