//! What was found in a text, as a terminal shows it. Nothing foreign leaves its line.

use std::fmt::Write as _;

use super::explained::{Explained, Field, Part, Place};
use peer::printable::Line;

/// Whether three of four characters are hexadecimal digits: the others may be slips of whoever typed or copied it.
pub(super) fn is_mostly_hexadecimal(text: &str) -> bool {
    let others = text.chars().filter(|c| !c.is_ascii_hexdigit()).count();
    !text.is_empty() && others * 4 <= text.chars().count()
}

/// Digits for a column: the first of them, if there are more.
fn shortened(digits: &str) -> String {
    match digits.get(..15) {
        Some(start) if digits.len() > 18 => format!("{start}…"),
        _ => digits.to_owned(),
    }
}

/// All parts, each with its title at the margin.
pub(super) fn write(out: &mut String, explained: &Explained) {
    explained.parts.iter().for_each(|part| part_of(out, part));
}

fn part_of(out: &mut String, part: &Part) {
    let _ = writeln!(out, "{}", Line(&part.title));
    if part.fields.iter().any(|field| field.place.is_some()) {
        placed(out, &part.fields);
    } else {
        listed(out, &part.fields, 2);
    }
    for note in &part.notes {
        let _ = writeln!(out, "  {}", Line(note));
    }
}

/// Fields beside their bytes. The bytes that several fields share stand beside the first of them.
fn placed(out: &mut String, fields: &[Field]) {
    let _ = writeln!(out, "  {:<6}  {:<18}  field", "offset", "bytes");
    let width = width_of(fields).max(14);
    let mut before: Option<&Place> = None;
    for field in fields {
        let place = field.place.as_ref().filter(|place| before != Some(*place));
        let columns = match place {
            Some(Place { offset, bytes, .. }) => format!("  {offset:<6}  {:<18}  ", shortened(bytes)),
            None => format!("  {:<6}  {:<18}  ", "", ""),
        };
        line(out, &columns, field, width);
        listed(out, &field.fields, columns.chars().count() + 3);
        before = field.place.as_ref();
    }
}

fn listed(out: &mut String, fields: &[Field], indent: usize) {
    let width = width_of(fields);
    for field in fields {
        line(out, &" ".repeat(indent), field, width);
        listed(out, &field.fields, indent + 2);
    }
}

/// Characters of the longest name that something stands behind.
fn width_of(fields: &[Field]) -> usize {
    let named = fields.iter().filter(|field| !field.meaning.is_empty());
    named.map(|field| Line(&field.name).to_string().chars().count()).max().unwrap_or_default()
}

fn line(out: &mut String, columns: &str, field: &Field, width: usize) {
    let (name, meaning) = (Line(&field.name).to_string(), Line(&field.meaning));
    let words = match field.meaning.is_empty() {
        true => name,
        false => format!("{name:<width$}  {meaning}"),
    };
    let mark = if field.refused { "  <-- here" } else { "" };
    let _ = writeln!(out, "{columns}{words}{mark}");
}
