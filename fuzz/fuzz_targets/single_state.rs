#![no_main]
use oracles::SINGLE_STATE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (SINGLE_STATE.run)(data));
