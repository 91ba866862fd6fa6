#![no_main]
use oracles::ACTIVATION_VECTOR;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION_VECTOR.run)(data));
