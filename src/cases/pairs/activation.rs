//! The client of a multi-device license, as it is activated.

use channel::crypto::keys::Key;
use channel::crypto::{kdf, keywrap};
use channel::rule::*;
use channel::serial::Serial;
use harness::play::need;
use harness::scene::Stage;
use harness::setup::{Setup, app};
use peer::operations::*;
use peer::protocol::{Pin, Removed};

use super::super::takeover::forger::am1_of;
use super::client::{Client, locked, of_channel, rooted};
use super::frame::{STRANGER, frame, too_long_direct, wrong_tag};
use super::license::{Begin, Licensed, done};
use super::table::{Built, Letter, Table, breaks};
use super::vector::{self, put};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![activate_license().build(), activate_instance().build(), mark_confirmed().build()]
}

/// AM1 carries the static vector that the client has as well.
fn begins_with_vector() -> Begin {
    let setup = Setup { carried: true, ..Setup::default() };
    Begin { setup, stage: Stage::Created, ..Begin::new() }
}

/// The static vector in the body of AM1 stands behind these bytes.
const BEFORE_VECTOR: usize = 31;

/// The static vector in AM1 is changed, for a client that has no other.
fn carried<Op>(defect: Client<Op>, bend: vector::Bend) -> Client<Op> {
    defect.begin(|begin: &mut Begin| begin.setup.built_in = false).plain(move |plain| {
        let mut vector = plain.body.split_off(BEFORE_VECTOR.min(plain.body.len()));
        bend(&mut vector);
        plain.body.extend(vector);
    })
}

fn activate_license() -> Table<Licensed, ClientActivateLicense> {
    let broken = breaks::<Licensed, ClientActivateLicense>;
    let mut defects = vec![rooted()];
    defects.extend(frame([too_long_direct()]));
    defects.extend([
        broken(CLI_2).plain(|plain| *plain = plain.with_type(3).with_protection(2)),
        broken(AM1_11).begin(|begin| {
            begin.setup.replacement = false;
            begin.stage = Stage::Confirmed;
        }),
        broken(AM1_17).begin(|begin| {
            begin.setup.replacement = true;
            begin.stage = Stage::Confirmed;
            begin.second = Some(Stage::Active);
        }),
        broken(FRM_12).bytes(wrong_tag),
        broken(AM1_3).plain(|plain| match plain.body.first_mut() {
            Some(flags) if *flags & 2 != 0 => *flags &= !2,
            _ => plain.body.truncate(BEFORE_VECTOR - 1),
        }),
        broken(AM1_4).plain(|plain| plain.body.first_mut().into_iter().for_each(|flags| *flags |= 4)),
        broken(AM1_5).plain(|plain| plain.nonce = [0; 8]),
        broken(AM1_6).plain(|plain| plain.body.get_mut(29).into_iter().for_each(|policy| *policy &= 3)),
        broken(AM1_7).begin(|begin| begin.setup.built_in = false).plain(|plain| {
            plain.body.truncate(BEFORE_VECTOR);
            plain.body.first_mut().into_iter().for_each(|flags| *flags &= !2);
        }),
        broken(AM1_13)
            .begin(|begin| begin.setup.built_in = true)
            .plain(|plain| plain.body.get_mut(BEFORE_VECTOR + 10).into_iter().for_each(|key| *key ^= 1)),
    ]);
    // A vector that is too long makes a message that is too long.
    defects.extend(vector::static_vector(carried).into_iter().filter(|defect| !defect.is_of(&[STV_2])));
    defects.extend([
        carried(broken(AM1_8), vector::other_prefix),
        broken(AM1_9).plain(|plain| {
            let index = (app::MISSING - 1) << 1;
            plain.body.get_mut(30).into_iter().for_each(|policy| *policy = *policy & !0xE | index);
        }),
        broken(KEY_10).plain(|plain| plain.body.get_mut(5).into_iter().for_each(|wrapped| *wrapped ^= 1)),
        broken(AM1_16)
            .begin(|begin| {
                begin.setup.replacement = true;
                begin.stage = Stage::Confirmed;
            })
            .plain(|plain| {
                // Another license key, rightly wrapped.
                let serial = Serial::from_bytes(plain.serial).ok();
                let key = serial.map(|serial| kdf::wrapping(&harness::setup::vector().master_key, serial));
                let wrapped = key.map(|key| keywrap::wrap(&key, &Key::new([7; 16])));
                if let (Some(old), Some(new)) = (plain.body.get_mut(5..29), wrapped) {
                    old.copy_from_slice(&new);
                }
            }),
        broken(CLI_22).past(|t, world| {
            for n in 0..32 {
                let serial: Option<Serial> = format!("VDS{n:07}").parse().ok();
                let serial = need(serial, "a serial number")?;
                let message = am1_of(&world.scene, &world.scene.am1, serial, [7; 16])?;
                done(t, world.client(), &ClientActivateLicense { message })?;
            }
            Ok(())
        }),
    ]);
    Table {
        name: "",
        begin: begins_with_vector,
        ask: |t, world| {
            world.scene.issue_am1(t)?;
            Ok(ClientActivateLicense { message: world.scene.am1.clone() })
        },
        party: Licensed::client,
        letter: Some(Letter {
            get: |op| op.message.clone(),
            put: |op, message| op.message = message,
            key: |_| Ok(None),
        }),
        told: |_| false,
        defects,
    }
}

/// The message issued last is a new AM2 for a client that has an activated account and takes it.
fn second_am2(begin: &mut Begin) {
    begin.setup.replacement = true;
    begin.second = Some(Stage::Am2);
}

fn activate_instance() -> Table<Licensed, ClientActivateInstance> {
    let mut defects = vec![rooted()];
    defects.extend(frame([too_long_direct()]));
    defects.extend([
        breaks(CLI_2).plain(|plain| *plain = plain.with_type(3)),
        breaks(CLI_3).plain(|plain| plain.serial = STRANGER),
        breaks(AM2_6).past(|t, world: &mut Licensed| {
            let remove = world.scene.remove_question(Removed::Replacement);
            done(t, world.client(), &remove).map(drop)
        }),
        breaks(AM2_14)
            .begin(|begin: &mut Begin| begin.second = Some(Stage::Active))
            .plain(|plain| put(&mut plain.nonce, 7, 0xEE)),
        breaks(AM2_7).plain(|plain| *plain = plain.with_protection(1)),
        breaks(PRT_4).bytes(wrong_tag),
        breaks(AM2_8).plain(|plain| put(&mut plain.body, 0, 0)),
        locked(AM2_15),
        breaks(AM2_16).asked(|op: &mut ClientActivateInstance| op.pin = Pin::Cached),
        breaks(AM2_17).asked(|op: &mut ClientActivateInstance| op.pin = Pin::Wrong),
    ]);
    Table {
        name: "",
        begin: || {
            let mut begin = Begin::new();
            second_am2(&mut begin);
            begin
        },
        ask: |_, world| Ok(world.scene.take_am2(&world.scene.am2, Pin::Right)),
        party: Licensed::client,
        letter: Some(Letter {
            get: |op| op.message.clone(),
            put: |op, message| op.message = message,
            key: |world| Ok(world.scene.am2_channel()),
        }),
        told: |_| false,
        defects,
    }
}

fn mark_confirmed() -> Table<Licensed, ClientMarkConfirmed> {
    let mut defects = vec![rooted()];
    defects.extend(frame([too_long_direct()]));
    defects.extend(of_channel(3));
    defects.push(
        breaks(CLI_23)
            .begin(|begin: &mut Begin| {
                second_am2(begin);
                begin.second = Some(Stage::Active);
            })
            .plain(|plain| put(&mut plain.nonce, 7, 0xEE)),
    );
    Table {
        name: "",
        begin: Begin::new,
        ask: |_, world| {
            // Of an account that is only pre-activated there is no AM2 yet: one that its server would issue.
            let message = match world.scene.am2.as_str() {
                "" => world.forged(1, &[0; 31])?,
                issued => issued.to_owned(),
            };
            Ok(ClientMarkConfirmed { message })
        },
        party: Licensed::client,
        letter: Some(Letter {
            get: |op| op.message.clone(),
            put: |op, message| op.message = message,
            key: |world| Ok(world.scene.am2_channel()),
        }),
        told: |_| false,
        defects,
    }
}
