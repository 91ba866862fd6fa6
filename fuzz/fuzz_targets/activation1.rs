#![no_main]
use counterproof::oracles::ACTIVATION1;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION1.run)(data));
