#![no_main]
use oracles::OPEN_RESPOND;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (OPEN_RESPOND.run)(data));
