#![no_main]
use oracles::ACTIVATION_CODE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACTIVATION_CODE.run)(data));
