//! All targets in one program, and the control: what the bench builds in its copy. `FUZZ_TARGET` names the target. Where
//! `PLANTED_GIVEN` names a folder, what each target begins with is written there, and nothing is fuzzed.
#![no_main]

mod control;

use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs, io, process};

use oracles::TARGETS;

static RUN: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        if let Some(folder) = env::var_os("PLANTED_GIVEN") {
            write_given(Path::new(&folder)).expect("what targets begin with can be written");
            process::exit(0);
        }
        let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        let run = match name.as_str() {
            "control" => control::run,
            _ => TARGETS.iter().find(|target| target.name == name).expect("there is a target of this name").run,
        };
        RUN.get_or_init(|| run);
    },
    |data: &[u8]| {
        if let Some(run) = RUN.get() {
            run(data);
        }
    }
);

/// A folder for each target: `seeds`, `dict` and `flags`, as `tests/fuzz_replay.rs` writes them.
fn write_given(root: &Path) -> io::Result<()> {
    let controls = ("control", control::seeds(), &[][..], 2_000, 5_000, 200);
    let targets = TARGETS
        .iter()
        .map(|it| (it.name, (it.seeds)(), it.dictionary, it.max_len, it.floor, it.allocation_mb()));
    for (name, seeds, dictionary, max_len, floor, most_mb) in targets.chain([controls]) {
        let folder = root.join(name);
        fs::create_dir_all(folder.join("seeds"))?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seeds/{number:03}")), seed)?;
        }
        let word = |word: &&[u8]| word.iter().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
        fs::write(
            folder.join("dict"),
            dictionary.iter().map(|it| format!("\"{}\"\n", word(it))).collect::<String>(),
        )?;
        let entropic = if floor < 5_000 { " -entropic=0" } else { "" };
        let flags = format!("-max_len={max_len}{entropic} -malloc_limit_mb={most_mb}\n");
        fs::write(folder.join("flags"), flags)?;
    }
    Ok(())
}
