#![no_main]
use oracles::REMAC_CLIENT;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (REMAC_CLIENT.run)(data));
