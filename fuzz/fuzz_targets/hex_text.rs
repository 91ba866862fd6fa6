#![no_main]
use counterproof::oracles::HEX_TEXT;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (HEX_TEXT.run)(data));
