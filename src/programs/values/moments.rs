//! Clocks: the server's, and a client's beside it.

use serde_json::{Value, json};

use crate::world::{Context, World};

/// Of a time step, a window, a validity.
const DAY: u32 = 86_400;

/// The server's clock: it goes on by itself now and then, and is sometimes just before, at or behind a limit.
pub(crate) fn now(w: &mut World, with: &Context) -> Option<Value> {
    let is_login = with.contains_key("started");
    if w.luck.percent(if is_login { 22 } else { 14 }) && !w.usual {
        let from = if is_login && w.luck.percent(70) { "started" } else { "time" };
        let age = w.number(with, "message_age_limit_s").unwrap_or(3600);
        let validity = w.number(with, "activation_validity_days").unwrap_or(7).saturating_mul(DAY);
        let limit = match from {
            "started" => w.luck.one(&[60, 180, 180, 3600], 60),
            _ if is_login => age,
            _ => w.luck.one(&[age, age, validity, 60, 180], age),
        };
        let time = w.number(with, from).unwrap_or(w.now);
        let then = i64::from(time) + i64::from(limit) + w.luck.one(&[-1, 0, 0, 1, 1, 1], 0);
        if let Ok(then) = u32::try_from(then) {
            if w.luck.percent(50) {
                w.now = then;
            }
            return Some(json!(then));
        }
    }
    Some(json!(w.now))
}

/// The time goes on, or back.
pub(crate) fn moves_clock(w: &mut World) {
    let by =
        w.luck.one(&[1, 1, 2, 30, 36, 60, 61, 180, 300, 3600, 10_800, 86_400, -1, -36, -3600, 700_000], 1);
    w.now = u32::try_from(i64::from(w.now) + by).unwrap_or(w.now);
}

/// A client's clock: mostly the server's, sometimes as far from it as a window reaches, or one step more.
pub(crate) fn clock(w: &mut World, with: &Context) -> Option<Value> {
    if w.luck.percent(if w.usual { 92 } else { 85 }) {
        return Some(json!(u32::try_from(i64::from(w.now) + w.ahead).unwrap_or(w.now)));
    }
    let application = w.number(with, "application").or_else(|| w.number(with, "post_activation"));
    let vector = w.vector(with);
    let rules = vector.as_ref().and_then(|vector| vector.application(u8::try_from(application?).ok()?));
    let step = i64::from(rules.and_then(|rules| rules.factor.step_s()).unwrap_or(36));
    let half = |name: &str| i64::from(w.number(with, name).unwrap_or(24) / 2);
    let first = i64::from(w.number(with, "first_use_s").unwrap_or(10_800)) / step;
    let first = first.min(300);
    let reaches = [1, half("identification_window"), half("signature_window"), first, first];
    let reach = w.luck.one(&reaches, 1) + w.luck.one(&[0, 0, 1, -1], 0);
    let by = step * reach * w.luck.one(&[1, -1], 1);
    // A clock that is wrong stays wrong, mostly.
    if w.luck.percent(50) {
        w.ahead = by;
    }
    Some(json!(u32::try_from(i64::from(w.now) + by).unwrap_or(w.now)))
}
