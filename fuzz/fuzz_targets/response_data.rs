#![no_main]
use oracles::RESPONSE_DATA;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (RESPONSE_DATA.run)(data));
