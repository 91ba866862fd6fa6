//! Text of somebody else on its way to a terminal: a peer, a file and a command line whose every text would move the
//! cursor, set a title, turn the direction of writing around, or fake a line of a report. None has an effect.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // what other tests need of it
mod program;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use peer::engine::operation_names;
use peer::printable::is_harmless;
use program::{Ended, Folder, PROGRAM};
use serde_json::json as value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What no line may begin with: the faked verdict, and what is left of it where a line end is obeyed.
const FAKED: &str = "conforms to profile full: 1234 cases";
/// A colour that isn't ours, a title, a carriage return, a line of our own words, a colour by C1, directions, a line
/// separator, a tag, a delete.
const EVIL: &str = "\u{1B}[35m\u{1B}]0;x\u{7}\r\nconforms to profile full: 1234 cases\n\u{9B}31m\u{202E}\u{2066}\u{2028}\u{E0041}\u{7F}\t";

/// Nothing that was written has an effect but the line end.
#[track_caller]
fn harmless(ended: Ended) -> Ended {
    for text in [&ended.out, &ended.err] {
        let effect = text.chars().find(|c| *c != '\n' && !is_harmless(*c));
        assert_eq!(effect, None, "{ended:?}");
    }
    ended
}

/// The colours that this program writes, and what ends them.
const COLOURS: [&str; 6] = ["\u{1B}[1m", "\u{1B}[2m", "\u{1B}[31m", "\u{1B}[32m", "\u{1B}[33m", "\u{1B}[0m"];

/// With colours: nothing has an effect but line ends and those.
#[track_caller]
fn without_colours(ended: Ended) -> Ended {
    assert!(ended.out.contains("\u{1B}[31m"), "{ended:?}");
    let out = COLOURS.iter().fold(ended.out.clone(), |text, colour| text.replace(colour, ""));
    on_its_lines(Ended { out, ..ended })
}

/// And no line end was obeyed that isn't ours.
#[track_caller]
fn on_its_lines(ended: Ended) -> Ended {
    let ended = harmless(ended);
    let faked = ended.out.lines().chain(ended.err.lines()).find(|line| line.starts_with(FAKED));
    assert_eq!(faked, None, "{ended:?}");
    ended
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A peer that answers `hello` with `hello`, and each other question with something evil, of another kind for another
/// operation; `{evil}` is the text as JSON.
fn peer(folder: &Folder, hello: &str) -> String {
    let evil = json(EVIL);
    let answer =
        |body: &str| format!("printf '%s\\n' \"{{\\\"seq\\\":$seq,\"'{}}}'", body.replace("{evil}", &evil));
    let script = format!(
        "while read -r line; do seq=${{line#*\\\"seq\\\":}}; seq=${{seq%%,*}}; case \"$line\" in\n\
         *'\"op\":\"hello\"'*) {};;\n\
         *'\"op\":\"primitive.check_digit\"'*) {};;\n\
         *'\"op\":\"primitive.cmac\"'*) {};;\n\
         *'\"op\":\"frame.parse\"'*) {};;\n\
         *'\"op\":\"primitive.ctr\"'*) {};;\n\
         *'\"op\":\"primitive.kdf\"'*) {};;\n\
         *'\"op\":\"primitive.key_wrap\"'*) printf '%s' '{EVIL}' >&2; exit 3;;\n\
         *'\"op\":\"primitive.key_unwrap\"'*) printf '%s' '{EVIL}';;\n\
         *) {};;\nesac; done\n",
        answer(hello),
        answer(r#""ok":{"digit":{evil}}"#),
        answer(r#""refused":{"class":"corrupted","requirement":{evil},"detail":{evil}}"#),
        answer(r#""fault":{evil}"#),
        answer(r#""ok":{{evil}:1}"#),
        answer(r#""refused":{"class":{evil}}"#),
        answer(r#""ok":{"text":{evil},"title":{evil},"accounts":[{evil}]}"#),
    );
    fs::write(folder.path("peer.sh"), script).unwrap();
    "sh peer.sh".to_owned()
}

fn claims(profile: &str) -> String {
    let few =
        |name: &&str| name.starts_with("primitive.") || name.starts_with("frame.") || !name.contains('.');
    let names: Vec<String> = operation_names().filter(few).map(json).chain([json(EVIL)]).collect();
    format!(
        r#""ok":{{"protocol":1,"name":{{evil}},"version":{{evil}},"language":{{evil}},"profile":{profile},"operations":[{}],"injects_time":true,"injects_randomness":true}}"#,
        names.join(",")
    )
}

/// Cases and vectors that ask each kind of evil answer.
const CASES: [&str; 8] =
    ["--only", "frame-p", "--only", "check-digit-", "--only", "kdf-", "--only", "key-wrap"];
const VECTORS: [&str; 4] = ["check-digit.json", "frame.json", "kdf.json", "protection.json"];

#[test]
fn check_of_a_peer_whose_texts_are_evil() {
    let folder = Folder::new("evil-check");
    let peer = peer(&folder, &claims("\"full\""));
    let check = ["check", "--peer", &peer, "--timeout", "2", "--show", "100"];
    let ended = on_its_lines(folder.run(&[&check[..], &CASES].concat())).exits(1);
    let mut forced = Command::new(PROGRAM);
    forced
        .args(check)
        .args(CASES)
        .args(["--report", "forced"])
        .current_dir(&folder.0)
        .env("CLICOLOR_FORCE", "1");
    without_colours(Ended::of(forced.env_remove("NO_COLOR").stdin(Stdio::null()))).exits(1);
    let file =
        std::fs::read_dir(folder.path("reports/last/failing")).unwrap().next().unwrap().unwrap().path();
    on_its_lines(folder.run(&["replay", file.to_str().unwrap(), "--peer", &peer, "--timeout", "2"])).exits(1);
    let few = ["--only", "check-digit-decimal", "--verbose"];
    on_its_lines(folder.run(&[&check[..], &few].concat()));
    for words in ["got       {\"digit\":\"\\u001b[35m\\u001b]0;x", "unknown field", "unknown refusal class"] {
        assert!(ended.out.contains(words), "{words} is not in {ended:#?}");
    }
}

#[test]
fn check_peer_of_a_peer_whose_texts_are_evil() {
    let folder = Folder::new("evil-check-peer");
    let peer = peer(&folder, &claims("\"primitive:primitive.check_digit\""));
    on_its_lines(folder.run(&["check-peer", "--peer", &peer, "--timeout", "2", "--deadline", "20"])).exits(1);
}

#[test]
fn vectors_run_of_a_peer_whose_texts_are_evil() {
    let folder = Folder::new("evil-vectors");
    let peer = peer(&folder, &claims("\"full\""));
    let files = VECTORS.map(|name| format!("{ROOT}/vectors/{name}"));
    let run = ["vectors", "run", "--peer", &peer, "--show", "50"];
    on_its_lines(folder.run(&[&run[..], &files.each_ref().map(String::as_str)].concat())).exits(1);
}

/// Whatever is said instead of a right answer to `hello`.
#[test]
fn no_hello_from_a_peer_whose_texts_are_evil() {
    let folder = Folder::new("evil-hello");
    let file = format!("{ROOT}/vectors/check-digit.json");
    let hellos = [
        claims("{evil}"),
        r#""fault":{evil}"#.to_owned(),
        r#""refused":{"class":{evil}}"#.to_owned(),
        r#""refused":{"class":"corrupted","requirement":{evil}}"#.to_owned(),
        r#""ok":{{evil}:{evil}}"#.to_owned(),
        r#""unsupported":{evil}"#.to_owned(),
        "\u{1B}[31m".to_owned(),
    ];
    for hello in hellos {
        let peer = peer(&folder, &hello);
        for command in [&["check"][..], &["check-peer"], &["vectors", "run", &file]] {
            let ended = folder.run(&[command, &["--peer", &peer, "--timeout", "2"]].concat());
            on_its_lines(ended).exits(3).complains("hello");
        }
    }
}

#[test]
fn names_of_files_that_are_evil() {
    let folder = Folder::new("evil-names");
    let picture = format!("{EVIL}.png");
    for arguments in [
        &["check", "--expect", EVIL][..],
        &["check", "--peer", EVIL],
        &["check-peer", "--peer", EVIL],
        &["vectors", "run", EVIL],
        &["vectors", "check", "--root", EVIL],
        &["replay", EVIL],
        &["qr", "--read", &picture],
        &["licenses", "import", EVIL, "--store", "s.db"],
        &["list", "--only", EVIL],
        &["peer", "--fault", EVIL],
        &["selftest", "--fault", EVIL],
        &[EVIL],
        &["check", EVIL],
        &["inspect", "VDS1000120", "--key", EVIL],
    ] {
        on_its_lines(folder.run(arguments));
    }
}

#[test]
fn inspect_of_texts_that_are_evil() {
    let folder = Folder::new("evil-inspect");
    for text in [EVIL.to_owned(), format!("third://x?{EVIL}={EVIL}"), format!("{{\"serial\":\"{EVIL}\"}}")] {
        on_its_lines(folder.run(&["inspect", &text])).exits(1);
    }
}

/// A file of vectors that quotes itself in what is wrong with it.
#[test]
fn a_file_whose_texts_are_evil() {
    let folder = Folder::new("evil-file");
    let evil = json(EVIL);
    let vector = |id: &str, requirement: &str| {
        format!(
            r#"{{"area":"a","about":"","vectors":[{{"id":{id},"note":"","requirements":[{requirement}],"since":1,"result":"valid","input":{{}}}}]}}"#
        )
    };
    for content in [
        EVIL.to_owned(),
        format!("{{{evil}:1}}"),
        format!(r#"{{"area":{evil},"about":"","vectors":[]}}"#),
        vector(&evil, "\"FRM-1\""),
        vector("\"a\"", &evil),
    ] {
        fs::write(folder.path("evil.json"), content).unwrap();
        on_its_lines(folder.run(&["vectors", "run", "evil.json"])).exits(2).complains("evil.json");
    }
}

/// A byte-order mark is seen by nobody, so that it must be named.
#[test]
fn a_byte_order_mark_is_named() {
    let folder = Folder::new("bom");
    let named = "begins with a byte-order mark (U+FEFF)";
    let content = fs::read(format!("{ROOT}/vectors/check-digit.json")).unwrap();
    fs::write(folder.path("bom.json"), [b"\xEF\xBB\xBF", &content[..]].concat()).unwrap();
    folder.run(&["vectors", "run", "bom.json"]).exits(2).complains(named);
    folder.run(&["inspect", "\u{FEFF}VDS1000120"]).exits(1).says(named);
    let answer = "printf '\\357\\273\\277{\"seq\":0,\"ok\":{}}\\n'";
    fs::write(folder.path("peer.sh"), format!("read -r line; {answer}")).unwrap();
    folder.run(&["check", "--peer", "sh peer.sh"]).exits(3).complains(named);
    let made = folder.run(&["licenses", "make", "--count", "1", "--out", "l.jsonl"]).exits(0);
    assert_eq!(made.err, "");
    let file = fs::read(folder.path("l.jsonl")).unwrap();
    fs::write(folder.path("l.jsonl"), [b"\xEF\xBB\xBF", &file[..]].concat()).unwrap();
    let ended = folder.run(&["licenses", "import", "l.jsonl", "--store", "s.db"]);
    assert!(format!("{}{}", ended.out, ended.err).contains(named), "{ended:#?}");
}

/// Asks the reference, right or wrong, some lines; its answers.
fn asked(arguments: &[&str], lines: &[&[u8]]) -> Vec<String> {
    let mut child =
        Command::new(PROGRAM).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let question = lines.join(&b'\n');
    let writer = std::thread::spawn(move || input.write_all(&question).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_question_that_is_too_long_is_said_to_be_that() {
    let ping = br#"{"seq":7,"op":"ping","params":{}}"#;
    let of = |length: usize| [&ping[..], &vec![b' '; length - ping.len()]].concat();
    let (right, long, longer) = (of(262_144), of(262_145), of(800_000));
    for arguments in [&["peer"][..], &["peer", "--fault", "control-other-words"]] {
        let answers = asked(arguments, &[&right, &long, &longer, ping, b"\xEF\xBB\xBF{}", b""]);
        let [right, long, longer, after, bom, ..] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(right.contains("\"ok\":{}") && right == after, "{right} {after}");
        if arguments.len() == 1 {
            let words = r#"{"seq":null,"fault":"the question is longer than 262144 bytes"}"#;
            assert_eq!((long.as_str(), longer.as_str()), (words, words));
            assert!(bom.contains("begins with a byte-order mark (U+FEFF)"), "{bom}");
        }
    }
}

/// What a peer writes is the protocol: not a byte of it is changed on the way.
#[test]
fn the_answers_of_a_peer_are_not_escaped() {
    let question =
        value!({"seq": 1, "op": "primitive.percent_decode", "params": {"text": "%C2%9B%E2%80%AE%7F%09"}});
    let [answer] =
        <[String; 1]>::try_from(asked(&["peer"], &[question.to_string().as_bytes(), b""])).unwrap();
    assert!(answer.contains("\u{9B}\u{202E}\u{7F}\\t"), "{answer:?}");
}
