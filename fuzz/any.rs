//! All targets in one program, for a short run: one is linked sooner than forty. `FUZZ_TARGET` names the target.
#![no_main]

use std::sync::OnceLock;

use oracles::{TARGETS, Target};

static TARGET: OnceLock<&Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        let target = TARGETS.iter().find(|target| target.name == name).expect("there is a target of this name");
        TARGET.get_or_init(|| target);
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(data);
        }
    }
);
