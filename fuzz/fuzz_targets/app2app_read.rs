#![no_main]
use oracles::APP2APP_READ;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (APP2APP_READ.run)(data));
