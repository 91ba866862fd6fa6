//! Who leads the tour: asks the reference, and says what happened.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::inspect;
use crate::cli::outcome::Error;
use peer::engine::Engine;

/// Characters of a line.
const WIDTH: usize = 100;
/// Characters before what is shown.
const MARGIN: &str = "      ";

/// The tour so far.
pub(super) struct Guide {
    engine: Engine,
    text: String,
    seq: u32,
}

impl Guide {
    pub(super) fn new() -> Self {
        // Not random at all: so that everybody sees the same bytes.
        let mut next = 0u8;
        let draw = move |bytes: &mut [u8]| {
            for byte in bytes {
                next = next.wrapping_mul(5).wrapping_add(77);
                *byte = next;
            }
        };
        Self { engine: Engine::new(Box::new(draw)), text: String::new(), seq: 0 }
    }

    /// What was said since the last time.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Begins a chapter.
    pub(super) fn begin(&mut self, number: u8, title: &str) {
        let line = format!("{number}  {title}");
        let _ = writeln!(self.text, "{line}\n{}\n", "─".repeat(line.chars().count()));
    }

    /// A paragraph.
    pub(super) fn says(&mut self, words: &str) {
        self.wrapped("", words);
        self.text.push('\n');
    }

    /// Asks for an operation that must be done; shows its name and result.
    pub(super) fn does(&mut self, op: &str, session: &str, params: Value) -> Result<Value, Error> {
        let answer = self.ask(op, session, params)?;
        let Some(result) = answer.get("ok") else {
            return Err(Error::CannotRun(format!("the tour stops at {op}: {answer}")));
        };
        self.heading(op, session);
        if let Some(fields) = result.as_object() {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                self.field(name, value);
            }
            if fields.values().all(Value::is_null) {
                let _ = writeln!(self.text, "{MARGIN}done");
            }
        }
        self.text.push('\n');
        Ok(result.clone())
    }

    /// The same without a word: what has to be done and is told elsewhere.
    pub(super) fn quietly(&mut self, op: &str, session: &str, params: Value) -> Result<Value, Error> {
        let before = self.text.len();
        let result = self.does(op, session, params);
        self.text.truncate(before);
        result
    }

    /// Asks for an operation that must be refused; shows why.
    pub(super) fn is_refused(&mut self, op: &str, session: &str, params: Value) -> Result<(), Error> {
        let answer = self.ask(op, session, params)?;
        let part = |name: &str| answer.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let class = part("/refused/class");
        if class.is_empty() {
            return Err(Error::CannotRun(format!("the tour stops at {op}, which is not refused: {answer}")));
        }
        self.heading(op, session);
        let _ = writeln!(self.text, "{MARGIN}refused: {class} ({})\n", part("/refused/requirement"));
        Ok(())
    }

    /// What `inspect` says of a text.
    pub(super) fn explains(&mut self, text: &str, key: Option<&str>) {
        for line in inspect::explained(text, key).lines() {
            let _ = writeln!(self.text, "{MARGIN}  │ {line}");
        }
        self.text.push('\n');
    }

    /// Lines as they are.
    pub(super) fn shows(&mut self, lines: &str) {
        for line in lines.lines() {
            let _ = writeln!(self.text, "{MARGIN}{line}");
        }
        self.text.push('\n');
    }

    fn ask(&mut self, op: &str, session: &str, params: Value) -> Result<Value, Error> {
        self.seq += 1;
        let mut question = json!({"seq": self.seq, "op": op, "params": params});
        if let (false, Some(members)) = (session.is_empty(), question.as_object_mut()) {
            members.insert("session".into(), json!(session));
        }
        let answer = self.engine.answer(question.to_string().as_bytes());
        serde_json::from_slice(&answer).map_err(|error| Error::CannotRun(error.to_string()))
    }

    fn heading(&mut self, op: &str, session: &str) {
        let who = if session.is_empty() { String::new() } else { format!("  ({session})") };
        let _ = writeln!(self.text, "  ▸ {op}{who}");
    }

    fn field(&mut self, name: &str, value: &Value) {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let label = format!("{MARGIN}{name}  ");
        let indent = label.chars().count();
        let characters: Vec<char> = value.chars().collect();
        for (i, line) in characters.chunks(WIDTH.saturating_sub(indent)).enumerate() {
            let line: String = line.iter().collect();
            let _ = match i {
                0 => writeln!(self.text, "{label}{line}"),
                _ => writeln!(self.text, "{:indent$}{line}", ""),
            };
        }
    }

    fn wrapped(&mut self, margin: &str, words: &str) {
        let mut line = margin.to_owned();
        for word in words.split_whitespace() {
            let fits = line.chars().count() + 1 + word.chars().count() <= WIDTH;
            if !fits {
                let _ = writeln!(self.text, "{line}");
                line = margin.to_owned();
            }
            if line.len() > margin.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(self.text, "{line}");
    }
}

/// Parameters with another member, or another value of one.
pub(super) fn with(params: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut params = params.clone();
    if let Some(members) = params.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
    params
}
