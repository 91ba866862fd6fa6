#![no_main]
use oracles::FLOWS;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (FLOWS.run)(data));
