#![no_main]
use oracles::LICENSE_FILE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (LICENSE_FILE.run)(data));
