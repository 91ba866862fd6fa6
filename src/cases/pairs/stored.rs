//! What a client or a license reads back from its storage.

use channel::rule::*;
use harness::forge::single::{Client as AloneClient, License};
use harness::forge::state::Saved;
use harness::play::Play;
use harness::setup::{Setup, otp};
use harness::single_scene::{Single, SingleSetup, nonce};
use harness::trial::{Party, Stop};
use peer::operations::*;
use peer::protocol::{Array, Bytes};

use super::super::at_rest;
use super::license::{Begin, Licensed, done};
use super::table::{Built, Defect, Table, World, breaks};
use super::vector::{Bend, static_vector};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![client().build(), single_client().build(), license().build()]
}

/// The key under which all of it stands.
const KEY: [u8; 16] = [0x50; 16];

/// A byte of what is stored.
fn byte(bytes: &mut [u8], at: usize, change: impl Fn(u8) -> u8) {
    bytes.get_mut(at).into_iter().for_each(|byte| *byte = change(*byte));
}

fn last(bytes: &mut [u8]) {
    bytes.last_mut().into_iter().for_each(|last| *last ^= 1);
}

/// A client, and a new session that loads it.
#[derive(Clone)]
pub(super) struct Loading {
    party: Party,
    setup: Setup,
    state: Vec<u8>,
}

impl World for Loading {
    type Begin = Begin;

    fn build(t: &mut Play<'_, '_>, begin: Begin) -> Result<Self, Stop> {
        let world = Licensed::build(t, begin)?;
        let save = at_rest::save(t, KEY);
        let state = done(t, world.client(), &save)?.state.0;
        Ok(Self { party: t.peer_client(), setup: world.scene.setup, state })
    }
}

fn client() -> Table<Loading, ClientLoad> {
    let broken = breaks::<Loading, ClientLoad>;
    let saved = |op: &mut ClientLoad, change: &dyn Fn(&mut Saved)| {
        let mut saved = Saved::of(KEY, &op.state.0);
        change(&mut saved);
        op.state.0 = saved.state();
    };
    let mut defects = static_vector(|defect: Defect<Loading, ClientLoad>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    defects.extend([
        broken(CST_4).asked(|op| byte(&mut op.state.0, 0, |_| 0x44)),
        broken(CST_5).asked(|op| byte(&mut op.state.0, 3, |_| 3)),
        broken(CST_6).asked(|op| last(&mut op.state.0)),
        broken(CST_7).asked(move |op| saved(op, &|saved| saved.put("device-type", &[100]))),
        broken(CST_10).asked(move |op| saved(op, &|saved| saved.repeat(33))),
        broken(CST_7).asked(move |op| saved(op, &|saved| saved.put("0/sequence", &[0]))),
    ]);
    defects.extend(static_vector(|defect: Defect<Loading, ClientLoad>, bend: Bend| {
        defect.asked(move |op| {
            saved(op, &|saved| {
                let mut vector = saved.field("0/vector").to_vec();
                bend(&mut vector);
                let length = u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes();
                saved.put("0/vector", &vector);
                saved.put("0/vector-length", &length);
            });
        })
    }));
    defects.extend([
        broken(CST_7).asked(move |op| saved(op, &|saved| saved.put("0/unlock-failures", &[99]))),
        broken(CST_11).asked(move |op| {
            saved(op, &|saved| {
                saved.flip("0/flags", 0, 8);
                saved.insert("0/vector-length", b"12345678");
            });
        }),
        broken(CST_8).asked(move |op| saved(op, &|saved| saved.flip("0/payload-key", 0, 1))),
        broken(CST_7).asked(move |op| saved(op, &|saved| saved.bytes().push(0))),
    ]);
    let ask =
        |_: &mut Play<'_, '_>, world: &mut Loading| Ok(at_rest::load(&world.setup, KEY, world.state.clone()));
    Table {
        name: "",
        begin: || Begin { setup: Setup::otp(), ..Begin::new() },
        ask,
        party: |world| &world.party,
        letter: None,
        told: |_| false,
        defects,
    }
}

/// A single-device client or license, and a new session that loads it.
#[derive(Clone)]
pub(super) struct LoadingOne {
    party: Party,
    setup: SingleSetup,
    state: Vec<u8>,
}

/// Whose state is loaded.
pub(super) enum Side {
    Client,
    Server,
}

impl World for LoadingOne {
    type Begin = Side;

    fn build(t: &mut Play<'_, '_>, side: Side) -> Result<Self, Stop> {
        let (under, setup) = (t.under()?, SingleSetup::without_password());
        let mut single = Single::created(t, under, setup.clone())?;
        let state = match side {
            Side::Client => {
                // Under a key that is known here.
                single.client = t.peer_client();
                done(t, &single.client, &setup.client(KEY))?;
                let activate = single.right(t);
                done(t, &single.client, &activate)?;
                let save = Single::save(t);
                done(t, &single.client, &save)?.state.0
            }
            Side::Server => {
                let save = ServerSingleSave { storage_key: Array(KEY), random: nonce(t) };
                done(t, &single.server, &save)?.state.0
            }
        };
        Ok(Self { party: t.peer_client(), setup, state })
    }
}

/// A static vector among fields, changed, with the length that it then has.
fn inner(fields: &mut harness::forge::single::Fields, bend: Bend) {
    let mut vector = fields.field("vector").to_vec();
    bend(&mut vector);
    let length = u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes();
    fields.put("vector", &vector);
    fields.put("vector-length", &length);
}

fn single_client() -> Table<LoadingOne, ClientSingleLoad> {
    let broken = breaks::<LoadingOne, ClientSingleLoad>;
    let content = |op: &mut ClientSingleLoad, change: &dyn Fn(&mut AloneClient)| {
        let mut client = AloneClient::of(KEY, &op.state.0);
        change(&mut client);
        op.state.0 = client.state();
    };
    let mut defects = static_vector(|defect: Defect<LoadingOne, ClientSingleLoad>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    defects.extend([
        broken(SDL_31).asked(|op| byte(&mut op.state.0, 0, |_| 0x44)),
        broken(SDL_32).asked(|op| byte(&mut op.state.0, 3, |_| 3)),
        broken(SDL_33).asked(|op| last(&mut op.state.0)),
        broken(SDL_34).asked(move |op| content(op, &|client| client.content.put("serial", &[0xFF; 5]))),
    ]);
    defects.extend(static_vector(|defect: Defect<LoadingOne, ClientSingleLoad>, bend: Bend| {
        defect.asked(move |op| content(op, &|client| inner(&mut client.content, bend)))
    }));
    defects.extend([
        broken(SDL_34).asked(move |op| content(op, &|client| client.content.put("failures", &[99]))),
        broken(SDL_33).asked(move |op| {
            content(op, &|client| {
                let at = client.content.at("license-key").start;
                byte(client.content.bytes(), at, |byte| byte ^ 1);
            });
        }),
        broken(SDL_34).asked(move |op| content(op, &|client| client.content.bytes().push(0))),
    ]);
    let ask = |_: &mut Play<'_, '_>, world: &mut LoadingOne| Ok(world.setup.load(KEY, world.state.clone()));
    Table {
        name: "",
        begin: || Side::Client,
        ask,
        party: |world| &world.party,
        letter: None,
        told: |_| false,
        defects,
    }
}

fn license() -> Table<LoadingOne, ServerSingleLoad> {
    let broken = breaks::<LoadingOne, ServerSingleLoad>;
    let content = |op: &mut ServerSingleLoad, change: &dyn Fn(&mut License)| {
        let mut license = License::of(KEY, &op.state.0);
        change(&mut license);
        op.state.0 = license.state();
    };
    let mut defects = vec![
        broken(SDL_31).asked(|op| byte(&mut op.state.0, 0, |_| 0x44)),
        broken(SDL_32).asked(|op| byte(&mut op.state.0, 3, |_| 3)),
        broken(SDL_33).asked(|op| last(&mut op.state.0)),
        broken(SDL_34).asked(move |op| content(op, &|license| license.content.put("serial", &[0xFF; 5]))),
    ];
    defects.extend(static_vector(|defect: Defect<LoadingOne, ServerSingleLoad>, bend: Bend| {
        defect.asked(move |op| content(op, &|license| inner(&mut license.content, bend)))
    }));
    defects.push(broken(SDL_34).asked(move |op| {
        content(op, &|license| license.content.put(&format!("flags-{}", otp::TIME), &[4]));
    }));
    let ask = |_: &mut Play<'_, '_>, world: &mut LoadingOne| {
        Ok(ServerSingleLoad { storage_key: Array(KEY), state: Bytes(world.state.clone()) })
    };
    Table {
        name: "",
        begin: || Side::Server,
        ask,
        party: |world| &world.party,
        letter: None,
        told: |_| false,
        defects,
    }
}
