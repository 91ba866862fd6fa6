#![no_main]
use oracles::PROGRAM;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (PROGRAM.run)(data));
