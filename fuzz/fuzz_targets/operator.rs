#![no_main]
use counterproof::oracles::OPERATOR;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (OPERATOR.run)(data));
