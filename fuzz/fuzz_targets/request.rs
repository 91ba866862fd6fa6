#![no_main]
use oracles::REQUEST;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (REQUEST.run)(data));
