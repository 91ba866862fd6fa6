//! Applications, and the data that they answer to.

use channel::check_digit::Radix;
use channel::wire::static_vector::{ApplicationRules, Mode};
use serde_json::{Value, json};

use crate::world::{Context, World};

/// An application of the vector, of one of these modes.
fn application_of(w: &mut World, with: &Context, fits: impl Fn(&ApplicationRules) -> bool) -> Option<Value> {
    let vector = w.vector(with);
    let all = vector.iter().flat_map(|vector| &vector.applications);
    let all: Vec<u8> = all.filter(|rules| fits(rules)).map(|rules| rules.form.index).collect();
    let any = 1 + w.luck.below(8);
    Some(match w.luck.pick(&all) {
        Some(index) if !w.luck.percent(6) => json!(index),
        _ => json!(any),
    })
}

/// One that signs requests.
pub(crate) fn signing(w: &mut World, with: &Context) -> Option<Value> {
    let challenge = w.luck.percent(25);
    application_of(w, with, |rules| rules.signs_requests(challenge))
}

/// One that signs what is no challenge, as logins are.
pub(crate) fn logging_in(w: &mut World, with: &Context) -> Option<Value> {
    application_of(w, with, |rules| rules.signs_requests(false))
}

/// One that responds without a message.
pub(crate) fn responding(w: &mut World, with: &Context) -> Option<Value> {
    // What was asked before is asked again, so that windows and replays are met.
    let event = w.luck.percent(45);
    application_of(w, with, |rules| {
        rules.enabled && rules.mode != Mode::Unlock && (!event || rules.factor.has_event())
    })
}

/// Any.
pub(crate) fn index(w: &mut World, with: &Context) -> Option<Value> {
    application_of(w, with, |_| true)
}

pub(super) fn rules(w: &World, with: &Context) -> Option<ApplicationRules> {
    let index = u8::try_from(w.number(with, "application")?).ok()?;
    w.vector(with)?.application(index).cloned()
}

/// Decimal digits.
pub(crate) fn digits(w: &mut World, length: usize) -> String {
    (0..length).map(|_| Radix::Decimal.character(u32::from(w.luck.array::<1>()[0]))).collect()
}

/// A challenge, now and then none.
pub(crate) fn challenge(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[1, 4, 4, 8, 8, 16, 17, 0], 4);
    let digits = digits(w, length);
    Some(match w.luck.below(16) {
        0 => json!("12a4"),
        1 => json!("１２３４"),
        _ => json!(digits),
    })
}

/// What a response of the context's application is over.
pub(crate) fn data(w: &mut World, with: &Context) -> Option<Value> {
    let rules = rules(w, with);
    let mode = rules.as_ref().map(|rules| rules.mode);
    let kind = match (mode, w.luck.percent(5)) {
        (Some(Mode::ResponseOnly), false) => 0,
        (Some(Mode::ChallengeResponse), false) => 1,
        (Some(Mode::Signature), false) => 2,
        _ => w.luck.below(3),
    };
    Some(match kind {
        0 => json!({"kind": "response-only"}),
        1 => json!({"kind": "challenge", "challenge": challenge(w, with)?}),
        _ => {
            let mut limits = rules.as_ref().map(|rules| rules.data_fields.clone()).unwrap_or_default();
            if w.luck.percent(4) {
                limits.pop();
            }
            if w.luck.percent(4) {
                limits.truncate(7);
                limits.push((0, 1));
            }
            let fields: Vec<String> = limits.iter().map(|limits| field(w, *limits)).collect();
            json!({"kind": "fields", "fields": fields})
        }
    })
}

/// A data field within its limits, or one beyond.
fn field(w: &mut World, (least, most): (u8, u8)) -> String {
    let [least, most] = [usize::from(least), usize::from(most)];
    let length = w.luck.one(&[least, most, most, least.max(1).min(most), 4.clamp(least, most)], most);
    let length = match w.luck.below(40) {
        0 => most + 1,
        1 => least.saturating_sub(1),
        _ => length,
    };
    let c = w.luck.one(&['1', '1', '2', '7', ' ', '~', 'A'], '1');
    let mut text: String = std::iter::repeat_n(c, length).collect();
    if w.luck.percent(3) {
        text.pop();
        text.push(w.luck.one(&['\u{7F}', '\u{1F}', 'é'], 'é'));
    }
    text
}
