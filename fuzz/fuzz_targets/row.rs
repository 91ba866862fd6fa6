#![no_main]
use counterproof::oracles::ROW;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ROW.run)(data));
