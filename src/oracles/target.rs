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

impl Target {
    /// Megabytes that one allocation has at most, libFuzzer's `-malloc_limit_mb`: who takes a length from the input must
    /// look at it before it makes room. A picture may have 16 million pixels, Argon2id 64 MB, and what is read from
    /// short inputs needs next to nothing.
    pub fn allocation_mb(&self) -> u32 {
        match self.name {
            "frame" | "static_vector" | "activation1" | "activation2" | "request" | "charset" | "row" => 4,
            "license_file" | "message_vector" | "app2app_url" | "gateway_string" | "acode_log" => 4,
            "picture" => 100,
            _ => 200,
        }
    }
}
