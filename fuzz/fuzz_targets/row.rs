#![no_main]
use oracles::ROW;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ROW.run)(data));
