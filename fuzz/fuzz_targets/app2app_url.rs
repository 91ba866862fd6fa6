#![no_main]
use counterproof::oracles::APP2APP_URL;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (APP2APP_URL.run)(data));
