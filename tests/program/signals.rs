//! What a test that sends signals has to do first.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use rustix::process::Signal;
use signal_hook::flag;

/// A background job of a script ignores SIGINT, and so would all that it starts. What a process catches is no longer
/// ignored by what it starts; this one ends by it, as it would by itself.
pub fn catch_what_is_ignored() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP] {
            let always = Arc::new(AtomicBool::new(true));
            flag::register_conditional_shutdown(signal.as_raw(), 128 + signal.as_raw(), always).unwrap();
        }
    });
}
