#![no_main]
use oracles::CLIENT_STATE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (CLIENT_STATE.run)(data));
