//! What a fuzz target is.

/// A fuzz target.
pub struct Target {
    /// Its name: the file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// The properties over one input.
    pub run: fn(&[u8]),
    /// The longest input worth trying.
    pub max_len: usize,
    /// Executions per second that it must reach from its seeds, with the address sanitizer, on one slow core.
    pub floor: u32,
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that inputs are made of.
    pub dictionary: &'static [&'static [u8]],
    /// What is checked beyond the absence of crashes.
    pub oracles: &'static [&'static str],
}
