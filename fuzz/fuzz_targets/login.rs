#![no_main]
use oracles::LOGIN;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (LOGIN.run)(data));
