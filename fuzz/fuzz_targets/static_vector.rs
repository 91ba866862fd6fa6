#![no_main]
use oracles::STATIC_VECTOR;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (STATIC_VECTOR.run)(data));
