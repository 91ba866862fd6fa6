#![no_main]
use oracles::OPERATOR;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (OPERATOR.run)(data));
