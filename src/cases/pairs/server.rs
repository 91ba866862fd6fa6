//! The server of a multi-device license.

use channel::check_digit::Radix;
use channel::rule::*;
use channel::wire::static_vector::Mode;
use harness::forge::digits::with_digit;
use harness::play::Play;
use harness::scene::{Show, Stage};
use harness::setup::{CODE_TRIES, Setup, VALIDITY_DAYS, app};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Carrier, Charset, Content, Number};

use super::client::turned;
use super::digit::wrong;
use super::frame::{STRANGER, frame, too_long_gateway, wrong_tag};
use super::license::{Begin, Licensed, NOBODY, done, lock_at_server};
use super::table::{Built, Defect, Letter, Table, breaks};
use super::vector::put;

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        verify_device_code().build(),
        generate_activation2().build(),
        generate_request().build(),
        verify_message_signature().build(),
        generate_deactivation().build(),
        generate_unlock_response().build(),
        process_information().build(),
        generate_activation1().build(),
        instance_named().build(),
        unlock_instance().build(),
        seal_blob().build(),
    ]
}

pub(super) type Server<Op> = Defect<Licensed, Op>;

/// What a server is asked.
pub(super) fn asked<Op>(
    name: &'static str,
    begin: fn() -> Begin,
    ask: fn(&mut Play<'_, '_>, &mut Licensed) -> Result<Op, Stop>,
    defects: Vec<Server<Op>>,
) -> Table<Licensed, Op> {
    Table { name, begin, ask, party: Licensed::server, letter: None, told: |_| false, defects }
}

/// The instance is deactivated: another one of its device has taken its place.
pub(super) fn ended<Op>() -> Server<Op> {
    let begin = |begin: &mut Begin| {
        begin.setup.replacement = true;
        begin.spare += 1;
    };
    breaks(VER_4).begin(begin).late(|t, world: &mut Licensed| world.is_replaced(t))
}

/// Wrong responses have locked it.
pub(super) fn locked<Op>() -> Server<Op> {
    breaks(VER_5).late(lock_at_server)
}

pub(super) fn out_of_sync<Op>(index: u8) -> Server<Op> {
    breaks(VER_19).late(move |t, world: &mut Licensed| world.out_of_sync(t, index))
}

/// The message counter is used up, with nothing left for this question.
pub(super) fn exhausted<Op>() -> Server<Op> {
    breaks(NON_3).begin(|begin: &mut Begin| begin.left = Some(0))
}

pub(super) fn without_channel<Op>(rule: Rule) -> Server<Op> {
    breaks(rule).begin(|begin: &mut Begin| begin.setup.secure_channel = false)
}

fn verify_device_code() -> Table<Licensed, ServerVerifyDeviceCode> {
    let broken = breaks::<Licensed, ServerVerifyDeviceCode>;
    const TYPE_AT: u32 = 76;
    let number = |op: &mut ServerVerifyDeviceCode, change: fn(u128) -> u128| {
        let number = op.device_code.get(..25).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        op.device_code = with_digit(&format!("{:025}", change(number)), Radix::Decimal);
    };
    let defects = vec![
        broken(DVC_4).asked(|op| op.device_code.push('0')),
        broken(DVC_5).asked(|op| op.device_code = turned(&op.device_code, 25)),
        broken(DVC_6).asked(move |op| number(op, |n| n & ((1 << TYPE_AT) - 1) | 1 << 83)),
        broken(DVC_7).asked(move |op| number(op, |n| n & ((1 << TYPE_AT) - 1) | 100 << TYPE_AT)),
        broken(DVC_8).past(|t, world| {
            let forget = ServerRestored { highest_sequence: Number::from(0), now: world.scene.now };
            done(t, world.server(), &forget).map(drop)
        }),
        broken(DVC_9).asked(|op| op.now += VALIDITY_DAYS * 86_400 + 2),
        broken(DVC_10).past(move |t, world| {
            let mut wrong = world.scene.code_question(&world.scene.device_code, false);
            number(&mut wrong, |n| n ^ 2);
            (0..CODE_TRIES).try_for_each(|_| t.refuses_stateless(DVC_11, world.server(), &wrong))
        }),
        broken(DVC_11).asked(move |op| number(op, |n| n ^ 1)),
        broken(DVC_12).begin(|begin| {
            begin.setup.replacement = true;
            begin.stage = Stage::Confirmed;
            begin.second = Some(Stage::PreActivated);
        }),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(world.scene.code_question(&world.scene.device_code, false))
    };
    asked("", || Begin { stage: Stage::PreActivated, ..Begin::new() }, ask, defects)
}

fn generate_activation2() -> Table<Licensed, ServerGenerateActivation2> {
    let broken = breaks::<Licensed, ServerGenerateActivation2>;
    let defects = vec![
        broken(AM2_2).begin(|begin| begin.second = Some(Stage::PreActivated)),
        broken(AM2_4).begin(|begin| begin.setup.threshold = 1),
        exhausted(),
    ];
    let begin = || {
        let setup = Setup { replacement: true, ..Setup::default() };
        Begin { setup, second: Some(Stage::Verified), ..Begin::new() }
    };
    asked("", begin, |t, world| Ok(world.scene.am2_question(t)), defects)
}

fn generate_deactivation() -> Table<Licensed, ServerGenerateDeactivation> {
    let broken = breaks::<Licensed, ServerGenerateDeactivation>;
    let defects = vec![
        without_channel(DEA_2),
        broken(DEA_3).asked(|op| op.sequence = Number::from(NOBODY)),
        exhausted(),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        let (sequence, now) = (Number::from(world.scene.sequence), world.scene.now);
        Ok(ServerGenerateDeactivation { sequence, now })
    };
    asked("", Begin::new, ask, defects)
}

/// The title of a content; a gateway string has none.
fn title(content: &mut Content) -> Option<&mut String> {
    match content {
        Content::List { title, .. } | Content::Challenge { title, .. } | Content::FreeText { title, .. } => {
            Some(title)
        }
        Content::Notification { .. } | Content::Login { .. } => None,
    }
}

/// The request carries login details, as they may be: only for this, other details are changed.
fn details(op: &mut ServerGenerateRequest, change: impl Fn([&mut String; 3], &mut u32)) {
    op.carrier = Carrier::Gateway;
    op.charset = Charset::Utf8;
    if !matches!(op.content, Content::Login { .. }) {
        let index = Number::from(op.application.get());
        let [service, user, domain] = ["S", "U", "D"].map(str::to_owned);
        op.content = Content::Login { service, index, user, domain };
    }
    if let Content::Login { service, index, user, domain } = &mut op.content {
        let mut number = index.get();
        change([service, user, domain], &mut number);
        *index = Number::from(number);
    }
}

fn generate_request() -> Table<Licensed, ServerGenerateRequest> {
    let broken = breaks::<Licensed, ServerGenerateRequest>;
    let longer = |op: &mut ServerGenerateRequest, with: &str| {
        title(&mut op.content).into_iter().for_each(|title| title.push_str(with));
    };
    let long = "x".repeat(256);
    let defects = vec![
        without_channel(REQ_13),
        broken(REQ_12).asked(|op| {
            op.application = Number::from(u32::from(app::MISSING));
            if let Content::Login { index, .. } = &mut op.content {
                *index = Number::from(op.application.get());
            }
        }),
        broken(REQ_4).asked(|op| {
            details(op, |_, _| ());
            op.carrier = Carrier::Direct;
        }),
        broken(REQ_10).asked(move |op| longer(op, "日")),
        broken(REQ_9).asked(move |op| longer(op, "\u{7}")),
        broken(REQ_11).asked(move |op| longer(op, &long)),
        broken(OTP_3).asked(|op| {
            op.application = Number::from(u32::from(app::BOTH));
            op.content = Content::Challenge { title: "T".into(), challenge: "X".into() };
        }),
        broken(PSH_5).asked(|op| details(op, |[service, ..], _| service.push(';'))),
        broken(PSH_6).asked(|op| details(op, |_, index| *index = 2)),
        broken(PSH_5).asked(|op| details(op, |[_, user, _], _| user.push(';'))),
        broken(REQ_11).asked(|op| {
            if let Content::List { items, .. } = &mut op.content {
                *items = [(); 4].map(|()| ("K".to_owned(), "v".repeat(200))).into();
            }
        }),
        broken(REQ_11)
            .asked(|op| {
                details(op, |texts, _| texts.into_iter().for_each(|text| *text = "😀".repeat(254)));
            })
            .beside(&[REQ_4, PSH_5, PSH_6]),
        exhausted(),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        let content = Content::List { title: "T".into(), items: vec![("K".into(), "V".into())] };
        let show = Show { charset: Charset::Iso8859_15, content, ..Show::default() };
        Ok(show.question(world.scene.now))
    };
    asked("", Begin::new, ask, defects)
}

/// The message under a signature is checked.
fn verify_message_signature() -> Table<Licensed, ServerVerifyMessageSignature> {
    let broken = breaks::<Licensed, ServerVerifyMessageSignature>;
    let mut defects = frame([too_long_gateway()]);
    defects.extend([
        broken(VER_1).plain(|plain| plain.serial = STRANGER),
        broken(VER_2).plain(|plain| *plain = plain.with_type(2)),
        broken(VER_3).asked(|op| op.sequence = Number::from(NOBODY)),
        ended(),
        locked(),
        broken(VER_6).asked(|op| op.now += 3601),
        broken(VER_7).bytes(wrong_tag),
        broken(VER_8).past(|t, world| {
            let (message, signature) = world.signed.clone();
            done(t, world.server(), &world.scene.verify(&message, &signature)).map(drop)
        }),
        out_of_sync(app::BOTH),
    ]);
    defects.extend(wrong(|op: &mut ServerVerifyMessageSignature| &mut op.signature));
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        let message = world.scene.request(t, &Show::by(app::BOTH))?;
        let scene = &mut world.scene;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        world.signed = (message.clone(), signature.clone());
        Ok(world.scene.verify(&message, &signature))
    };
    let letter = Letter {
        get: |op: &ServerVerifyMessageSignature| op.message.clone(),
        put: |op, message| op.message = message,
        key: Licensed::payload_key,
    };
    Table { letter: Some(letter), ..asked("", Begin::new, ask, defects) }
}

fn generate_unlock_response() -> Table<Licensed, ServerGenerateUnlockResponse> {
    let broken = breaks::<Licensed, ServerGenerateUnlockResponse>;
    let defects = vec![
        broken(VER_3).asked(|op| op.sequence = Number::from(NOBODY)),
        ended(),
        broken(UNL_3)
            .begin(|begin| begin.setup.vector.applications.retain(|rules| rules.mode != Mode::Unlock)),
        broken(UNL_5).asked(|op| op.challenge.push('0')),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        let sequence = Number::from(world.scene.sequence);
        Ok(ServerGenerateUnlockResponse { sequence, challenge: "12345678".into() })
    };
    asked("", || Begin { setup: Setup::otp(), ..Begin::new() }, ask, defects)
}

/// What is asked of every information message.
pub(super) fn information<Op: 'static>() -> Vec<Server<Op>> {
    let mut defects = frame([too_long_gateway()]);
    defects.extend([
        breaks(VER_1).plain(|plain| plain.serial = STRANGER),
        breaks(INF_2).plain(|plain| *plain = plain.with_type(3)),
        without_channel(INF_3),
        breaks(VER_3).plain(|plain| put(&mut plain.nonce, 4, 77)),
        ended(),
        breaks(VER_6).plain(|plain| plain.nonce[..4].fill(0)),
        breaks(INF_7).plain(|plain| *plain = plain.with_protection(1)),
        breaks(PRT_4).bytes(wrong_tag),
        breaks(INF_4).plain(|plain| plain.nonce[5..].fill(0)),
        breaks(INF_5).plain(|plain| put(&mut plain.body, 0, 2)),
    ]);
    defects
}

/// A rejection of the login with this key, by this counter.
pub(super) fn rejecting(world: &Licensed, key: [u8; 5], counter: u8) -> Result<String, Stop> {
    let plain = harness::forge::Plain {
        word: 0x24 << 6 | 2,
        serial: world.serial()?,
        nonce: (u64::from(world.scene.now) << 32
            | u64::from(world.scene.sequence) << 24
            | u64::from(counter))
        .to_be_bytes(),
        body: [&[1], &key[..]].concat(),
    };
    Ok(plain.message(Some(&world.scene.payload_channel())))
}

fn process_information() -> Table<Licensed, ServerProcessInformation> {
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ServerProcessInformation { message: rejecting(world, [1, 2, 3, 4, 5], 9)?, now: world.scene.now })
    };
    let letter = Letter {
        get: |op: &ServerProcessInformation| op.message.clone(),
        put: |op, message| op.message = message,
        key: Licensed::payload_key,
    };
    Table { letter: Some(letter), ..asked("", Begin::new, ask, information()) }
}

fn generate_activation1() -> Table<Licensed, ServerGenerateActivation1> {
    let broken = breaks::<Licensed, ServerGenerateActivation1>;
    let defects = vec![broken(AM1_15).past(|t, world| {
        let last = ServerGenerateActivation1 { now: u32::MAX, ..world.scene.am1_question(t) };
        done(t, world.server(), &last).map(drop)
    })];
    asked("", Begin::new, |t, world| Ok(world.scene.am1_question(t)), defects)
}

fn instance_named() -> Table<Licensed, ServerInstance> {
    let broken = breaks::<Licensed, ServerInstance>;
    let defects = vec![broken(VER_3).asked(|op| op.sequence = Number::from(NOBODY))];
    asked(
        "",
        Begin::new,
        |_, world| Ok(ServerInstance { sequence: Number::from(world.scene.sequence) }),
        defects,
    )
}

fn unlock_instance() -> Table<Licensed, ServerUnlockInstance> {
    let broken = breaks::<Licensed, ServerUnlockInstance>;
    let defects = vec![broken(VER_3).asked(|op| op.sequence = Number::from(NOBODY))];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ServerUnlockInstance { sequence: Number::from(world.scene.sequence) })
    };
    asked("", Begin::new, ask, defects)
}

fn seal_blob() -> Table<Licensed, ServerSealBlob> {
    let broken = breaks::<Licensed, ServerSealBlob>;
    let defects = vec![broken(BLB_6).asked(|op| op.index = Number::from(u32::from(app::MISSING)))];
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ServerSealBlob {
            storage_key: Array(t.random()),
            sequence: Number::from(world.scene.sequence),
            index: Number::from(u32::from(app::TIME)),
            random: Some(RandomBlob { blob_nonce: Some(Array(t.random())) }),
        })
    };
    asked("", Begin::new, ask, defects)
}
