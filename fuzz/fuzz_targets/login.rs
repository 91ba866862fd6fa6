#![no_main]
use counterproof::oracles::LOGIN;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (LOGIN.run)(data));
