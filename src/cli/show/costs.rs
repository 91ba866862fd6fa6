//! What a peer takes for its operations: a table, and no verdict.

use super::super::outcome::Error;
use super::super::terminal::Paint;
use super::layout::{OPEN, PLAIN, line};
use harness::cost::Costs;
use peer::printable::Line;

/// A row for each operation.
pub(in crate::cli) fn costs(out: &mut impl Paint, costs: &Costs) -> Result<(), Error> {
    let Costs { way_us, operations, stopped } = costs;
    let head = format!(
        "what operations take, one after the other, without the way there and back ({way_us:.1} µs, by ping); no \
         verdict depends on it"
    );
    line(out, PLAIN, &head)?;
    let name = operations.iter().map(|cost| cost.operation.len()).max().unwrap_or(0);
    writeln!(
        out,
        "  {:<name$} {:>8} {:>12} {:>12} {:>11}",
        "operation", "asked", "median", "95 %", "per second"
    )?;
    for cost in operations {
        let rate = cost.per_second.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.0}"));
        let (asked, median, p95) = (cost.asked, cost.median_us, cost.p95_us);
        let operation = Line(&cost.operation).to_string();
        writeln!(out, "  {operation:<name$} {asked:>8} {median:>9.1} µs {p95:>9.1} µs {rate:>11}")?;
    }
    if let Some(why) = stopped {
        line(out, OPEN, &format!("no more was measured: {}", Line(why)))?;
    }
    writeln!(out)?;
    Ok(())
}
