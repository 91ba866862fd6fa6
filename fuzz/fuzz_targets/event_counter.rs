#![no_main]
use counterproof::oracles::EVENT_COUNTER;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (EVENT_COUNTER.run)(data));
