#![no_main]
use oracles::SERVER_VERIFY;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (SERVER_VERIFY.run)(data));
