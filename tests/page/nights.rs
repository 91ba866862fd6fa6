//! Nights of fuzzing as they could have been: some weeks of a record, and a fuzz bench. Made anew each time, always the
//! same.

use serde_json::{Value, json};

/// When the first night began; how many seconds are between two.
const FIRST: u64 = 1_762_041_600;
const DAY: u64 = 86_400;
const RULE: &str = "FRM-5";

/// A number below a bound that depends on these two alone.
fn number(of: &str, which: u64, below: u64) -> u64 {
    let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let sum = of.bytes().chain(which.to_le_bytes()).fold(0xCBF2_9CE4_8422_2325, mix);
    (sum >> 20) % below
}

/// What was found, as a line has it.
fn finding(key: u64, kind: &str, is_new: bool, target: &str) -> Value {
    let said = format!(
        "panicked at src/oracles/{target}.rs:{}:9:\naccepted, and its re-encoding is another\n  left: [0, 193, 195, 228]\n right: [0, 193, 195, 229]",
        40 + key
    );
    json!({"key": format!("{:016x}", 0x5EED_0000 + key), "kind": kind, "said": said, "rule": RULE,
        "frames": [format!("oracles::{target}::holds"), "channel::wire::frame::decode", "channel::wire::cursor::Cursor::take"],
        "count": 3 + key, "is_new": is_new, "input": format!("findings/{target}/{:016x}", 0x5EED_0000 + key), "length": 34 + key,
        "again": format!("cargo +nightly fuzz run {target} fuzz/night/findings/{target}/{:016x}", 0x5EED_0000 + key)})
}

/// A record of so many nights of these targets, each with its floor. The last but four was killed. Tonight has what is new,
/// what was known and what is back; one target is slow, one from an empty corpus, one is missing.
pub fn record(targets: &[(&str, u64)], nights: u64) -> String {
    let mut lines = Vec::new();
    for night in 0..nights {
        let tonight = night + 1 == nights;
        let is_killed = night + 5 == nights;
        let count = if is_killed { targets.len() / 2 } else { targets.len() - usize::from(tonight) };
        let mut add = |line: Value| {
            let mut entry = json!({"night": 1, "begun": FIRST + night * DAY, "counterproof": "0.1.0",
                "commit": format!("{:040x}", u128::from(number("commit", night / 3, u64::MAX)) << 64)});
            entry.as_object_mut().unwrap().extend(line.as_object().unwrap().clone());
            lines.push(entry.to_string());
        };
        for (place, (name, floor)) in targets[..count].iter().enumerate() {
            let from_empty = place as u64 == night % targets.len() as u64;
            add(target(name, *floor, night, from_empty, tonight, place));
        }
        if is_killed {
            continue;
        }
        let share = |floor: &str, of: u64, goal: u64| {
            let missed = number(floor, 0, 12) + of * (100 - goal) / 100 * (nights - night) / nights;
            json!({"reached": of - missed.min(of), "of": of})
        };
        let floors = [
            ("wire", 1450),
            ("text", 980),
            ("crypto", 1720),
            ("license", 640),
            ("client", 3105),
            ("server", 2890),
        ];
        let floors: Vec<_> = floors
            .iter()
            .map(|(floor, of)| json!({"floor": floor, "lines": share(floor, *of, 93), "branches": share(floor, of / 4, 88)}))
            .collect();
        add(json!({"line": "coverage", "floors": floors}));
        if night % 4 == 3 {
            let found = [finding(90, "difference", night == 3, "server_login")];
            add(
                json!({"line": "peer", "peer": "python3 tests/peers/python/peer.py", "name": "python-peer", "seed": 1000 + night,
                "seconds": 3600.0, "programs": 9000 + 17 * night, "steps": 350_000 + 901 * night,
                "features": {"before": 4000 + 11 * night, "after": 4031 + 11 * night},
                "inputs": {"before": 600 + night, "after": 609 + night}, "findings": found}),
            );
        }
        let troubles =
            if tonight { vec![format!("{} could not be built", targets[count].0)] } else { Vec::new() };
        add(
            json!({"line": "night", "ended": if night + 9 == nights { "stopped" } else { "in-time" }, "seconds": 28_830.5, "jobs": 4,
            "compiler": "rustc 1.93.0-nightly (0123456789 2026-10-28)", "minimised": night % 7 == 6, "troubles": troubles}),
        );
    }
    lines.join("\n") + "\n"
}

/// A target in a night.
fn target(name: &str, floor: u64, night: u64, from_empty: bool, tonight: bool, place: usize) -> Value {
    let seconds = 500 + number(name, night, 300);
    let usual = floor * 2 + number(name, 1, floor * 3 + 1);
    let varied = usual * (95 + number(name, night, 10)) / 100;
    let rate = match (tonight, place) {
        (true, 7) => varied * 55 / 100,
        (true, 11) => floor * 8 / 10,
        _ => varied,
    };
    let most = 300 + number(name, 2, 4000);
    let edges = |night: u64| most * (100 + night * 4) / (104 + night * 4);
    let inputs = |night: u64| 80 + number(name, 3, 900) + (night % 7) * (5 + number(name, 4, 30));
    let (before, after) = (edges(night), edges(night + 1) + u64::from(number(name, night, 5) == 0));
    let empty = json!({"before": 0, "after": after * 96 / 100});
    let findings = match (tonight, place) {
        (true, 3) => vec![finding(1, "panic", true, name)],
        (true, 4) => vec![finding(1, "panic", true, name), finding(2, "timeout", true, name)],
        (true, 9) => vec![finding(5, "regression", false, name)],
        (_, 14) if night > 2 => vec![finding(3, "out-of-memory", night == 3, name)],
        (_, 20) if (5..9).contains(&night) => vec![finding(4, "sanitizer", night == 5, name)],
        _ => Vec::new(),
    };
    let mut line = json!({"line": "target", "target": name, "from_empty": from_empty, "seconds": seconds as f64,
        "executions": rate * seconds, "floor": floor,
        "edges": if from_empty { empty } else { json!({"before": before, "after": after}) },
        "inputs": {"before": inputs(night), "after": inputs(night) + number(name, night, 25)},
        "bytes": {"before": inputs(night) * 90, "after": inputs(night) * 95}, "slowest_ms": 1 + number(name, 5, 90),
        "peak_mb": 60 + number(name, 6, 200), "findings": findings});
    if number(name, 7, 6) == 0 {
        line["slowest_ms"] = json!(2400);
        line["slowest"] = json!(format!("slow/{name}/8c2f0e"));
    }
    line
}

/// A run of the bench with so many planted bugs: one is missed from a seed, and plain bytes find one that stands behind a MAC.
pub fn bench(bugs: u64) -> Value {
    let bug = |number_of: u64| {
        let name = format!("planted-{number_of:02}-tag-is-compared-to-its-half");
        let behind = match number_of {
            0..16 => vec!["mac"],
            16..28 => vec!["mac", "two-messages"],
            28..36 => vec!["counter"],
            _ => vec!["plain"],
        };
        let run = |seed: u64| {
            let found = 0.2 + number(&name, seed, 70) as f64 / 10.0;
            let mut run = json!({"seed": seed, "seconds": found, "executions": (found * 9000.0) as u64, "reached_s": found / 4.0, "triggered_s": found / 2.0});
            if number_of != 17 || seed != 3 {
                run["detected_s"] = json!(found);
                run["said"] = json!("accepted with another tag");
            }
            run
        };
        let mut control = json!({"seed": 1, "seconds": 60.0, "executions": 9_000_000});
        if number_of == 5 || number_of > 35 {
            control["detected_s"] = json!(41.5);
        }
        json!({"name": name, "about": "the tag is compared up to its half", "behind": behind, "target": "frame_structured",
            "runs": (1..6).map(run).collect::<Vec<_>>(), "control": [control]})
    };
    json!({"bench": 1, "counterproof": "0.1.0", "commit": format!("{:040x}", 0xC0FFEE), "time": FIRST + 20 * DAY, "limit_s": 60.0,
        "bugs": (0..bugs).map(bug).collect::<Vec<_>>()})
}
