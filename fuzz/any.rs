//! All targets in one program, for short runs: one is built sooner than forty. It is slower, since after each input the
//! fuzzer looks at the counters of all that is linked; a night of hours fuzzes a program for each target, and takes this one
//! for what only it can do.
//!
//! | variable | what it does |
//! |---|---|
//! | `FUZZ_TARGET` | names the target |
//! | `FUZZ_WRITE` | a folder: writes what the fuzzer is given for each target into it, and ends |
//! | `FUZZ_SLOWEST` | a file: keeps the slowest input there, and says on standard error how many ms it took |
//! | `FUZZ_PLANTED` | set: there is one more target, that of `extra.rs` |
#![no_main]

mod extra;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use oracles::{TARGETS, Target};

static TARGET: OnceLock<&Target> = OnceLock::new();
static SLOWEST: OnceLock<Slowest> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("FUZZ_WRITE") {
            end(targets().try_for_each(|target| write(target, &Path::new(&folder).join(target.name))));
        }
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        let target = targets().find(|target| target.name == name).expect("there is a target of this name");
        TARGET.get_or_init(|| target);
        if let Some(path) = std::env::var_os("FUZZ_SLOWEST") {
            SLOWEST.get_or_init(|| Slowest { path: path.into(), ms: AtomicU64::new(0) });
        }
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            let begun = Instant::now();
            (target.run)(data);
            if let Some(slowest) = SLOWEST.get() {
                slowest.saw(data, begun);
            }
        }
    }
);

/// All targets of this program.
fn targets() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().chain(std::env::var_os("FUZZ_PLANTED").map(|_| &extra::TARGET))
}

/// Seeds, dictionary, flags and floor of a target.
fn write(target: &Target, folder: &Path) -> io::Result<()> {
    let seeds = folder.join("seeds");
    fs::create_dir_all(&seeds)?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(seeds.join(format!("{number:03}")), seed)?;
    }
    let word = |word: &&[u8]| word.iter().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
    let words: String = target.dictionary.iter().map(|it| format!("\"{}\"\n", word(it))).collect();
    fs::write(folder.join("dict"), words)?;
    // Programs have ten thousands of features; weighing inputs by them takes longer than running them.
    let entropic = if target.floor < 5_000 { " -entropic=0" } else { "" };
    let most_mb = target.allocation_mb();
    let flags = format!("-max_len={}{entropic} -malloc_limit_mb={most_mb}\n", target.max_len);
    fs::write(folder.join("flags"), flags)?;
    fs::write(folder.join("floor"), format!("{}\n", target.floor))
}

fn end(written: io::Result<()>) -> ! {
    if let Err(error) = written {
        eprintln!("FUZZ_WRITE: {error}");
        process::exit(1);
    }
    process::exit(0);
}

/// The slowest input so far: libFuzzer knows whole seconds only.
struct Slowest {
    path: PathBuf,
    ms: AtomicU64,
}

impl Slowest {
    /// Below this an input is quick.
    const QUICK_MS: u64 = 5;

    /// Keeps the input where it took a quarter longer than any before: less is the machine's mood.
    fn saw(&self, input: &[u8], begun: Instant) {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let most = self.ms.load(Ordering::Relaxed);
        if ms > Self::QUICK_MS && ms > most + most / 4 {
            self.ms.store(ms, Ordering::Relaxed);
            let _ = fs::write(&self.path, input); // a full disk fails no target
            eprintln!("slowest: {ms} ms");
        }
    }
}
