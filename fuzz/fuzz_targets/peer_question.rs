#![no_main]
use oracles::PEER_QUESTION;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (PEER_QUESTION.run)(data));
