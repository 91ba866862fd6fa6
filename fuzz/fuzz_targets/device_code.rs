#![no_main]
use counterproof::oracles::DEVICE_CODE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (DEVICE_CODE.run)(data));
