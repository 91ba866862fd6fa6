#![no_main]
use oracles::BLOB;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (BLOB.run)(data));
