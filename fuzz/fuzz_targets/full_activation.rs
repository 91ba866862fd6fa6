#![no_main]
use oracles::FULL_ACTIVATION;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (FULL_ACTIVATION.run)(data));
