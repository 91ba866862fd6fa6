#![no_main]
use oracles::ACODE_LOG;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (ACODE_LOG.run)(data));
