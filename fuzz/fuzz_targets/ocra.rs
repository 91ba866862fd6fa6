#![no_main]
use oracles::OCRA;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (OCRA.run)(data));
