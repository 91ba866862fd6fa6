//! What is to be reached, as ratios within one run: how many times faster ours is. By kernel, since a processor has what it
//! has; a goal whose peer or kernel is missing is neither.

use serde_json::{Value, json};

use crate::ours::{CMAC, MILLION, ONE_CMAC, OTPS, SEAL, SEAL_NO_HEX, WINDOW};

/// What is done; the peer; and the goal of each kernel, where there is one.
type Goal = (&'static str, &'static str, [Option<f64>; 3]);

const GOALS: [Goal; 15] = [
    (CMAC, "cmac, new key", [Some(2.8), Some(12.0), Some(21.0)]),
    (CMAC, "ipsec-mb, schedules there", [None, Some(1.5), Some(2.7)]),
    (CMAC, "ipsec-mb, with keys", [None, Some(2.0), Some(3.6)]),
    (CMAC, "AWS-LC, one-shot", [None, None, None]),
    (ONE_CMAC, "cmac, new key", [Some(1.6), Some(3.3), Some(3.3)]),
    (ONE_CMAC, "AWS-LC, one-shot", [Some(1.1), Some(2.4), Some(2.4)]),
    (SEAL, "RustCrypto, composed", [Some(2.6), Some(8.0), Some(15.0)]),
    (SEAL_NO_HEX, "AWS-LC, AES-128-GCM, new key", [None, Some(1.4), Some(2.8)]),
    (MILLION, "cmac, new key", [Some(2.5), Some(15.0), Some(23.0)]),
    (OTPS, "cmac, one by one", [Some(7.5), Some(9.0), Some(11.0)]),
    (OTPS, "totp-rs", [Some(12.0), Some(15.0), Some(18.0)]),
    (OTPS, "liboath", [Some(20.0), Some(25.0), Some(31.0)]),
    (WINDOW, "cmac, one by one", [Some(7.0), Some(9.5), Some(15.0)]),
    (CMAC, "OpenSSL, new key", [None, None, None]),
    (SEAL_NO_HEX, "AWS-LC, AES-128-GCM, prekeyed", [None, None, None]),
];

/// Prints each that can be told, and gives them back as JSON.
pub(crate) fn table(ratio: impl Fn((&str, &str), (&str, &str)) -> Option<f64>) -> Vec<Value> {
    let mut all = Vec::new();
    println!("\n{:<44} {:<30} {:<9} {:>6} {:>6}", "ours beside", "who", "kernel", "times", "goal");
    for (what, who, goals) in GOALS {
        for (kernel, goal) in ["portable", "aesni", "vaes"].into_iter().zip(goals) {
            let Some(times) = ratio((what, kernel), (what, who)) else { continue };
            let words = match goal {
                None => "-".to_owned(),
                Some(goal) if times >= goal => format!("{goal} reached"),
                Some(goal) => format!("{goal} NOT reached"),
            };
            println!("{what:<44} {who:<30} {kernel:<9} {times:>6.1} {words:>6}");
            let is_reached = goal.map(|goal| times >= goal);
            all.push(json!({ "what": what, "who": who, "kernel": kernel, "times": times, "goal": goal, "reached": is_reached }));
        }
    }
    all
}
