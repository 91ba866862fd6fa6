//! Applications with open algorithms: what the client answers, what the server accepts.

use super::import::imported;
use super::respond::{data_challenge, data_fields};
use super::resynchronise::{pair, resynchronise};
use super::verify_response::{accepted, wrong};
use super::{blaming, negative, positive, sequence};
use channel::rule::{ALG_8, VER_10, VER_12, VER_18};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under, default_items};
use harness::setup::{LOOK_AHEAD, Setup, open};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Content, Data, Number, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Both, Client, Server};
    let mut cases = vec![
        positive(
            "open-respond-every-application",
            Client,
            &["ALG-7", "ALG-1", "ALG-2", "ALG-3"],
            "each response of each open application is the one of its algorithm",
            respond_all,
        ),
        positive("open-sign", Client, &["ALG-7"], "requests of every format are signed by their hash", |t| {
            sign_requests(t, Under::Client)
        }),
        sequence(
            "open-events",
            Client,
            &["SIG-5"],
            "an open application's counter is its event counter",
            events,
        ),
        sequence(
            "open-state",
            Client,
            &["CST-1", "CST-9"],
            "a client with open applications is saved and loaded, and answers on",
            saved,
        ),
        negative(
            "open-order-data-before-pin",
            Client,
            ALG_8,
            "a question that doesn't fit and a wrong PIN: the question wins, and nothing is counted",
            order_pin,
        ),
        positive(
            "open-response-every-application",
            Server,
            &["ALG-7", "VER-13"],
            "each response of each open application is accepted",
            accept_all,
        ),
        positive("open-signature", Server, &["ALG-7"], "signatures over requests are accepted", |t| {
            sign_requests(t, Under::Server)
        }),
        sequence(
            "open-import",
            Server,
            &["IMP-1"],
            "a license with open applications out of its file accepts what they answer",
            imported_flow,
        ),
        negative(
            "open-response-wrong",
            Server,
            VER_12,
            "a wrong response is refused and counted, whatever the algorithm",
            wrong_responses,
        ),
        negative(
            "open-response-form",
            Server,
            VER_10,
            "a response of another form is refused, uncounted",
            form,
        ),
        negative(
            "open-response-other-fields",
            Server,
            VER_12,
            "where one field ends enters the question",
            other_fields,
        ),
        negative("open-response-replayed", Server, VER_18, "fields are accepted once per step", replayed),
        negative("open-window", Server, VER_12, "a time step beyond the window is refused", window),
        negative("open-look-ahead", Server, VER_12, "an event beyond the look-ahead is refused", look_ahead),
        sequence("open-resynchronise", Server, &["OPR-6"], "two responses find the counter again", resync),
        negative(
            "open-resynchronise-question",
            Server,
            ALG_8,
            "neither response may be to a question that doesn't fit",
            resync_question,
        ),
        sequence(
            "open-flow",
            Both,
            &["ALG-7"],
            "activated by OCRA, signed by OCRA, logged in by HOTP, TOTP and OCRA",
            flow,
        ),
    ];
    for (name, application, bad, good) in UNFIT {
        cases.push(negative(
            format!("open-respond-{name}"),
            Client,
            ALG_8,
            "a question must be one of the suite",
            move |t| {
                let scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active)?;
                let ask = |data| scene.response_question(application, data);
                t.refuses(ALG_8, &scene.client, &ask(bad()), &ask(good())).map(|_| ())
            },
        ));
        cases.push(negative(
            format!("open-response-{name}"),
            Server,
            ALG_8,
            "a question must be one of the suite",
            move |t| {
                let mut scene = confirmed(t)?;
                let response = scene.respond(t, application, &good(), 0)?;
                let [bad, good] =
                    [bad(), good()].map(|data| scene.verify_response(application, &data, &response));
                t.refuses(ALG_8, &scene.server, &bad, &good).map(|_| ())
            },
        ));
    }
    cases
}

type Unfit = (&'static str, u8, fn() -> Data, fn() -> Data);

/// What no question is, beside what is one.
const UNFIT: [Unfit; 5] = [
    ("challenge-9-of-8", open::NUMBER, || data_challenge("123456789"), || data_challenge("12345678")),
    ("challenge-16-of-8", open::NUMBER, || data_challenge("0123456789012345"), || data_challenge("0")),
    ("field-blank", open::TEXT, || data_fields(&["DE02 1250"]), || data_fields(&["DE0201250z"])),
    ("field-tilde", open::TEXT, || data_fields(&["~"]), || data_fields(&["A"])),
    ("field-last-character", open::TEXT, || data_fields(&["abcdefghi-"]), || data_fields(&["abcdefghij"])),
];

/// Every way to respond on the vector of these cases.
fn every_way() -> Vec<(u8, Data)> {
    vec![
        (open::HOTP, Data::ResponseOnly {}),
        (open::TOTP, Data::ResponseOnly {}),
        (open::TOTP_256, Data::ResponseOnly {}),
        (open::TOTP_512, Data::ResponseOnly {}),
        (open::NUMBER, data_challenge("0")),
        (open::NUMBER, data_challenge("12345678")),
        (open::NUMBER, data_challenge("00000256")),
        (open::TEXT, data_fields(&["Az09"])),
        (open::CHALLENGE, data_challenge("0123456789012345")),
        (open::CHALLENGE, data_challenge("123")),
        (open::SIGN, data_fields(&["DE02", "Zoe ~"])),
        (open::SIGN, data_fields(&["", ""])),
    ]
}

fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::open(), Stage::Confirmed)
}

/// What a wrong response of the application violates.
fn aim_of(application: u8) -> &'static str {
    match application {
        open::HOTP => "ALG-1",
        open::TOTP | open::TOTP_256 | open::TOTP_512 => "ALG-2",
        _ => "ALG-7",
    }
}

fn respond_all(t: &mut Trial<'_>) -> Result<(), Stop> {
    // The confirmation is a response of OCRA, too.
    let scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active);
    let mut scene = blaming("ALG-7", scene)?;
    for _ in 0..3 {
        for (application, data) in every_way() {
            let response = scene.respond(t, application, &data, 0);
            blaming(aim_of(application), response)?;
        }
        scene.now += 61;
    }
    t.implied(&["ALG-7", "ALG-1", "ALG-2", "ALG-3"])
}

/// Requests of each format, for applications that take them.
fn requests() -> [Show; 3] {
    let show = |application, content| Show { application, content, ..Show::default() };
    let challenge = Content::Challenge { title: "Login".into(), challenge: "20301".into() };
    [
        show(open::SIGN, Content::List { title: "Transfer".into(), items: default_items() }),
        show(open::SIGN, Content::FreeText { title: "".into(), text: "Zoë agrees".into() }),
        show(open::CHALLENGE, challenge),
    ]
}

fn sign_requests(t: &mut Trial<'_>, under: Under) -> Result<(), Stop> {
    let scene = Scene::new(t, under, Setup::open(), Stage::Confirmed);
    let mut scene = blaming("ALG-7", scene)?;
    for show in requests() {
        let message = scene.request(t, &show)?;
        scene.open(t, &message)?;
        let signature = scene.sign(t);
        let signature = blaming("ALG-7", signature)?;
        let accepted = scene.accept(t, &message, &signature);
        blaming("ALG-7", accepted)?;
    }
    t.implied(&["ALG-7"])
}

fn events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active)?;
    for _ in 0..4 {
        scene.respond(t, open::HOTP, &Data::ResponseOnly {}, 0)?;
        scene.respond(t, open::NUMBER, &data_challenge("1"), 0)?;
        scene.respond(t, open::TEXT, &data_fields(&["a"]), 0)?;
    }
    t.implied(&["SIG-5"])
}

fn saved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active)?;
    for (application, data) in every_way() {
        scene.respond(t, application, &data, 0)?;
    }
    let setup = Setup::open();
    let platform_key = Array(t.random());
    let random = Some(RandomState { state_nonce: Some(Array(t.random())) });
    let save = ClientSave { platform_key, random };
    let state = t.agrees("CST-1", &scene.client, &save)?.state;
    let create = setup.client(t);
    let load = ClientLoad {
        platform_key,
        state,
        static_vector: create.static_vector,
        platform_data: create.platform_data,
        app_version: create.app_version,
        rooted: create.rooted,
        root_policy: create.root_policy,
        replacement: create.replacement,
    };
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, &load)?;
    for (application, data) in every_way() {
        scene.respond(t, application, &data, 0)?;
    }
    t.implied(&["CST-1", "CST-9"])
}

fn order_pin(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active)?;
    let good = scene.response_question(open::NUMBER, data_challenge("12345678"));
    let bad = ClientGenerateResponse { data: data_challenge("123456789"), pin: Pin::Wrong, ..good.clone() };
    t.refuses(ALG_8, &scene.client, &bad, &good).map(|_| ())
}

fn accept_all(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    for _ in 0..3 {
        for (application, data) in every_way() {
            scene.now += 61;
            let response = accepted(t, &mut scene, application, &data, 0);
            blaming(aim_of(application), response)?;
        }
    }
    t.implied(&["ALG-7"])
}

fn imported_flow(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported(t, Setup::open())?;
    scene.play(t, Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    for (application, data) in every_way() {
        scene.now += 61;
        let response = accepted(t, &mut scene, application, &data, 0);
        blaming("IMP-1", response)?;
    }
    t.implied(&["IMP-1"])
}

fn wrong_responses(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (application, data) in every_way() {
        let response = scene.respond(t, application, &data, 0)?;
        let [bad, good] =
            [&wrong(&response), &response].map(|text| scene.verify_response(application, &data, text));
        scene.now += 61;
        t.refuses(VER_12, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (application, data) in [(open::HOTP, Data::ResponseOnly {}), (open::TEXT, data_fields(&["a"]))] {
        let response = scene.respond(t, application, &data, 0)?;
        let short = response.get(1..).unwrap_or_default().to_owned();
        for bad in [String::new(), short.clone(), format!("0{response}"), format!("{short}A")] {
            t.refuses_only(VER_10, &scene.server, &scene.verify_response(application, &data, &bad))?;
        }
        t.twin(VER_10.id, &scene.server, &scene.verify_response(application, &data, &response))?;
    }
    Ok(())
}

fn other_fields(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let right = data_fields(&["ab", "c"]);
    let good = scene.respond(t, open::SIGN, &right, 0)?;
    let good = scene.verify_response(open::SIGN, &right, &good);
    for other in [["a", "bc"], ["abc", ""], ["", "abc"], ["c", "ab"], ["AB", "C"]] {
        let foreign = scene.respond(t, open::SIGN, &data_fields(&other), 0)?;
        t.refuses_only(VER_12, &scene.server, &scene.verify_response(open::SIGN, &right, &foreign))?;
        t.agrees(VER_12.id, &scene.server, &ServerUnlockInstance { sequence: Number::from(scene.sequence) })?;
    }
    t.twin(VER_12.id, &scene.server, &good).map(|_| ())
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let (first, second) = (data_fields(&["DE02", "1"]), data_fields(&["DE02", "2"]));
    let response = accepted(t, &mut scene, open::SIGN, &first, 0)?;
    t.refuses_only(VER_18, &scene.server, &scene.verify_response(open::SIGN, &first, &response))?;
    let other = scene.respond(t, open::SIGN, &second, 0)?;
    t.twin(VER_18.id, &scene.server, &scene.verify_response(open::SIGN, &second, &other)).map(|_| ())
}

fn window(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let data = Data::ResponseOnly {};
    for (application, step) in [(open::TOTP, 30), (open::TOTP_256, 36), (open::TOTP_512, 60)] {
        accepted(t, &mut scene, application, &data, 0)?;
        // 50 steps on each side are searched.
        let beyond = scene.respond(t, application, &data, 51 * step)?;
        let last = scene.respond(t, application, &data, 50 * step)?;
        let [bad, good] = [&beyond, &last].map(|text| scene.verify_response(application, &data, text));
        t.refuses(VER_12, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn look_ahead(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (application, data) in [(open::HOTP, Data::ResponseOnly {}), (open::NUMBER, data_challenge("12"))] {
        let mut responses = Vec::new();
        for _ in 0..=LOOK_AHEAD + 1 {
            responses.push(scene.respond(t, application, &data, 0)?);
        }
        let [.., last, beyond] = responses.as_slice() else { return Ok(()) };
        let [bad, good] = [beyond, last].map(|text| scene.verify_response(application, &data, text));
        t.refuses(VER_12, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn resync(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (application, data) in [
        (open::HOTP, Data::ResponseOnly {}),
        (open::NUMBER, data_challenge("12345678")),
        (open::TEXT, data_fields(&["Az09"])),
        (open::CHALLENGE, data_challenge("0")),
    ] {
        for _ in 0..20 {
            scene.respond(t, application, &data, 0)?;
        }
        let [first, second] = pair(t, &mut scene, application, &data)?;
        let question = resynchronise(&scene, application, &data, &first, &second);
        t.agrees("OPR-6", &scene.server, &question)?;
        t.refuses_only(VER_12, &scene.server, &question)?;
        let next = scene.respond(t, application, &data, 0)?;
        t.twin("OPR-6", &scene.server, &scene.verify_response(application, &data, &next))?;
    }
    t.implied(&["OPR-6"])
}

fn resync_question(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = data_challenge("12345678");
    let [first, second] = pair(t, &mut scene, open::NUMBER, &data)?;
    let good = resynchronise(&scene, open::NUMBER, &data, &first, &second);
    let mut bad = [good.clone(), good.clone()];
    let [bad_first, bad_second] = &mut bad;
    bad_first.first.data = data_challenge("123456789");
    bad_second.second.data = data_challenge("123456789");
    for bad in &bad {
        t.refuses_only(ALG_8, &scene.server, bad)?;
    }
    t.twin(ALG_8.id, &scene.server, &good).map(|_| ())
}

fn flow(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Both, Setup { carried: true, ..Setup::open() }, Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    for show in requests() {
        let message = scene.request(t, &show)?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    for (application, data) in every_way() {
        scene.now += 61;
        accepted(t, &mut scene, application, &data, 0)?;
    }
    t.implied(&["ALG-7"])
}
