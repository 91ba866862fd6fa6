//! Serial numbers and lengths of frames, wherever a message or a state has one.

use channel::rule::{
    AM1_15, AM2_8, CLI_23, CST_7, FRM_3, FRM_4, INF_5, PRT_4, Rule, SDL_25, SDL_34, SER_2, SER_3, VER_7,
};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::static_vector::StaticVector;
use harness::case::{Case, Role};
use harness::forge::state::Saved;
use harness::forge::{Plain, single};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::Setup;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::{
    App2AppBuild, ClientActivateInstance, ClientMarkConfirmed, ClientSingleActivateOnline, ClientSingleLoad,
    FrameOpen, ServerVerifyMessageSignature,
};
use peer::protocol::{Array, Bytes, Operation, Pin};

use super::super::app2app::configuration;
use super::super::app2app_third::build;
use super::super::app2app_url::{CALLBACKS, Call};
use super::super::client::{resealed, with_bad_tag};
use super::super::deactivation::{deactivate, issue};
use super::super::information::{KEY, inform, process};
use super::super::login::{rejection, retrieved};
use super::super::replacement::replaceable;
use super::super::{at_rest, negative, single_online};
use super::calls::told;

/// The greatest there is.
const GREATEST: &str = "ZZZ9999999";

/// Each character of the prefix one beyond the greatest, and the suffix.
fn beyond() -> [(Rule, [u8; 5]); 4] {
    let bytes = |[a, b, c]: [u16; 3], suffix: u32| {
        let [p, q] = (1600 * a + 40 * b + c).to_be_bytes();
        let [_, s, t, u] = suffix.to_be_bytes();
        [p, q, s, t, u]
    };
    [
        (SER_2, bytes([36, 35, 35], 9_999_999)),
        (SER_2, bytes([35, 36, 35], 9_999_999)),
        (SER_2, bytes([35, 35, 36], 9_999_999)),
        (SER_3, bytes([35, 35, 35], 10_000_000)),
    ]
}

fn of_greatest(vector: StaticVector) -> StaticVector {
    let serial: Option<Serial> = GREATEST.parse().ok();
    StaticVector { prefix: serial.map(Serial::prefix).unwrap_or_default(), ..vector }
}

fn setup() -> Setup {
    Setup { serial: GREATEST, vector: of_greatest(harness::setup::vector()), ..Setup::default() }
}

fn single_setup() -> SingleSetup {
    SingleSetup {
        serial: GREATEST,
        vector: of_greatest(harness::setup::single_vector()),
        ..SingleSetup::default()
    }
}

/// The message under another serial number.
fn under(message: &str, serial: [u8; 5]) -> String {
    let (word, rest) = (message.get(..4).unwrap_or_default(), message.get(14..).unwrap_or_default());
    format!("{word}{}{rest}", hex::encode(&serial))
}

/// This message is taken, and under no serial number that is none.
fn messages<Op: Operation>(
    t: &mut Trial<'_>,
    party: &Party,
    good: &str,
    ask: impl Fn(String) -> Op,
) -> Result<(), Stop> {
    for (rule, serial) in beyond() {
        t.refuses_stateless(rule, party, &ask(under(good, serial)))?;
    }
    t.twin(SER_2.id, party, &ask(good.to_owned())).map(drop)
}

fn confirmed(t: &mut Trial<'_>, who: Under) -> Result<Scene, Stop> {
    Scene::new(t, who, setup(), Stage::Confirmed)
}

type Plays = fn(&mut Trial<'_>) -> Result<(), Stop>;

pub(super) fn cases() -> Vec<Case> {
    let rows: [(&str, Role, Rule, Plays); 13] = [
        ("frame-open", Role::Primitive("frame.open"), SER_2, |t| {
            let mut scene = confirmed(t, Under::Neither)?;
            let good = scene.request(t, &Show::default())?;
            let (party, key) = (t.peer_client(), Array(scene.payload_key));
            messages(t, &party, &good, |message| FrameOpen { key, message })
        }),
        ("app2app-build", Role::Primitive("app2app.build"), SER_2, |t| {
            let mut scene = confirmed(t, Under::Neither)?;
            let good = scene.request(t, &Show::default())?;
            let party = t.peer_client();
            messages(t, &party, &good, |message| App2AppBuild { message, ..build(CALLBACKS, "") })
        }),
        ("client-open", Role::Client, SER_2, |t| {
            let mut scene = confirmed(t, Under::Client)?;
            let good = scene.request(t, &Show::default())?;
            messages(t, &scene.client, &good, |message| open(&message))
        }),
        ("client-dispatch", Role::Client, SER_2, |t| {
            let mut scene = confirmed(t, Under::Client)?;
            t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS))?;
            let good = scene.request(t, &Show::default())?;
            for (rule, serial) in beyond() {
                told(t, rule, &scene, &Call::new(CALLBACKS, &under(&good, serial)).url())?;
            }
            super::calls::opens(t, SER_2, &scene, &Call::new(CALLBACKS, &good).url())
        }),
        ("client-deactivate", Role::Client, SER_2, |t| {
            let scene = confirmed(t, Under::Client)?;
            let good = issue(t, &scene, scene.sequence)?;
            messages(t, &scene.client, &good, |message| deactivate(&message))
        }),
        ("client-mark-confirmed", Role::Client, SER_2, |t| {
            let mut scene = replaceable(t, Under::Client, setup())?;
            scene.play(t, Stage::Active)?;
            let good = scene.am2.clone();
            messages(t, &scene.client, &good, |message| ClientMarkConfirmed { message })
        }),
        ("server-verify-message-signature", Role::Server, SER_2, |t| {
            let mut scene = confirmed(t, Under::Server)?;
            let good = scene.request(t, &Show::default())?;
            scene.open(t, &good)?;
            let signature = scene.sign(t)?;
            messages(t, &scene.server, &good, |message| scene.verify(&message, &signature))
        }),
        ("server-process-information", Role::Server, SER_2, |t| {
            let scene = confirmed(t, Under::Server)?;
            let good = inform(t, &scene, KEY)?;
            messages(t, &scene.server, &good, |message| process(&scene, &message))
        }),
        ("server-login-reject", Role::Server, SER_2, |t| {
            let scene = confirmed(t, Under::Server)?;
            let login = retrieved(t, &scene)?;
            let good = inform(t, &scene, &login.key)?;
            messages(t, &scene.server, &good, |message| rejection(&scene, &message))
        }),
        ("client-load", Role::Client, CST_7, |t| {
            let scene = confirmed(t, Under::Neither)?;
            let platform = t.random();
            let save = at_rest::save(t, platform);
            let state = t.agrees("CST-1", &scene.client, &save)?.state.0;
            let client = t.peer_client();
            for (_, serial) in beyond() {
                let mut bent = Saved::of(platform, &state);
                bent.put("0/serial", &serial);
                t.refuses_stateless(CST_7, &client, &at_rest::load(&scene.setup, platform, bent.state()))?;
            }
            t.twin(CST_7.id, &client, &at_rest::load(&scene.setup, platform, state)).map(drop)
        }),
        ("client-single-load", Role::Client, SDL_34, |t| {
            let scene = Single::new(t, Under::Neither, single_setup())?;
            let save = Single::save(t);
            let state = t.agrees("SDL-30", &scene.client, &save)?.state.0;
            let good = scene.setup.load(scene.platform_key, state);
            let client = t.peer_client();
            for (_, serial) in beyond() {
                let mut bent = single::Client::of(scene.platform_key, &good.state.0);
                bent.content.put("serial", &serial);
                let bad = ClientSingleLoad { state: Bytes(bent.state()), ..good.clone() };
                t.refuses_stateless(SDL_34, &client, &bad)?;
            }
            t.twin(SDL_34.id, &client, &good).map(drop)
        }),
        ("server-single-load", Role::Server, SDL_34, |t| {
            let good = single::License::fresh(&single_setup(), t.random());
            let server = t.peer_server();
            for (_, serial) in beyond() {
                let mut bent = good.clone();
                bent.content.put("serial", &serial);
                t.refuses_stateless(SDL_34, &server, &bent.load())?;
            }
            t.twin(SDL_34.id, &server, &good.load()).map(drop)
        }),
        ("client-single-activate-online", Role::Client, SDL_25, |t| {
            let scene = Single::created(t, Under::Client, single_setup())?;
            let data = scene.data(t, None, false)?;
            let good = scene.online(t, &data, None);
            let data = hex::decode(&data).unwrap_or_default();
            let rest = single_online::content(&data).get(5..).unwrap_or_default();
            for (_, serial) in beyond() {
                let data = hex::encode(&single_online::plain(&[&serial[..], rest].concat()));
                let bad = ClientSingleActivateOnline { data, ..good.clone() };
                t.refuses_stateless(SDL_25, &scene.client, &bad)?;
            }
            t.twin(SDL_25.id, &scene.client, &good).map(drop)
        }),
    ];
    let serials = rows.into_iter().map(|(name, role, rule, play)| {
        let about =
            format!("{name}: a serial number is the greatest that there is, or one beyond it anywhere");
        negative(format!("ends-serial-{name}"), role, rule, about, play)
    });
    serials.chain(lengths()).collect()
}

/// The longest frame is looked into, one that is a byte longer is not.
fn lengths() -> Vec<Case> {
    let about =
        |what: &str| format!("{what}: the longest frame of its carrier is looked into, no longer one");
    vec![
        negative(
            "ends-frame-app2app-build",
            Role::Primitive("app2app.build"),
            FRM_3,
            about("app2app.build"),
            |t| {
                let mut scene = Scene::new(t, Under::Neither, Setup::default(), Stage::Confirmed)?;
                let good = scene.request(t, &Show::default())?;
                let [longest, longer] = of_lengths(&scene, &good, [535, 536])?;
                let party = t.peer_client();
                let ask = |message| App2AppBuild { message, ..build(CALLBACKS, "") };
                t.refuses_stateless(FRM_3, &party, &ask(longer))?;
                t.twin(FRM_3.id, &party, &ask(longest)).map(drop)
            },
        )
        .implies("FRM-13"),
        negative(
            "ends-frame-client-activate-instance",
            Role::Client,
            FRM_3,
            about("client.activate_instance"),
            |t| {
                let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
                let [longest, longer] = of_lengths(&scene, &scene.am2, [535, 536])?;
                let ask = |message| ClientActivateInstance { message, pin: Pin::Right, now: scene.now };
                t.refuses_only(FRM_3, &scene.client, &ask(longer))?;
                t.refuses_only(PRT_4, &scene.client, &ask(with_bad_tag(&longest)))?;
                t.twin(FRM_3.id, &scene.client, &ask(scene.am2.clone())).map(drop)
            },
        )
        .implies("FRM-13"),
        negative(
            "ends-sequence-client-activate-instance",
            Role::Client,
            AM2_8,
            "client.activate_instance takes the greatest sequence number, and none beyond the range",
            |t| {
                let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
                let channel = scene.am2_channel();
                let plain = Plain::of(&scene.am2, channel.as_ref())?;
                let with = |sequence: u8| {
                    let mut body = plain.body.clone();
                    body.first_mut().into_iter().for_each(|first| *first = sequence);
                    scene.take_am2(&plain.with_body(body).message(channel.as_ref()), Pin::Right)
                };
                for sequence in [0, 100] {
                    t.refuses_only(AM2_8, &scene.client, &with(sequence))?;
                }
                t.twin(AM2_8.id, &scene.client, &with(99)).map(drop)
            },
        ),
        negative(
            "ends-time-server-generate-activation1",
            Role::Server,
            AM1_15,
            "server.generate_activation1 issues an AM1 of the last second that there is, and then none",
            |t| {
                let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
                t.needs_time(&scene.server)?;
                scene.now = u32::MAX - 1;
                let last_but_one = scene.am1_question(t);
                t.accepts("AM1-14", &scene.server, &last_but_one)?;
                let last = scene.am1_question(t);
                t.twin(AM1_15.id, &scene.server, &last)?;
                t.refuses_only(AM1_15, &scene.server, &last)
            },
        ),
        negative(
            "ends-frame-client-mark-confirmed",
            Role::Client,
            FRM_3,
            about("client.mark_confirmed"),
            |t| {
                let mut scene = replaceable(t, Under::Client, Setup::default())?;
                scene.play(t, Stage::Active)?;
                let [longest, longer] = of_lengths(&scene, &scene.am2, [535, 536])?;
                let ask = |message| ClientMarkConfirmed { message };
                t.refuses_only(FRM_3, &scene.client, &ask(longer))?;
                t.refuses_only(CLI_23, &scene.client, &ask(longest))?;
                t.twin(FRM_3.id, &scene.client, &ask(scene.am2.clone())).map(drop)
            },
        )
        .implies("FRM-13"),
        negative(
            "ends-frame-server-verify-message-signature",
            Role::Server,
            FRM_4,
            about("server.verify_message_signature"),
            |t| {
                let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
                let good = scene.request(t, &Show::default())?;
                scene.open(t, &good)?;
                let signature = scene.sign(t)?;
                let [longest, longer] = of_lengths(&scene, &good, [2101, 2102])?;
                let ask = |message| ServerVerifyMessageSignature { message, ..scene.verify("", &signature) };
                t.refuses_only(FRM_4, &scene.server, &ask(longer))?;
                t.refuses_only(VER_7, &scene.server, &ask(longest))?;
                t.twin(FRM_4.id, &scene.server, &ask(good)).map(drop)
            },
        )
        .implies("FRM-13"),
        negative("ends-frame-server-login-reject", Role::Server, FRM_4, about("server.login_reject"), |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            let login = retrieved(t, &scene)?;
            let good = inform(t, &scene, &login.key)?;
            let [longest, longer] = of_lengths(&scene, &good, [2101, 2102])?;
            t.refuses_only(FRM_4, &scene.server, &rejection(&scene, &longer))?;
            t.refuses_only(INF_5, &scene.server, &rejection(&scene, &longest))?;
            // Of its body, six bytes and no other number, and one byte that must be 1.
            for (length, first) in [(5, 1), (7, 1), (6, 0), (6, 2)] {
                let bad = resealed(&scene, &good, |plain| {
                    plain.body.resize(length, 0);
                    plain.body.first_mut().into_iter().for_each(|byte| *byte = first);
                })?;
                t.refuses_only(INF_5, &scene.server, &rejection(&scene, &bad))?;
            }
            t.twin(FRM_4.id, &scene.server, &rejection(&scene, &good)).map(drop)
        })
        .implies("FRM-13"),
    ]
}

/// The message with as much behind its body as makes frames of these lengths, sealed with the payload key.
fn of_lengths(scene: &Scene, good: &str, lengths: [usize; 2]) -> Result<[String; 2], Stop> {
    let channel = scene.payload_channel();
    let plain = Plain::of(good, Some(&channel))?;
    Ok(lengths.map(|length| {
        let mut longer = plain.clone();
        longer.body.resize(length.saturating_sub(23), 0);
        longer.message(Some(&channel))
    }))
}
