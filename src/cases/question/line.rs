//! Lines that are no question whatever they ask: no JSON, no readable number, too long.

use harness::area::Area;
use harness::bend::Line;
use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::trial::Stop;
use peer::operations::Ping;
use peer::protocol::MAX_QUESTION;

use super::held::{PPR_5, is_fault, judge};

/// What is no JSON, whatever a lenient reader makes of it.
const NO_JSON: [(&str, &str); 31] = [
    ("no character", ""),
    ("a word for no number", r#"{"seq":4,"op":"ping","params":{"a":NaN}}"#),
    ("a word for a number without end", r#"{"seq":4,"op":"ping","params":{"a":-Infinity}}"#),
    ("a number with a leading zero", r#"{"seq":04,"op":"ping","params":{}}"#),
    ("a number with a plus", r#"{"seq":+4,"op":"ping","params":{}}"#),
    ("a number that begins with its point", r#"{"seq":4,"op":"ping","params":{"a":.5}}"#),
    ("a number that ends with its point", r#"{"seq":4.,"op":"ping","params":{}}"#),
    ("a hexadecimal number", r#"{"seq":0x4,"op":"ping","params":{}}"#),
    ("a number with an underscore", r#"{"seq":1_0,"op":"ping","params":{}}"#),
    ("a number without digits", r#"{"seq":-,"op":"ping","params":{}}"#),
    ("another script's digit", "{\"seq\":\u{664},\"op\":\"ping\",\"params\":{}}"),
    ("single quotes", r"{'seq':4,'op':'ping','params':{}}"),
    ("names without quotes", r#"{seq:4,op:"ping",params:{}}"#),
    ("a comma behind the last member", r#"{"seq":4,"op":"ping","params":{},}"#),
    ("a comma before the first member", r#"{,"seq":4,"op":"ping","params":{}}"#),
    ("two commas", r#"{"seq":4,,"op":"ping","params":{}}"#),
    ("no comma", r#"{"seq":4 "op":"ping","params":{}}"#),
    ("an equals sign", r#"{"seq"=4,"op":"ping","params":{}}"#),
    ("a comment", r#"{"seq":4,"op":"ping",/* */"params":{}}"#),
    ("a comment behind", r#"{"seq":4,"op":"ping","params":{}} // ping"#),
    ("a second object behind", r#"{"seq":4,"op":"ping","params":{}}{"seq":5,"op":"ping","params":{}}"#),
    ("a bracket too many", r#"{"seq":4,"op":"ping","params":{}}}"#),
    ("a bracket too few", r#"{"seq":4,"op":"ping","params":{}"#),
    ("a word in capital letters", r#"{"seq":4,"op":"ping","params":{"a":True}}"#),
    ("a byte-order mark", "\u{FEFF}{\"seq\":4,\"op\":\"ping\",\"params\":{}}"),
    ("a blank that JSON doesn't know", "{\"seq\":4,\u{A0}\"op\":\"ping\",\"params\":{}}"),
    ("a form feed between", "{\"seq\":4,\u{C}\"op\":\"ping\",\"params\":{}}"),
    ("a tab in a text", "{\"seq\":4,\"op\":\"pi\tng\",\"params\":{}}"),
    ("U+0000 behind", "{\"seq\":4,\"op\":\"ping\",\"params\":{}}\u{0}"),
    ("an escape that there isn't", r#"{"seq":4,"op":"p\x69ng","params":{}}"#),
    ("an escape of three digits", r#"{"seq":4,"op":"p\u069ng","params":{}}"#),
];

/// What is JSON, and no question with a number that can be read.
const NO_NUMBER: [(&str, &str); 22] = [
    ("null", "null"),
    ("a number", "4"),
    ("a text", r#""ping""#),
    ("an array", "[]"),
    ("a question in an array", r#"[{"seq":4,"op":"ping","params":{}}]"#),
    ("an empty object", "{}"),
    ("seq: missing", r#"{"op":"ping","params":{}}"#),
    ("seq: in capital letters", r#"{"SEQ":4,"op":"ping","params":{}}"#),
    ("seq: only in the parameters", r#"{"op":"ping","params":{"seq":4}}"#),
    ("seq: null", r#"{"seq":null,"op":"ping","params":{}}"#),
    ("seq: true", r#"{"seq":true,"op":"ping","params":{}}"#),
    ("seq: false", r#"{"seq":false,"op":"ping","params":{}}"#),
    ("seq: a text", r#"{"seq":"4","op":"ping","params":{}}"#),
    ("seq: an array", r#"{"seq":[4],"op":"ping","params":{}}"#),
    ("seq: an object", r#"{"seq":{},"op":"ping","params":{}}"#),
    ("seq: below zero", r#"{"seq":-1,"op":"ping","params":{}}"#),
    ("seq: above 2^32 - 1", r#"{"seq":4294967296,"op":"ping","params":{}}"#),
    ("seq: above 2^64", r#"{"seq":18446744073709551620,"op":"ping","params":{}}"#),
    ("seq: with a fraction", r#"{"seq":4.0,"op":"ping","params":{}}"#),
    ("seq: and a half", r#"{"seq":4.5,"op":"ping","params":{}}"#),
    ("seq: with an exponent", r#"{"seq":4e0,"op":"ping","params":{}}"#),
    ("seq: zero with a sign", r#"{"seq":-0,"op":"ping","params":{}}"#),
];

/// What is no question, and has a number that can be read.
const NUMBERED: [(&str, &str); 10] = [
    ("seq: twice", r#"{"seq":7,"seq":4,"op":"ping","params":{}}"#),
    ("seq: twice, once with an escape", r#"{"seq":7,"op":"ping","params":{},"\u0073eq":4}"#),
    ("op: null", r#"{"seq":4,"op":null,"params":{}}"#),
    ("op: true", r#"{"seq":4,"op":true,"params":{}}"#),
    ("op: an array", r#"{"seq":4,"op":["ping"],"params":{}}"#),
    ("op: an object", r#"{"seq":4,"op":{"ping":{}},"params":{}}"#),
    ("op: missing", r#"{"seq":4,"params":{}}"#),
    ("op: twice", r#"{"seq":4,"op":"reset","op":"ping","params":{}}"#),
    ("op: in capital letters", r#"{"seq":4,"OP":"ping","params":{}}"#),
    ("an answer", r#"{"seq":4,"ok":{}}"#),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut lines = Area::new("question", Role::Peer);
    let about = "a line that is no JSON is a fault without a number, and the peer goes on";
    lines.follows(&[PPR_5], "no-json", about, |t| are_faults(t, &NO_JSON, &[None]));
    let about = "a line whose number can't be read is a fault without one, and the peer goes on";
    lines.follows(&[PPR_5], "no-number", about, |t| are_faults(t, &NO_NUMBER, &[None]));
    let about = "a line that is no question is a fault with its number, of two numbers the last";
    lines.follows(&[PPR_5], "numbered", about, |t| are_faults(t, &NUMBERED, &[Some(4)]));
    lines.follows(&[PPR_5], "no-text", "a line that is not UTF-8 is a fault, and the peer goes on", no_text);
    let about = "a question of 262 145 bytes is a fault, and so is one ten times as long; the peer goes on";
    lines.follows(&[PPR_5, "PPR-1"], "too-long", about, too_long);
    let about = "brackets in brackets are a fault where no parameter is so deep, however deep they are";
    lines.follows(&[PPR_5], "deep", about, deep);
    lines.cases()
}

fn goes_on(t: &mut Play<'_, '_>) -> Result<(), Stop> {
    let ask = Ask { party: t.peer_client(), op: Ping {} };
    t.accepts(PPR_5, &ask)?;
    t.implied(&[PPR_5])
}

fn are_faults(t: &mut Play<'_, '_>, lines: &[(&str, &str)], seqs: &[Option<u32>]) -> Result<(), Stop> {
    for (what, text) in lines {
        is_fault(t, &Line { what: (*what).to_owned(), text: (*text).to_owned(), seqs: seqs.to_vec() })?;
        goes_on(t)?;
    }
    Ok(())
}

fn no_text(t: &mut Play<'_, '_>) -> Result<(), Stop> {
    let bad: [(&str, &[u8]); 6] = [
        ("a byte that is never in UTF-8", b"\xFF"),
        ("a character cut off", b"\xC3"),
        ("the rest of a character", b"\xA9"),
        ("a character written longer than it is", b"\xC1\xA1"),
        ("half a surrogate pair", b"\xED\xA0\x80"),
        ("above U+10FFFF", b"\xF4\x90\x80\x80"),
    ];
    for (what, bytes) in bad {
        let text = [br#"{"seq":4,"op":"ping","params":{},""#, bytes, br#"":1}"#].concat();
        let got = t.raw_bytes(PPR_5, 0, &text)?;
        let line = Line { what: what.to_owned(), text: String::new(), seqs: vec![None] };
        judge(t, &line, &got)?;
        goes_on(t)?;
    }
    Ok(())
}

fn too_long(t: &mut Play<'_, '_>) -> Result<(), Stop> {
    let start = r#"{"seq":4,"op":"ping","params":{}"#;
    for length in [MAX_QUESTION + 1, MAX_QUESTION * 10] {
        let blanks = " ".repeat(length - start.len() - 1);
        let (what, seqs) = (format!("a question of {length} bytes"), vec![Some(4), None]);
        is_fault(t, &Line { what, text: format!("{start}{blanks}}}"), seqs })?;
        goes_on(t)?;
    }
    t.implied(&["PPR-1"])
}

fn deep(t: &mut Play<'_, '_>) -> Result<(), Stop> {
    // Beyond 100 levels the number may be lost.
    for (depth, seqs) in
        [(2, &[Some(4)][..]), (90, &[Some(4)]), (120, &[Some(4), None]), (100_000, &[Some(4), None])]
    {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = if open == "[" { "" } else { "0" };
            let value = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            let text = format!(r#"{{"seq":4,"op":"ping","params":{{"a":{value}}}}}"#);
            if text.len() <= MAX_QUESTION {
                is_fault(
                    t,
                    &Line { what: format!("{depth} brackets in each other"), text, seqs: seqs.to_vec() },
                )?;
            }
        }
        goes_on(t)?;
    }
    Ok(())
}
