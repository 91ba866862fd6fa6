//! What a response is over, wherever one is made or judged.

use channel::rule::{ALG_8, OTP_3, OTP_4, Rule, VER_10};
use channel::wire::static_vector::{Factor, StaticVector};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, open, open_vector, otp, otp_vector};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::operations::{Attempt, ServerResynchronise, ServerSingleResynchronise};
use peer::protocol::{Data, Number};

use super::super::negative;
use super::super::respond::{data_challenge, data_fields};

/// With one data field of two to four characters, and a challenge, both of applications that count events.
fn vector() -> StaticVector {
    let mut vector = StaticVector { binding: true, ..otp_vector() };
    for rules in &mut vector.applications {
        match rules.form.index {
            otp::FIELD_EVENT => rules.data_fields = vec![(2, 4)],
            otp::CHALLENGE => rules.factor = Factor::Event,
            _ => (),
        }
    }
    vector
}

/// At each limit of a field and of a challenge.
fn good() -> [(u8, Data); 4] {
    [
        (otp::FIELD_EVENT, data_fields(&["ab"])),
        (otp::FIELD_EVENT, data_fields(&["a ~ "])),
        (otp::CHALLENGE, data_challenge("1")),
        (otp::CHALLENGE, data_challenge("0123456789012345")),
    ]
}

/// One beyond each.
fn bad() -> [(Rule, u8, Data); 8] {
    let field = |fields: &[&str]| (OTP_4, otp::FIELD_EVENT, data_fields(fields));
    let challenge = |text: &str| (OTP_3, otp::CHALLENGE, data_challenge(text));
    [
        field(&["ab", "cd"]),
        field(&[]),
        field(&["a"]),
        field(&["abcde"]),
        field(&["ab\u{1F}"]),
        field(&["ab\u{7F}"]),
        challenge(""),
        challenge("01234567890123456"),
    ]
}

fn multi(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    Scene::new(t, under, Setup { vector: vector(), ..Setup::otp() }, Stage::Confirmed)
}

fn single(t: &mut Trial<'_>, under: Under) -> Result<Single, Stop> {
    Single::new(t, under, SingleSetup { vector: vector(), ..SingleSetup::default() })
}

/// Well-formed, of either application.
fn any(application: u8) -> &'static str {
    if application == otp::CHALLENGE { "00000000" } else { "0000000000" }
}

/// Bad ones in either place of two.
fn bad_pairs() -> Vec<(Rule, u8, [Attempt; 2])> {
    let attempt =
        |application, data: &Data| Attempt { data: data.clone(), response: any(application).into() };
    let mut all = Vec::new();
    for (rule, application, bad) in bad() {
        let good = good().into_iter().find(|(other, _)| *other == application);
        let good = good.map_or(bad.clone(), |(_, data)| data);
        let [bad, good] = [&bad, &good].map(|data| attempt(application, data));
        all.push((rule, application, [bad.clone(), good.clone()]));
        all.push((rule, application, [good, bad]));
    }
    all
}

/// A response without its last digit in either place of two.
fn too_short([first, second]: &[Attempt; 2]) -> [[Attempt; 2]; 2] {
    let cut = |attempt: &Attempt| {
        let mut cut = attempt.clone();
        cut.response.pop();
        cut
    };
    [[cut(first), second.clone()], [first.clone(), cut(second)]]
}

pub(super) fn cases() -> Vec<Case> {
    use Role::{Client, Server};
    type Plays = fn(&mut Trial<'_>) -> Result<(), Stop>;
    let rows: [(&str, Role, Plays); 6] = [
        ("client-generate-response", Client, |t| {
            let scene = multi(t, Under::Client)?;
            for (rule, application, data) in bad() {
                t.refuses_stateless(rule, &scene.client, &scene.response_question(application, data))?;
            }
            good().into_iter().try_for_each(|(application, data)| {
                t.twin(OTP_4.id, &scene.client, &scene.response_question(application, data)).map(drop)
            })
        }),
        ("client-single-generate-response", Client, |t| {
            let scene = single(t, Under::Client)?;
            for (rule, application, data) in bad() {
                t.refuses_stateless(rule, &scene.client, &scene.response_question(application, &data))?;
            }
            good().into_iter().try_for_each(|(application, data)| {
                t.twin(OTP_4.id, &scene.client, &scene.response_question(application, &data)).map(drop)
            })
        }),
        ("server-verify-response", Server, |t| {
            let mut scene = multi(t, Under::Server)?;
            for (rule, application, data) in bad() {
                let ask = scene.verify_response(application, &data, any(application));
                t.refuses_stateless(rule, &scene.server, &ask)?;
            }
            for (application, data) in good() {
                let response = scene.respond(t, application, &data, 0)?;
                t.twin(OTP_4.id, &scene.server, &scene.verify_response(application, &data, &response))?;
            }
            Ok(())
        }),
        ("server-single-verify-response", Server, |t| {
            let scene = single(t, Under::Server)?;
            for (rule, application, data) in bad() {
                let ask = scene.verify(application, &data, any(application));
                t.refuses_stateless(rule, &scene.server, &ask)?;
            }
            good().into_iter().try_for_each(|(application, data)| {
                let response = scene.respond(t, application, &data)?;
                t.twin(OTP_4.id, &scene.server, &scene.verify(application, &data, &response)).map(drop)
            })
        }),
        ("server-resynchronise", Server, |t| {
            let mut scene = multi(t, Under::Server)?;
            let (sequence, now) = (Number::from(scene.sequence), scene.now);
            let ask = |application: u8, [first, second]: [Attempt; 2]| ServerResynchronise {
                sequence,
                application: Number::from(u32::from(application)),
                first,
                second,
                now,
            };
            for (rule, application, pair) in bad_pairs() {
                t.refuses_stateless(rule, &scene.server, &ask(application, pair))?;
            }
            for (application, data) in good() {
                let mut next = |t: &mut Trial<'_>| -> Result<Attempt, Stop> {
                    let response = scene.respond(t, application, &data, 0)?;
                    Ok(Attempt { data: data.clone(), response })
                };
                let pair = [next(t)?, next(t)?];
                for short in too_short(&pair) {
                    t.refuses_stateless(VER_10, &scene.server, &ask(application, short))?;
                }
                t.twin(OTP_4.id, &scene.server, &ask(application, pair))?;
            }
            Ok(())
        }),
        ("server-single-resynchronise", Server, |t| {
            let scene = single(t, Under::Server)?;
            let ask = |application: u8, [first, second]: [Attempt; 2]| ServerSingleResynchronise {
                application: Number::from(u32::from(application)),
                first,
                second,
                now: scene.now,
            };
            for (rule, application, pair) in bad_pairs() {
                t.refuses_stateless(rule, &scene.server, &ask(application, pair))?;
            }
            for (application, data) in good() {
                let next = |t: &mut Trial<'_>| -> Result<Attempt, Stop> {
                    let response = scene.respond(t, application, &data)?;
                    Ok(Attempt { data: data.clone(), response })
                };
                let pair = [next(t)?, next(t)?];
                for short in too_short(&pair) {
                    t.refuses_stateless(VER_10, &scene.server, &ask(application, short))?;
                }
                t.twin(OTP_4.id, &scene.server, &ask(application, pair))?;
            }
            Ok(())
        }),
    ];
    let data = rows.into_iter().map(|(name, role, play)| {
        let about = format!("{name}: fields and challenges are taken at each of their limits, not beyond");
        negative(format!("ends-data-{name}"), role, OTP_4, about, play)
    });
    let question = negative(
        "ends-question-server-single-verify-response",
        Server,
        ALG_8,
        "server.single_verify_response takes a challenge as long as its application's suite allows, no longer one",
        |t| {
            let vector = StaticVector { binding: true, ..open_vector() };
            let scene = Single::new(t, Under::Server, SingleSetup { vector, ..SingleSetup::default() })?;
            let bad = scene.verify(open::NUMBER, &data_challenge("123456789"), "000000");
            t.refuses_stateless(ALG_8, &scene.server, &bad)?;
            let good = data_challenge("12345678");
            let response = scene.respond(t, open::NUMBER, &good)?;
            t.twin(ALG_8.id, &scene.server, &scene.verify(open::NUMBER, &good, &response)).map(drop)
        },
    );
    data.chain([question]).collect()
}
