#![no_main]
use oracles::EVENT_COUNTER;
libfuzzer_sys::fuzz_target!(|data: &[u8]| (EVENT_COUNTER.run)(data));
