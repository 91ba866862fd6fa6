#![no_main]
use oracles::DERIVATION_CODE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (DERIVATION_CODE.run)(data));
