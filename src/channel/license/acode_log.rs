//! `ACode.log`: serial numbers and activation codes, a line for each license. SPEC section 28.
//!
//! ```text
//! VDS1000120 0123456789012345678901234567890123456789\n
//! ```
//! Whoever has it and the static vector has the licenses.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{SDL_8, SDL_9, SDL_10};
use crate::serial::Serial;
use crate::wire::activation_code::ActivationCode;

/// A line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The license.
    pub serial: Serial,
    /// As it stands there.
    pub code: &'a str,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, …)", self.serial)
    }
}

/// SDL-9 for a code: one of the two long forms, digits in upper case.
fn is_code(code: &str) -> bool {
    !code.contains(|c: char| c.is_ascii_lowercase()) && ActivationCode::decode(code, false).is_ok()
}

/// Keeps serial numbers apart, line by line: SDL-9, then SDL-10.
#[derive(Debug, Default)]
struct Lines {
    seen: BTreeSet<Serial>,
    line: u64,
}

impl Lines {
    fn next<'a>(&mut self, entry: Option<Entry<'a>>) -> Result<Entry<'a>, Refusal> {
        self.line += 1;
        let found = Found::Line(self.line, 0);
        let Some(entry) = entry else {
            return refuse(SDL_9, found);
        };
        ensure(is_code(entry.code), SDL_9, found)?;
        ensure(self.seen.insert(entry.serial), SDL_10, found)?;
        Ok(entry)
    }
}

/// The file of these licenses. SDL-9 for each code, SDL-10.
pub fn write<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Result<String, Refusal> {
    let (mut lines, mut out) = (Lines::default(), String::new());
    for entry in entries {
        let Entry { serial, code } = lines.next(Some(entry))?;
        out.push_str(&format!("{serial} {code}\n"));
    }
    Ok(out)
}

/// The licenses of a file, in its order. SDL-8, then line by line SDL-9, SDL-10.
pub fn read(file: &[u8]) -> Result<Vec<Entry<'_>>, Refusal> {
    ensure(file.ends_with(b"\n"), SDL_8, Found::Length(file.len()))?;
    let mut lines = Lines::default();
    let file = file.strip_suffix(b"\n").unwrap_or(file);
    file.split(|byte| *byte == b'\n').map(|line| lines.next(entry(line))).collect()
}

fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let (serial, code) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    Some(Entry { serial: serial.parse().ok()?, code })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_digit::Radix;
    use crate::wire::activation_code::encode;

    fn decimal() -> String {
        encode(7, Radix::Decimal)
    }

    fn rule(file: &str) -> crate::rule::Rule {
        read(file.as_bytes()).unwrap_err().rule
    }

    #[test]
    fn sdl_9_the_form_spelled_out() {
        let hexadecimal = encode(u128::MAX, Radix::Hexadecimal);
        let file = format!("VDS1000120 {}\nVDS1000121 {hexadecimal}\n", decimal());
        let entries = read(file.as_bytes()).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.code).collect::<Vec<_>>(), [&decimal(), &hexadecimal]);
        assert_eq!(write(entries.clone()).as_ref(), Ok(&file));
        assert_eq!(format!("{:?}", entries[0]), "Entry(VDS1000120, …)");
    }

    #[test]
    fn sdl_8_sdl_9_sdl_10_refusals() {
        let line = format!("VDS1000120 {}", decimal());
        for file in ["", &line, &line[..5], &format!("{line}\n{line}")] {
            assert_eq!(rule(file), SDL_8, "{file:?}");
        }
        let lower = encode(u128::MAX, Radix::Hexadecimal).to_lowercase();
        for bad in [
            "\n".to_owned(),
            format!("{line}\n\n"),
            format!("{line}\r\n"),
            format!(" {line}\n"),
            format!("{line} \n"),
            line.replace(' ', "  ") + "\n",
            line.replace(' ', "\t") + "\n",
            line.replace("VDS", "vds") + "\n",
            line.replace("VDS", "VD") + "\n",
            format!("VDS1000120 {lower}\n"),
            format!("VDS1000120 {}\n", "0".repeat(20)),
            format!("VDS1000120 {}\n", decimal().replacen('0', "1", 1)),
            format!("VDS1000120 é{}\n", decimal()),
        ] {
            assert_eq!(rule(&bad), SDL_9, "{bad:?}");
        }
        assert_eq!(rule(&format!("{line}\n{line}\n")), SDL_10);
        assert_eq!(rule(&format!("{line}\n{line}\nbad\n")), SDL_10, "where the second one stands");
    }
}
