#![no_main]
use oracles::UNLOCK;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (UNLOCK.run)(data));
