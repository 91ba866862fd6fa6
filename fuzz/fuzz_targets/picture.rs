#![no_main]
use oracles::PICTURE;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (PICTURE.run)(data));
