//! Numbers and lengths in stored states and BLOBs.

use channel::rule::{BLB_3, CST_7, SDL_31, SDL_33, SDL_34};
use harness::case::{Case, Role};
use harness::forge::single;
use harness::forge::state::Saved;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::single_scene::SingleSetup;
use harness::trial::{Stop, Trial};
use peer::operations::{ClientSingleLoad, ServerSingleLoad};
use peer::protocol::Bytes;

use super::super::client_state::Shape as Client;
use super::super::single_state::{self, Shape as SingleClient};
use super::super::{at_rest, blob, client_state, negative, server_blob};

pub(super) fn cases() -> Vec<Case> {
    vec![
        negative(
            "ends-state-client-load",
            Role::Client,
            CST_7,
            "client.load takes a waiting account of each sequence number, and the shortest user, none beside them",
            client_load,
        ),
        negative(
            "ends-state-client-single-load",
            Role::Client,
            SDL_34,
            "client.single_load takes a kept account with as many wrong passwords as there are tries, not one more",
            client_single_load,
        ),
        negative(
            "ends-state-server-single-load",
            Role::Server,
            SDL_34,
            "server.single_load takes each number of an application at its ends, as many hashes as there may be, and the \
             shortest state, nothing beyond",
            server_single_load,
        ),
        negative(
            "ends-blob-server-load-blob",
            Role::Server,
            BLB_3,
            "server.load_blob takes a BLOB that is too long by one byte for none",
            load_blob,
        ),
    ]
}

/// Fields of a state, and what is put there.
type Puts = &'static [(&'static str, &'static [u8])];

fn client_load(t: &mut Trial<'_>) -> Result<(), Stop> {
    let bad: [(Client, Puts); 3] = [
        (Client::Waiting, &[("0/waiting-sequence", &[0])]),
        (Client::Waiting, &[("0/waiting-sequence", &[100])]),
        (Client::LoggedIn, &[("0/user", b""), ("0/user-length", &[0, 0])]),
    ];
    let good: [(Client, Puts); 3] = [
        (Client::Waiting, &[("0/waiting-sequence", &[1])]),
        (Client::Waiting, &[("0/waiting-sequence", &[99])]),
        (Client::LoggedIn, &[("0/user", b"u"), ("0/user-length", &[0, 1])]),
    ];
    for (are_good, rows) in [(false, bad), (true, good)] {
        for (shape, puts) in rows {
            let (scene, platform, state) = client_state::made(t, shape)?;
            let mut bent = Saved::of(platform, &state);
            for (field, bytes) in puts {
                bent.put(field, bytes);
            }
            let (client, load) = (t.peer_client(), at_rest::load(&scene.setup, platform, bent.state()));
            match are_good {
                true => t.twin(CST_7.id, &client, &load).map(drop)?,
                false => t.refuses_stateless(CST_7, &client, &load)?,
            }
        }
    }
    Ok(())
}

fn client_single_load(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = single_state::made(t, SingleClient::Kept)?;
    let good = scene.setup.load(scene.platform_key, state);
    let with = |failures: u8| {
        let mut bent = single::Client::of(scene.platform_key, &good.state.0);
        bent.content.put("kept-failures", &[failures]);
        ClientSingleLoad { state: Bytes(bent.state()), ..good.clone() }
    };
    let client = t.peer_client();
    t.refuses_stateless(SDL_34, &client, &with(PIN_TRIES + 1))?;
    t.twin(SDL_34.id, &client, &with(PIN_TRIES)).map(drop)
}

fn server_single_load(t: &mut Trial<'_>) -> Result<(), Stop> {
    let fresh = single::License::fresh(&SingleSetup::default(), t.random());
    let put = |field: &str, index: u8, value: &[u8]| {
        let mut bent = fresh.clone();
        bent.content.put(&format!("{field}-{index}"), value);
        bent.load()
    };
    let hashes = |n: u8| {
        let mut bent = fresh.clone();
        let all: Vec<u8> = (1..=n).flat_map(|number| [number; 8]).collect();
        bent.content.put(&format!("hashes-{}", otp::FIELDS), &all);
        bent.content.put(&format!("n-{}", otp::FIELDS), &[n]);
        bent.load()
    };
    let number = |n: i64| n.to_be_bytes();
    let (most, far) = ((1i64 << 53) - 1, 1i64 << 40);
    let bad = [
        put("shift", otp::TIME, &number(-far - 1)),
        put("shift", otp::TIME, &number(far + 1)),
        put("otp", otp::TIME, &number(most + 1)),
        hashes(13),
    ];
    let good = [
        put("shift", otp::TIME, &number(-far)),
        put("shift", otp::TIME, &number(far)),
        put("otp", otp::TIME, &number(most)),
        hashes(12),
    ];
    let server = t.peer_server();
    bad.iter().try_for_each(|bad| t.refuses_stateless(SDL_34, &server, bad))?;
    let whole = fresh.load();
    for (length, rule) in [(32, SDL_31), (33, SDL_33)] {
        let state = Bytes(whole.state.0.get(..length).unwrap_or_default().to_vec());
        t.refuses_stateless(rule, &server, &ServerSingleLoad { state, ..whole.clone() })?;
    }
    good.iter().try_for_each(|good| {
        let server = t.peer_server();
        t.twin(SDL_34.id, &server, good).map(drop)
    })
}

fn load_blob(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
    let storage = t.random();
    let seal = server_blob::seal(t, storage, 0, 0);
    let text = t.accepts("BLB-1", &scene.server, &seal)?.got.blob;
    let bad = blob::bent(&text, |bytes| bytes.resize(187, 0));
    let load = |text: &str| server_blob::load(scene.now, storage, 0, 0, text);
    t.refuses_only(BLB_3, &scene.server, &load(&bad))?;
    t.twin(BLB_3.id, &scene.server, &load(&text)).map(drop)
}
