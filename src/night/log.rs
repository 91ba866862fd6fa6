//! What libFuzzer writes to standard error, a line at a time: counters, and what failed. Pure.
//!
//! A night writes megabytes of it; what is kept is bounded.

/// The most that is kept of what failed.
const MOST: usize = 32_768;

/// What a run of the fuzzer said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Edges that what it was given reaches.
    pub edges_before: Option<u64>,
    /// Edges at the last count.
    pub edges: u64,
    /// Inputs tried.
    pub executions: u64,
    /// Milliseconds of the slowest input.
    pub slowest_ms: u64,
    /// The most memory that it took, in MB.
    pub peak_mb: u64,
    /// From the first line that says that something failed, or from the last lines where none does.
    pub failure: String,
    /// Whether a line said that something failed.
    pub has_failed: bool,
}

impl Log {
    /// Reads the next line.
    pub fn line(&mut self, line: &str) {
        if let Some(stat) = line.strip_prefix("stat::") {
            return self.stat(stat);
        }
        if let Some(ms) = line.strip_prefix("slowest: ").and_then(|rest| rest.strip_suffix(" ms")) {
            self.slowest_ms = self.slowest_ms.max(ms.parse().unwrap_or(0));
            return;
        }
        if let Some((executions, rest)) = status(line) {
            self.executions = self.executions.max(executions);
            let mut words = rest.split_ascii_whitespace();
            let is_first = words.next() == Some("INITED");
            let after = |name: &str| {
                let mut words = rest.split_ascii_whitespace().skip_while(|word| *word != name);
                words.nth(1).map(|number| number.trim_end_matches("Mb"))?.parse().ok()
            };
            self.edges = self.edges.max(after("cov:").unwrap_or(0));
            self.peak_mb = self.peak_mb.max(after("rss:").unwrap_or(0));
            if is_first {
                self.edges_before = Some(self.edges);
            }
            return;
        }
        if !self.has_failed {
            match begins_failure(line) {
                true => (self.has_failed, self.failure) = (true, String::new()),
                // The last lines, for a process that ends without a word.
                false if self.failure.len() > MOST / 8 => self.failure.clear(),
                false => {}
            }
        }
        if self.failure.len() + line.len() < MOST {
            self.failure.push_str(line);
            self.failure.push('\n');
        }
    }

    fn stat(&mut self, stat: &str) {
        let Some((name, value)) = stat.split_once(':') else { return };
        let Ok(value) = value.trim().parse::<u64>() else { return };
        match name {
            "number_of_executed_units" => self.executions = self.executions.max(value),
            "peak_rss_mb" => self.peak_mb = self.peak_mb.max(value),
            "slowest_unit_time_sec" => self.slowest_ms = self.slowest_ms.max(value.saturating_mul(1000)),
            _ => {}
        }
    }
}

/// `#1234\tNEW    cov: 12 …`: the number, and what follows.
fn status(line: &str) -> Option<(u64, &str)> {
    let (number, rest) = line.strip_prefix('#')?.split_once('\t')?;
    Some((number.parse().ok()?, rest))
}

/// Whether something has failed when this line is written.
fn begins_failure(line: &str) -> bool {
    (line.starts_with("thread '") && line.contains("panicked at"))
        || (line.starts_with("==") && (line.contains("ERROR: ") || line.contains("WARNING: ")))
        || line.starts_with("ALARM: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "INFO: Running with entropic power schedule (0xFF, 100).\n\
        #12\tINITED cov: 340 ft: 512 corp: 11/1204b exec/s: 0 rss: 61Mb\n\
        #900\tNEW    cov: 352 ft: 530 corp: 12/1300b lim: 116 exec/s: 0 rss: 62Mb L: 96/116 MS: 1 CrossOver-\n\
        slowest: 12 ms\n\
        #1000\tREDUCE cov: 352 ft: 530 corp: 12/1299b lim: 116 exec/s: 0 rss: 62Mb L: 95/116 MS: 1 EraseBytes-\n\
        #4821\tDONE   cov: 352 ft: 530 corp: 12/1299b lim: 156 exec/s: 4821 rss: 64Mb\n\
        stat::number_of_executed_units: 4821\n\
        stat::slowest_unit_time_sec:    0\n\
        stat::peak_rss_mb:              65\n";

    #[test]
    fn the_counters_of_a_run_are_read() {
        let mut log = Log::default();
        RUN.lines().for_each(|line| log.line(line));
        assert_eq!((log.edges_before, log.edges, log.executions), (Some(340), 352, 4821));
        assert_eq!((log.slowest_ms, log.peak_mb, log.has_failed), (12, 65, false));
    }

    #[test]
    fn what_failed_is_kept_from_its_first_line_and_bounded() {
        let mut log = Log::default();
        log.line("noise");
        log.line("thread '<unnamed>' (7) panicked at src/oracles/wire.rs:1:2:");
        log.line("FRM-1: no");
        assert!(log.has_failed && log.failure.starts_with("thread '") && log.failure.ends_with("no\n"));
        (0..100_000).for_each(|_| log.line("stack frame"));
        assert!(log.failure.len() <= MOST && log.failure.contains("FRM-1"));
        let mut quiet = Log::default();
        (0..100_000).for_each(|number| quiet.line(&format!("noise {number}")));
        assert!(quiet.failure.len() <= MOST && quiet.failure.contains("noise 99999"));
    }
}
