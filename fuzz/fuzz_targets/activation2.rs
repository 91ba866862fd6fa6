#![no_main]
use counterproof::oracles::ACTIVATION2;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION2.run)(data));
