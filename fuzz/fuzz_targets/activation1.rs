#![no_main]
use oracles::ACTIVATION1;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION1.run)(data));
