//! Peers behind a socket, on loopback: the reference conforms over TCP and over Unix sockets, and whatever a connection
//! does becomes the word that a process would get, in bounded time.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod program;
mod tools;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use counterproof::io::peer::{CannotRun, EXIT_TIME, Launch, Manner, NoAddress, Process, Target};
use harness::report::{Ended, Report};
use harness::suite::Verdict;
use harness::trial::{Broken, Exchange as _};
use peer::engine::Engine;
use peer::protocol::MAX_ANSWER;
use program::{Folder, PROGRAM};

const PING: &[u8] = br#"{"seq":1,"op":"ping","params":{}}"#;
const PONG: &[u8] = br#"{"seq":1,"ok":{}}"#;
const SHORT: Duration = Duration::from_millis(300);

/// A program that listens and prints where; killed when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.ends_with('\n'), "it says where it listens: {address:?}");
        Self { child, address: address.trim_end().to_owned() }
    }

    /// The reference.
    fn reference(arguments: &[&str]) -> Self {
        Self::start(Command::new(PROGRAM).args(["peer", "--listen"]).args(arguments))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A peer of the test's own: answers each connection, which gets its number, in a thread.
fn service(peer: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    let peer = Arc::new(peer);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let peer = Arc::clone(&peer);
            thread::spawn(move || peer(number, stream.unwrap()));
        }
    });
    address
}

/// A service that is as it is told for the first connection, and right for all others.
fn once(peer: fn(TcpStream)) -> Process {
    connect(&service(move |number, stream| if number == 0 { peer(stream) } else { right(stream) }))
}

/// The reference on a connection.
fn right(stream: TcpStream) {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(7)));
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let (mut out, mut line) = (stream, Vec::new());
    while input.read_until(b'\n', &mut line).is_ok() && line.pop() == Some(b'\n') {
        let mut answer = engine.answer(&line);
        answer.push(b'\n');
        if out.write_all(&answer).is_err() {
            return;
        }
        line.clear();
    }
}

/// Reads a question.
fn question(stream: &TcpStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

fn connect(address: &str) -> Process {
    Process::spawn(&Launch::parse(address).unwrap()).unwrap()
}

/// The next question goes to another connection, which ends as it should.
fn recovers(mut process: Process) {
    let restarts = process.restarts();
    assert_eq!(process.exchange(PING).unwrap(), PONG);
    assert_eq!(process.restarts(), restarts + 1);
    let ending = process.finish();
    assert_eq!((ending.manner, ending.said.as_slice()), (Manner::Exited, &b""[..]), "{ending}");
}

fn crash(process: &mut Process) -> String {
    match process.exchange(PING) {
        Err(Broken::Crash(words)) => words,
        other => panic!("a crash is {other:?}"),
    }
}

fn has(words: &str, part: &str) {
    assert!(words.contains(part), "{part:?} is not in: {words}");
}

fn count(report: &Report, verdict: Verdict) -> u64 {
    report.parts.iter().map(|part| part.count(verdict)).sum()
}

// The reference.

#[test]
fn the_reference_conforms_over_tcp_and_unix() {
    let folder = Folder::new("socket-conforms");
    let path = format!("unix:{}", folder.path("peer socket").display());
    for listen in ["tcp:127.0.0.1:0", "tcp:localhost:0", &path] {
        let server = Server::reference(&[listen]);
        let all =
            ["check", "--peer", &server.address, "--only", "frame", "--only", "server-", "--explore", "40"];
        folder.run(&[&all[..], &["--jobs", "8"]].concat()).exits(0).says(&server.address);
        let report = folder.report();
        assert!(count(&report, Verdict::Pass) > 300, "{:?}", report.parts[0].totals);
        assert_eq!(report.parts[0].ended, Some(Ended::Whole));
    }
    let server = Server::reference(&[&path]);
    folder.run(&["vectors", "run", "--peer", &server.address]).exits(0);
}

#[test]
fn ipv6_is_written_in_brackets() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // this computer has none
    }
    let server = Server::reference(&["tcp:[::1]:0"]);
    assert!(server.address.starts_with("tcp:[::1]:"), "{}", server.address);
    assert_eq!(connect(&server.address).exchange(PING).unwrap(), PONG);
}

#[test]
fn a_session_belongs_to_its_connection() {
    let server = Server::reference(&["tcp:127.0.0.1:0"]);
    let create = br#"{"seq":1,"op":"drop","session":"a","params":{}}"#;
    let [mut first, mut second] = [(); 2].map(|()| connect(&server.address));
    let session = br#"{"seq":1,"op":"client.single_create","session":"a","params":{"static_vector":null,"platform_data":"","platform_key":"00112233445566778899AABBCCDDEEFF","short_codes":false,"rooted":false,"root_policy":"allow","reset_policy":"lock","memory_kib":8,"iterations":1}}"#;
    assert_eq!(first.exchange(session).unwrap(), PONG);
    has(&String::from_utf8(second.exchange(create).unwrap()).unwrap(), "fault");
    assert_eq!(second.exchange(session).unwrap(), PONG);
    assert_eq!(first.exchange(create).unwrap(), PONG);
    assert_eq!(second.exchange(create).unwrap(), PONG);
}

#[test]
fn more_connections_than_are_served_wait() {
    let server = Server::reference(&["tcp:127.0.0.1:0", "--connections", "1"]);
    let mut first = connect(&server.address);
    let mut second = connect(&server.address);
    assert_eq!(first.exchange(PING).unwrap(), PONG);
    second.set_limits(SHORT, SHORT);
    assert!(matches!(second.exchange(PING), Err(Broken::Hang(_))));
    assert_eq!(first.finish().manner, Manner::Exited);
    second.set_limits(EXIT_TIME, EXIT_TIME);
    assert_eq!(second.exchange(PING).unwrap(), PONG);
}

#[test]
fn a_unix_socket_is_taken_over_only_from_nobody() {
    let folder = Folder::new("socket-stale");
    let path = format!("unix:{}", folder.path("peer").display());
    drop(Server::reference(&[&path]));
    assert!(UnixStream::connect(folder.path("peer")).is_err(), "killed, it leaves its socket behind");
    let second = Server::reference(&[&path]);
    folder.run(&["peer", "--listen", &path]).exits(3).complains("can't listen at unix:");
    assert_eq!(connect(&second.address).exchange(PING).unwrap(), PONG);
    std::fs::write(folder.path("file"), "mine").unwrap();
    let file = format!("unix:{}", folder.path("file").display());
    folder.run(&["peer", "--listen", &file]).exits(3).complains("can't listen at unix:");
    assert_eq!(std::fs::read(folder.path("file")).unwrap(), b"mine");
    folder.run(&["peer", "--listen", "7000"]).exits(2).complains("tcp:HOST:PORT");
}

// What a connection may do.

#[test]
fn a_connection_that_closes_is_a_crash_and_the_run_goes_on() {
    let folder = Folder::new("socket-crash");
    let server = Server::reference(&["tcp:127.0.0.1:0", "--fault", "crash-on-negative"]);
    let cases = ["--only", "frame-parse-version", "--only", "cmac", "--jobs", "1", "--explore", "0"];
    let only = [&["check", "--peer", &server.address][..], &cases].concat();
    folder.run(&only).exits(1).says("crash").says("closed the connection before it answered");
    let report = folder.report();
    let totals = &report.parts[0].totals;
    assert!(count(&report, Verdict::Crash) > 1 && count(&report, Verdict::Pass) > 1, "{totals:?}");
    assert_eq!(report.parts[0].ended, Some(Ended::Whole));
    // One of them again, as the file says and as the user does.
    let crashed = std::fs::read_dir(folder.path("reports/last/failing")).unwrap().next().unwrap().unwrap();
    let file = crashed.path().display().to_string();
    for peer in [&["--run-recorded-command"][..], &["--peer", &server.address]] {
        let played = folder.run(&[&["replay", &file][..], peer].concat());
        played.exits(1).says(&server.address).says("closed the connection before it answered");
    }
}

#[test]
fn each_way_to_go_is_a_crash() {
    let mut closes = once(|stream| {
        question(&stream);
    });
    has(&crash(&mut closes), "closed the connection before it answered");
    recovers(closes);
    let mut half = once(|mut stream| {
        question(&stream);
        stream.write_all(br#"{"seq":1,"o"#).unwrap();
    });
    has(&crash(&mut half), "closed the connection before it answered; 11 bytes of a line came");
    recovers(half);
    // What is closed with something unread is reset.
    let mut resets = once(|stream| {
        let _ = (&stream).read(&mut [0; 4]).unwrap();
    });
    has(&crash(&mut resets), "the connection failed: Connection reset");
    recovers(resets);
    // Closed before it is asked at all.
    let mut early = once(|_stream| ());
    thread::sleep(Duration::from_millis(50));
    crash(&mut early);
    recovers(early);
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let mut slow = once(|mut stream| {
        stream.set_nodelay(true).unwrap();
        question(&stream);
        for byte in PONG.iter().chain(b"\n") {
            stream.write_all(&[*byte]).unwrap();
            thread::sleep(Duration::from_millis(3));
        }
        question(&stream);
    });
    assert_eq!(slow.exchange(PING).unwrap(), PONG);
    assert_eq!(slow.restarts(), 0);
}

#[test]
fn one_that_is_silent_hangs_and_loses_its_connection() {
    let (closed, is_closed) = mpsc::channel();
    let address = service(move |number, stream| {
        if number > 0 {
            return right(stream);
        }
        question(&stream);
        let rest = (&stream).read(&mut [0; 1]);
        closed.send(matches!(rest, Ok(0) | Err(_))).unwrap();
    });
    let mut silent = connect(&address);
    silent.set_limits(SHORT, SHORT);
    let Err(Broken::Hang(words)) = silent.exchange(PING) else { panic!("silence is a hang") };
    has(&words, "no first answer within 300ms");
    assert!(is_closed.recv_timeout(EXIT_TIME).unwrap());
    recovers(silent);
}

#[test]
fn one_that_reads_nothing_hangs() {
    let mut deaf = once(|stream| {
        thread::sleep(EXIT_TIME);
        drop(stream);
    });
    deaf.set_limits(SHORT, SHORT);
    let Err(Broken::Hang(words)) = deaf.exchange(&vec![b' '; 32 << 20]) else { panic!("not a hang") };
    has(&words, "bytes of the question were taken");
    recovers(deaf);
}

#[test]
fn lines_are_held_to_the_same_limits() {
    let breaks = |peer: fn(TcpStream)| {
        let mut process = once(peer);
        let Err(Broken::Line(requirement, words)) = process.exchange(PING) else { panic!("not a violation") };
        recovers(process);
        (requirement, words)
    };
    let (requirement, words) = breaks(|mut stream| {
        question(&stream);
        let _ = stream.write_all(&vec![b'x'; MAX_ANSWER + 1]);
        question(&stream);
    });
    assert_eq!(requirement, "PPR-1", "{words}");
    let (requirement, words) = breaks(|mut stream| {
        question(&stream);
        stream.write_all(b"\xFF\n").unwrap();
        question(&stream);
    });
    assert_eq!(requirement, "PPR-1", "{words}");
    let (requirement, words) = breaks(|mut stream| {
        question(&stream);
        stream.write_all(b"one\ntwo\n").unwrap();
        question(&stream);
    });
    assert_eq!(requirement, "PPR-2", "{words}");
}

#[test]
fn a_greeting_is_a_violation() {
    let mut greets = once(|mut stream| {
        stream.write_all(b"220 ready\n").unwrap();
        let _ = (&stream).read(&mut [0; 1]);
    });
    thread::sleep(SHORT);
    let Err(Broken::Line("PPR-2", words)) = greets.exchange(PING) else { panic!("not a violation") };
    has(&words, "wrote before it was asked");
    recovers(greets);
}

#[test]
fn ppr_8_the_end_of_input_is_the_end_of_the_sending_half() {
    let server = Server::reference(&["tcp:127.0.0.1:0"]);
    let mut process = connect(&server.address);
    assert_eq!(process.exchange(PING).unwrap(), PONG);
    // What stands behind the last line end is no question.
    let ending = process.finish_with(PING);
    assert_eq!((ending.manner, ending.said), (Manner::Exited, Vec::new()));

    let mut stays = once(|stream| {
        question(&stream);
        (&stream).write_all(&[PONG, b"\n"].concat()).unwrap();
        assert_eq!(question(&stream), "");
        thread::sleep(EXIT_TIME * 2);
    });
    assert_eq!(stays.exchange(PING).unwrap(), PONG);
    let begin = Instant::now();
    assert_eq!(stays.finish().manner, Manner::Killed);
    assert!((EXIT_TIME..EXIT_TIME * 2).contains(&begin.elapsed()), "{:?}", begin.elapsed());

    let mut speaks = once(|stream| {
        assert_eq!(question(&stream), "");
        (&stream).write_all(b"bye\n").unwrap();
    });
    let ending = speaks.finish();
    assert_eq!((ending.manner, ending.said.as_slice()), (Manner::Exited, &b"bye\n"[..]));
}

#[test]
fn each_job_has_a_connection() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let address = service(|_, stream| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        right(stream);
        NOW.fetch_sub(1, Ordering::SeqCst);
    });
    let folder = Folder::new("socket-jobs");
    let all = ["check", "--peer", &address, "--jobs", "8", "--only", "frame-parse", "--explore", "0"];
    folder.run(&all).exits(0);
    // The one that was asked who it is may not have seen its end yet.
    assert!((8..=9).contains(&MOST.load(Ordering::SeqCst)), "{MOST:?}");
}

// Who isn't there.

#[test]
fn nobody_listens() {
    let folder = Folder::new("socket-nobody");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [format!("tcp:{free}"), "unix:nowhere".into(), "tcp:no-such-host.invalid:7000".into()];
    let verbs = [&["check"][..], &["check-peer"], &["vectors", "run"]];
    for (address, verb) in addresses.iter().zip(verbs) {
        let begin = Instant::now();
        let ended = folder.run(&[verb, &["--peer", address]].concat()).exits(3);
        ended.complains(&format!("counterproof: {address}: the peer can't be reached: "));
        // A name that nobody has may take a resolver long.
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    }
}

#[test]
fn nothing_is_set_for_a_peer_that_runs_already() {
    let folder = Folder::new("socket-surroundings");
    for option in [["--env", "A=B"], ["--cwd", "."]] {
        for verb in ["check", "check-peer"] {
            let ended = folder.run(&[&[verb, "--peer", "tcp:localhost:7000"][..], &option].concat()).exits(2);
            ended.complains("tcp:localhost:7000 runs already");
        }
    }
}

#[test]
fn addresses_that_are_none() {
    let folder = Folder::new("socket-addresses");
    let long = format!("unix:/tmp/{}", "x".repeat(200));
    for text in
        ["tcp:", "tcp:7000", "tcp:host:", "tcp::7000", "tcp:host:65536", "tcp:host:+1", "tcp:::1:7000"]
            .into_iter()
            .chain(["tcp:[::1:7000", "tcp:[]:7000", "tcp:host:7000 --flag", "unix:", &long])
    {
        assert_eq!(Launch::parse(text), Err(CannotRun::NoAddress(NoAddress(text.into()))), "{text}");
        folder.run(&["check", "--peer", text]).exits(2).complains("tcp:HOST:PORT");
    }
    for text in ["tcp:host:7000", "tcp:[fe80::1%eth0]:7000", "unix:/tmp/a b"] {
        let launch = Launch::parse(text).unwrap();
        let Target::Socket(address) = launch.target else { panic!("{text}") };
        assert_eq!(address.to_string(), text);
    }
}

#[test]
fn a_service_that_starts_again_is_waited_for() {
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    let mut process = connect(&format!("tcp:{address}"));
    drop(first.accept().unwrap());
    drop(first);
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        let second = TcpListener::bind(address).unwrap();
        right(second.accept().unwrap().0);
    });
    crash(&mut process);
    recovers(process);
}

#[test]
fn a_service_that_never_comes_back_is_waited_for_once() {
    let only = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut process = connect(&format!("tcp:{}", only.local_addr().unwrap()));
    drop(only.accept().unwrap());
    drop(only);
    crash(&mut process);
    has(&crash(&mut process), "can't be reached: Connection refused");
    let begin = Instant::now();
    for _ in 0..50 {
        has(&crash(&mut process), "can't be reached: Connection refused");
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

// The bridge.

#[test]
fn a_peer_that_speaks_over_pipes_conforms_behind_the_bridge() {
    if !tools::is_here("the bridge from pipes to a socket", &[tools::PYTHON]) {
        return;
    }
    let root = env!("CARGO_MANIFEST_DIR");
    let [bridge, skeleton] =
        ["bridge/bridge.py", "skeleton/peer.py"].map(|it| format!("{root}/tests/peers/{it}"));
    let server = Server::start(Command::new("python3").args([&bridge, "127.0.0.1:0", "python3", &skeleton]));
    let folder = Folder::new("socket-bridge");
    let peer = ["--peer", &server.address];
    folder
        .run(&[&["check"][..], &peer].concat())
        .exits(0)
        .says("conforms to profile primitive:primitive.check_digit");
    drop(server);
    let script = folder.path("peer.sh");
    std::fs::write(&script, program::after_hello("exit 7")).unwrap();
    let script = script.display().to_string();
    let server = Server::start(Command::new("python3").args([&bridge, "127.0.0.1:0", "sh", &script]));
    let all = ["check", "--peer", &server.address, "--only", "frame-parse-empty", "--explore", "0"];
    folder.run(&all).exits(1).says("closed the connection before it answered");
}
