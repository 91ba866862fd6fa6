#![no_main]
use oracles::PEER_ANSWER;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (PEER_ANSWER.run)(data));
