#![no_main]
use counterproof::oracles::FRAME;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (FRAME.run)(data));
