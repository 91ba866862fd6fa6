#![no_main]
use oracles::MESSAGE_VECTOR;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (MESSAGE_VECTOR.run)(data));
