#![no_main]
use oracles::ACTIVATION2;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION2.run)(data));
