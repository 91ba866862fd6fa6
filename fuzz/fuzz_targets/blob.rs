#![no_main]
use counterproof::oracles::BLOB;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (BLOB.run)(data));
