#![no_main]
use oracles::FRAME;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (FRAME.run)(data));
