//! The client of a multi-device license.

use channel::check_digit::Radix;
use channel::rule::*;
use channel::wire::static_vector::Mode;
use harness::forge::Plain;
use harness::forge::digits::with_digit;
use harness::play::Play;
use harness::scene::{Stage, open};
use harness::setup::{Setup, app, open as algorithm};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Carrier, Data, Number, Pin, Removed};

use super::super::app2app::configuration;
use super::super::app2app_url::CALLBACKS;
use super::frame::{STRANGER, STRANGER_TEXT, frame, too_long_direct, too_long_gateway, wrong_tag};
use super::license::{Begin, Licensed, done, lock};
use super::table::{Built, Defect, Letter, Table, breaks};
use super::vector::put;

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        opens().build(),
        signs().build(),
        deactivates().build(),
        removes().build(),
        generate_response().build(),
        generate_unlock_challenge().build(),
        unlocks().build(),
        generate_information().build(),
        login_identity().build(),
        accounts().build(),
        set_app2app().build(),
    ]
}

/// A list `TU`, with one item, by [`app::TIME`].
pub(super) const REQUEST: [u8; 10] = [0, 0, 2, b'T', b'U', 1, 1, b'K', 1, b'V'];

pub(super) type Client<Op> = Defect<Licensed, Op>;

/// On a rooted device, which its policy blocks.
pub(super) fn rooted<Op>() -> Client<Op> {
    breaks(CLI_1).late(|t, world: &mut Licensed| world.restarts(t, |_| (), |load| load.rooted = true))
}

/// The account is activated no further than AM1.
fn pre_activated<Op>() -> Client<Op> {
    breaks(CLI_4).begin(|begin: &mut Begin| begin.stage = Stage::PreActivated)
}

pub(super) fn locked<Op>(rule: Rule) -> Client<Op> {
    breaks(rule).past(|t, world: &mut Licensed| lock(t, &world.scene))
}

/// The account received no payload key.
fn without_channel<Op>() -> Client<Op> {
    breaks(CLI_6).begin(|begin: &mut Begin| begin.setup.secure_channel = false)
}

/// Of messages in the channel: account, protection and tag.
pub(super) fn of_channel<Op>(kind: u16) -> Vec<Client<Op>> {
    vec![
        breaks(CLI_2).plain(move |plain| *plain = plain.with_type(kind)),
        breaks(CLI_3).plain(|plain| plain.serial = STRANGER),
        pre_activated(),
    ]
}

fn stale<Op>() -> Client<Op> {
    breaks(CLI_8).plain(|plain| plain.nonce[4..].fill(0))
}

fn opens() -> Table<Licensed, ClientOpen> {
    let gateway = |op: &mut ClientOpen| op.carrier = Carrier::Gateway;
    let mut defects = vec![rooted()];
    defects.extend(frame([
        too_long_direct().asked(|op: &mut ClientOpen| op.carrier = Carrier::Direct),
        too_long_gateway().asked(gateway),
    ]));
    defects.extend(of_channel(2));
    defects.extend([
        locked(CLI_5),
        without_channel(),
        breaks(CLI_7).plain(|plain| *plain = plain.with_protection(1)),
        breaks(PRT_4).bytes(wrong_tag),
        stale(),
    ]);
    defects.extend(request_body(gateway));
    defects.extend([
        breaks(CLI_9).plain(|plain| control(plain, |control| control | 0xC000)),
        breaks(CLI_10).plain(|plain| by(plain, app::MISSING)),
        breaks(CLI_26).past(|t, world: &mut Licensed| world.shows_another(t)).asked(gateway),
    ]);
    Table {
        name: "",
        begin: Begin::new,
        ask: |_, world| {
            let message = world.forged(3, &REQUEST)?;
            Ok(open(&message))
        },
        party: Licensed::client,
        letter: Some(Letter {
            get: |op| op.message.clone(),
            put: |op, message| op.message = message,
            key: Licensed::payload_key,
        }),
        told: |_| false,
        defects,
    }
}

/// The two control bytes of a request.
fn control(plain: &mut Plain, change: impl Fn(u16) -> u16) {
    if let Some(bytes) = plain.body.first_chunk_mut() {
        *bytes = change(u16::from_be_bytes(*bytes)).to_be_bytes();
    }
}

/// The request is by this application.
fn by(plain: &mut Plain, application: u8) {
    control(plain, |control| control & !0xE | u16::from(application - 1) << 1);
}

fn is_gateway(plain: &Plain) -> bool {
    plain.body.get(1).is_some_and(|byte| byte & 0x30 == 0x30)
}

/// A byte of a text; of a gateway string the last one.
fn put_text(plain: &mut Plain, at: usize, value: u8) {
    let last = plain.body.len().saturating_sub(1);
    let at = if is_gateway(plain) { 16 } else { at }.min(last);
    put(&mut plain.body, at, value);
}

/// A request of a gateway string, whose text is changed.
fn gateway_text(plain: &mut Plain, change: impl Fn(&mut Vec<u8>)) {
    if !is_gateway(plain) {
        control(plain, |control| control | 0x30);
        plain.body.truncate(2);
        let index = plain.body.last().map_or(0, |byte| byte >> 1 & 7) + 1;
        plain.body.extend(*b"\0\x0D");
        plain.body.extend(format!("01;04;S;{index};U;D").into_bytes());
    }
    let mut text = plain.body.split_off(4.min(plain.body.len()));
    change(&mut text);
    plain.body.truncate(2);
    plain.body.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    plain.body.extend(text);
}

/// The items of a list begin with one whose key is empty.
fn empty_key_first(body: &mut Vec<u8>) {
    if let Some(count) = body.get_mut(5) {
        *count += 1;
        body.splice(6..6, *b"\x00\x01v");
    }
}

/// What a request's body is refused by, in order.
pub(super) fn request_body<Op: 'static>(gateway: fn(&mut Op)) -> Vec<Client<Op>> {
    let gateway_string = |rule: Rule, change: fn(&mut Vec<u8>)| {
        breaks(rule).plain(move |plain| gateway_text(plain, change)).asked(gateway)
    };
    vec![
        breaks(REQ_2).plain(|plain| control(plain, |control| control | 1)),
        breaks(REQ_3).plain(|plain| control(plain, |control| control & !0x01C0 | 0x0080)),
        // In a charset that no gateway string has: so on either carrier.
        breaks(REQ_4).plain(|plain| control(plain, |control| control | 0x0070)),
        breaks(REQ_5).plain(|plain| put(&mut plain.body, 2, 0xF0)),
        breaks(REQ_7).plain(|plain| put_text(plain, 3, 0xFF)),
        breaks(REQ_9).plain(|plain| put_text(plain, 4, 7)),
        breaks(REQ_6).plain(|plain| match is_gateway(plain) {
            true => gateway_text(plain, Vec::clear),
            false => empty_key_first(&mut plain.body),
        }),
        breaks(REQ_7).plain(|plain| put_text(plain, 9, 0xFF)),
        breaks(REQ_9).plain(|plain| put_text(plain, 9, 7)),
        breaks(OTP_3).plain(|plain| {
            control(plain, |control| control & !0x30 | 0x10);
            by(plain, app::BOTH);
            plain.body.truncate(5);
            plain.body.extend(*b"\x01X");
        }),
        gateway_string(PSH_4, |text| put(text, 1, b'x')),
        gateway_string(PSH_2, |text| put(text, 1, b'2')),
        gateway_string(PSH_4, |text| put(text, 4, b'x')),
        gateway_string(PSH_3, |text| put(text, 4, b'5')),
        gateway_string(PSH_4, |text| put(text, 6, b';')),
        gateway_string(PSH_6, |text| put(text, 8, b'2')),
        gateway_string(PSH_4, |text| drop(text.splice(10..11, []))),
        breaks(REQ_5).plain(|plain| plain.body.push(0)),
    ]
}

fn deactivates() -> Table<Licensed, ClientDeactivate> {
    let gateway = |op: &mut ClientDeactivate| op.carrier = Carrier::Gateway;
    let mut defects = vec![rooted()];
    defects.extend(frame([too_long_direct(), too_long_gateway().asked(gateway)]));
    defects.extend(of_channel(3));
    defects.extend([
        without_channel(),
        breaks(CLI_7).plain(|plain| *plain = plain.with_protection(1)),
        breaks(PRT_4).bytes(wrong_tag),
        breaks(DEA_5).plain(|plain| put(&mut plain.body, 1, 1)),
        breaks(DEA_6).plain(|plain| put(&mut plain.body, 0, 77)),
        stale(),
    ]);
    Table {
        name: "",
        begin: Begin::new,
        ask: |_, world| {
            let message = world.forged(2, &[1, 0])?;
            Ok(ClientDeactivate { message, carrier: Carrier::Direct })
        },
        party: Licensed::client,
        letter: Some(Letter {
            get: |op| op.message.clone(),
            put: |op, message| op.message = message,
            key: Licensed::payload_key,
        }),
        told: |_| false,
        defects,
    }
}

/// What a client is asked without a message.
fn asked<Op>(
    begin: fn() -> Begin,
    ask: fn(&mut Play<'_, '_>, &mut Licensed) -> Result<Op, Stop>,
    defects: Vec<Client<Op>>,
) -> Table<Licensed, Op> {
    Table { name: "", begin, ask, party: Licensed::client, letter: None, told: |_| false, defects }
}

fn signs() -> Table<Licensed, ClientSign> {
    let broken = breaks::<Licensed, ClientSign>;
    let defects = vec![
        rooted(),
        broken(CLI_12).asked(|op| op.handle = Count(77)),
        locked(CLI_16),
        broken(CLI_14).asked(|op| op.pin = Pin::Cached),
        broken(CLI_15).asked(|op| op.pin = Pin::Wrong),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        world.opens(t, true)?;
        Ok(world.scene.approve(t, Pin::Right))
    };
    asked(Begin::new, ask, defects)
}

fn removes() -> Table<Licensed, ClientRemove> {
    let broken = breaks::<Licensed, ClientRemove>;
    let defects = vec![
        rooted(),
        broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()),
        broken(CLI_20).asked(|op| op.what = Removed::Replacement),
    ];
    asked(Begin::new, |_, world| Ok(world.scene.remove_question(Removed::Account)), defects)
}

fn generate_response() -> Table<Licensed, ClientGenerateResponse> {
    let text = |op: &mut ClientGenerateResponse, fields: &[&str]| {
        op.application = Number::from(u32::from(algorithm::TEXT));
        op.data = Data::Fields { fields: fields.iter().map(|field| (*field).to_owned()).collect() };
    };
    let challenge = |op: &mut ClientGenerateResponse, challenge: &str| {
        op.data = Data::Challenge { challenge: challenge.into() };
    };
    let disabled = |begin: &mut Begin| {
        let applications = &mut begin.setup.vector.applications;
        let chosen = [algorithm::NUMBER, algorithm::TEXT];
        applications.iter_mut().filter(|rules| chosen.contains(&rules.form.index)).for_each(|rules| {
            rules.enabled = false;
        });
    };
    let broken = breaks::<Licensed, ClientGenerateResponse>;
    let defects = vec![
        rooted(),
        broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()),
        pre_activated(),
        locked(CLI_5),
        broken(OTP_2).begin(disabled),
        broken(OTP_3).asked(move |op| challenge(op, "X")),
        broken(OTP_4).asked(move |op| text(op, &["12345678901"])),
        broken(ALG_8).asked(move |op| challenge(op, "123456789")),
        broken(ALG_8).asked(move |op| text(op, &["-"])),
        broken(CLI_15).asked(|op| op.pin = Pin::Wrong),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        let data = Data::Challenge { challenge: "12345678".into() };
        Ok(world.scene.response_question(algorithm::NUMBER, data))
    };
    asked(|| Begin { setup: Setup::open(), ..Begin::new() }, ask, defects)
}

/// A locked account.
fn begins_locked() -> Begin {
    Begin { setup: Setup::otp(), is_locked: true, ..Begin::new() }
}

fn without_unlocking(begin: &mut Begin) {
    begin.setup.vector.applications.retain(|rules| rules.mode != Mode::Unlock);
}

/// Pre-activated, and so not locked.
fn never_locked<Op>() -> Client<Op> {
    breaks(CLI_4).begin(|begin: &mut Begin| {
        begin.stage = Stage::PreActivated;
        begin.is_locked = false;
    })
}

/// The account had all the tries that it gets.
fn no_unlocking_left<Op>() -> Client<Op> {
    breaks(UNL_6).past(|t, world: &mut Licensed| {
        let tries = world.scene.setup.vector.password.tries;
        world.restarts(t, |saved| saved.put("0/unlock-failures", &[tries]), |_| ())
    })
}

fn generate_unlock_challenge() -> Table<Licensed, ClientGenerateUnlockChallenge> {
    let broken = breaks::<Licensed, ClientGenerateUnlockChallenge>;
    let defects = vec![
        rooted(),
        broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()),
        never_locked(),
        broken(UNL_2).begin(|begin: &mut Begin| begin.is_locked = false),
        no_unlocking_left(),
        broken(UNL_3).begin(without_unlocking),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| Ok(challenging(t, world));
    asked(begins_locked, ask, defects)
}

fn challenging(t: &mut Play<'_, '_>, world: &Licensed) -> ClientGenerateUnlockChallenge {
    ClientGenerateUnlockChallenge {
        serial: world.scene.setup.serial.into(),
        random: Some(RandomUnlockChallenge { unlock_challenge: Some(Array(t.random())) }),
    }
}

fn unlocks() -> Table<Licensed, ClientUnlock> {
    let broken = breaks::<Licensed, ClientUnlock>;
    let defects = vec![
        rooted(),
        broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()),
        never_locked(),
        broken(UNL_2).begin(|begin: &mut Begin| begin.is_locked = false),
        // Locked, and no challenge is shown.
        broken(UNL_2)
            .past(|t, world| {
                let bend = |saved: &mut harness::forge::state::Saved| {
                    saved.put("0/challenge", &[]);
                    saved.flip("0/flags", 0, 8);
                };
                world.restarts(t, bend, |_| ())
            })
            .beside(&[CLI_1]),
        no_unlocking_left(),
        broken(VER_10).asked(|op| op.response.push('0')),
        broken(VER_11).asked(|op| op.response = turned(&op.response, 7)),
        broken(UNL_7).asked(|op| op.response = with_digit("0000001", Radix::Decimal)),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        // Where nothing is locked there is nothing to show: a response of the right form.
        let locked = challenging(t, world);
        let scene = &world.scene;
        let response = match done(t, &scene.client, &locked) {
            Ok(shown) => {
                let ask = ServerGenerateUnlockResponse {
                    sequence: Number::from(scene.sequence),
                    challenge: shown.challenge,
                };
                done(t, &scene.server, &ask)?.response
            }
            Err(Stop::Harness(_)) => with_digit("0000001", Radix::Decimal),
            Err(stop) => return Err(stop),
        };
        Ok(ClientUnlock { serial: scene.setup.serial.into(), response })
    };
    asked(begins_locked, ask, defects)
}

/// The text with the digit at this place turned on by one.
pub(super) fn turned(text: &str, at: usize) -> String {
    let turn = |digit: char| digit.to_digit(10).and_then(|digit| char::from_digit((digit + 1) % 10, 10));
    text.chars().enumerate().map(|(place, c)| if place == at { turn(c).unwrap_or(c) } else { c }).collect()
}

fn generate_information() -> Table<Licensed, ClientGenerateInformation> {
    let broken = breaks::<Licensed, ClientGenerateInformation>;
    let defects = vec![
        rooted(),
        broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()),
        pre_activated(),
        locked(CLI_5),
        without_channel(),
        broken(PSH_10).asked(|op| op.challenge_key = "X".into()),
        broken(NON_5).past(|t, world| {
            let bend = |saved: &mut harness::forge::state::Saved| {
                saved.flip("0/flags", 0, 16);
                saved.insert("0/vector-length", &[0xFF; 3]);
            };
            world.restarts(t, bend, |_| ())
        }),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ClientGenerateInformation {
            serial: world.scene.setup.serial.into(),
            challenge_key: "0123456789".into(),
            now: world.scene.now,
        })
    };
    asked(Begin::new, ask, defects)
}

fn login_identity() -> Table<Licensed, ClientLoginIdentity> {
    let broken = breaks::<Licensed, ClientLoginIdentity>;
    let defects = vec![rooted(), broken(CLI_3).asked(|op| op.serial = STRANGER_TEXT.into()), pre_activated()];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ClientLoginIdentity { serial: world.scene.setup.serial.into() })
    };
    asked(Begin::new, ask, defects)
}

fn accounts() -> Table<Licensed, ClientAccounts> {
    asked(Begin::new, |_, _| Ok(ClientAccounts {}), vec![rooted()])
}

fn set_app2app() -> Table<Licensed, ClientSetApp2App> {
    let broken = breaks::<Licensed, ClientSetApp2App>;
    let defects = vec![broken(A2A_25).asked(|op| op.scheme = "1app".into())];
    asked(Begin::new, |_, _| Ok(configuration(CALLBACKS)), defects)
}
