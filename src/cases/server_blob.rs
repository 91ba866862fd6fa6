//! The BLOBs of a server: what is in them, and that loading one goes back to when it was sealed, in what is in it
//! and in nothing else.

use super::blob::judge;
use super::respond::{GOOD_FIELDS, data_challenge, data_fields, every_way};
use super::verify_response::{accepted, confirmed, wrong};
use super::{blaming, positive, sequence};
use channel::check_digit::Radix;
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::crypto::mac::sha256;
use channel::license::blob::{self, Epoch, Generation, Place};
use channel::rule::{BLB_12, VER_8, VER_12};
use channel::serial::Sequence;
use channel::wire::device_code::DeviceCode;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::digits::with_digit;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "server-blob-contents",
            Server,
            &["BLB-1", "BLB-2"],
            "each BLOB has the content of the table, told from keys and clock",
            contents,
        ),
        sequence(
            "server-blob-contents-in-use",
            Server,
            &["BLB-1"],
            "after acceptances of every kind the BLOBs hold what the next one depends on",
            contents_in_use,
        ),
        sequence(
            "server-blob-round-trips",
            Server,
            &["BLB-9"],
            "in every state, all BLOBs sealed and loaded leave the state as it is",
            round_trips,
        ),
        sequence(
            "server-blob-never-back",
            Server,
            &["BLB-9"],
            "message counter, accepted requests, failure counters and sequence numbers are in no BLOB",
            never_back,
        ),
        sequence(
            "server-blob-license-key",
            Server,
            &["BLB-9"],
            "the license key of a BLOB loaded is the one from then on",
            license_key,
        ),
        sequence(
            "server-blob-payload-key",
            Server,
            &["BLB-9"],
            "the payload key of a BLOB loaded is the one from then on",
            payload_key,
        ),
    ]
}

/// A BLOB's place in the scene's license.
pub(super) fn place(scene: &Scene, sequence: u32, index: u8) -> Result<Place, Stop> {
    let serial = scene.setup.serial.parse().map_err(|_| Stop::Harness("a serial number".into()))?;
    Ok(Place {
        serial,
        epoch: Epoch(scene.epoch),
        sequence: u8::try_from(sequence).unwrap_or(u8::MAX),
        index,
    })
}

/// The parameters of `server.seal_blob`.
pub(super) fn seal(t: &mut Trial<'_>, storage: [u8; 16], sequence: u32, index: u8) -> ServerSealBlob {
    ServerSealBlob {
        storage_key: Array(storage),
        sequence: Number::from(sequence),
        index: Number::from(u32::from(index)),
        random: Some(RandomBlob { blob_nonce: Some(Array(t.random())) }),
    }
}

/// The parameters of `server.load_blob`.
pub(super) fn load(now: u32, storage: [u8; 16], sequence: u32, index: u8, blob: &str) -> ServerLoadBlob {
    ServerLoadBlob {
        storage_key: Array(storage),
        sequence: Number::from(sequence),
        index: Number::from(u32::from(index)),
        blob: blob.into(),
        now,
    }
}

/// A BLOB that the server hands out, and what is in it.
pub(super) fn sealed(
    t: &mut Trial<'_>,
    scene: &Scene,
    storage: [u8; 16],
    sequence: u32,
    index: u8,
) -> Result<(String, Vec<u8>), Stop> {
    t.needs_randomness(&scene.server)?;
    let question = seal(t, storage, sequence, index);
    let both = t.accepts("BLB-1", &scene.server, &question)?;
    let want = both.want.map(|want| want.blob);
    let content = judge(t, place(scene, sequence, index)?, storage, &both.got.blob, want.as_ref())?;
    Ok((both.got.blob, content))
}

/// The same, whatever it is: for those who say themselves what must be in it.
pub(super) fn told(
    t: &mut Trial<'_>,
    scene: &Scene,
    storage: [u8; 16],
    sequence: u32,
    index: u8,
) -> Result<(String, Vec<u8>), Stop> {
    t.needs_randomness(&scene.server)?;
    let question = seal(t, storage, sequence, index);
    let blob = t.accepts("BLB-1", &scene.server, &question)?.got.blob;
    let content = judge(t, place(scene, sequence, index)?, storage, &blob, None)?;
    Ok((blob, content))
}

/// Sealed by the harness, which knows the epoch of a peer that takes it.
pub(super) fn forged(
    t: &mut Trial<'_>,
    scene: &Scene,
    storage: [u8; 16],
    (sequence, index): (u32, u8),
    generation: u32,
    content: &[u8],
) -> Result<String, Stop> {
    t.needs_randomness(&scene.server)?;
    let (nonce, generation) = (t.random(), Generation(generation));
    let sealed = place(scene, sequence, index)?.seal(&Key::new(storage), &nonce, generation, content);
    Ok(blob::to_text(&sealed))
}

/// That which a BLOB says in clear.
pub(super) fn generation_of(blob: &str) -> u32 {
    let bytes = blob::from_text(blob).unwrap_or_default();
    let generation = bytes.get(1..5).and_then(|bytes| bytes.try_into().ok());
    generation.map_or(0, u32::from_be_bytes)
}

/// Every place of the scene's license, with so many instances.
pub(super) fn places(scene: &Scene, instances: u32) -> Vec<(u32, u8)> {
    let license: &[(u32, u8)] = if scene.setup.secure_channel { &[(0, 0), (0, 1)] } else { &[(0, 0)] };
    let applications = || scene.setup.vector.applications.iter().map(|rules| rules.form.index);
    let of_instances =
        (1..=instances).flat_map(|sequence| applications().map(move |index| (sequence, index)));
    license.iter().copied().chain(of_instances).collect()
}

/// All BLOBs of the license.
fn all(
    t: &mut Trial<'_>,
    scene: &Scene,
    storage: [u8; 16],
    instances: u32,
) -> Result<Vec<(u32, u8, String)>, Stop> {
    let places = places(scene, instances).into_iter();
    places
        .map(|(sequence, index)| Ok((sequence, index, sealed(t, scene, storage, sequence, index)?.0)))
        .collect()
}

fn load_all(
    t: &mut Trial<'_>,
    scene: &Scene,
    storage: [u8; 16],
    blobs: &[(u32, u8, String)],
) -> Result<(), Stop> {
    blobs.iter().try_for_each(|(sequence, index, blob)| {
        t.agrees("BLB-9", &scene.server, &load(scene.now, storage, *sequence, *index, blob)).map(|_| ())
    })
}

/// The key of an application, from what the harness knows (KEY-8).
pub(super) fn application_key(scene: &Scene, index: u8) -> Option<[u8; 16]> {
    let body = Plain::of(&scene.am2, scene.am2_channel().as_ref()).ok()?.body;
    let salt = body.get(18..)?.try_into().ok()?;
    let device = DeviceCode::decode(&scene.device_code).ok()?.device;
    let sequence = Sequence::new(u8::try_from(scene.sequence).ok()?)?;
    let (license, serial) = (Key::new(scene.license_key), scene.setup.serial.parse().ok()?);
    Some(*kdf::application(&license, serial, sequence, index, device, &salt).expose())
}

/// An application's content as the table spells it.
#[derive(Clone, Default)]
pub(super) struct Values {
    pub(super) flags: u8,
    pub(super) shift: i64,
    pub(super) last_step: u64,
    pub(super) next_otp_step: u64,
    pub(super) next_event: u64,
    pub(super) hashes: Vec<[u8; 8]>,
}

impl Values {
    pub(super) fn content(&self, key: [u8; 16]) -> Vec<u8> {
        let mut content = vec![self.flags];
        content.extend(key);
        content.extend(self.shift.to_be_bytes());
        for number in [self.last_step, self.next_otp_step, self.next_event] {
            content.extend(number.to_be_bytes());
        }
        content.push(u8::try_from(self.hashes.len()).unwrap_or(u8::MAX));
        let mut hashes = self.hashes.clone();
        hashes.sort_unstable();
        content.extend(hashes.as_flattened());
        content
    }
}

/// The first 8 bytes of SHA-256 over the fields.
pub(super) fn hash_of(fields: &[&str]) -> [u8; 8] {
    let mut data = Vec::new();
    for field in fields {
        data.extend(u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes());
        data.extend(field.bytes());
    }
    let [h0, h1, h2, h3, h4, h5, h6, h7, ..] = sha256(&[&data]);
    [h0, h1, h2, h3, h4, h5, h6, h7]
}

/// The BLOB of an application holds these values.
fn holds(t: &mut Trial<'_>, scene: &Scene, index: u8, values: &Values) -> Result<(), Stop> {
    let storage = t.random();
    let (_, content) = sealed(t, scene, storage, scene.sequence, index)?;
    let want = application_key(scene, index).map(|key| Bytes(values.content(key)));
    t.same("BLB-1", &Bytes(content), want.as_ref())
}

fn contents(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
    let storage = t.random();
    let (_, content) = sealed(t, &scene, storage, 0, 0)?;
    t.same("BLB-1", &Bytes(content), Some(&Bytes(scene.license_key.to_vec())))?;
    scene.play(t, Stage::Active)?;
    let (_, content) = sealed(t, &scene, storage, 0, 1)?;
    t.same("BLB-1", &Bytes(content), Some(&Bytes(scene.payload_key.to_vec())))?;
    for rules in scene.setup.vector.applications.clone() {
        holds(t, &scene, rules.form.index, &Values::default())?;
    }
    Ok(())
}

fn contents_in_use(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let step = |seconds: u32| u64::from(scene.now + seconds) / 36;
    let (now, later) = (step(0), step(72));
    // The client's clock is two steps ahead of the server's.
    accepted(t, &mut scene, otp::TIME, &NONE, 72)?;
    accepted(t, &mut scene, otp::FIELDS, &data_fields(&GOOD_FIELDS), 72)?;
    accepted(t, &mut scene, otp::FIELDS, &data_fields(&["", "1", ""]), 72)?;
    for _ in 0..3 {
        accepted(t, &mut scene, otp::EVENT, &NONE, 0)?;
    }
    accepted(t, &mut scene, otp::MULTI, &data_challenge("1"), 0)?;
    accepted(t, &mut scene, otp::MULTI, &data_fields(&["a", "b"]), 36)?;
    let used = || Values { flags: 1, ..Values::default() };
    let time = Values { shift: 2, last_step: later, next_otp_step: later + 1, ..used() };
    holds(t, &scene, otp::TIME, &time)?;
    let hashes = vec![hash_of(&GOOD_FIELDS), hash_of(&["", "1", ""])];
    holds(t, &scene, otp::FIELDS, &Values { shift: 2, last_step: later, hashes, ..used() })?;
    holds(t, &scene, otp::EVENT, &Values { next_event: 3, ..used() })?;
    let hashes = vec![hash_of(&["a", "b"])];
    let multi = Values { shift: 1, last_step: now + 1, next_otp_step: now + 1, hashes, ..used() };
    holds(t, &scene, otp::MULTI, &multi)?;
    // Of a restored server, the applications with events are out of sync.
    t.agrees("OPR-5", &scene.server, &restored(&scene))?;
    holds(t, &scene, otp::EVENT, &Values { flags: 3, next_event: 3, ..Values::default() })?;
    holds(t, &scene, otp::FIELD_EVENT, &Values { flags: 2, ..Values::default() })
}

pub(super) fn restored(scene: &Scene) -> ServerRestored {
    ServerRestored { highest_sequence: Number::from(scene.sequence), now: scene.now }
}

/// All BLOBs out and in again: nothing changes.
fn round_trip(t: &mut Trial<'_>, scene: &Scene, instances: u32) -> Result<(), Stop> {
    let storage = t.random();
    let before = t.state("BLB-9", &scene.server)?;
    let blobs = all(t, scene, storage, instances)?;
    t.state_is("BLB-9", &scene.server, before.clone())?;
    load_all(t, scene, storage, &blobs)?;
    t.state_is("BLB-9", &scene.server, before)
}

fn round_trips(t: &mut Trial<'_>) -> Result<(), Stop> {
    let without = Scene::new(t, Under::Server, Setup { secure_channel: false, ..Setup::otp() }, Stage::Am2)?;
    round_trip(t, &without, 1)?;
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
    t.needs_time(&scene.server)?;
    for (stage, instances) in [
        (Stage::Created, 0),
        (Stage::Issued, 0),
        (Stage::Verified, 0),
        (Stage::Am2, 1),
        (Stage::Confirmed, 2),
    ] {
        scene = scene.another_client(t, Under::Server)?;
        scene.play(t, stage)?;
        round_trip(t, &scene, instances)?;
    }
    for (application, data) in every_way() {
        scene.now += 37;
        accepted(t, &mut scene, application, &data, 0)?;
    }
    round_trip(t, &scene, 2)?;
    let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)?;
    let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
    let bad = scene.verify_response(otp::EVENT, &NONE, &wrong_but_well_formed(&response));
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &bad)?;
    }
    round_trip(t, &scene, 2)?;
    t.agrees("OPR-5", &scene.server, &restored(&scene))?;
    round_trip(t, &scene, 2)?;
    let end = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    t.accepts("DEA-4", &scene.server, &end)?;
    round_trip(t, &scene, 2)?;
    t.implied(&["BLB-9"])
}

/// Another response with a right check digit.
pub(super) fn wrong_but_well_formed(response: &str) -> String {
    let digits = response.get(..response.len().saturating_sub(1)).unwrap_or_default();
    with_digit(&wrong(digits), Radix::Decimal)
}

fn never_back(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let storage = t.random();
    let old = all(t, &scene, storage, 1)?;
    let show = Show { application: otp::FIELD_EVENT, ..Show::default() };
    let message = scene.request(t, &show)?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)?;
    let mut second = scene.another_client(t, Under::Server)?;
    second.play(t, Stage::Confirmed)?;
    let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
    let bad = scene.verify_response(otp::EVENT, &NONE, &wrong_but_well_formed(&response));
    t.refuses_only(VER_12, &scene.server, &bad)?;
    let before = t.state("BLB-9", &scene.server)?;
    // Of what has changed the old one is stale; the others are what the server has.
    for (sequence, index, blob) in &old {
        let question = load(scene.now, storage, *sequence, *index, blob);
        match *index == otp::FIELD_EVENT {
            true => t.refuses_only(BLB_12, &scene.server, &question)?,
            false => t.agrees("BLB-9", &scene.server, &question).map(|_| ())?,
        }
    }
    if let (Some(before), Some(after)) = (before, t.state("BLB-9", &scene.server)?) {
        t.same("BLB-9", &after.counters, Some(&before.counters))?;
    }
    blaming("BLB-9", t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature)))?;
    let counter =
        |message: &str| Ok::<_, Stop>(u64::from_be_bytes(Plain::of(message, None)?.nonce) & 0xFFFF_FFFF);
    // AM2 of the second instance came between.
    let next = scene.request(t, &show)?;
    t.same("BLB-9", &counter(&next)?, Some(&(counter(&message)? + 2)))?;
    let mut third = scene.another_client(t, Under::Server)?;
    third.play(t, Stage::Am2)?;
    t.same("BLB-9", &third.sequence, Some(&3))?;
    t.implied(&["BLB-9"])
}

fn license_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
    let (storage, key): (_, [u8; 16]) = (t.random(), t.random());
    let blob = forged(t, &scene, storage, (0, 0), 1, &key)?;
    t.agrees("BLB-9", &scene.server, &load(scene.now, storage, 0, 0, &blob))?;
    scene.license_key = key;
    let (_, content) = sealed(t, &scene, storage, 0, 0)?;
    t.same("BLB-9", &Bytes(content), Some(&Bytes(key.to_vec())))?;
    blaming("BLB-9", scene.play(t, Stage::Confirmed))
}

fn payload_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
    let (storage, key): (_, [u8; 16]) = (t.random(), t.random());
    let blob = forged(t, &scene, storage, (0, 1), 1, &key)?;
    t.agrees("BLB-9", &scene.server, &load(scene.now, storage, 0, 1, &blob))?;
    scene.play(t, Stage::Confirmed)?;
    t.same("BLB-9", &Bytes(scene.payload_key.to_vec()), Some(&Bytes(key.to_vec())))?;
    let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}
