//! Verifying signatures on the server.

use super::{negative, positive, sequence};
use channel::rule::{VER_1, VER_2, VER_3, VER_4, VER_5, VER_6, VER_7, VER_8, VER_9, VER_10, VER_11, VER_12};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, approve};
use harness::setup::{AGE_LIMIT_S, LOOK_AHEAD, SIGNATURE_TRIES, Setup, WINDOW, app};
use harness::trial::{Stop, Trial};
use peer::operations::ServerVerifyMessageSignature;
use peer::protocol::{Number, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "verify-other-serial",
            Server,
            VER_1,
            "a message of another license is refused",
            other_serial,
        ),
        negative("verify-type", Server, VER_2, "AM1, deactivation and information are not verified", types),
        negative(
            "verify-unknown-instance",
            Server,
            VER_3,
            "a sequence number that no instance has is refused",
            unknown_instance,
        ),
        negative(
            "verify-unconfirmed",
            Server,
            VER_4,
            "an unconfirmed instance can't sign requests",
            unconfirmed,
        ),
        negative(
            "verify-locked",
            Server,
            VER_5,
            "after too many wrong signatures the right one is refused; a sibling's is not",
            locked,
        ),
        negative(
            "verify-expired",
            Server,
            VER_6,
            "a second past the age limit is too late, the last second is not",
            expired,
        ),
        negative(
            "verify-confirmation-expired",
            Server,
            VER_6,
            "the age limit holds for AM2, too",
            confirmation_expired,
        ),
        positive(
            "verify-clock-behind",
            Server,
            &["VER-6"],
            "a message from ahead of the clock is not too old",
            clock_behind,
        ),
        negative(
            "verify-not-issued",
            Server,
            VER_7,
            "a message under the right key that the server did not issue is refused",
            not_issued,
        ),
        negative(
            "verify-every-byte",
            Server,
            VER_7,
            "a message bent in any byte is not the one issued",
            every_byte,
        ),
        negative(
            "verify-confirmation-of-sibling",
            Server,
            VER_7,
            "AM2 of one instance doesn't confirm another",
            sibling_am2,
        ),
        negative(
            "verify-forgotten",
            Server,
            VER_7,
            "of a license the 256 requests issued last are known, and no others",
            forgotten,
        ),
        negative("verify-twice", Server, VER_8, "a request is accepted once", twice),
        negative(
            "verify-twice-by-sibling",
            Server,
            VER_8,
            "a request is accepted once, whichever instance signs",
            twice_by_sibling,
        ),
        negative(
            "verify-64-behind",
            Server,
            VER_9,
            "64 behind the highest accepted is too old, 63 is not",
            window_of_64,
        ),
        sequence(
            "verify-out-of-order",
            Server,
            &["VER-8"],
            "requests are accepted in any order inside the window, each once",
            out_of_order,
        ),
        negative(
            "verify-signature-form",
            Server,
            VER_10,
            "signatures of another length or with foreign characters are refused, uncounted",
            form,
        ),
        negative(
            "verify-signature-form-hexadecimal",
            Server,
            VER_10,
            "the same for hexadecimal ones",
            form_hexadecimal,
        ),
        positive(
            "verify-signature-either-case",
            Server,
            &["VER-10"],
            "hexadecimal signatures are read in either case",
            either_case,
        ),
        negative(
            "verify-check-digit",
            Server,
            VER_11,
            "a wrong check digit is refused, uncounted",
            check_digit,
        ),
        negative(
            "verify-wrong-signature",
            Server,
            VER_12,
            "a wrong signature is refused and counted",
            wrong_signature,
        ),
        negative(
            "verify-truncated-compare",
            Server,
            VER_12,
            "a signature wrong in one digit only, any of them, is wrong",
            one_digit,
        ),
        negative(
            "verify-signature-of-other-request",
            Server,
            VER_12,
            "the signature over one request is not that over another",
            other_request,
        ),
        negative(
            "verify-signature-of-sibling",
            Server,
            VER_12,
            "the signature of one instance is not that of another",
            sibling_signature,
        ),
        sequence(
            "verify-right-signature-clears",
            Server,
            &["VER-14"],
            "a right signature clears the failures before it",
            clears,
        ),
        negative(
            "verify-outside-window",
            Server,
            VER_12,
            "a step outside the window is refused, its edge is accepted",
            outside_window,
        ),
        negative(
            "verify-before-last-step",
            Server,
            VER_12,
            "a step below the last accepted one is refused, that step itself is not",
            before_last_step,
        ),
        sequence(
            "verify-shift",
            Server,
            &["VER-13", "VER-14"],
            "the shift follows the client's clock, on acceptance only",
            shift,
        ),
        negative(
            "verify-beyond-look-ahead",
            Server,
            VER_12,
            "an event beyond the look-ahead is refused, the last inside is accepted",
            beyond_look_ahead,
        ),
        negative(
            "verify-event-again",
            Server,
            VER_12,
            "an event at or below the last accepted one is refused",
            event_again,
        ),
        sequence("verify-time-and-event", Server, &["VER-13"], "both factors move together", both_factors),
        positive(
            "verify-every-application",
            Server,
            &["VER-13", "SIG-1", "SIG-2", "SIG-3"],
            "signatures of every kind of application are accepted",
            every_application,
        ),
        positive(
            "verify-event-first",
            Server,
            &["SIG-5"],
            "the first event is 0, and the confirmation uses it up",
            event_first,
        ),
        negative(
            "verify-order-serial-before-type",
            Server,
            VER_1,
            "another serial number and a wrong type: the serial number wins",
            order_serial,
        ),
        negative(
            "verify-order-age-before-issue",
            Server,
            VER_6,
            "too old and never issued: the age wins",
            order_age,
        ),
        negative(
            "verify-order-replay-before-form",
            Server,
            VER_8,
            "replayed with a malformed signature: the replay wins",
            order_replay,
        ),
    ]
}

/// A confirmed instance, and the signing of requests by the reference client.
fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)
}

fn by(application: u8) -> Show {
    Show { application, ..Show::default() }
}

/// A request and its signature at the scene's clock plus `seconds`.
fn signed(t: &mut Trial<'_>, scene: &mut Scene, show: &Show, seconds: i64) -> Result<(String, String), Stop> {
    let message = scene.request(t, show)?;
    let signature = sign(t, scene, &message, seconds)?;
    Ok((message, signature))
}

fn sign(t: &mut Trial<'_>, scene: &mut Scene, message: &str, seconds: i64) -> Result<String, Stop> {
    let now = u32::try_from(i64::from(scene.now) + seconds).unwrap_or(0);
    scene.open(t, message)?;
    let signed = t.accepts("SIG-1", &scene.client, &approve(Pin::Right, now))?;
    Ok(signed.got.signature.unwrap_or_default())
}

/// The right signature with its last digit replaced by the next.
fn wrong(signature: &str) -> String {
    let last = signature.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(0);
    format!("{}{}", signature.get(..signature.len().saturating_sub(1)).unwrap_or_default(), (last + 1) % 10)
}

fn other_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut other =
        Scene::new(t, Under::Server, Setup { serial: "VDS1000121", ..Setup::default() }, Stage::Confirmed)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let (foreign, foreign_signature) = signed(t, &mut other, &Show::default(), 0)?;
    let bad = scene.verify(&foreign, &foreign_signature);
    t.refuses(VER_1, &scene.server, &bad, &scene.verify(&message, &signature)).map(|_| ())
}

fn types(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let channel = scene.payload_channel();
    for kind in [2, 0x24] {
        let bad = Plain::of(&message, Some(&channel))?.with_type(kind).message(Some(&channel));
        t.refuses_only(VER_2, &scene.server, &scene.verify(&bad, &signature))?;
    }
    let bad = scene.verify(&scene.am1, &signature);
    t.refuses(VER_2, &scene.server, &bad, &scene.verify(&message, &signature)).map(|_| ())
}

fn unknown_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let good = scene.verify(&message, &signature);
    for sequence in [2, 99] {
        let bad = ServerVerifyMessageSignature { sequence: Number::from(sequence), ..good.clone() };
        t.refuses_only(VER_3, &scene.server, &bad)?;
    }
    t.twin(VER_3.id, &scene.server, &good).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    t.refuses_only(VER_4, &scene.server, &scene.verify(&message, &signature))?;
    scene.confirm(t)?;
    t.twin(VER_4.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &wrong(&signature)))?;
    }
    t.refuses_only(VER_5, &scene.server, &scene.verify(&message, &signature))?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let (message, signature) = signed(t, &mut sibling, &Show::default(), 0)?;
    t.twin(VER_5.id, &scene.server, &sibling.verify(&message, &signature)).map(|_| ())
}

fn expired(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), i64::from(AGE_LIMIT_S))?;
    scene.now += AGE_LIMIT_S;
    let good = scene.verify(&message, &signature);
    let bad = ServerVerifyMessageSignature { now: scene.now + 1, ..good.clone() };
    t.refuses_only(VER_6, &scene.server, &ServerVerifyMessageSignature { now: u32::MAX, ..good.clone() })?;
    t.refuses(VER_6, &scene.server, &bad, &good).map(|_| ())
}

fn confirmation_expired(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Am2)?;
    t.needs_time(&scene.server)?;
    scene.now += AGE_LIMIT_S;
    scene.activate_instance(t)?;
    let good = scene.verify(&scene.am2, &scene.confirmation);
    let bad = ServerVerifyMessageSignature { now: scene.now + 1, ..good.clone() };
    t.refuses(VER_6, &scene.server, &bad, &good).map(|_| ())
}

fn clock_behind(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    scene.now += 300;
    let (message, signature) = signed(t, &mut scene, &Show::default(), -300)?;
    scene.now -= 300;
    let question = scene.verify(&message, &signature);
    t.agrees("VER-6", &scene.server, &question).map(|_| ())
}

fn not_issued(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (good, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let channel = scene.payload_channel();
    let plain = Plain::of(&good, Some(&channel))?;
    // A sibling holds the payload key and can seal what it likes; its signature is right, even.
    let forged = plain.with_body([&[0, 0, 0, 1][..], &[1, b'k', 1, b'v']].concat()).message(Some(&channel));
    let ahead = Plain {
        nonce: [plain.nonce.as_slice().first_chunk::<4>().copied().unwrap_or_default(), [0, 0, 1, 0]]
            .concat()
            .try_into()
            .unwrap_or_default(),
        ..plain
    };
    for bad in [forged, ahead.message(Some(&channel))] {
        let bad_signature = sign(t, &mut scene, &bad, 0)?;
        t.refuses_only(VER_7, &scene.server, &scene.verify(&bad, &bad_signature))?;
    }
    t.twin(VER_7.id, &scene.server, &scene.verify(&good, &signature)).map(|_| ())
}

fn every_byte(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let bytes = hex::decode(&message).unwrap_or_default();
    let before = t.state(VER_7.id, &scene.server)?;
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        if let Some(byte) = bent.get_mut(at) {
            *byte ^= 0x01;
        }
        t.refuses_as_reference(&scene.server, &scene.verify(&hex::encode(&bent), &signature))?;
    }
    t.state_is(VER_7.id, &scene.server, before)?;
    t.twin(VER_7.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}

/// The server remembers 256 requests: the first of 257 is unknown, the second is not.
fn forgotten(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (first, first_signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let (second, second_signature) = signed(t, &mut scene, &Show::default(), 0)?;
    for _ in 3..=257 {
        scene.request(t, &Show::default())?;
    }
    let bad = scene.verify(&first, &first_signature);
    t.refuses(VER_7, &scene.server, &bad, &scene.verify(&second, &second_signature)).map(|_| ())
}

fn sibling_am2(t: &mut Trial<'_>) -> Result<(), Stop> {
    let first = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Active)?;
    let good = first.verify(&first.am2, &first.confirmation);
    let bad = second.verify(&first.am2, &first.confirmation);
    t.refuses(VER_7, &first.server, &bad, &good).map(|_| ())
}

fn twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [app::TIME, app::EVENT, app::BOTH] {
        let (message, signature) = signed(t, &mut scene, &by(application), 0)?;
        t.twin(VER_8.id, &scene.server, &scene.verify(&message, &signature))?;
        t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature))?;
        // Signed anew with factors that have moved on: still the same request.
        let anew = sign(t, &mut scene, &message, 120)?;
        t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &anew))?;
    }
    Ok(())
}

fn twice_by_sibling(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let by_sibling = sign(t, &mut sibling, &message, 0)?;
    t.twin(VER_8.id, &scene.server, &sibling.verify(&message, &by_sibling))?;
    t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature))
}

fn window_of_64(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut messages = Vec::new();
    for _ in 0..66 {
        messages.push(scene.request(t, &Show::default())?);
    }
    let [first, second, third, .., last] = messages.as_slice() else { return Ok(()) };
    let mut accepted = sign(t, &mut scene, last, 0)?;
    t.twin(VER_9.id, &scene.server, &scene.verify(last, &accepted))?;
    for old in [first, second] {
        let signature = sign(t, &mut scene, old, 0)?;
        t.refuses_only(VER_9, &scene.server, &scene.verify(old, &signature))?;
    }
    accepted = sign(t, &mut scene, third, 0)?;
    t.twin(VER_9.id, &scene.server, &scene.verify(third, &accepted)).map(|_| ())
}

fn out_of_order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut messages = Vec::new();
    for _ in 0..8 {
        messages.push(signed(t, &mut scene, &Show::default(), 0)?);
    }
    let order = [5, 2, 7, 0, 3, 6, 1, 4];
    for (i, index) in order.iter().enumerate() {
        let Some((message, signature)) = messages.get(*index) else { continue };
        t.twin(VER_8.id, &scene.server, &scene.verify(message, signature))?;
        for before in order.iter().take(i + 1) {
            let Some((message, signature)) = messages.get(*before) else { continue };
            t.refuses_only(VER_8, &scene.server, &scene.verify(message, signature))?;
        }
    }
    Ok(())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let short = signature.get(1..).unwrap_or_default().to_owned();
    for bad in [
        String::new(),
        short.clone(),
        format!("0{signature}"),
        format!("{short} "),
        format!(" {short}"),
        format!("{short}A"),
        format!("-{short}"),
        format!("{short}٣"),
        "é".into(),
    ] {
        t.refuses_only(VER_10, &scene.server, &scene.verify(&message, &bad))?;
    }
    t.twin(VER_10.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}

fn form_hexadecimal(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &by(app::BOTH), 0)?;
    let short = signature.get(1..).unwrap_or_default().to_owned();
    for bad in
        [String::new(), short.clone(), format!("0{signature}"), format!("{short}G"), format!("{short}é")]
    {
        t.refuses_only(VER_10, &scene.server, &scene.verify(&message, &bad))?;
    }
    t.twin(VER_10.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}

fn either_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for _ in 0..3 {
        let (message, signature) = signed(t, &mut scene, &by(app::BOTH), 0)?;
        let question = scene.verify(&message, &signature.to_ascii_lowercase());
        t.agrees("VER-10", &scene.server, &question)?;
    }
    Ok(())
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &by(app::LONG), 0)?;
    let good = scene.verify(&message, &signature);
    for step in 1..=9 {
        let bad = (0..step).fold(signature.clone(), |text, _| wrong(&text));
        t.refuses_only(VER_11, &scene.server, &scene.verify(&message, &bad))?;
    }
    t.twin(VER_11.id, &scene.server, &good).map(|_| ())
}

fn wrong_signature(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [app::TIME, app::EVENT] {
        let (message, signature) = signed(t, &mut scene, &by(application), 0)?;
        let bad = scene.verify(&message, &wrong(&signature));
        t.refuses(VER_12, &scene.server, &bad, &scene.verify(&message, &signature))?;
    }
    // The confirmation, too.
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let bad = scene.verify(&scene.am2, &wrong(&scene.confirmation));
    t.refuses(VER_12, &scene.server, &bad, &scene.verify(&scene.am2, &scene.confirmation)).map(|_| ())
}

fn one_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for at in 0..8 {
        let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
        let changed = signature.chars().enumerate().map(|(i, c)| match c.to_digit(10) {
            Some(digit) if i == at => char::from_digit((digit + 1) % 10, 10).unwrap_or('0'),
            _ => c,
        });
        let bad = scene.verify(&message, &changed.collect::<String>());
        t.refuses(VER_12, &scene.server, &bad, &scene.verify(&message, &signature))?;
    }
    Ok(())
}

fn other_request(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (first, first_signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let (_, second_signature) = signed(t, &mut scene, &Show::titled("Other"), 0)?;
    let bad = scene.verify(&first, &second_signature);
    t.refuses(VER_12, &scene.server, &bad, &scene.verify(&first, &first_signature)).map(|_| ())
}

fn sibling_signature(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let by_sibling = sign(t, &mut sibling, &message, 0)?;
    let bad = scene.verify(&message, &by_sibling);
    t.refuses(VER_12, &scene.server, &bad, &scene.verify(&message, &signature)).map(|_| ())
}

fn clears(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for _ in 0..3 {
        let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
        for _ in 1..SIGNATURE_TRIES {
            t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &wrong(&signature)))?;
        }
        t.twin("VER-14", &scene.server, &scene.verify(&message, &signature))?;
    }
    t.implied(&["VER-14"])
}

const HALF: i64 = WINDOW as i64 / 2;
const STEP_S: i64 = 36;

fn outside_window(t: &mut Trial<'_>) -> Result<(), Stop> {
    for side in [1, -1] {
        // A fresh instance each time: acceptance moves the window. The confirmation used step 0.
        let mut scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        scene.now += u32::try_from(2 * HALF * STEP_S).unwrap_or(0);
        let message = scene.request(t, &Show::default())?;
        let outside = sign(t, &mut scene, &message, side * (HALF + 1) * STEP_S)?;
        let edge = sign(t, &mut scene, &message, side * HALF * STEP_S)?;
        t.refuses(VER_12, &scene.server, &scene.verify(&message, &outside), &scene.verify(&message, &edge))?;
    }
    Ok(())
}

fn before_last_step(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    scene.now += u32::try_from(5 * STEP_S).unwrap_or(0);
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    scene.accept(t, &message, &signature)?;
    let message = scene.request(t, &Show::default())?;
    let below = sign(t, &mut scene, &message, -STEP_S)?;
    let same = sign(t, &mut scene, &message, 0)?;
    t.refuses(VER_12, &scene.server, &scene.verify(&message, &below), &scene.verify(&message, &same))
        .map(|_| ())
}

fn shift(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    // The client's clock runs ahead, further each time than one window from the server's.
    for drift in 1..=3 {
        let (message, signature) = signed(t, &mut scene, &Show::default(), drift * HALF * STEP_S)?;
        // A refusal in between does not move the window.
        t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &wrong(&signature)))?;
        let question = scene.verify(&message, &signature);
        t.agrees("VER-13", &scene.server, &question)?;
        t.implied(&["VER-14"])?;
    }
    // And without the drift it is now outside.
    let message = scene.request(t, &Show::default())?;
    let now = sign(t, &mut scene, &message, 0)?;
    t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &now))
}

fn beyond_look_ahead(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let message = scene.request(t, &by(app::EVENT))?;
    let mut last = String::new();
    let mut beyond = String::new();
    for event in 0..=LOOK_AHEAD + 1 {
        let signature = sign(t, &mut scene, &message, 0)?;
        if event == LOOK_AHEAD {
            last = signature;
        } else {
            beyond = signature;
        }
    }
    t.refuses(VER_12, &scene.server, &scene.verify(&message, &beyond), &scene.verify(&message, &last))
        .map(|_| ())
}

fn event_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let first = scene.request(t, &by(app::EVENT))?;
    let second = scene.request(t, &by(app::EVENT))?;
    let early_second = sign(t, &mut scene, &second, 0)?;
    let (first_signature, late_second) = (sign(t, &mut scene, &first, 0)?, sign(t, &mut scene, &second, 0)?);
    scene.accept(t, &first, &first_signature)?;
    t.refuses(
        VER_12,
        &scene.server,
        &scene.verify(&second, &early_second),
        &scene.verify(&second, &late_second),
    )
    .map(|_| ())
}

fn both_factors(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    scene.now += 3600;
    for (seconds, skipped) in [(0, 0), (300, 3), (-120, 0), (420, 10)] {
        let message = scene.request(t, &by(app::BOTH))?;
        for _ in 0..skipped {
            sign(t, &mut scene, &message, 0)?;
        }
        scene.now += 600;
        let signature = sign(t, &mut scene, &message, seconds)?;
        scene.accept(t, &message, &signature)?;
    }
    Ok(())
}

fn every_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        for _ in 0..3 {
            let (message, signature) = signed(t, &mut scene, &by(application), 0)?;
            scene.accept(t, &message, &signature)?;
        }
    }
    t.implied(&["SIG-1", "SIG-2", "SIG-3"])
}

fn event_first(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { post_activation: app::EVENT, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    // With event 0 used by the confirmation, the farthest acceptable event is 1 + look-ahead.
    let message = scene.request(t, &by(app::EVENT))?;
    let mut signature = String::new();
    for _ in 0..=LOOK_AHEAD {
        signature = sign(t, &mut scene, &message, 0)?;
    }
    let question = scene.verify(&message, &signature);
    t.agrees("SIG-5", &scene.server, &question).map(|_| ())
}

fn order_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let channel = scene.payload_channel();
    let mut plain = Plain::of(&message, Some(&channel))?.with_type(2);
    plain.serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB9];
    let bad = scene.verify(&plain.message(Some(&channel)), &signature);
    t.refuses(VER_1, &scene.server, &bad, &scene.verify(&message, &signature)).map(|_| ())
}

fn order_age(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    let channel = scene.payload_channel();
    let mut plain = Plain::of(&message, Some(&channel))?;
    plain.nonce = [0; 8];
    let bad = scene.verify(&plain.message(Some(&channel)), &signature);
    t.refuses(VER_6, &scene.server, &bad, &scene.verify(&message, &signature)).map(|_| ())
}

fn order_replay(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (message, signature) = signed(t, &mut scene, &Show::default(), 0)?;
    t.twin(VER_8.id, &scene.server, &scene.verify(&message, &signature))?;
    t.refuses_only(VER_8, &scene.server, &scene.verify(&message, "?"))
}
