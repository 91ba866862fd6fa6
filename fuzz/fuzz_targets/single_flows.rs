#![no_main]
use oracles::SINGLE_FLOWS;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (SINGLE_FLOWS.run)(data));
