#![no_main]
use counterproof::oracles::APP2APP_READ;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (APP2APP_READ.run)(data));
