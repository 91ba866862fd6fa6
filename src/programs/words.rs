//! A program for people: a line for each step.

use std::fmt;

use serde_json::Value;

use crate::shrink::settings;
use crate::step::{By, Edit, Program, Reference, Step};

/// Longest text of a value that is told whole; of a longer one its beginning and its end.
const WHOLE: usize = 40;
const HEAD: usize = 20;
const TAIL: usize = 8;

impl Program {
    /// Its steps in words, counted from 0 as in its JSON. What is drawn is left out, so are the usual settings of a server,
    /// and long values are cut.
    pub fn lines(&self) -> Vec<String> {
        self.steps.iter().enumerate().map(|(at, step)| format!("{at}. {step}")).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.op)?;
        match (&self.session, self.by) {
            (Some(session), Some(By::Reference)) => write!(f, " [{session} of the reference]")?,
            (None, Some(By::Reference)) => f.write_str(" [the reference]")?,
            (Some(session), None) => write!(f, " [{session}]")?,
            (None, None) => {}
        }
        let usual = if self.op.ends_with("create") { settings() } else { Default::default() };
        let is_told = |name: &String, value: &Value| name != "random" && usual.get(name) != Some(value);
        let shown = self.params.iter().filter(|(name, value)| is_told(name, value));
        shown.into_iter().try_for_each(|(name, value)| write!(f, " {name}={}", words(value)))
    }
}

fn words(value: &Value) -> String {
    if let Some(Reference { from, at, but }) = Reference::of(value) {
        let but: String = but.iter().map(|edit| format!(" but {}", bent(edit))).collect();
        return format!("<{from}{at}{but}>");
    }
    match value {
        Value::String(text) => cut(text),
        Value::Array(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}={}", words(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

fn bent(edit: &Edit) -> String {
    serde_json::to_string(edit).unwrap_or_default().replace(['{', '}', '"'], "").replace(':', " ")
}

/// The beginning and the end of a long text, and how long it is; one that is empty or has blanks in quotes.
fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length > WHOLE {
        let head: String = text.chars().take(HEAD).collect();
        let tail: String = text.chars().skip(length.saturating_sub(TAIL)).collect();
        return format!("{head}…{tail} ({length} characters)");
    }
    match text.is_empty() || text.contains(' ') {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    }
}
