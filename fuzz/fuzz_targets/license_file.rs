#![no_main]
use counterproof::oracles::LICENSE_FILE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (LICENSE_FILE.run)(data));
