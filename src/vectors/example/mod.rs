//! The worked example of SPEC section 20: one activation, two requests, a response of each kind, one unlocking
//! and the deactivation, with every value between. `counterproof vectors write` puts it into SPEC.md,
//! `vectors check` compares.
//!
//! ```text
//! license      who and what it is about       table   its rows
//! activation   AM1, device code, AM2
//! messages     what AM2, the requests and the deactivation have alike; the latter
//! responses    from the confirmation to the unlock response
//! ```

use std::fmt::Write as _;

mod activation;
mod license;
mod messages;
mod responses;
mod table;

use license::Example;
pub use table::Row;
use table::Table;

impl Example {
    fn rows(&self) -> Option<Vec<Row>> {
        let mut table = Table::default();
        self.license(&mut table);
        let am1 = self.activation1(&mut table);
        self.device_code(&mut table, &am1);
        let am2 = self.activation2(&mut table, &am1);
        self.confirmation(&mut table, &am2)?;
        let request = self.list_request(&mut table);
        self.signature(&mut table, &request)?;
        self.responses(&mut table)?;
        let request = self.challenge_request(&mut table);
        self.challenge_signature(&mut table, &request)?;
        self.unlocking(&mut table)?;
        self.deactivation(&mut table);
        Some(table.0)
    }
}

/// All rows. Deterministic.
pub fn rows() -> Vec<Row> {
    Example::new().and_then(|example| example.rows()).unwrap_or_default()
}

/// The table as it stands in SPEC.md.
pub fn markdown() -> String {
    let mut out = String::from("| name | value | how |\n|---|---|---|\n");
    for Row { name, value, how } in rows() {
        let _ = writeln!(out, "| {name} | `{value}` | {how} |");
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_stands_once() {
        let rows = rows();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        assert!(names.contains("deactivation frame"), "the last row is there, so all are");
    }
}
