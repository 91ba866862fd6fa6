#![no_main]
use oracles::HEX_TEXT;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (HEX_TEXT.run)(data));
