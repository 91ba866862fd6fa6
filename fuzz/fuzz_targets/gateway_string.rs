#![no_main]
use oracles::GATEWAY_STRING;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (GATEWAY_STRING.run)(data));
