#![no_main]
use oracles::PROTECT;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (PROTECT.run)(data));
