#![no_main]
use oracles::DEVICE_CODE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (DEVICE_CODE.run)(data));
