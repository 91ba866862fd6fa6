#![no_main]
use counterproof::oracles::DEACTIVATION;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (DEACTIVATION.run)(data));
