#![no_main]
use oracles::CHARSET;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (CHARSET.run)(data));
