//! A QR code (ISO/IEC 18004) as modules, and drawn: for a terminal, as SVG, as PNG. CAR-1, CAR-2.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

use super::grey::Grey;
use channel::error::{Found, Refusal, ensure, refuse};
use channel::fault;
use channel::rule::CAR_2;

/// Modules of light around a symbol.
pub const QUIET_ZONE: usize = 4;

/// A square of modules, without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    size: usize,
    /// Row by row; `true` is dark.
    modules: Vec<bool>,
}

impl Symbol {
    /// The text as one segment: alphanumeric where all of it can be, bytes else; the smallest version, and then the
    /// highest correction that fits it. CAR-1, CAR-2.
    pub fn write(text: &str) -> Result<Self, Refusal> {
        ensure(!text.is_empty(), CAR_2, Found::Count(0, "character"))?;
        let alphanumeric = QrSegment::is_alphanumeric(text);
        let segment = match fault::bent("qr-in-bytes", alphanumeric, false) {
            true => QrSegment::make_alphanumeric(text),
            false => QrSegment::make_bytes(text.as_bytes()),
        };
        let Ok(code) = QrCode::encode_segments(&[segment], QrCodeEcc::Low) else {
            return refuse(CAR_2, Found::Count(text.chars().count(), "character"));
        };
        let range = 0..code.size();
        let modules = range.clone().flat_map(|y| range.clone().map(move |x| (x, y)));
        let modules = modules.map(|(x, y)| code.get_module(x, y)).collect();
        Ok(Self { size: usize::try_from(code.size()).unwrap_or(0), modules })
    }

    /// From rows of `0` and `1`, as many as each has characters: 21 to 177, in steps of 4.
    pub fn from_rows(rows: &[String]) -> Option<Self> {
        let size = rows.len();
        let is_size = (21..=177).contains(&size) && size % 4 == 1;
        let module = |c: char| c.to_digit(2).map(|bit| bit == 1);
        let square = rows.iter().all(|row| row.chars().count() == size);
        let modules: Option<Vec<bool>> = rows.iter().flat_map(|row| row.chars()).map(module).collect();
        modules.filter(|_| is_size && square).map(|modules| Self { size, modules })
    }

    /// Rows of `0` and `1`.
    pub fn rows(&self) -> Vec<String> {
        let row = |row: &[bool]| row.iter().map(|dark| if *dark { '1' } else { '0' }).collect();
        self.modules.chunks(self.size.max(1)).map(row).collect()
    }

    /// Modules on a side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark; light outside.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.modules.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// Turns one module over: damage, for tests of readers.
    pub fn flip(&mut self, x: usize, y: usize) {
        if x < self.size
            && let Some(module) = self.modules.get_mut(y * self.size + x)
        {
            *module = !*module;
        }
    }

    /// Whether a module of the symbol with its quiet zone is dark.
    fn is_dark_with_quiet_zone(&self, x: usize, y: usize) -> bool {
        match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        }
    }

    /// Modules on a side with the quiet zone.
    fn whole(&self) -> usize {
        self.size + 2 * QUIET_ZONE
    }

    /// Two modules in a character, one row over the other: dark is drawn.
    pub fn to_blocks(&self) -> String {
        let mut out = String::new();
        for y in (0..self.whole()).step_by(2) {
            for x in 0..self.whole() {
                let (upper, lower) =
                    (self.is_dark_with_quiet_zone(x, y), self.is_dark_with_quiet_zone(x, y + 1));
                out.push(match (upper, lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            out.push('\n');
        }
        out
    }

    /// The same in black on white, whatever the colours of the terminal are.
    pub fn to_terminal(&self) -> String {
        self.to_blocks().lines().map(|line| format!("\x1b[30;107m{line}\x1b[0m\n")).collect()
    }

    /// As SVG: one path, one unit a module, scaled by whoever shows it.
    pub fn to_svg(&self) -> String {
        let whole = self.whole();
        let mut path = String::new();
        for (y, row) in self.modules.chunks(self.size.max(1)).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&true) {
                    let (x, y, width) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                    let _ = write!(path, "M{x} {y}h{width}v1h-{width}z");
                }
                x += run.len();
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{whole}v{whole}H0z\"/><path d=\"{path}\"/></svg>\n"
        )
    }

    /// As a picture of grey values with its quiet zone, so many pixels a module.
    pub fn to_grey(&self, scale: usize) -> Grey {
        let scale = scale.max(1);
        let side = self.whole() * scale;
        Grey::drawn(side, side, |x, y| match self.is_dark_with_quiet_zone(x / scale, y / scale) {
            true => 0,
            false => 255,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;

    #[test]
    fn car_1_the_smallest_symbol_that_carries_a_message() {
        // ISO/IEC 18004, table 7: version 40 at level L carries 4296 alphanumeric characters, 2953 bytes.
        for (text, size) in
            [("A".repeat(25), 21), ("A".repeat(26), 25), ("a".repeat(17), 21), ("a".repeat(18), 25)]
        {
            assert_eq!(Symbol::write(&text).unwrap().size(), size, "{text}");
        }
        // A message in hexadecimal of the published size tiers.
        for (bytes, size) in [(100, 45), (199, 61), (351, 77), (535, 93)] {
            assert_eq!(Symbol::write(&"A5".repeat(bytes)).unwrap().size(), size, "{bytes}");
        }
    }

    #[test]
    fn car_2_limits() {
        assert_eq!(Symbol::write("").unwrap_err().rule, CAR_2);
        assert_eq!(Symbol::write(&"A".repeat(4_296)).unwrap().size(), 177);
        assert_eq!(Symbol::write(&"A".repeat(4_297)).unwrap_err().rule, CAR_2);
        assert_eq!(Symbol::write(&"a".repeat(2_953)).unwrap().size(), 177);
        assert_eq!(Symbol::write(&"a".repeat(2_954)).unwrap_err().rule, CAR_2);
    }

    #[test]
    fn rows_and_back() {
        let symbol = Symbol::write("00C1C3E40F42B8").unwrap();
        assert_eq!(Symbol::from_rows(&symbol.rows()), Some(symbol.clone()));
        let mut rows = symbol.rows();
        rows[3].pop();
        assert_eq!(Symbol::from_rows(&rows), None);
        rows[3].push('2');
        assert_eq!(Symbol::from_rows(&rows), None);
        assert_eq!(Symbol::from_rows(&[]), None);
        assert_eq!(Symbol::from_rows(&vec!["0".repeat(22); 22]), None);
    }

    #[test]
    fn what_is_drawn_is_the_symbol() {
        let symbol = Symbol::write("00C1C3E40F42B8").unwrap();
        let whole = symbol.size() + 2 * QUIET_ZONE;
        let terminal = symbol.to_terminal();
        assert_eq!(terminal.lines().count(), whole.div_ceil(2));
        let svg = symbol.to_svg();
        assert!(
            svg.starts_with("<svg ") && svg.contains(&format!("viewBox=\"0 0 {whole} {whole}\"")),
            "{svg}"
        );
        let dark = symbol.rows().concat().matches('1').count();
        let path = svg.rsplit("d=\"").next().unwrap();
        let runs =
            path.split('M').filter_map(|run| run.split_once('h')?.1.split_once('v')?.0.parse::<usize>().ok());
        assert_eq!(runs.sum::<usize>(), dark);
        assert_eq!(picture::read_grey(&symbol.to_grey(2)).unwrap(), "00C1C3E40F42B8");
    }
}
