//! A line of a license file: its parameters, and what is secret in it. The reference's own reader judges the form, under a
//! key that is nobody's: what it refuses then by something else than the form is not the line's fault.

use serde_json::Value;

use super::explained::Explained;
use super::message_vector;
use super::wrong::Wrong;
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Transport};
use channel::error::{Found, Refusal};
use channel::license::file::{Reader, Writer};
use channel::rule::{LIF_6, LIF_7};
use channel::text::hex;
use channel::text::percent::character_at;
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::StaticVector;
use harness::setup;
use peer::json::show;
use peer::printable::Line;

pub(super) fn is_line(text: &str) -> bool {
    let first = text.strip_prefix('{').map(str::trim_start).unwrap_or_default();
    ["\"format\"", "\"serial\"", "\"mac\""].iter().any(|name| first.starts_with(name))
}

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let is_header = text.starts_with("{\"format\"");
    let is_trailer = text.starts_with("{\"mac\":");
    let name = match (is_header, is_trailer) {
        (true, _) => "header",
        (_, true) => "trailer",
        _ => "license",
    };
    out.part(format!("line of a license file: {name}"));
    if let Some((line, _)) = text.split_once('\n') {
        let at = Some(line.chars().count());
        return Err(Wrong {
            at,
            ..Wrong::by(LIF_6, "wrong: more than one line; inspect takes one at a time")
        });
    }
    let decided = if is_header { as_header(text) } else { as_later(text) };
    if let Err(refusal) = decided.and_then(of_the_form) {
        return Err(placed(refusal, text));
    }
    let members: Value = serde_json::from_str(text).unwrap_or_default();
    match (is_header, is_trailer) {
        (true, _) => header(out, &members),
        (_, true) => {
            out.field("mac", member(&members, "mac"));
            out.note("over all lines before; only the transport key tells whether it is right (LIF-4)");
            Ok(())
        }
        _ => {
            license(out, &members);
            Ok(())
        }
    }
}

fn nobodys() -> Key<Transport, 32> {
    Key::new([0; 32])
}

/// What the reader says to a first line.
fn as_header(text: &str) -> Result<Option<Refusal>, Refusal> {
    Ok(Reader::new(&nobodys(), format!("{text}\n").as_bytes()).err())
}

/// What it says to a second one, after a header of ours.
fn as_later(text: &str) -> Result<Option<Refusal>, Refusal> {
    let mut file = String::new();
    let (vector, message_vector) = (setup::vector().to_bytes(), setup::message_vector().encode());
    Writer::new(&nobodys(), &[0; 16], &vector, &message_vector, 1, &mut file)?;
    let mut reader = Reader::new(&nobodys(), file.as_bytes())?;
    Ok(reader.line(format!("{text}\n").as_bytes()).err())
}

fn of_the_form(refusal: Option<Refusal>) -> Result<(), Refusal> {
    match refusal {
        Some(refusal) if [LIF_6, LIF_7].contains(&refusal.rule) => Err(refusal),
        _ => Ok(()),
    }
}

/// With the place in this line, of which nobody knows the number.
fn placed(refusal: Refusal, text: &str) -> Wrong {
    let Found::Line(_, at) = refusal.found else { return refusal.into() };
    let found = match character_at(text, at) {
        found @ Found::Character(..) => found,
        _ if at == text.len() => Found::Words("it ends too early"),
        found => found,
    };
    let at = text.get(..at).map(|before| before.chars().count());
    let (class, rule) = (refusal.class().word(), refusal.rule.id);
    Wrong { at, ..Wrong::by(refusal.rule, format!("refused: {class} ({rule}){found}")) }
}

fn member(members: &Value, name: &str) -> String {
    match members.get(name) {
        Some(Value::String(text)) => Line(text).to_string(),
        Some(other) => show(other),
        None => String::new(),
    }
}

fn header(out: &mut Explained, members: &Value) -> Result<(), Wrong> {
    out.field("licenses", member(members, "count"));
    out.field("file id", member(members, "file_id"));
    out.field("check", member(members, "check"));
    out.note("shows whether a transport key is the file's (LIF-2); nothing in this line is secret");
    let bytes = hex::decode(&member(members, "static_vector"))?;
    out.part(format!("static vector, {} bytes; inspect it alone for its records", bytes.len()));
    let vector = StaticVector::decode(&bytes)?;
    out.field("serial prefix", vector.prefix.to_string());
    out.field("applications", vector.applications.len().to_string());
    let text = member(members, "message_vector");
    out.part(format!("message vector {text}"));
    message_vector::numbers(out, &MessageVector::decode(&text)?);
    // What else a writer would refuse: AM1-9.
    Writer::new(&nobodys(), &[0; 16], &bytes, &text, 1, &mut String::new())?;
    Ok(())
}

fn license(out: &mut Explained, members: &Value) {
    out.field("serial number", member(members, "serial"));
    out.field("type", format!("{}, for people only", member(members, "type")));
    let application = format!("\"{}\", mode {}", member(members, "application"), member(members, "mode"));
    out.field("application", application);
    out.field("threshold", format!("{} instances", member(members, "threshold")));
    out.field("secure channel", member(members, "secure_channel"));
    out.field("secret", member(members, "secret"));
    out.note(
        "secret is the license key, sealed for this line and its number under the transport key (LIF-3)",
    );
}
