#![no_main]
use counterproof::oracles;
libfuzzer_sys::fuzz_target!(|data: &[u8]| oracles::run("deactivation", data));
