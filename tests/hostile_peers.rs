//! Peers that do what no peer should. Each must become the right word, in bounded time, and leave no
//! process behind; and where the child is able, the next question must be answered by a fresh one.
//!
//! The children are scripts for a POSIX shell. Most are hostile once: the folder `$ONCE` remembers, and the
//! process after them is `cat`, which answers every question with itself.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use counterproof::io::peer::{CannotRun, EXIT_TIME, Launch, Manner, Process};
use harness::trial::{self, Broken, Exchange as _, reply};
use peer::protocol::{MAX_ANSWER, Nothing};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, test_kill_process, waitid};

const PATIENT: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(300);
const QUESTION: &[u8] = br#"{"seq":1,"op":"ping","params":{}}"#;

/// A child and the folder of its test.
struct Hostile {
    peer: Process,
    folder: PathBuf,
    begin: Instant,
}

impl Hostile {
    /// Runs `script`; after a restart, `cat`.
    fn once(name: &str, script: &str) -> Self {
        Self::always(name, &format!("mkdir \"$ONCE\" 2>/dev/null || exec cat; {script}"))
    }

    fn always(name: &str, script: &str) -> Self {
        let folder = folder(name);
        let peer = Process::spawn(&shell(script, &folder)).unwrap();
        Self { peer, folder, begin: Instant::now() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn await_path(&self, name: &str) {
        while !self.path(name).exists() {
            assert!(self.begin.elapsed() < PATIENT, "the child never made {name}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Asks; the answer must be broken, within `time`, and the process be gone.
    fn breaks(&mut self, question: &[u8], time: Duration) -> Broken {
        let pid = self.peer.id();
        let begin = Instant::now();
        let broken = self.peer.exchange(question).unwrap_err();
        assert!(begin.elapsed() < time, "{broken:?} took {:?}", begin.elapsed());
        assert_eq!(self.peer.id(), None);
        assert_gone(pid);
        broken
    }

    fn crashes(&mut self, question: &[u8]) -> String {
        match self.breaks(question, PATIENT) {
            Broken::Crash(words) => words,
            other => panic!("a crash is {other:?}"),
        }
    }

    fn violates(&mut self, question: &[u8]) -> String {
        match self.breaks(question, PATIENT) {
            Broken::Violation(words) | Broken::Line(_, words) => words,
            other => panic!("a violation is {other:?}"),
        }
    }

    fn hangs(&mut self, question: &[u8]) -> String {
        self.peer.set_limits(SHORT, SHORT);
        let broken = self.breaks(question, SHORT + Duration::from_secs(8));
        self.peer.set_limits(PATIENT, PATIENT);
        match broken {
            Broken::Hang(words) => words,
            other => panic!("a hang is {other:?}"),
        }
    }

    /// The next question is answered by a fresh process, which ends as it should.
    fn recovers(mut self) {
        let restarts = self.peer.restarts();
        assert_eq!(self.peer.exchange(QUESTION).unwrap(), QUESTION);
        assert_eq!(self.peer.restarts(), restarts + 1);
        let pid = self.peer.id();
        let ending = self.peer.finish();
        assert_eq!((ending.manner, ending.said.is_empty()), (Manner::Exited, true), "{ending}");
        assert_gone(pid);
        fs::remove_dir_all(self.folder).unwrap();
    }
}

/// An empty folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn shell(script: &str, folder: &Path) -> Launch {
    let mut launch = Launch::new(["/bin/sh", "-c", script].map(str::to_owned).into());
    launch.cwd = Some(folder.to_owned());
    launch.env = vec![("ONCE".to_owned(), "once".to_owned())];
    launch.timeout = PATIENT;
    launch
}

/// Neither running nor a zombie.
fn assert_gone(pid: Option<u32>) {
    assert_eq!(test_kill_process(number(pid)), Err(Errno::SRCH), "process {pid:?} is still there");
}

fn number(pid: Option<u32>) -> Pid {
    Pid::from_raw(i32::try_from(pid.unwrap()).unwrap()).unwrap()
}

fn has(words: &str, parts: &[&str]) {
    for part in parts {
        assert!(words.contains(part), "{part:?} is not in: {words}");
    }
}

// Silence.

#[test]
fn never_answers() {
    let mut peer = Hostile::once("silent", "exec sleep 30");
    has(&peer.hangs(QUESTION), &["no first answer within 300ms"]);
    peer.recovers();
}

#[test]
fn half_a_line_then_silence() {
    let mut peer = Hostile::once("half-hang", r#"read -r q; printf '{"seq":'; exec sleep 30"#);
    has(&peer.hangs(QUESTION), &["; 7 bytes of a line came, without its end", r#""{"seq":""#]);
    peer.recovers();
}

#[test]
fn a_byte_now_and_then() {
    let mut peer = Hostile::once("dribble", "read -r question; while :; do printf x; sleep 0.02; done");
    has(&peer.hangs(QUESTION), &["no first answer", "without its end"]);
    peer.recovers();
}

#[test]
fn does_not_read() {
    let mut peer = Hostile::once("unread", "exec sleep 30");
    has(&peer.hangs(&[b'q'; 65_536]), &["of 65537 bytes of the question were taken"]);
    peer.recovers();
}

#[test]
fn ignores_signals_and_never_answers() {
    let mut peer = Hostile::once("trap", "trap '' TERM HUP INT; while :; do sleep 30; done");
    peer.hangs(QUESTION);
    peer.recovers();
}

// Death.

#[test]
fn exits_at_once() {
    let mut peer = Hostile::once("exit", "exit 7");
    has(&peer.crashes(QUESTION), &["ended (exit status: 7) before it answered"]);
    peer.recovers();
}

#[test]
fn half_a_line_then_exit() {
    let mut peer = Hostile::once("half-exit", "read -r q; printf '{\"seq\":1,'; exit 1");
    has(&peer.crashes(QUESTION), &["exit status: 1", "9 bytes of a line came"]);
    peer.recovers();
}

#[test]
fn exits_in_the_middle_with_words() {
    let script = r"read -r q; echo one; read -r q; printf 'panicked: \033[31moops\n' >&2; exit 101";
    let mut peer = Hostile::once("middle", script);
    assert_eq!(peer.peer.exchange(QUESTION).unwrap(), b"one");
    has(&peer.crashes(QUESTION), &["exit status: 101", "; standard error: panicked: \\u{1b}[31moops"]);
    assert_eq!(peer.peer.stderr_tail(), "panicked: \\u{1b}[31moops\n");
    peer.recovers();
}

#[test]
fn killed_by_a_signal() {
    let mut peer = Hostile::once("signal", "read -r q; kill -KILL $$");
    has(&peer.crashes(QUESTION), &["signal: 9"]);
    peer.recovers();
}

#[test]
fn closes_its_output_and_stays() {
    let mut peer = Hostile::once("closed", "exec >&-; exec sleep 30");
    has(&peer.crashes(QUESTION), &["closed its standard output, still running"]);
    peer.recovers();
}

#[test]
fn closes_its_input_and_stays() {
    let mut peer = Hostile::once("deaf", "exec <&-; mkdir deaf; exec sleep 30");
    peer.await_path("deaf");
    has(&peer.crashes(QUESTION), &["closed its standard input, still running"]);
    peer.recovers();
}

#[test]
fn cannot_be_restarted() {
    let mut peer = Hostile::always("unrestartable", "rmdir \"$PWD\"; exit 0");
    peer.crashes(QUESTION);
    let again = peer.peer.exchange(QUESTION).unwrap_err();
    let Broken::Crash(words) = again else { panic!("{again:?}") };
    has(&words, &["could not be restarted", "not a folder to run a peer in"]);
    assert_eq!(peer.peer.restarts(), 0);
    assert_eq!(peer.peer.finish().manner, Manner::AlreadyDead);
}

// Noise.

#[test]
fn a_line_of_garbage() {
    let mut peer = Hostile::always("garbage", "while read -r q; do echo garbage; done");
    let answer = peer.peer.exchange(QUESTION).unwrap();
    assert_eq!(answer, b"garbage");
    let judged = reply::<Nothing>(&answer, 1).unwrap_err();
    assert!(matches!(judged, Broken::Line("PPR-1", _)), "{judged:?}");
    assert_eq!(peer.peer.exchange(QUESTION).unwrap(), b"garbage");
    assert_eq!(peer.peer.restarts(), 0);
    fs::remove_dir_all(peer.folder).unwrap();
}

#[test]
fn a_line_of_100_megabytes() {
    let mut peer = Hostile::once("100mb", "read -r q; dd if=/dev/zero bs=65536 count=1600 2>/dev/null; echo");
    has(&peer.violates(QUESTION), &[&format!("more than {MAX_ANSWER} bytes")]);
    peer.recovers();
}

#[test]
fn endless_output_without_a_line_end() {
    let mut peer = Hostile::once("endless", "exec cat /dev/zero");
    // Whether the first bytes come before the question or after it is the child's choice.
    peer.violates(QUESTION);
    peer.recovers();
}

#[test]
fn endless_lines() {
    let mut peer = Hostile::once("lines", "while :; do echo x; done");
    let mut broken = peer.peer.exchange(QUESTION);
    for _ in 0..1000 {
        if broken.is_ok() {
            broken = peer.peer.exchange(QUESTION);
        }
    }
    assert!(matches!(broken, Err(Broken::Line("PPR-2", _))), "{broken:?}");
    peer.recovers();
}

#[test]
fn endless_standard_error() {
    let mut peer = Hostile::once("stderr", "while :; do echo noise; done >&2 & exec cat");
    for _ in 0..100 {
        assert_eq!(peer.peer.exchange(QUESTION).unwrap(), QUESTION);
    }
    while peer.peer.stderr_tail().len() < 8192 {
        assert!(peer.begin.elapsed() < PATIENT);
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(peer.peer.stderr_tail().len(), 8192);
    has(&peer.peer.stderr_tail(), &["noise\nnoise\n"]);
    let pid = peer.peer.id();
    peer.peer.discard();
    assert_gone(pid);
    peer.recovers();
}

#[test]
fn invalid_utf_8() {
    let mut peer = Hostile::once("utf8", r"read -r q; printf 'ab\377\n'; exec cat");
    has(&peer.violates(QUESTION), &["not UTF-8, from byte 2 on"]);
    peer.recovers();
}

#[test]
fn writes_much_before_it_reads_much() {
    let script = "dd if=/dev/zero bs=1000 count=500 2>/dev/null; exec cat";
    let mut peer = Hostile::always("both", script);
    // The question is more than a pipe holds, and so is what comes before it is read: no deadlock. The
    // child may start after the question was sent, or before: only then it is known to babble.
    match peer.peer.exchange(&[b'q'; 200_000]) {
        Ok(answer) => assert_eq!(answer.len(), 700_000),
        Err(Broken::Line("PPR-2", words)) => has(&words, &["before it was asked"]),
        Err(other) => panic!("{other:?}"),
    }
    fs::remove_dir_all(peer.folder).unwrap();
}

// Answers that are none.

#[test]
fn answers_twice_at_once() {
    let mut peer = Hostile::once("twice", r#"read -r q; printf 'one\ntwo\n'; exec cat"#);
    has(&peer.violates(QUESTION), &["more than the one line", r#""one\ntwo\n""#]);
    peer.recovers();
}

#[test]
fn answers_twice_and_the_second_time_late() {
    let script = "read -r q; echo one; while ! [ -d asked ]; do :; done; echo two; mkdir said; exec cat";
    let mut peer = Hostile::once("late", script);
    assert_eq!(peer.peer.exchange(QUESTION).unwrap(), b"one");
    fs::create_dir(peer.path("asked")).unwrap();
    peer.await_path("said");
    has(&peer.violates(QUESTION), &["wrote before it was asked", r#""two\n""#]);
    peer.recovers();
}

#[test]
fn answers_a_question_never_asked() {
    let mut peer = Hostile::once("unasked", r#"echo '{"seq":1,"ok":{}}'; mkdir said; exec cat"#);
    peer.await_path("said");
    has(&peer.violates(QUESTION), &["wrote before it was asked", "seq"]);
    peer.recovers();
}

#[test]
fn answers_after_its_last_answer() {
    let mut peer = Hostile::always("after", "mkdir said; echo more; exec cat");
    peer.await_path("said");
    let ending = peer.peer.finish();
    assert_eq!((ending.manner, ending.said.as_slice()), (Manner::Exited, &b"more\n"[..]));
    fs::remove_dir_all(peer.folder).unwrap();
}

#[test]
fn wrong_seq() {
    let mut peer = Hostile::once("seq", r#"while read -r q; do echo '{"seq":99,"ok":{}}'; done"#);
    let answer = peer.peer.exchange(QUESTION).unwrap();
    let judged = reply::<Nothing>(&answer, 1).unwrap_err();
    assert!(matches!(judged, Broken::Line("PPR-2", _)), "{judged:?}");
    let pid = peer.peer.id();
    peer.peer.discard();
    assert_gone(pid);
    peer.recovers();
}

// The end.

#[test]
fn ppr_8_does_not_exit_at_the_end() {
    let mut peer = Hostile::always("stays", "read -r q; echo one; exec sleep 30");
    peer.peer.exchange(QUESTION).unwrap();
    killed_at_the_end(peer);
}

#[test]
fn ppr_8_ignores_the_end_and_signals() {
    let script = "trap '' TERM HUP; read -r q; echo one; while :; do sleep 30; done";
    let mut peer = Hostile::always("trap-end", script);
    peer.peer.exchange(QUESTION).unwrap();
    killed_at_the_end(peer);
}

#[test]
fn ppr_8_answers_the_end_with_endless_output() {
    let mut peer = Hostile::always("babble-end", "read -r q; echo one; read -r q; exec cat /dev/zero");
    peer.peer.exchange(QUESTION).unwrap();
    killed_at_the_end(peer);
}

fn killed_at_the_end(mut peer: Hostile) {
    let (pid, begin) = (peer.peer.id(), Instant::now());
    let ending = peer.peer.finish();
    assert_eq!(ending.manner, Manner::Killed, "{ending}");
    let took = begin.elapsed();
    assert!(took >= EXIT_TIME && took < EXIT_TIME + Duration::from_secs(8), "{took:?}");
    assert_gone(pid);
    fs::remove_dir_all(peer.folder).unwrap();
}

#[test]
fn is_dead_at_the_end() {
    let mut peer = Hostile::always("dead", "read -r q; echo one; exit 5");
    peer.peer.exchange(QUESTION).unwrap();
    let pid = peer.peer.id();
    waitid(WaitId::Pid(number(pid)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
    let ending = peer.peer.finish();
    assert_eq!(ending.manner, Manner::AlreadyDead, "{ending}");
    assert_eq!(ending.to_string(), "was already dead (exit status: 5)");
    assert_gone(pid);
    fs::remove_dir_all(peer.folder).unwrap();
}

#[test]
fn dropped_while_it_runs() {
    let peer = Hostile::always("drop", "exec sleep 30");
    let pid = peer.peer.id();
    drop(peer.peer);
    assert_gone(pid);
    fs::remove_dir_all(peer.folder).unwrap();
}

// Grandchildren.

/// A grandchild in the group holds every pipe, and a FIFO that shows when it is dead.
#[test]
fn a_grandchild_holds_the_pipes() {
    let script = "mkfifo fifo; mkdir made; exec 9>fifo; sleep 30 & read -r q; exit 4";
    let mut peer = Hostile::once("grandchild", script);
    peer.await_path("made");
    let fifo = peer.path("fifo");
    let death = thread::spawn(move || fs::File::open(fifo).unwrap().read_to_end(&mut Vec::new()));
    has(&peer.crashes(QUESTION), &["ended (exit status: 4) before it answered"]);
    death.join().unwrap().unwrap();
    assert!(peer.begin.elapsed() < PATIENT, "the grandchild lived on");
    peer.recovers();
}

/// A grandchild that left the group is not ours to kill, but nobody waits for it. The test kills it.
#[test]
fn a_grandchild_that_left_the_group_holds_the_pipes() {
    const LEAVE: &str = "if command -v setsid >/dev/null; then setsid sleep 30 & else set -m; sleep 30 & fi";
    for (name, last) in [("left-crash", "exit 4"), ("left-hang", "exec sleep 30"), ("left-end", "exit 0")] {
        let script = format!("{LEAVE}; echo words >&2; read -r q; echo $!; read -r q; {last}");
        let mut peer = Hostile::always(name, &script);
        let grandchild = String::from_utf8(peer.peer.exchange(QUESTION).unwrap()).unwrap();
        let grandchild = Pid::from_raw(grandchild.parse().unwrap()).unwrap();
        let begin = Instant::now();
        match name {
            "left-crash" => has(&peer.crashes(QUESTION), &["exit status: 4", "words"]),
            "left-hang" => has(&peer.hangs(QUESTION), &["no answer"]),
            _ => {
                // It exited in time, but what it started holds its output open: the peer is still there.
                let ending = peer.peer.finish();
                assert_eq!((ending.manner, ending.stderr.as_str()), (Manner::Killed, "words\n"));
            }
        }
        let most = Duration::from_secs(if name == "left-end" { 10 } else { 8 });
        assert!(begin.elapsed() < most, "{name} waited {:?}", begin.elapsed());
        kill_process(grandchild, Signal::KILL).expect("it was alive all the time");
        fs::remove_dir_all(peer.folder).unwrap();
    }
}

/// What came of twenty like it, all at once, so that they get in each other's way; they must be all the same.
fn twenty(name: &str, script: &str, play: impl Fn(&mut Process) -> String + Sync) -> String {
    let once = &|number: i32| {
        let mut peer = Hostile::always(&format!("{name}-{number}"), script);
        let (played, pid) = (play(&mut peer.peer), peer.peer.id());
        drop(peer.peer);
        if pid.is_some() {
            assert_gone(pid);
        }
        fs::remove_dir_all(peer.folder).unwrap();
        played
    };
    let played: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..20).map(|number| scope.spawn(move || once(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (first, others) = played.split_first().unwrap();
    assert!(others.iter().all(|other| other == first), "{name}: {played:?}");
    first.clone()
}

/// Four questions, at moments that differ, and the end.
fn conversation(peer: &mut Process) -> String {
    let mut said = String::new();
    for pause in [0, 0, 40, 150] {
        thread::sleep(Duration::from_millis(pause));
        match peer.exchange(QUESTION) {
            Ok(_) => said += "answer, ",
            Err(Broken::Crash(_)) => return said + "crash",
            Err(other) => return said + &format!("{other:?}"),
        }
    }
    said + &format!("{:?}", trial::Exchange::end_of_input(peer, &[]))
}

/// The shell gives what runs in the background another input; this one keeps the peer's.
const HELPER: &str = "exec 3<&0; helper() { while read -r q <&3; do sleep $1; echo ok; done; }";

/// The leader may be gone before the first question, or go at any later time.
#[test]
fn a_helper_answers_after_its_leader_is_gone() {
    for (name, last) in [("at-once", "exit 0"), ("soon", "sleep 0.02"), ("later", "sleep 0.1; exit 3")] {
        for pause in ["0", "0.1"] {
            let script = format!("{HELPER}; helper {pause} & {last}");
            let said = twenty(&format!("leader-{name}-{pause}"), &script, conversation);
            assert_eq!(said, "answer, answer, answer, answer, InTime");
        }
    }
}

#[test]
fn a_helper_of_another_session_answers_after_its_leader_is_gone() {
    if !Path::new("/usr/bin/setsid").exists() {
        return; // nothing to leave a group with
    }
    let helper = "exec 3<&0; setsid sh -c 'while read -r q <&3; do echo ok; done' & exit 0";
    assert_eq!(twenty("session", helper, conversation), "answer, answer, answer, answer, InTime");
}

/// It can't answer: its input is another. So nobody waits for it, and its leader's crash is one.
#[test]
fn a_helper_that_only_holds_the_output() {
    let begin = Instant::now();
    let script = "sleep 30 & read -r q; echo ok; read -r q; exit 4";
    assert_eq!(twenty("holds", script, conversation), "answer, crash");
    assert!(begin.elapsed() < PATIENT, "{:?}", begin.elapsed());
}

/// It could answer, and doesn't: a crash at the deadline, and not at once.
#[test]
fn a_helper_that_could_answer_and_does_not() {
    let script = "exec 3<&0; sleep 30 <&3 & read -r q; exit 4";
    let said = twenty("could", script, |peer| {
        peer.set_limits(SHORT, SHORT);
        let begin = Instant::now();
        let Err(Broken::Crash(words)) = peer.exchange(QUESTION) else { panic!("no crash") };
        assert!(begin.elapsed() >= SHORT);
        words
    });
    has(&said, &["ended (exit status: 4) before it answered"]);
}

/// The end of the input ends the leader, and the helper lives on: the peer has not exited.
#[test]
fn ppr_8_a_helper_outlives_its_leader() {
    let begin = Instant::now();
    for script in [
        "sleep 30 & while read -r q; do echo ok; done",
        "exec 3<&0; sleep 30 >&- & while read -r q; do echo ok; done",
    ] {
        let mut peer = Hostile::always("outlives", script);
        let said = conversation(&mut peer.peer);
        let holds_output = !script.contains(">&-");
        let expected = if holds_output { "Late" } else { "InTime" };
        assert_eq!(said, format!("answer, answer, answer, answer, {expected}"), "{script}");
        fs::remove_dir_all(peer.folder).unwrap();
    }
    assert!(begin.elapsed() < PATIENT);
}

/// Whether it ends just before its input does or just after is a matter of luck.
#[test]
fn ppr_8_exits_by_itself() {
    let said = twenty("by-itself", "read -r q; echo ok", |peer| {
        peer.exchange(QUESTION).unwrap();
        thread::sleep(Duration::from_millis(u64::from(peer.id().unwrap() % 2 * 100)));
        format!("{:?}", trial::Exchange::end_of_input(peer, &[]))
    });
    assert_eq!(said, "InTime");
}

/// What the old one started is gone before the fresh one is: it may hold a port, or here a lock.
#[test]
fn a_fresh_peer_finds_no_helper_of_the_old_one() {
    if !Path::new("/usr/bin/flock").exists() {
        return;
    }
    let script = "exec 9>>lock; flock -n 9 || exit 9; sleep 30 & while read -r q; do echo ok; done";
    let said = twenty("lock", script, |peer| {
        peer.exchange(QUESTION).unwrap();
        peer.discard();
        format!("{:?}", peer.exchange(QUESTION))
    });
    has(&said, &["Ok"]);
}

/// Nothing that a peer writes reaches a line of a report as it is.
#[test]
fn words_about_a_peer_stay_on_one_line() {
    for (name, script) in [
        ("half", r"read -r q; printf 'a\033[31m\r\b\302\233b'; exit 1"),
        ("twice", r"read -r q; printf 'a\033[31m\nb\n'; exit 1"),
        ("tail", r"read -r q; printf 'one\n\033]0;two\007\nthree\n\342\200\256' >&2; exit 1"),
    ] {
        let mut peer = Hostile::always(&format!("words-{name}"), script);
        let (Broken::Crash(words)
        | Broken::Hang(words)
        | Broken::Violation(words)
        | Broken::Line(_, words)
        | Broken::Unseen(words)) = peer.breaks(QUESTION, PATIENT);
        assert!(words.chars().all(|c| !c.is_control() && c != '\u{202E}'), "{words:?}");
        has(&words, &["\\u{"]);
        let tail = peer.peer.stderr_tail();
        assert!(tail.chars().all(|c| c == '\n' || !c.is_control()), "{tail:?}");
        fs::remove_dir_all(peer.folder).unwrap();
    }
}

// What can't run at all.

fn cannot_run(command: &[&str]) -> CannotRun {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Process::spawn(&Launch::new(command)).unwrap_err()
}

#[test]
fn commands_that_are_none() {
    for line in ["", "   ", "''", "# words"] {
        assert_eq!(Launch::parse(line), Err(CannotRun::Empty), "{line:?}");
    }
    assert_eq!(cannot_run(&[]), CannotRun::Empty);
    assert_eq!(cannot_run(&[""]), CannotRun::Empty);
    for line in ["sh -c 'x", "sh \"", "sh \\"] {
        let why = Launch::parse(line).unwrap_err();
        assert_eq!(why, CannotRun::Unbalanced(line.to_owned()));
        has(&why.to_string(), &["quote", line]);
    }
}

#[test]
fn programs_that_are_none() {
    let folder = folder("programs");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let missing = cannot_run(&["no-such-peer", "x"]);
    assert_eq!(missing, CannotRun::NotFound("no-such-peer".into()));
    assert_eq!(missing.to_string(), "no-such-peer: program not found");
    assert_eq!(cannot_run(&[&path("missing")]), CannotRun::NotFound(path("missing")));

    fs::write(path("plain"), "#!/bin/sh\n").unwrap();
    let plain = cannot_run(&[&path("plain")]);
    assert_eq!(plain, CannotRun::NoPermission(path("plain")));
    has(&plain.to_string(), &["no permission", "plain"]);

    let directory = cannot_run(&[&path("")]);
    assert_eq!(directory, CannotRun::IsFolder(path("")));
    has(&directory.to_string(), &["is a folder"]);

    // Written by a shell: a file that this process holds open for writing could not be executed.
    let script = r#"printf '#!/no/such/interpreter\n' >script; chmod +x script; read -r q; echo done"#;
    let mut writer = Process::spawn(&shell(script, &folder)).unwrap();
    writer.exchange(QUESTION).unwrap();
    let _ = writer.finish();
    assert_eq!(cannot_run(&[&path("script")]), CannotRun::NoInterpreter(path("script")));

    assert!(matches!(cannot_run(&["sh", "a\0b"]), CannotRun::Other(program, _) if program == "sh"));
    fs::remove_dir_all(folder).unwrap();
}

/// Whatever the program is: the folder is looked at first.
#[test]
fn folders_that_are_none() {
    let folder = folder("folders");
    fs::write(folder.join("file"), "").unwrap();
    fs::create_dir(folder.join("locked")).unwrap();
    fs::set_permissions(folder.join("locked"), fs::Permissions::from_mode(0o600)).unwrap();
    let may_enter = folder.join("locked/.").is_dir(); // root may
    for program in ["sh", "no-such-peer", "./no-such-peer", "/no/such/peer"] {
        for (name, none) in [("nowhere", true), ("file", true), ("locked", !may_enter)] {
            let cwd = Some(folder.join(name));
            let started = Process::spawn(&Launch { cwd, ..Launch::parse(program).unwrap() }).map(|_| ());
            if none {
                assert_eq!(started, Err(CannotRun::NoFolder(folder.join(name))), "{program}");
            } else if program != "sh" {
                assert!(matches!(started, Err(CannotRun::NotFound(_))), "{started:?}");
            }
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

// Time.

#[test]
fn a_start_has_a_limit_of_its_own() {
    let script = "sleep 0.6; while read -r q; do [ \"$q\" = slow ] && sleep 30; echo ok; done";
    let mut peer = Hostile::always("start", script);
    peer.peer.set_limits(SHORT, PATIENT);
    for _ in 0..2 {
        assert_eq!(peer.peer.exchange(b"quick").unwrap(), b"ok", "longer than an answer may take");
        assert_eq!(peer.peer.exchange(b"quick").unwrap(), b"ok");
        let Err(Broken::Hang(words)) = peer.peer.exchange(b"slow") else { panic!("no start any more") };
        has(&words, &["no answer within 300ms"]);
    }
    peer.peer.set_limits(PATIENT, SHORT);
    assert_eq!(peer.peer.exchange(b"quick").unwrap(), b"ok", "a start is never given less than an answer");
    peer.peer.discard();
    peer.peer.set_limits(SHORT, SHORT);
    assert!(matches!(peer.peer.exchange(b"quick"), Err(Broken::Hang(_))));
    fs::remove_dir_all(peer.folder).unwrap();
}

#[test]
fn limits_of_a_launch() {
    let usual = Launch::new(vec!["peer".into()]);
    assert_eq!((usual.timeout.as_secs(), usual.start.as_secs()), (10, 30));
    assert_eq!(Launch::parse("peer"), Ok(usual.clone()));
    let other = usual.with_timeout(Duration::from_secs(1));
    assert_eq!((other.timeout.as_secs(), other.start.as_secs()), (1, 3));
    assert_eq!(other.clone().with_timeout(Duration::MAX).start, Duration::MAX);
    let started = |took| other.clone().started_in(Duration::from_millis(took)).start.as_millis();
    assert_eq!([0, 200, 5000].map(started), [1000, 1600, 3000]);
}

#[test]
fn folder_and_variables() {
    let mut peer = Hostile::always("env", "while read -r q; do echo \"$ONCE ${PWD##*/}\"; done");
    let answer = String::from_utf8(peer.peer.exchange(QUESTION).unwrap()).unwrap();
    has(&answer, &["once hostile-env-"]);
    assert_eq!(peer.peer.finish().manner, Manner::Exited);
    fs::remove_dir_all(peer.folder).unwrap();
}
