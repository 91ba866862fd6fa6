#![no_main]
use oracles::HOSTILE_PEER;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (HOSTILE_PEER.run)(data));
