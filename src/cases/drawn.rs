//! What a peer draws itself: each random field may be left out, alone or with the whole `random` (SPEC section 18). The
//! question is accepted all the same, and what was drawn has its length and is another one each time.
//!
//! Peer and reference draw different bytes, so nothing is compared from there on: answers are read as they stand. Each
//! question is asked in a world of its own.

use channel::crypto::keys::Key;
use channel::license::blob;
use channel::text::hex;
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::single::Client;
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, otp};
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup};
use harness::trial::{Party, Reply, Stop, Trial, fail, question, reply};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Operation};

use super::at_rest::save;
use super::server_blob::{load, place, seal};
use super::single_state::save_license;
use super::{import, license_file, license_file_bent, login, reimport, unlock};

/// Under which states and BLOBs are sealed.
const STORAGE: [u8; 16] = [7; 16];
/// Of licenses whose payload key is drawn.
const EPOCH: [u8; 8] = [3; 8];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let [mut client, mut server] = [Role::Client, Role::Server].map(|role| Area::new("drawn", role));
    of_clients(&mut client);
    of_single_clients(&mut client);
    of_servers(&mut server);
    of_licenses(&mut server);
    let mut cases = client.cases();
    cases.extend(server.cases());
    cases.extend(of_formats());
    cases
}

/// What was drawn, and how long all is that it stands in.
type Drawn = (Vec<u8>, usize);

/// Leaves something out of a question: all random fields, or the object that they stand in.
type Without<Op> = fn(&mut Op);

/// The case of an operation: what is left out of its good question is drawn. `good` makes a world as well, `shown` finds
/// in it what was drawn.
fn add<Op: Operation + Clone, W: 'static>(
    area: &mut Area,
    aim: &'static str,
    without: [Without<Op>; 2],
    good: impl Fn(&mut Play<'_, '_>) -> Result<(Ask<Op>, W), Stop> + Send + Sync + 'static,
    shown: impl Fn(&mut Play<'_, '_>, &Party, W, Op::Output) -> Result<Drawn, Stop> + Send + Sync + 'static,
) {
    let about =
        format!("what a question of `{}` leaves out of its random fields is drawn, anew each time", Op::NAME);
    area.accepts(&[aim], &Op::NAME.replace(['.', '_'], "-"), &about, move |t| {
        let (given, world) = good(t)?;
        let result = t.answers(aim, &given)?;
        let (_, length) = shown(t, &given.party, world, result)?;
        let mut all = Vec::new();
        for without in without.into_iter().chain(without) {
            let (ask, world) = good(t)?;
            let ask = ask.but(without);
            let result = told(t, aim, &ask)?;
            let (drawn, size) = shown(t, &ask.party, world, result)?;
            let words = format!("{length} bytes or characters, as with what is given to {}", Op::NAME);
            t.decided(size == length, aim, &words, format!("{size}"))?;
            let is_new = !all.contains(&drawn);
            t.decided(is_new, aim, "other random bytes than before", hex::encode(&drawn))?;
            all.push(drawn);
        }
        Ok(())
    });
}

/// What a peer answers by itself, whatever the reference would.
fn told<Op: Operation>(t: &mut Play<'_, '_>, aim: &'static str, ask: &Ask<Op>) -> Result<Op::Output, Stop> {
    let peer = t.seat_of(Op::NAME);
    let raw = t.raw(aim, peer, &question(0, &ask.op, ask.party.session())?)?;
    let answer = need(t.steps.last(), "a step")?.answer.clone();
    match reply::<Op::Output>(answer.as_bytes(), 0) {
        Ok(Reply::Ok(result)) => Ok(result),
        Ok(Reply::Unsupported) => Err(Stop::Unsupported(Op::NAME)),
        _ => Err(fail(aim, format!("{} accepted, with what it says", Op::NAME), raw.words())),
    }
}

/// The same of the next question to this party.
fn goes_on<Op: Operation>(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    party: &Party,
    op: Op,
) -> Result<Op::Output, Stop> {
    told(t, aim, &Ask { party: party.clone(), op })
}

/// A part of what is `all`.
fn part(aim: &'static str, all: &[u8], from: usize, length: usize) -> Result<Drawn, Stop> {
    let drawn = all.get(from..from + length).map(<[u8]>::to_vec);
    let short = || fail(aim, format!("at least {} bytes", from + length), hex::encode(all));
    Ok((drawn.ok_or_else(short)?, all.len()))
}

/// The nonce of a BLOB.
fn nonce_of(blob: &str) -> Result<Drawn, Stop> {
    let bytes = blob::from_text(blob).map_err(|_| fail("BLB-1", "a BLOB in base64".into(), blob.into()))?;
    part("BLB-1", &bytes, 5, 12)
}

/// What was sent, its body in the clear.
fn opened(aim: &'static str, message: &str, plain: Result<Plain, Stop>) -> Result<Plain, Stop> {
    plain.map_err(|_| fail(aim, "a message that opens".into(), message.into()))
}

fn of_clients(area: &mut Area) {
    add::<ClientCreate, ()>(
        area,
        "DVC-2",
        [|op| op.random = None, |op| op.random = Some(RandomClient::default())],
        |t| {
            let op = Setup::default().client(t);
            Ok((Ask { party: t.peer_client(), op }, ()))
        },
        |t, client, (), _| {
            let save = save(t, STORAGE);
            part("DVC-2", &goes_on(t, "DVC-2", client, save)?.state.0, 16, 16)
        },
    );
    add::<ClientGenerateUnlockChallenge, ()>(
        area,
        "UNL-1",
        [|op| op.random = None, |op| op.random = Some(RandomUnlockChallenge::default())],
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
            scene.lock(t)?;
            let random = t.random();
            Ok((Ask { op: unlock::show(&scene, random), party: scene.client }, ()))
        },
        |_, _, (), result| {
            let challenge = result.challenge;
            let is_right = challenge.bytes().all(|digit| digit.is_ascii_digit());
            match is_right {
                true => Ok((challenge.clone().into_bytes(), challenge.len())),
                false => Err(fail("UNL-1", "8 decimal digits".into(), challenge)),
            }
        },
    );
    add::<ClientSave, ()>(
        area,
        "CST-1",
        [|op| op.random = None, |op| op.random = Some(RandomState::default())],
        |t| {
            let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            Ok((Ask { op: save(t, STORAGE), party: scene.client }, ()))
        },
        |_, _, (), result| part("CST-1", &result.state.0, 4, 12),
    );
}

/// A single-device client whose states can be opened.
fn single(t: &mut Play<'_, '_>, is_active: bool) -> Result<Single, Stop> {
    let scene = Single::created(t, Under::Neither, SingleSetup::default())?;
    let scene = Single { client: t.peer_client(), platform_key: STORAGE, ..scene };
    Trial::agrees(t, "PPR-5", &scene.client, &scene.setup.client(STORAGE))?;
    if is_active {
        scene.activate(t)?;
    }
    Ok(scene)
}

/// The salt of the account's password.
fn salt(t: &mut Play<'_, '_>, client: &Party) -> Result<Drawn, Stop> {
    let save = Single::save(t);
    let state = goes_on(t, "PWD-9", client, save)?.state.0;
    let saved = Client::of(STORAGE, &state);
    Ok((saved.content.field("salt").to_vec(), state.len()))
}

fn of_single_clients(area: &mut Area) {
    add::<ClientSingleActivate, ()>(
        area,
        "PWD-9",
        [|op| op.random = None, |op| op.random = Some(RandomPasswordSalt::default())],
        |t| {
            let scene = single(t, false)?;
            Ok((Ask { op: scene.right(t), party: scene.client }, ()))
        },
        |t, client, (), _| salt(t, client),
    );
    add::<ClientSingleActivateOnline, ()>(
        area,
        "PWD-9",
        [|op| op.random = None, |op| op.random = Some(RandomPasswordSalt::default())],
        |t| {
            let scene = single(t, false)?;
            let data = scene.data(t, Some([9; 16]), false)?;
            Ok((Ask { op: scene.online(t, &data, Some([9; 16])), party: scene.client }, ()))
        },
        |t, client, (), _| salt(t, client),
    );
    add::<ClientSingleChangePassword, ()>(
        area,
        "PWD-9",
        [|op| op.random = None, |op| op.random = Some(RandomPasswordSalt::default())],
        |t| {
            let scene = single(t, true)?;
            Ok((Ask { op: scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD)), party: scene.client }, ()))
        },
        |t, client, (), _| salt(t, client),
    );
    add::<ClientSingleSave, ()>(
        area,
        "SDL-30",
        [|op| op.random = None, |op| op.random = Some(RandomState::default())],
        |t| {
            let scene = single(t, true)?;
            Ok((Ask { op: Single::save(t), party: scene.client }, ()))
        },
        |_, _, (), result| part("SDL-30", &result.state.0, 4, 12),
    );
}

fn of_servers(area: &mut Area) {
    add::<ServerGenerateActivation1, ()>(
        area,
        "AM1-1",
        [|op| op.random = None, |op| op.random = Some(RandomChallenge::default())],
        |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let op = ServerGenerateActivation1 { with_challenge: true, ..scene.am1_question(t) };
            Ok((Ask { op, party: scene.server }, ()))
        },
        |_, _, (), result| {
            let plain = opened("AM1-1", &result.message, Plain::of(&result.message, None))?;
            Ok((plain.nonce.to_vec(), result.message.len()))
        },
    );
    add::<ServerGenerateActivation2, Scene>(
        area,
        "KEY-8",
        [|op| op.random = None, |op| op.random = Some(RandomSalt::default())],
        |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Verified)?;
            Ok((Ask { op: scene.am2_question(t), party: scene.server.clone() }, scene))
        },
        |_, _, scene, result| {
            let channel = scene.am2_channel();
            let plain = opened("KEY-8", &result.message, Plain::of(&result.message, channel.as_ref()))?;
            part("KEY-8", &plain.body, 18, 13)
        },
    );
    add::<ServerLoginStart, Scene>(
        area,
        "LGN-1",
        [|op| op.random = None, |op| op.random = Some(RandomChallengeKey::default())],
        |t| {
            let scene = login::confirmed(t)?;
            Ok((Ask { op: login::ask(t, &scene), party: scene.server.clone() }, scene))
        },
        |_, _, scene, result| {
            let channel = scene.payload_channel();
            let plain = opened("LGN-1", &result.message, Plain::of(&result.message, Some(&channel)))?;
            let key = result.challenge_key;
            if !plain.body.ends_with(key.as_bytes()) {
                let body = hex::encode(&plain.body);
                return Err(fail("LGN-1", format!("a notification that ends with {key}"), body));
            }
            Ok((key.clone().into_bytes(), key.len()))
        },
    );
    add::<ServerSealBlob, ()>(
        area,
        "BLB-1",
        [|op| op.random = None, |op| op.random = Some(RandomBlob::default())],
        |t| {
            let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
            Ok((Ask { op: seal(t, STORAGE, scene.sequence, otp::TIME), party: scene.server }, ()))
        },
        |_, _, (), result| nonce_of(&result.blob),
    );
    add::<ServerSingleGenerateFullActivationData, ()>(
        area,
        "SDL-18",
        [|op| op.random = None, |op| op.random = Some(RandomActivationNonce::default())],
        |t| {
            let scene = Single::created(t, Under::Server, SingleSetup::default())?;
            let activation_nonce = Some(Array(t.random()));
            let op = ServerSingleGenerateFullActivationData {
                shared_secret: Some(Array([9; 16])),
                with_counter: true,
                random: Some(RandomActivationNonce { activation_nonce }),
            };
            Ok((Ask { op, party: scene.server }, ()))
        },
        |_, _, (), result| {
            let bytes = hex::decode(&result.data);
            let bytes =
                bytes.map_err(|_| fail("SDL-18", "hexadecimal digits".into(), result.data.clone()))?;
            part("SDL-18", &bytes, 5, 12)
        },
    );
    add::<ServerSingleSave, ()>(
        area,
        "SDL-30",
        [|op| op.random = None, |op| op.random = Some(RandomState::default())],
        |t| {
            let scene = Single::created(t, Under::Server, SingleSetup::default())?;
            Ok((Ask { op: save_license(t), party: scene.server }, ()))
        },
        |_, _, (), result| part("SDL-30", &result.state.0, 4, 12),
    );
}

fn of_licenses(area: &mut Area) {
    license::<ServerCreate>(
        area,
        |op, random| op.random = random,
        |t| {
            let op = Setup::default().server(t, [5; 16]);
            Ok(Ask { party: t.peer_server(), op })
        },
    );
    license::<ServerImport>(
        area,
        |op, random| op.random = random,
        |t| {
            let sheet = license_file_bent::sheet(t);
            let op = import::question(t, &sheet, sheet.file(), Setup::default().serial);
            Ok(Ask { party: t.peer_server(), op })
        },
    );
    license::<ServerReimport>(
        area,
        |op, random| op.random = random,
        |t| {
            let scene = reimport::used(t)?;
            let sheet = import::sheet_of(t, &scene, &scene.setup.message_vector());
            Ok(Ask { op: reimport::question(t, &sheet, sheet.file()), party: scene.server })
        },
    );
}

/// What makes a license draws its payload key and its epoch.
fn license<Op: Operation + Clone>(
    area: &mut Area,
    put: fn(&mut Op, Option<RandomLicense>),
    good: impl Fn(&mut Play<'_, '_>) -> Result<Ask<Op>, Stop> + Copy + Send + Sync + 'static,
) {
    let name = |field: &str| format!("{}-{field}", Op::NAME.replace(['.', '_'], "-"));
    let about = format!("`{}` draws a payload key of 16 bytes, anew each time", Op::NAME);
    area.accepts(&["BLB-2"], &name("payload-key"), &about, move |t| {
        let given = good(t)?;
        // The epoch is given, so that the BLOB can be opened.
        t.needs_randomness(&given.party)?;
        t.agrees("BLB-2", &given)?;
        let scene = Scene::new(t, Under::Neither, Setup::default(), Stage::Created)?;
        let place = place(&Scene { epoch: EPOCH, ..scene }, 0, 1)?;
        let mut keys = Vec::new();
        for _ in 0..3 {
            let random = RandomLicense { payload_key: None, epoch: Some(Array(EPOCH)) };
            let ask = good(t)?.but(|op| put(op, Some(random)));
            told(t, "PPR-5", &ask)?;
            let seal = seal(t, STORAGE, 0, 1);
            let text = goes_on(t, "BLB-2", &ask.party, seal)?.blob;
            let opened = blob::from_text(&text).and_then(|bytes| place.open(&Key::new(STORAGE), &bytes));
            let key = opened.map(|opened| opened.content.to_vec()).unwrap_or_default();
            let is_new = key.len() == 16 && !keys.contains(&key);
            t.decided(is_new, "BLB-2", "a BLOB with a payload key of 16 bytes, another than before", text)?;
            keys.push(key);
        }
        Ok(())
    });
    let about = format!("`{}` draws an epoch anew each time: no license takes a BLOB of another", Op::NAME);
    area.accepts(&["BLB-10"], &name("epoch"), &about, move |t| {
        let given = good(t)?;
        t.agrees("BLB-10", &given)?;
        let payload_key = RandomLicense { payload_key: Some(Array([9; 16])), epoch: None };
        let mut before: Option<String> = None;
        for random in [None, Some(RandomLicense::default()), Some(payload_key), None] {
            let ask = good(t)?.but(|op| put(op, random));
            told(t, "PPR-5", &ask)?;
            let seal = seal(t, STORAGE, 0, 0);
            let own = goes_on(t, "BLB-10", &ask.party, seal)?.blob;
            let now = t.start();
            goes_on(t, "BLB-10", &ask.party, load(now, STORAGE, 0, 0, &own))?;
            if let Some(other) = before.replace(own) {
                let op = load(now, STORAGE, 0, 0, &other);
                let server = t.server_seat();
                let got = t.raw("BLB-10", server, &question(0, &op, ask.party.session())?)?;
                let words = "a BLOB of before this epoch refused";
                t.decided(got.kind == "refused", "BLB-10", words, got.words())?;
            }
        }
        Ok(())
    });
}

fn of_formats() -> Vec<Case> {
    let mut file = Area::new("drawn", Role::Primitive(LicenseFileWrite::NAME));
    add::<LicenseFileWrite, ()>(
        &mut file,
        "LIF-2",
        [|op| op.random = None, |op| op.random = Some(RandomFile::default())],
        |t| {
            let license = license_file::license(t, Setup::default().serial);
            let licenses = vec![LicenseParameters { license_key: Array([5; 16]), ..license }];
            let question = license_file::question(t, licenses);
            let op = LicenseFileWrite { transport_key: Array([6; 32]), ..question };
            Ok((Ask { party: t.peer_client(), op }, ()))
        },
        // The same license makes the same file of one file id.
        |_, _, (), result| Ok((result.file.0.clone(), result.file.0.len())),
    );
    let mut blob = Area::new("drawn", Role::Primitive(BlobSeal::NAME));
    add::<BlobSeal, ()>(
        &mut blob,
        "BLB-1",
        [|op| op.random = None, |op| op.random = Some(RandomBlob::default())],
        |t| {
            let op = BlobSeal {
                storage_key: Array(STORAGE),
                serial: Setup::default().serial.into(),
                sequence: 3.into(),
                index: 2.into(),
                epoch: Array(EPOCH),
                generation: 1,
                content: Bytes(vec![5; 50]),
                random: Some(RandomBlob { blob_nonce: Some(Array(t.random())) }),
            };
            Ok((Ask { party: t.peer_client(), op }, ()))
        },
        |_, _, (), result| nonce_of(&result.blob),
    );
    file.cases().into_iter().chain(blob.cases()).collect()
}
