#![no_main]
use oracles::INFORMATION;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (INFORMATION.run)(data));
