#![no_main]
use counterproof::oracles::OCRA;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (OCRA.run)(data));
