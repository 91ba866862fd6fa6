#![no_main]
use oracles::LANES;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (LANES.run)(data));
