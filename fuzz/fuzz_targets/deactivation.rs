#![no_main]
use oracles::DEACTIVATION;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (DEACTIVATION.run)(data));
