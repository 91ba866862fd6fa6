#![no_main]
use oracles::SERVER_RESPOND;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (SERVER_RESPOND.run)(data));
