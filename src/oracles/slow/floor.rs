//! Whether responses can be guessed, again: SPEC.md section 15, VER-21, VER-22; STV-7.

use super::vector::Vector;
use super::{Verdict, must};
use channel::wire::message_vector::Windows;

/// STV-7, VER-21, VER-22: in floating point, which is exact as far as 2^53, and beyond that everything is allowed.
pub fn judge(vector: &Vector, tries: u8, windows: Windows, secure_channel: bool) -> Verdict<()> {
    let Windows { identification, signature, first_use_s, look_ahead } = windows;
    let enabled = || vector.applications.iter().filter(|application| application.head[1] & 1 == 1);
    let asked = |mode: u8| (2..=4).contains(&mode);
    let has_one = enabled().any(|application| application.head[1] & 2 == 2 && asked(application.mode()));
    must(!secure_channel || has_one, "STV-7")?;
    let mut first_use = vec![];
    for application in enabled().filter(|application| application.mode() != 5) {
        let base: f64 = if application.head[1] & 4 == 4 { 16.0 } else { 10.0 };
        let digits = i32::from(application.length) - i32::from(application.head[1] >> 3 & 1);
        let responses = base.powi(digits);
        let over_message = secure_channel && application.head[1] & 2 == 2;
        let windows = match application.mode() {
            1 => vec![identification],
            2 if !over_message => vec![identification],
            3 => vec![signature],
            _ => vec![identification, signature],
        };
        let reach = windows.into_iter().map(|window| window / 2).max().unwrap();
        let events = if application.has_events() { f64::from(look_ahead) + 1.0 } else { 1.0 };
        let right = |reach: u16| {
            f64::from(tries)
                * events
                * if application.has_time() { 2.0 * f64::from(reach) + 1.0 } else { 1.0 }
        };
        must(right(reach) <= (responses / 100.0).floor(), "VER-21")?;
        let first = if application.has_time() { (first_use_s / application.step).min(300) } else { 0 };
        first_use.push(right(reach.max(first)) <= (responses / 20.0).floor());
    }
    must(first_use.into_iter().all(|holds| holds), "VER-22")
}
