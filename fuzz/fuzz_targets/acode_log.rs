#![no_main]
use counterproof::oracles::ACODE_LOG;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACODE_LOG.run)(data));
