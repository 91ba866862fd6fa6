//! A client's state: what it writes, and that a loaded client goes on where the saved one was. What is bent is in
//! [`super::client_state_bent`].

use super::at_rest::{load, save};
use super::respond::data_fields;
use super::{blaming, negative, positive, sequence};
use channel::check_digit::Radix;
use channel::client::{self, Client};
use channel::crypto::keys::Key;
use channel::rule::{AM1_7, CLI_1, CLI_5, CLI_8, CLI_9, CLI_12, CLI_15, CST_6, CST_8, PRT_4, UNL_6, UNL_7};
use channel::wire::device_code::DeviceCode;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::digits::with_digit;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::{Party, Stop, Trial, fail};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number, Pin, RootPolicy};

const NONE: Data = Data::ResponseOnly {};

/// A client to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Empty,
    PreActivated,
    PreActivatedWithoutChallenge,
    Activated,
    WithoutChannel,
    /// With some event counters and wrong PINs.
    Used,
    Locked,
    /// Locked, with an unlock challenge shown and a wrong response to it.
    Unlocking,
    /// With a message open.
    Opened,
    /// A pre-activated account beside the activated one.
    Replacing,
    /// The same beside a locked one that shows a challenge.
    ReplacingUnlocking,
    /// An account that waits beside the activated one.
    Waiting,
    /// An activated one and a pre-activated one, of two licenses.
    Two,
    /// With a login approved and another one rejected.
    LoggedIn,
}

const SHAPES: [(&str, Shape); 14] = [
    ("empty", Shape::Empty),
    ("pre-activated", Shape::PreActivated),
    ("pre-activated-without-challenge", Shape::PreActivatedWithoutChallenge),
    ("activated", Shape::Activated),
    ("without-channel", Shape::WithoutChannel),
    ("used", Shape::Used),
    ("locked", Shape::Locked),
    ("unlocking", Shape::Unlocking),
    ("opened", Shape::Opened),
    ("replacing", Shape::Replacing),
    ("replacing-unlocking", Shape::ReplacingUnlocking),
    ("waiting", Shape::Waiting),
    ("two", Shape::Two),
    ("logged-in", Shape::LoggedIn),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let mut cases = vec![
        positive(
            "client-save-draws-its-nonce",
            Client,
            &["CST-1"],
            "the nonce is another one each time, and saving changes nothing",
            draws,
        ),
        positive(
            "client-save-rooted",
            Client,
            &["CST-1"],
            "on a blocked rooted device a client is saved and loaded all the same",
            rooted,
        ),
        sequence(
            "client-load-signs",
            Client,
            &["CST-9"],
            "a loaded client opens a request and signs it",
            signs,
        ),
        sequence("client-load-events", Client, &["CST-9"], "event counters go on", events),
        sequence(
            "client-load-takes-am2",
            Client,
            &["CST-9"],
            "a pre-activated account takes the AM2 that it waited for",
            takes_am2,
        ),
        sequence(
            "client-load-replaces",
            Client,
            &["CST-9"],
            "a replacement that had begun is brought to its end",
            replaces,
        ),
        negative("client-load-pin-failures", Client, CLI_15, "wrong PINs are remembered", pin_failures)
            .and("CST-9"),
        negative("client-load-stays-locked", Client, CLI_5, "a locked account stays locked", locked)
            .and("CST-9"),
        sequence(
            "client-load-unlocks",
            Client,
            &["CST-9"],
            "an unlock challenge that was shown takes its response",
            unlocks,
        ),
        negative(
            "client-load-unlock-failures",
            Client,
            UNL_6,
            "wrong unlock responses are remembered",
            failures,
        )
        .and("CST-9"),
        negative(
            "client-load-closes",
            Client,
            CLI_12,
            "a message that was open when the client was saved is not open when it is loaded",
            closes,
        )
        .and("CST-1"),
        negative("client-load-stale", Client, CLI_8, "the counter of AM2 is remembered", stale).and("CST-9"),
        positive(
            "client-load-device-id",
            Client,
            &["CST-9"],
            "the device id is that of the salt saved and the platform data given",
            device_id,
        ),
        negative(
            "client-load-other-platform-data",
            Client,
            PRT_4,
            "on another platform the AM2 that was waited for does not open",
            other_platform_data,
        )
        .and("CST-9"),
        negative("client-load-rooted", Client, CLI_1, "root policy and state are those given", now_rooted)
            .and("CST-9"),
        negative(
            "client-load-app-version",
            Client,
            CLI_9,
            "a loaded state has the app version that is given",
            app_version,
        )
        .and("CST-9"),
        negative(
            "client-load-static-vector",
            Client,
            AM1_7,
            "a loaded state has the static vector that is built in",
            no_vector,
        )
        .and("CST-9"),
        sequence(
            "client-load-twice",
            Client,
            &["CST-9"],
            "two clients loaded from one state are independent of each other and of the one saved",
            twice,
        ),
    ];
    cases.extend(SHAPES.map(|(name, shape)| {
        let about = format!("{name}: such a client is saved in just this form");
        positive(format!("client-save-{name}"), Client, &["CST-1", "CST-2", "CST-3"], about, move |t| {
            saves(t, shape)
        })
    }));
    cases.extend(SHAPES.map(|(name, shape)| {
        let about = format!("{name}: loaded, it names the same accounts and saves the same state");
        positive(format!("client-load-{name}"), Client, &["CST-9"], about, move |t| loads(t, shape))
    }));
    cases
}

/// A client of this shape.
pub(super) fn play(t: &mut Trial<'_>, under: Under, shape: Shape) -> Result<Scene, Stop> {
    use Shape::*;
    let setup = Setup {
        replacement: matches!(shape, Replacing | ReplacingUnlocking | Waiting),
        challenge: shape != PreActivatedWithoutChallenge,
        secure_channel: shape != WithoutChannel,
        ..Setup::otp()
    };
    let stage = match shape {
        Empty => Stage::Created,
        PreActivated | PreActivatedWithoutChallenge => Stage::PreActivated,
        _ => Stage::Confirmed,
    };
    let mut scene = Scene::new(t, under, setup, stage)?;
    match shape {
        Used => use_it(t, &mut scene)?,
        LoggedIn => log_in(t, &mut scene)?,
        Locked => scene.lock(t)?,
        Unlocking | ReplacingUnlocking => unlocking(t, &mut scene)?,
        Opened => {
            let message = request(t, &mut scene)?;
            scene.open(t, &message)?;
        }
        Two => {
            let setup = Setup { serial: "VDS1000121", ..scene.setup.clone() };
            let mut second = Scene::new(t, under, setup, Stage::Created)?;
            second.client = scene.client.clone();
            second.play(t, Stage::PreActivated)?;
        }
        _ => {}
    }
    if matches!(shape, Replacing | ReplacingUnlocking) {
        scene.replace = true;
        scene.play(t, Stage::Am2)?;
    }
    if shape == Waiting {
        scene.replace = true;
        scene.play(t, Stage::Active)?;
    }
    Ok(scene)
}

fn request(t: &mut Trial<'_>, scene: &mut Scene) -> Result<String, Stop> {
    scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })
}

/// User `ann`, domain `shop`; then a rejection.
fn log_in(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let login = super::push::details("Shop", "ann", "shop");
    let message = scene.request(t, &Show { application: otp::FIELDS, ..login })?;
    t.agrees("CLI-11", &scene.client, &super::push::open(&message))?;
    scene.sign(t)?;
    let identity = ClientLoginIdentity { serial: scene.setup.serial.into() };
    t.agrees("PSH-8", &scene.client, &identity)?;
    super::information::inform(t, scene, super::information::KEY).map(|_| ())
}

fn wrong_pin(scene: &Scene) -> ClientGenerateResponse {
    ClientGenerateResponse { pin: Pin::Wrong, ..scene.response_question(otp::TIME, NONE) }
}

fn use_it(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    for (application, data) in
        [(otp::EVENT, NONE), (otp::EVENT, NONE), (otp::BOTH, NONE), (otp::FIELD_EVENT, data_fields(&["a"]))]
    {
        scene.respond(t, application, &data, 0)?;
    }
    t.refuses_only(CLI_15, &scene.client, &wrong_pin(scene))
}

fn challenge_question(t: &mut Trial<'_>, scene: &Scene) -> ClientGenerateUnlockChallenge {
    let unlock_challenge = Some(Array(t.random()));
    ClientGenerateUnlockChallenge {
        serial: scene.setup.serial.into(),
        random: Some(RandomUnlockChallenge { unlock_challenge }),
    }
}

fn unlock(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

/// A response with a right check digit that is wrong for any challenge shown here.
fn wrong_unlock() -> String {
    with_digit("0000000", Radix::Decimal)
}

fn unlocking(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    scene.lock(t)?;
    let question = challenge_question(t, scene);
    t.agrees("UNL-1", &scene.client, &question)?;
    t.refuses_only(UNL_7, &scene.client, &unlock(scene, &wrong_unlock()))
}

/// A state of this shape that the reference has made.
pub(super) fn made(t: &mut Trial<'_>, shape: Shape) -> Result<(Scene, [u8; 16], Vec<u8>), Stop> {
    let scene = play(t, Under::Neither, shape)?;
    let platform = t.random();
    let save = save(t, platform);
    let state = t.agrees("CST-1", &scene.client, &save)?.state.0;
    Ok((scene, platform, state))
}

/// The scene goes on with the peer's client, loaded from a state of this shape.
fn loaded(t: &mut Trial<'_>, shape: Shape) -> Result<Scene, Stop> {
    loaded_by(t, shape, |_| {})
}

/// The same with other parameters.
fn loaded_by(t: &mut Trial<'_>, shape: Shape, change: fn(&mut ClientLoad)) -> Result<Scene, Stop> {
    let (mut scene, platform, state) = made(t, shape)?;
    scene.client = t.peer_client();
    let mut question = load(&scene.setup, platform, state);
    change(&mut question);
    t.agrees("CST-9", &scene.client, &question)?;
    Ok(scene)
}

/// What a peer saved, loaded by the harness; then compared.
fn judge(
    t: &mut Trial<'_>,
    setup: &Setup,
    platform: [u8; 16],
    got: &Bytes,
    want: Option<&Bytes>,
) -> Result<(), Stop> {
    let config = client::Config {
        static_vector: None,
        platform_data: setup.platform_data.to_vec(),
        app_version: 0,
        rooted: false,
        root_policy: client::RootPolicy::Allow,
        replacement: false,
    };
    if let Err(refusal) = Client::load(&Key::new(platform), &got.0, config) {
        let aim = match refusal.rule {
            CST_6 => "CST-3",
            CST_8 => "CST-2",
            _ => "CST-1",
        };
        return Err(fail(aim, "a state that can be loaded".into(), format!("{}: {refusal}", show(got))));
    }
    t.same("CST-1", got, want)?;
    t.implied(&["CST-2", "CST-3"])
}

fn saves(t: &mut Trial<'_>, shape: Shape) -> Result<(), Stop> {
    let scene = play(t, Under::Client, shape)?;
    let platform = t.random();
    let question = save(t, platform);
    let before = t.state("CST-1", &scene.client)?;
    let both = t.accepts("CST-1", &scene.client, &question)?;
    t.state_is("CST-1", &scene.client, before)?;
    judge(t, &scene.setup, platform, &both.got.state, both.want.map(|want| want.state).as_ref())
}

fn draws(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = play(t, Under::Client, Shape::Activated)?;
    let platform: [u8; 16] = t.random();
    let question = ClientSave { platform_key: Array(platform), random: None };
    let nonce = |state: &Bytes| state.0.get(4..16).map(channel::text::hex::encode);
    let mut nonces = Vec::new();
    for _ in 0..3 {
        let state = t.accepts("CST-1", &scene.client, &question)?.got.state;
        judge(t, &scene.setup, platform, &state, None)?;
        nonces.push(nonce(&state));
    }
    nonces.sort_unstable();
    nonces.dedup();
    t.decided(nonces.len() == 3, "CST-1", "three nonces", show(&nonces))
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, platform, state) = made(t, Shape::Activated)?;
    let client = t.peer_client();
    let setup = Setup { rooted: true, root_policy: RootPolicy::Block, ..scene.setup };
    t.agrees("CST-9", &client, &load(&setup, platform, state))?;
    let question = save(t, platform);
    t.agrees("CST-1", &client, &question).map(|_| ())
}

fn loads(t: &mut Trial<'_>, shape: Shape) -> Result<(), Stop> {
    let (scene, platform, state) = made(t, shape)?;
    let client = t.peer_client();
    t.agrees("CST-9", &client, &load(&scene.setup, platform, state.clone()))?;
    let accounts = t.agrees("CST-9", &scene.client, &ClientAccounts {})?;
    let got = t.accepts("CST-9", &client, &ClientAccounts {})?.got;
    t.same("CST-9", &got, Some(&accounts))?;
    // With the nonce of before, the state is that of before.
    let nonce = state.get(4..16).and_then(|nonce| nonce.try_into().ok()).map(Array);
    let random = Some(RandomState { state_nonce: nonce });
    let both = t.accepts("CST-9", &client, &ClientSave { platform_key: Array(platform), random })?;
    t.same("CST-9", &both.got.state, both.want.map(|_| Bytes(state)).as_ref())
}

/// Opens a new request, signs it, and the server accepts.
fn signs_request(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let message = request(t, scene)?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}

fn signs(t: &mut Trial<'_>) -> Result<(), Stop> {
    for shape in [Shape::Activated, Shape::Used, Shape::Two, Shape::Replacing] {
        let mut scene = loaded(t, shape)?;
        if shape == Shape::Replacing {
            // The server's newest instance is the one to come.
            scene.sequence = 1;
        }
        blaming("CST-9", signs_request(t, &mut scene))?;
    }
    t.implied(&["CST-9"])
}

fn events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = loaded(t, Shape::Used)?;
    for (application, data) in
        [(otp::EVENT, NONE), (otp::FIELD_EVENT, data_fields(&["b"])), (otp::BOTH, NONE)]
    {
        let response = blaming("CST-9", scene.respond(t, application, &data, 0))?;
        let question = scene.verify_response(application, &data, &response);
        blaming("CST-9", t.agrees("VER-13", &scene.server, &question))?;
    }
    t.implied(&["CST-9"])
}

fn takes_am2(t: &mut Trial<'_>) -> Result<(), Stop> {
    for shape in [Shape::PreActivated, Shape::PreActivatedWithoutChallenge] {
        let mut scene = loaded(t, shape)?;
        scene.verify_device_code(t)?;
        scene.issue_am2(t)?;
        blaming("CST-9", scene.activate_instance(t))?;
        blaming("CST-9", scene.confirm(t))?;
        blaming("CST-9", signs_request(t, &mut scene))?;
    }
    t.implied(&["CST-9"])
}

fn replaces(t: &mut Trial<'_>) -> Result<(), Stop> {
    for shape in [Shape::Replacing, Shape::Waiting] {
        let mut scene = loaded(t, shape)?;
        // Of one that waits, again.
        blaming("CST-9", scene.activate_instance(t))?;
        blaming("CST-9", scene.confirm(t))?;
        blaming("CST-9", signs_request(t, &mut scene))?;
    }
    t.implied(&["CST-9"])
}

fn pin_failures(t: &mut Trial<'_>) -> Result<(), Stop> {
    // One PIN was wrong before.
    let mut scene = loaded(t, Shape::Used)?;
    for _ in 2..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &wrong_pin(&scene))?;
    }
    scene.respond(t, otp::TIME, &NONE, 0)?;
    let mut scene = loaded(t, Shape::Used)?;
    for _ in 1..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &wrong_pin(&scene))?;
    }
    let right = scene.response_question(otp::TIME, NONE);
    blaming("CST-9", t.refuses_only(CLI_5, &scene.client, &right))?;
    scene.client = loaded(t, Shape::Used)?.client;
    t.twin("CST-9", &scene.client, &right)?;
    t.implied(&["CST-9"])
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = loaded(t, Shape::Locked)?;
    let right = scene.response_question(otp::TIME, NONE);
    blaming("CST-9", t.refuses_only(CLI_5, &scene.client, &right))?;
    let question = challenge_question(t, &scene);
    let challenge = t.agrees("CST-9", &scene.client, &question)?.challenge;
    unlock_with(t, &mut scene, &challenge)?;
    t.twin("CST-9", &scene.client, &right)?;
    t.implied(&["CST-9"])
}

/// The server's response to this challenge unlocks the client.
fn unlock_with(t: &mut Trial<'_>, scene: &mut Scene, challenge: &str) -> Result<(), Stop> {
    let question =
        ServerGenerateUnlockResponse { sequence: Number::from(scene.sequence), challenge: challenge.into() };
    let response = t.agrees("UNL-4", &scene.server, &question)?.response;
    t.twin("CST-9", &scene.client, &unlock(scene, &response)).map(|_| ())
}

/// The challenge that a saved account shows.
fn shown(platform: [u8; 16], state: &[u8]) -> String {
    let saved = harness::forge::state::Saved::of(platform, state);
    String::from_utf8_lossy(saved.field("0/challenge")).into_owned()
}

fn unlocks(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, platform, state) = made(t, Shape::Unlocking)?;
    let challenge = shown(platform, &state);
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, &load(&scene.setup, platform, state))?;
    unlock_with(t, &mut scene, &challenge)?;
    blaming("CST-9", signs_request(t, &mut scene))?;
    t.implied(&["CST-9"])
}

fn failures(t: &mut Trial<'_>) -> Result<(), Stop> {
    // One response was wrong before.
    let (mut scene, platform, state) = made(t, Shape::Unlocking)?;
    let challenge = shown(platform, &state);
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, &load(&scene.setup, platform, state.clone()))?;
    for _ in 1..PIN_TRIES {
        t.refuses_only(UNL_7, &scene.client, &unlock(&scene, &wrong_unlock()))?;
    }
    let question = challenge_question(t, &scene);
    blaming("CST-9", t.refuses_only(UNL_6, &scene.client, &question))?;
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, &load(&scene.setup, platform, state))?;
    unlock_with(t, &mut scene, &challenge)?;
    t.implied(&["CST-9"])
}

fn closes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = loaded(t, Shape::Opened)?;
    let sign = scene.approve(t, Pin::Right);
    blaming("CST-1", t.refuses_only(CLI_12, &scene.client, &sign))?;
    let message = request(t, &mut scene)?;
    scene.open(t, &message)?;
    t.twin("CST-1", &scene.client, &scene.approve(t, Pin::Right))?;
    t.implied(&["CST-1"])
}

fn stale(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = loaded(t, Shape::Activated)?;
    let message = request(t, &mut scene)?;
    let channel = scene.payload_channel();
    let mut plain = Plain::of(&message, Some(&channel))?;
    let counter = u64::from_be_bytes(Plain::of(&scene.am2, None)?.nonce);
    plain.nonce = counter.to_be_bytes();
    let bad = open(&plain.message(Some(&channel)));
    blaming("CST-9", t.refuses_only(CLI_8, &scene.client, &bad))?;
    t.twin("CST-9", &scene.client, &open(&message))?;
    t.implied(&["CST-9"])
}

/// The device id of a client that is asked for its device code.
fn id_of(t: &mut Trial<'_>, scene: &mut Scene) -> Result<[u8; 5], Stop> {
    scene.play(t, Stage::PreActivated)?;
    let code = DeviceCode::decode(&scene.device_code);
    code.map(|code| code.device.id).map_err(|refusal| Stop::Harness(refusal.to_string()))
}

fn device_id(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, platform, state) = made(t, Shape::PreActivated)?;
    let own = id_of(t, &mut scene)?;
    for (data, same) in [(scene.setup.platform_data, true), (b"other", false), (b"", false)] {
        let setup = Setup { platform_data: data, ..scene.setup.clone() };
        let client = t.peer_client();
        t.agrees("CST-9", &client, &load(&setup, platform, state.clone()))?;
        let id = id_of(t, &mut Scene { setup, client, ..scene.clone() })?;
        let expected = if same { "the device id of before" } else { "another device id" };
        t.decided((id == own) == same, "CST-9", expected, show(&Array(id)))?;
    }
    Ok(())
}

fn other_platform_data(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, platform, state) = made(t, Shape::PreActivated)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    let question = ClientActivateInstance { message: scene.am2.clone(), pin: Pin::Right, now: scene.now };
    for (data, same) in [(&b"other"[..], false), (scene.setup.platform_data, true)] {
        let setup = Setup { platform_data: data, ..scene.setup.clone() };
        let client = t.peer_client();
        t.agrees("CST-9", &client, &load(&setup, platform, state.clone()))?;
        match same {
            false => blaming("CST-9", t.refuses_only(PRT_4, &client, &question))?,
            true => t.twin("CST-9", &client, &question).map(|_| ())?,
        }
    }
    t.implied(&["CST-9"])
}

fn now_rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let block: fn(&mut ClientLoad) = |load| (load.rooted, load.root_policy) = (true, RootPolicy::Block);
    let allow: fn(&mut ClientLoad) = |load| (load.rooted, load.root_policy) = (true, RootPolicy::Allow);
    let scene = loaded_by(t, Shape::Activated, block)?;
    let question = scene.response_question(otp::TIME, NONE);
    blaming("CST-9", t.refuses_only(CLI_1, &scene.client, &question))?;
    let scene = loaded_by(t, Shape::Activated, allow)?;
    t.twin("CST-9", &scene.client, &question)?;
    t.implied(&["CST-9"])
}

fn app_version(t: &mut Trial<'_>) -> Result<(), Stop> {
    let show = |minimum_version| Show { application: otp::FIELDS, minimum_version, ..Show::default() };
    let mut scene = loaded_by(t, Shape::Activated, |load| load.app_version = Number::from(1))?;
    let (bad, good) = (scene.request(t, &show(2))?, scene.request(t, &show(1))?);
    blaming("CST-9", t.refuses(CLI_9, &scene.client, &open(&bad), &open(&good)))?;
    t.implied(&["CST-9"])
}

fn no_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = loaded_by(t, Shape::Empty, |load| load.static_vector = None)?;
    scene.issue_am1(t)?;
    let bad = ClientActivateLicense { message: scene.am1.clone() };
    blaming("CST-9", t.refuses_only(AM1_7, &scene.client, &bad))?;
    scene.setup.carried = true;
    scene.play(t, Stage::Confirmed)?;
    t.implied(&["CST-9"])
}

fn twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, platform, state) = made(t, Shape::Used)?;
    let clients: [Party; 2] = [t.peer_client(), t.peer_client()];
    for client in &clients {
        t.agrees("CST-9", client, &load(&scene.setup, platform, state.clone()))?;
    }
    // The same event, three times over.
    let question = scene.response_question(otp::EVENT, NONE);
    let want = t.agrees("SIG-5", &scene.client, &question)?.response;
    for client in &clients {
        let got = t.accepts("CST-9", client, &question)?.got.response;
        t.same("CST-9", &got, Some(&want))?;
    }
    let next = t.accepts("CST-9", &scene.client, &question)?.got.response;
    t.decided(next != want, "CST-9", "the response of the next event", next)
}
