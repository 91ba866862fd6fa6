//! Who leads the tour: asks the reference, and says what happened.

use serde_json::{Value, json};

use crate::cli::inspect;
use crate::cli::outcome::Error;
use crate::cli::show::{PLAIN, wrapped};
use anstyle::Style;
use peer::engine::Engine;

/// Characters that a column needs at least for words.
const NARROW: usize = 14;
/// Characters before what is shown.
const MARGIN: &str = "      ";

/// The tour so far.
pub(super) struct Guide {
    engine: Engine,
    /// Characters of a line.
    width: usize,
    text: Vec<Styled>,
    seq: u32,
}

/// A text and how it is shown.
pub(super) type Styled = (Style, String);

impl Guide {
    pub(super) fn new(width: usize) -> Self {
        // Not random at all: so that everybody sees the same bytes.
        let mut next = 0u8;
        let draw = move |bytes: &mut [u8]| {
            for byte in bytes {
                next = next.wrapping_mul(5).wrapping_add(77);
                *byte = next;
            }
        };
        Self { engine: Engine::new(Box::new(draw)), width, text: Vec::new(), seq: 0 }
    }

    /// What was said since the last time.
    pub(super) fn take(&mut self) -> Vec<Styled> {
        std::mem::take(&mut self.text)
    }

    /// Begins a chapter.
    pub(super) fn begin(&mut self, number: u8, title: &str) {
        let line = format!("{number}  {title}");
        let below = "─".repeat(line.chars().count());
        self.styled(PLAIN.bold(), &line);
        self.line(&below);
        self.line("");
    }

    /// A paragraph.
    pub(super) fn says(&mut self, words: &str) {
        wrapped(words, self.width, [0, 0]).iter().for_each(|line| self.line(line));
        self.line("");
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
                self.line(&format!("{MARGIN}done"));
            }
        }
        self.line("");
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
        self.line(&format!("{MARGIN}refused: {class} ({})\n", part("/refused/requirement")));
        Ok(())
    }

    /// What `inspect` says of a text.
    pub(super) fn explains(&mut self, text: &str, key: Option<&str>) {
        let head = format!("{MARGIN}  │ ");
        let room = self.width.saturating_sub(head.chars().count());
        for line in inspect::explained(text, key).lines() {
            for line in wrapped(line, room, [0, column(line, room.saturating_sub(NARROW))]) {
                self.line(format!("{head}{line}").trim_end());
            }
        }
        self.line("");
    }

    /// Lines as they are.
    pub(super) fn shows(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(&format!("{MARGIN}{line}")));
        self.line("");
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
        self.styled(PLAIN.bold(), &format!("  ▸ {op}{who}"));
    }

    fn field(&mut self, name: &str, value: &Value) {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let label = format!("{MARGIN}{name}  ");
        let indent = label.chars().count();
        let characters: Vec<char> = value.chars().collect();
        for (i, line) in characters.chunks(self.width.saturating_sub(indent).max(1)).enumerate() {
            let line: String = line.iter().collect();
            match i {
                0 => self.line(&format!("{label}{line}")),
                _ => self.line(&format!("{:indent$}{line}", "")),
            }
        }
    }

    fn line(&mut self, text: &str) {
        self.styled(PLAIN, text);
    }

    fn styled(&mut self, style: Style, text: &str) {
        self.text.extend([(style, text.to_owned()), (PLAIN, "\n".to_owned())]);
    }
}

/// Where the last column of a line begins that begins no later than here. What doesn't fit goes on below it.
fn column(line: &str, most: usize) -> usize {
    let characters: Vec<char> = line.chars().collect();
    let begins = |at: &usize| matches!(characters.get(at - 2..=*at), Some([' ', ' ', c]) if *c != ' ');
    (2..characters.len()).filter(|at| *at <= most).rfind(begins).unwrap_or(0)
}

/// Parameters with another member, or another value of one.
pub(super) fn with(params: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut params = params.clone();
    if let Some(members) = params.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
    params
}
