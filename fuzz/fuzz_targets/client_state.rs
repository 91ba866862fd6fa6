#![no_main]
use counterproof::oracles::CLIENT_STATE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (CLIENT_STATE.run)(data));
