//! The program as a user runs it: exit codes, files, and the words a script may look for. Each test has a
//! folder of its own to run in. The peers that misbehave are scripts for a POSIX shell; how a process can
//! break is `hostile_peers.rs`, here it is about what the user is told.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod program;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::report::{self, Failing, Part};
use harness::suite::Verdict;
use program::{Ended, Folder, PROGRAM, after_hello, own_peer};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// A case that asks one question and needs no session.
const ONE_CASE: &str = "frame-published-sample";
/// SPEC FRM-1.
const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

/// Runs `check` with a script as the peer, and one case.
fn check_script(folder: &Folder, script: &str) -> Ended {
    fs::write(folder.path("peer.sh"), script).unwrap();
    let begin = Instant::now();
    let ended =
        folder.run(&["check", "--peer", "sh peer.sh", "--only", ONE_CASE, "--timeout", "1", "--jobs", "1"]);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    ended
}

#[test]
fn check_of_the_reference_exits_0_with_table_and_report() {
    let folder = Folder::new("check");
    let ended =
        folder.run(&["check"]).exits(0).says("area").says("FRM  frame").says("conforms to profile full");
    let ended = ended.says("report: reports/last/report.json");
    assert_eq!(ended.err, "");
    let report = folder.report();
    assert_eq!((report.report.get(), report.seed), (report::VERSION, 0));
    let [part] = report.parts.as_slice() else { panic!("one part") };
    assert!(part.conforms);
    assert_eq!(part.cases.len(), cases::all().len());
    assert_eq!(part.totals.values().sum::<u64>(), part.cases.len() as u64);
    assert!(!folder.path("reports/last/failing").exists());
    let left: Vec<_> = fs::read_dir(folder.path("reports/last")).unwrap().collect();
    assert_eq!(left.len(), 2, "report.json and junit.xml, nothing half-written");
}

#[test]
fn check_of_a_faulty_peer_exits_1_and_prints_a_replay_that_works() {
    let folder = Folder::new("fault");
    let faulty = format!("{} --fault skips-FRM-5", own_peer());
    let ended = folder.run(&["check", "--peer", &faulty, "--only", "frame-parse"]).exits(1);
    let ended = ended.says("violates FRM-5: A version other than 0 is refused.").says("does not conform");
    let again = ended.out.lines().find_map(|line| line.trim().strip_prefix("again     counterproof "));
    let again = shlex::split(again.expect("a replay command")).unwrap();
    let [verb, file, option, peer] = again.as_slice() else { panic!("{again:?}") };
    assert_eq!([verb, option, peer], ["replay", "--peer", &faulty]);
    assert!(folder.path(file).is_file(), "{file}");
    let failing: Failing = serde_json::from_slice(&fs::read(folder.path(file)).unwrap()).unwrap();
    assert_eq!((failing.requirement.as_str(), failing.verdict), ("FRM-5", Verdict::Fail));
    assert!(!folder.report().parts.iter().any(|part| part.conforms));

    folder.run(&[verb, file, option, peer]).exits(1).says("now   fail, violates FRM-5");
    folder.run(&["replay", file, "--run-recorded-command"]).exits(1).says("now   fail, violates FRM-5");
    folder.run(&["replay", file, "--peer", &own_peer()]).exits(0).says("now   pass");
    folder.run(&["replay", file, "--peer", "missing-program"]).exits(3).complains("missing-program");
}

#[test]
fn a_failing_folder_of_an_earlier_run_does_not_stay() {
    let folder = Folder::new("stale");
    let faulty = format!("{} --fault skips-FRM-5", own_peer());
    folder.run(&["check", "--peer", &faulty, "--only", "frame-parse-version"]).exits(1);
    assert!(folder.path("reports/last/failing").exists());
    folder.run(&["check", "--only", "frame-parse-version"]).exits(0);
    assert!(!folder.path("reports/last/failing").exists());
}

/// What a shell makes of the printed line, whatever is in the peer's command.
#[test]
fn the_replay_command_can_be_pasted() {
    let folder = Folder::new("paste it's");
    let peer = format!("{} --fault skips-FRM-5", own_peer());
    let env = r#"NAME=$(touch injected) "; touch injected; ""#;
    let arguments = ["check", "--peer", &peer, "--only", "frame-parse-version-1", "--env", env];
    let ended = folder.run(&arguments).exits(1);
    let again =
        ended.out.lines().find_map(|line| line.trim().strip_prefix("again     counterproof ")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("'{PROGRAM}' {again}")]).current_dir(&folder.0).stdin(Stdio::null());
    Ended::of(&mut shell).exits(1).says("FRM-5");
    assert!(!folder.path("injected").exists());
}

#[test]
fn each_of_two_peers_keeps_its_failing_cases() {
    let folder = Folder::new("two-failing");
    let faults = ["skips-FRM-5", "skips-SER-2"].map(|fault| format!("{} --fault {fault}", own_peer()));
    let [one, other] = &faults;
    let arguments = ["check", "--peer", one, "--peer", other, "--only", "frame-parse"];
    folder.run(&arguments).exits(1);
    let failures = |part: &Part| part.count(Verdict::Fail);
    let all: u64 = folder.report().parts.iter().map(failures).sum();
    let files = fs::read_dir(folder.path("reports/last/failing")).unwrap().count();
    assert!(files > 2 && files as u64 == all, "{files} files of {all} failures");
}

#[test]
fn only_a_whole_run_says_that_a_peer_conforms() {
    let folder = Folder::new("filtered");
    let few = ["check", "--only", "frame-parse-version-1"];
    let ended = folder.run(&few).exits(0).says("passed: 2 of the ");
    assert!(!ended.out.contains("conforms to profile"), "{}", ended.out);
    let report = folder.report();
    assert_eq!(report.filters.unwrap().only, ["frame-parse-version-1"]);
    assert_eq!(report.parts[0].of_profile, Some(cases::all().len() as u64));
    let ended = folder.run(&["check", "--shard", "1/200"]).exits(0);
    assert!(!ended.out.contains("conforms to profile"), "{}", ended.out);
    assert_eq!(folder.report().filters, None);
}

/// A peer that doesn't list what nobody has to have conforms, and is told what was left out.
#[test]
fn what_is_optional_and_not_listed_is_not_asked() {
    let folder = Folder::new("optional");
    let without = r#"s/"qr.read",\{0,1\}//;s/"qr.write",\{0,1\}//;s/"state",//;s/,]/]/"#;
    let script = format!(
        "read -r hello; printf '%s\\n' \"$hello\" | '{PROGRAM}' peer | sed '{without}'\nexec '{PROGRAM}' peer\n"
    );
    fs::write(folder.path("peer.sh"), script).unwrap();
    let peer = "sh peer.sh";
    let left_out = "not asked: qr.read, qr.write, state (optional";
    folder.run(&["check", "--peer", peer, "--req", "FRM"]).exits(0).says(left_out);
    let part = &folder.report().parts[0];
    assert_eq!(part.not_offered.as_deref().unwrap(), ["qr.read", "qr.write", "state"]);
    assert_eq!(part.of_profile, Some(cases::all().len() as u64 - part_of_pictures()));
    let file = Path::new(ROOT).join("vectors/qr.json");
    let file = file.to_str().unwrap();
    folder.run(&["vectors", "run", "--peer", peer]).exits(0).says("not asked: ").says("agrees with");
    folder.run(&["vectors", "run", "--peer", peer, file]).exits(2).complains("nothing was judged");
}

fn part_of_pictures() -> u64 {
    cases::all()
        .iter()
        .filter(|case| case.id.starts_with("qr-") || case.id.starts_with("question-qr-"))
        .count() as u64
}

/// `check | head -1`: the verdict is the exit code, the report is written, nobody is told anything.
#[test]
fn a_reader_that_goes_changes_no_verdict() {
    let folder = Folder::new("head");
    let faulty = format!("{} --fault skips-FRM-5", own_peer());
    let few = ["--only", "frame-parse"];
    for (arguments, code) in [
        (&["list"][..], 0),
        (&["tour"], 0),
        (&["inspect", PUBLISHED], 0),
        (&["inspect", "hello"], 1),
        (&["vectors", "check", "--root", ROOT], 0),
        (&[&["check"], &few[..]].concat(), 0),
        (&[&["check", "--peer", &faulty], &few[..]].concat(), 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(&folder.0).stdin(Stdio::null()).stdout(writer);
        let output = command.stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(code), ""), "{arguments:?}");
    }
    assert!(folder.path("reports/last/report.json").exists());
}

#[test]
fn two_peers_are_also_judged_in_pairs() {
    let folder = Folder::new("pairs");
    let own = own_peer();
    folder.run(&["check", "--peer", &own, "--peer", &own, "--role", "both"]).exits(0);
    let pairs: Vec<_> = folder.report().parts.into_iter().map(|part| part.claims.len()).collect();
    assert_eq!(pairs, [1, 1, 2, 2]);
}

#[test]
fn a_peer_that_cannot_run_exits_3() {
    let folder = Folder::new("cannot");
    folder.run(&["check", "--peer", "missing-program"]).exits(3).complains("program not found");
    assert!(!folder.path("reports/last/report.json").exists());
}

#[test]
fn wrong_usage_exits_2() {
    let folder = Folder::new("usage");
    for arguments in [
        &[][..],
        &["check", "--nonsense"],
        &["nonsense"],
        &["check", "--only", "matches-nothing"],
        &["check", "--req", "ABC-1"],
        &["check", "--role", "nobody"],
        &["check", "--env", "NOVALUE"],
        &["check", "--timeout", "soon"],
        &["check", "--env", "=value"],
        &["check", "--peer", ""],
        &["check", "--peer", "'open"],
        &["check", "--peer", "sh", "--cwd", "missing"],
        &["check", "--cwd", "missing"],
        &["check-peer", "--peer", "sh", "--cwd", "missing"],
        &["vectors", "check", "--root", "missing"],
        &["spec", "html", "--root", "missing"],
        &["vectors", "run", "--peer", "'open"],
        &["list", "--only", "matches-nothing"],
        &["check", "--jobs", "0"],
        &["selftest", "--jobs", "0"],
        &["list", "--requirements", "--faults"],
        &["list", "--faults", "--req", "FRM"],
        &["list", "--faults", "--only", "frame"],
        &["list", "--uncovered", "--role", "client"],
        &["peer", "--fault", "no-such-fault"],
        &["selftest", "--fault", "no-such-fault"],
        &["inspect", PUBLISHED, "--key", "00"],
        &["vectors"],
    ] {
        let ended = folder.run(arguments).exits(2);
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn a_claim_that_nothing_could_judge_is_no_pass() {
    let folder = Folder::new("profile");
    let claim = |profile: &str| {
        let script = folder.path(&format!("{}.sh", profile.replace(':', "-")));
        let text =
            after_hello("exit 1").replace("\"profile\":\"full\"", &format!("\"profile\":\"{profile}\""));
        fs::write(&script, text).unwrap();
        format!("sh {}", script.display())
    };
    folder.run(&["check", "--peer", &claim("made-up")]).exits(3).complains("unknown profile");
    let server = claim("server-core");
    folder.run(&["check", "--peer", &server, "--role", "client"]).exits(2).complains("nothing was judged");
}

#[test]
fn a_peer_that_never_says_hello_exits_3() {
    let folder = Folder::new("no-hello");
    for (script, words) in [
        ("exit 7", "no usable answer to hello"),
        ("echo garbage; exec cat", "no usable answer to hello"),
        ("while read -r line; do echo '{\"seq\":0,\"ok\":{}}'; done", "no usable answer to hello"),
        ("exec sleep 100", "no usable answer to hello"),
        ("while read -r line; do echo '{\"seq\":0,\"unsupported\":\"hello\"}'; done", "no usable answer"),
    ] {
        check_script(&folder, script).exits(3).complains(words);
    }
}

#[test]
fn a_peer_that_breaks_after_hello_exits_1_with_its_own_verdict() {
    let folder = Folder::new("breaks");
    for (then, verdict) in
        [("exit 0", "crash"), ("sleep 100", "hang"), ("echo garbage", "protocol-violation")]
    {
        let ended = check_script(&folder, &after_hello(then)).exits(1);
        ended.says(&format!("{verdict}  {ONE_CASE}")).says("does not conform");
        let report = folder.report();
        let [case] = report.parts[0].cases.as_slice() else { panic!("one case") };
        assert_eq!(case.verdict.word(), verdict);
    }
}

#[test]
fn list_prints_one_line_per_case_fault_and_requirement() {
    let folder = Folder::new("list");
    let all: Vec<_> = cases::all();
    let listed = folder.run(&["list"]).exits(0).out;
    assert_eq!(listed.lines().count(), all.len());
    for (line, case) in listed.lines().zip(&all) {
        assert_eq!(line.split_whitespace().next(), Some(case.id.as_str()));
    }
    let listed = folder.run(&["list", "--faults"]).exits(0).out;
    assert_eq!(listed.lines().count(), zoo::all().count());
    let listed = folder.run(&["list", "--req", "FRM"]).exits(0).out;
    let of_area = all.iter().filter(|case| case.covers.iter().any(|id| id.starts_with("FRM-"))).count();
    assert_eq!(listed.lines().count(), of_area);
    assert!(listed.lines().all(|line| line.contains("FRM-")));
    let listed = folder.run(&["list", "--requirements"]).exits(0).out;
    assert_eq!(listed.lines().count(), harness::spec::requirements().len());
}

#[test]
fn inspect_explains_what_it_knows_and_names_the_requirement_of_what_it_does_not() {
    let folder = Folder::new("inspect");
    folder
        .run(&["inspect", PUBLISHED])
        .exits(0)
        .says("VDS1000120")
        .says("3, request")
        .says("56FDA80477CEE081");
    folder.run(&["inspect", &PUBLISHED.to_lowercase()]).exits(0).says("3, request");
    folder.run(&["inspect", "05639565460439989778342398"]).exits(0).says("76C2547612");
    folder.run(&["inspect", "05639565460439989778342399"]).exits(1).says("DVC-5");
    folder.run(&["inspect", "VDS1000120"]).exits(0).says("C3E40F42B8");
    folder.run(&["inspect", "garbage!"]).exits(1).says("nothing of this protocol");
    folder.run(&["inspect", ""]).exits(1).says("nothing of this protocol");
    folder.run(&["inspect", &format!("1{}", PUBLISHED.split_at(1).1)]).exits(1).says("FRM-5");
    let key = "00".repeat(16);
    folder.run(&["inspect", PUBLISHED, "--key", &key]).exits(1).says("PRT-4");
}

/// The commands that `--help` lists.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.run(&["--help"]).exits(0).out;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn completions_and_the_manual_name_each_command() {
    let folder = Folder::new("completions");
    let commands = commands(&folder);
    assert!(commands.len() > 12 && commands.iter().any(|name| name == "check-peer"), "{commands:?}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&["completions", shell]).exits(0).out;
        for name in commands.iter().map(String::as_str).chain(["--key-file", "--peer", "show"]) {
            // Where options are words of their own, they have no dashes.
            assert!(script.contains(name.trim_start_matches('-')), "{shell}: {name}");
        }
    }
    folder.run(&["completions", "tcsh"]).exits(2).complains("tcsh");

    let page = folder.run(&["man"]).exits(0).out;
    assert!(page.contains(".TH counterproof 1"), "{page}");
    folder.run(&["man", "--out", "man"]).exits(0).says("wrote man/counterproof-check.1");
    for name in commands.iter().filter(|name| *name != "help") {
        let named = format!("counterproof-{name}");
        assert!(page.contains(&format!("{}(1)", named.replace('-', "\\-"))), "{named}: {page}");
        let own = fs::read_to_string(folder.path("man").join(format!("{named}.1"))).unwrap();
        assert!(own.contains(&format!(".TH {named} 1  \"counterproof ")), "{own}");
    }
    assert!(folder.path("man/counterproof-licenses-show.1").exists());
}

/// A script that bash reads without a complaint, and that completes.
#[test]
fn bash_completes() {
    let folder = Folder::new("bash");
    let ask = "source /dev/stdin && COMP_WORDS=(counterproof inspect --key-f) COMP_CWORD=2 && \
               _counterproof counterproof --key-f inspect && echo \"${COMPREPLY[*]}\"";
    let line = format!("'{PROGRAM}' completions bash | bash -c '{ask}'");
    if Command::new("bash").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no bash");
        return;
    }
    let mut command = Command::new("sh");
    Ended::of(command.args(["-c", &line]).current_dir(&folder.0)).exits(0).says("--key-file");
}

/// SPEC.md and vectors/, as the user may have them.
fn copy_of_vectors(folder: &Folder) {
    fs::create_dir_all(folder.path("vectors")).unwrap();
    fs::copy(Path::new(ROOT).join("SPEC.md"), folder.path("SPEC.md")).unwrap();
    for entry in fs::read_dir(Path::new(ROOT).join("vectors")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap();
        if entry.is_file() {
            fs::copy(&entry, folder.path("vectors").join(name)).unwrap();
        }
    }
}

#[test]
fn vectors_check_exits_0_here_and_1_where_a_byte_differs() {
    let folder = Folder::new("vectors");
    folder.run(&["vectors", "check", "--root", ROOT]).exits(0);
    copy_of_vectors(&folder);
    folder.run(&["vectors", "check"]).exits(0);
    let path = folder.path("vectors/kdf.json");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    folder.run(&["vectors", "check"]).exits(1).says("kdf.json: line");
    folder.run(&["vectors", "write"]).exits(0);
    folder.run(&["vectors", "check"]).exits(0);
    fs::remove_file(path).unwrap();
    folder.run(&["vectors", "check"]).exits(1).says("kdf.json: missing");
}

/// A file with one vector: the published sample, with this serial number in its output.
fn one_vector(folder: &Folder, serial: &str) -> String {
    let path = folder.path("own.json");
    let text = format!(
        r#"{{"area": "own", "about": "of somebody", "vectors": [{{"id": "sample", "note": "", "since": 1,
        "requirements": ["FRM-1"], "operation": "frame.parse", "result": "valid",
        "input": {{"message": "{PUBLISHED}", "carrier": "direct"}},
        "output": {{"version": 0, "type": 3, "protection": 1, "serial": "{serial}", "tag": "56FDA80477CEE081",
            "nonce": "23B3C20F3291C7BB", "body": "5E3815E25AA4C7A4D8CB266CFA"}}}}]}}"#
    );
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn vectors_run_exits_0_where_all_agree_and_1_where_one_does_not() {
    let folder = Folder::new("vectors-run");
    let own = own_peer();
    folder.run(&["vectors", "run"]).exits(0).says("flows.json");
    folder.run(&["vectors", "run", "--peer", &own]).exits(0);
    folder
        .run(&["vectors", "run", &one_vector(&folder, "VDS1000120")])
        .exits(0)
        .says("agrees with 1 vector\n");
    folder.run(&["vectors", "run", &one_vector(&folder, "VDS1000121")]).exits(1).says("disagree  sample");
    let faulty = format!("{own} --fault skips-VER-8");
    folder.run(&["vectors", "run", "--peer", &faulty]).exits(1).says("flow-replay").says("expected  refused");
}

/// A crash, a hang, a fault and `unsupported` are no refusals, though the vector asks for one.
#[test]
fn vectors_run_takes_no_broken_peer_for_one_that_refuses() {
    let folder = Folder::new("vectors-broken");
    let path = folder.path("refused.json");
    let text = r#"{"area": "own", "about": "", "vectors": [{"id": "empty", "note": "", "since": 1,
        "requirements": ["FRM-2"], "operation": "frame.parse", "input": {"message": "", "carrier": "direct"},
        "result": "invalid", "class": "bad-length"}]}"#;
    fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap();
    for (then, words) in [
        ("exit 1", "crash  empty"),
        ("sleep 60", "hang  empty"),
        ("echo nonsense", "protocol  empty"),
        ("echo '{\"seq\":1,\"fault\":\"what?\"}'", "fault  empty"),
        ("echo '{\"seq\":1,\"unsupported\":\"frame.parse\"}'", "unsupported  empty"),
        ("echo '{\"seq\":1,\"refused\":{\"class\":\"bad-hex\"}}'", "disagree  empty"),
    ] {
        fs::write(folder.path("peer.sh"), after_hello(then)).unwrap();
        let arguments = ["vectors", "run", "--peer", "sh peer.sh", "--timeout", "1", file];
        folder.run(&arguments).exits(1).says(words).says("1 of 1 vector");
    }
    fs::write(
        folder.path("peer.sh"),
        after_hello("echo '{\"seq\":1,\"refused\":{\"class\":\"bad-length\"}}'"),
    )
    .unwrap();
    folder.run(&["vectors", "run", "--peer", "sh peer.sh", file]).exits(0);
}

#[test]
fn vectors_run_of_a_bad_file_exits_2_and_without_a_peer_3() {
    let folder = Folder::new("vectors-file");
    folder.run(&["vectors", "run", "missing.json"]).exits(2).complains("missing.json");
    folder.run(&["vectors", "run", "."]).exits(2).complains("directory");
    fs::write(folder.path("huge.json"), vec![b' '; (16 << 20) + 1]).unwrap();
    folder.run(&["vectors", "run", "huge.json"]).exits(2).complains("more than 16777216 bytes");
    fs::write(folder.path("latin.json"), b"\xFC").unwrap();
    folder.run(&["vectors", "run", "latin.json"]).exits(2).complains("latin.json: not UTF-8");
    let file = one_vector(&folder, "VDS1000120");
    let content = fs::read_to_string(&file).unwrap().replace("frame.parse", "frame.perse");
    fs::write(&file, content).unwrap();
    folder.run(&["vectors", "run", &file]).exits(2).complains("vector \"sample\": operation \"frame.perse\"");
    folder.run(&["vectors", "run", "--peer", "missing-program"]).exits(3).complains("not found");
    folder.run(&["vectors", "run", "--peer", "true"]).exits(3).complains("hello");
}

#[test]
fn selftest_kills_a_fault_and_spares_a_control() {
    let folder = Folder::new("selftest");
    let arguments = ["selftest", "--fault", "truncated-compare", "--fault", "control-other-words"];
    folder
        .run(&[&arguments[..], &["--req", "PRT-4"]].concat())
        .exits(0)
        .says("killed 1, survived 0")
        .says("1 control unharmed");
    // Cases that can't see the fault let it live, and that is told.
    folder.run(&[&arguments[..], &["--req", "CNV-4"]].concat()).exits(1).says("SURVIVED");
}

#[test]
fn peer_ends_with_its_input() {
    let folder = Folder::new("peer");
    for script in ["exec \"$0\" peer </dev/null", "exec \"$0\" peer <&-", ": | \"$0\" peer"] {
        let ended = Ended::of(Command::new("sh").args(["-c", script, PROGRAM]).current_dir(&folder.0));
        let ended = ended.exits(0);
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""), "{script}");
    }
}

/// PPR-1: what stands after the last line end is no question, whatever its length.
#[test]
fn a_question_without_its_line_end_is_not_answered() {
    let folder = Folder::new("cut-line");
    let ping = r#"{"seq":1,"op":"ping","params":{}}"#;
    for rest in [ping.to_owned(), format!("{ping}{}", " ".repeat(70_000))] {
        for (input, answers) in [(format!("{ping}\n{rest}"), 1), (format!("{ping}\n{rest}\n"), 2)] {
            std::fs::write(folder.path("in"), input).unwrap();
            let script = "exec \"$0\" peer <in";
            let ended = Ended::of(Command::new("sh").args(["-c", script, PROGRAM]).current_dir(&folder.0));
            assert_eq!(ended.exits(0).out.lines().count(), answers, "{} bytes more", rest.len());
        }
    }
}

#[test]
fn a_pipe_that_nobody_reads_ends_a_command_quietly() {
    let folder = Folder::new("pipe");
    let head =
        Ended::of(Command::new("sh").args(["-c", "\"$0\" list | head -1", PROGRAM]).current_dir(&folder.0));
    let head = head.exits(0);
    assert_eq!((head.out.lines().count(), head.err.as_str()), (1, ""));
    for arguments in [&["list"][..], &["check", "--only", ONE_CASE], &["inspect", PUBLISHED], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(&folder.0).stdin(Stdio::null()).stdout(writer);
        let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_disk_that_is_full_is_told() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = Command::new(PROGRAM).arg("list").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(!output.stderr.is_empty());
}
