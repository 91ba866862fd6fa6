//! What the fuzz targets check, on stable and without a fuzzer: every seed, every regression, and a fixed
//! number of mutants of them (fewer of the slow targets). And the lists of targets agree.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use oracles::{TARGETS, Target};

const MUTANTS: usize = 2_000;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs one input; where a property is violated, says how to keep it.
fn run(target: &Target, input: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!(
            "{} violates a property; keep it:\necho {hex} | xxd -r -p > fuzz/regressions/{}/NAME",
            what, target.name
        );
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// One to four small changes, with words of the dictionary and pieces of other inputs.
    fn mutate(&mut self, inputs: &[Vec<u8>], target: &Target) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(input.len() + 1);
            let to = at + self.below(input.len() + 1 - at);
            match self.below(7) {
                0 if at < input.len() => input[at] ^= 1 << self.below(8),
                1 if at < input.len() => input[at] = self.next() as u8,
                2 => input.insert(at, self.next() as u8),
                3 => drop(input.drain(at..to.min(at + 9))),
                4 if !target.dictionary.is_empty() => {
                    let word = target.dictionary[self.below(target.dictionary.len())];
                    input.splice(at..to.min(at + word.len()), word.iter().copied());
                }
                5 => {
                    let other = &inputs[self.below(inputs.len())];
                    let from = self.below(other.len() + 1);
                    input.splice(at.., other[from..].iter().copied());
                }
                _ => {
                    let piece = input[at..to].to_vec();
                    input.splice(to..to, piece);
                }
            }
        }
        input.truncate(target.max_len);
        input
    }
}

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut inputs = (target.seeds)();
    assert!(!inputs.is_empty());
    for (number, seed) in inputs.iter().enumerate() {
        assert!(seed.len() <= target.max_len, "seed {number} of {name} is too long");
        run(target, seed, &format!("seed {number} of {name}"));
    }
    for path in files(&fuzz().join("regressions").join(name)) {
        let input = fs::read(&path).unwrap();
        run(target, &input, &format!("{}", path.display()));
        inputs.push(input);
    }
    run(target, &[], &format!("the empty input of {name}"));
    let mut random = Random(name.len() as u64);
    for number in 0..MUTANTS.min(5 * target.floor as usize) {
        let mutant = random.mutate(&inputs, target);
        run(target, &mutant, &format!("mutant {number} of {name}"));
    }
}

// One test per target, so that they run beside each other.
#[rustfmt::skip]
mod each {
    use super::replay;
    #[test] fn frame() { replay("frame") }
    #[test] fn hex_text() { replay("hex_text") }
    #[test] fn static_vector() { replay("static_vector") }
    #[test] fn activation1() { replay("activation1") }
    #[test] fn activation2() { replay("activation2") }
    #[test] fn deactivation() { replay("deactivation") }
    #[test] fn device_code() { replay("device_code") }
    #[test] fn request() { replay("request") }
    #[test] fn charset() { replay("charset") }
    #[test] fn picture() { replay("picture") }
    #[test] fn app2app_url() { replay("app2app_url") }
    #[test] fn app2app_read() { replay("app2app_read") }
    #[test] fn response_data() { replay("response_data") }
    #[test] fn protect() { replay("protect") }
    #[test] fn lanes() { replay("lanes") }
    #[test] fn message_vector() { replay("message_vector") }
    #[test] fn activation_vector() { replay("activation_vector") }
    #[test] fn license_file() { replay("license_file") }
    #[test] fn blob() { replay("blob") }
    #[test] fn client_state() { replay("client_state") }
    #[test] fn row() { replay("row") }
    #[test] fn remac_client() { replay("remac_client") }
    #[test] fn unlock() { replay("unlock") }
    #[test] fn server_verify() { replay("server_verify") }
    #[test] fn server_respond() { replay("server_respond") }
    #[test] fn operator() { replay("operator") }
    #[test] fn flows() { replay("flows") }
    #[test] fn gateway_string() { replay("gateway_string") }
    #[test] fn information() { replay("information") }
    #[test] fn login() { replay("login") }
    #[test] fn peer_question() { replay("peer_question") }
    #[test] fn peer_answer() { replay("peer_answer") }
    #[test] fn hostile_peer() { replay("hostile_peer") }
    #[test] fn ocra() { replay("ocra") }
    #[test] fn open_respond() { replay("open_respond") }
    #[test] fn activation_code() { replay("activation_code") }
    #[test] fn event_counter() { replay("event_counter") }
    #[test] fn derivation_code() { replay("derivation_code") }
    #[test] fn full_activation() { replay("full_activation") }
    #[test] fn acode_log() { replay("acode_log") }
    #[test] fn single_state() { replay("single_state") }
    #[test] fn single_flows() { replay("single_flows") }
    #[test] fn program() { replay("program") }
}

#[test]
fn the_lists_of_targets_agree() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len());

    let sources = files(&fuzz().join("fuzz_targets"));
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    assert_eq!(sources.iter().map(stem).collect::<BTreeSet<_>>(), names);
    for path in &sources {
        let constant = stem(path).to_uppercase();
        let expected = format!(
            "#![no_main]\nuse oracles::{constant};\nlibfuzzer_sys::fuzz_target!(|data: &[u8]| ({constant}.run)(data));\n"
        );
        assert_eq!(fs::read_to_string(path).unwrap(), expected);
    }

    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let (any, each): (Vec<_>, Vec<_>) =
        manifest.split("[[bin]]").skip(1).partition(|part| part.contains("path = \"any.rs\""));
    assert_eq!(any.len(), 1, "the program with all targets");
    let listed = each.iter().map(|part| {
        let name = part.split("name = \"").nth(1).unwrap().split('"').next().unwrap();
        assert!(part.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        name.to_owned()
    });
    assert_eq!(listed.collect::<BTreeSet<_>>(), names);

    let this = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
    let replayed = this.lines().filter_map(|line| {
        line.trim().strip_prefix("#[test] fn ")?.split_once("()").map(|(name, _)| name.to_owned())
    });
    assert_eq!(replayed.collect::<BTreeSet<_>>(), names);

    let guide = fs::read_to_string(fuzz().join("README.md")).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let described: Vec<_> =
        rows.flat_map(|names| names.split('`').filter(|it| !it.trim().is_empty())).collect();
    assert_eq!(described.len(), names.len(), "each stands once in fuzz/README.md");
    assert_eq!(described.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), names);

    for folder in files(&fuzz().join("regressions")) {
        assert!(names.contains(folder.file_name().unwrap().to_str().unwrap()), "{}", folder.display());
    }
}

#[test]
fn every_target_has_two_oracles_that_are_no_crash() {
    for target in TARGETS {
        assert!(target.oracles.len() >= 2, "{}", target.name);
        assert!(target.max_len > 0 && target.floor > 0);
    }
}
