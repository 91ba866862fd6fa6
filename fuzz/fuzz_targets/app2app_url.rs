#![no_main]
use oracles::APP2APP_URL;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (APP2APP_URL.run)(data));
