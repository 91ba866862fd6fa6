//! Values of static vectors, wherever one is taken.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::Hash;
use channel::rule::{Rule, STV_2, STV_5, STV_6};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::case::{Case, Role};
use harness::forge::state::Saved;
use harness::forge::{Plain, single};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, application};
use harness::single_scene::{PASSWORD, Single, SingleSetup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::{
    ClientActivateLicense, ClientSingleActivateOnline, ClientSingleCreate, ClientSingleLoad, ExportSvfRead,
    LicenseFileWrite, ServerCreate, ServerSingleCreate, ServerSingleReimport,
};
use peer::protocol::{Array, Bytes, Operation};

use super::super::{at_rest, import, negative, open_vector, reimport, single_online};
use super::files::{SERIAL, of_vector, own_sheet, reads, writing};

/// The vector whose bytes are bent: its first application has two data fields and stands at 36.
fn usual() -> StaticVector {
    let form = |length, radix, check| (length, radix, check);
    let mut first = application(1, Mode::Signature, Factor::Time(36), form(8, Radix::Decimal, false));
    first.data_fields = vec![(0, 64), (1, 1)];
    let all = form(16, Radix::Hexadecimal, true);
    let mut eight = application(2, Mode::MultiMode, Factor::TimeAndEvent(36), all);
    eight.data_fields = vec![(64, 64); 8];
    let second = application(3, Mode::ResponseOnly, Factor::Time(1), form(6, Radix::Decimal, false));
    let open = |index, factor, algorithm| ApplicationRules {
        algorithm,
        secure_channel: false,
        ..application(index, Mode::ResponseOnly, factor, form(8, Radix::Decimal, false))
    };
    let totp = open(4, Factor::Time(u16::MAX), Algorithm::Totp(Hash::Sha512));
    let hotp = open(HOTP, Factor::Event, Algorithm::Hotp);
    let unlock = application(8, Mode::Unlock, Factor::Time(36), form(6, Radix::Decimal, false));
    let mut vector = Setup::default().vector;
    vector.applications = vec![first, eight, second, totp, hotp, unlock];
    let password = &mut vector.password;
    (password.required, password.minimum, password.maximum) = (true, 1, 64);
    (password.tries, password.refuse_weak, vector.binding) = (99, true, true);
    vector
}

/// Index of the application with HOTP.
const HOTP: u8 = 5;

/// Between them they have all that is allowed at its least and at its most.
fn allowed() -> [Vec<u8>; 3] {
    let mut few = usual();
    (few.password.minimum, few.password.tries) = (64, 1);
    [usual().to_bytes(), few.to_bytes(), open_vector::long(481)]
}

/// A byte of the usual vector set; its records for the password, binding and the first application begin at 26, 33, 36.
fn set(at: usize, value: u8) -> Vec<u8> {
    let mut vector = usual().to_bytes();
    vector.iter_mut().skip(at).take(1).for_each(|byte| *byte = value);
    vector
}

/// The same of the application with HOTP, counted from its index.
fn set_hotp(at: usize, value: u8) -> Vec<u8> {
    let mut vector = usual().to_bytes();
    let name = b"APPL5     ";
    let name = vector.windows(name.len()).position(|window| window == name).unwrap_or(0);
    vector.iter_mut().skip(name - 8 + at).take(1).for_each(|byte| *byte = value);
    vector
}

/// One value just beyond its range in each.
fn beyond() -> Vec<(Rule, Vec<u8>)> {
    #[rustfmt::skip]
    const VALUES: [(usize, u8); 26] = [
        // the password: required, minimum, maximum, tries, weak ones refused; binding
        (28, 2), (29, 0), (30, 65), (30, 0), (31, 0), (31, 100), (32, 2), (35, 2),
        // the application: index, flags, mode, algorithm, factor, time step, response length
        (38, 0), (38, 9), (39, 16), (40, 0), (40, 6), (41, 0), (41, 7), (42, 0), (42, 4), (44, 0), (45, 5), (45, 17),
        // its data fields: how many; minimum and maximum of each
        (56, 9), (58, 0), (58, 65), (59, 2), (60, 0), (60, 65),
    ];
    let mut all: Vec<_> = VALUES.iter().map(|(at, value)| (STV_5, set(*at, *value))).collect();
    all.extend([(STV_5, set_hotp(6, 1)), (STV_6, set_hotp(7, 9)), (STV_2, open_vector::long(482))]);
    all
}

pub(super) fn cases() -> Vec<Case> {
    type Plays = fn(&mut Trial<'_>) -> Result<(), Stop>;
    let plays: [(&str, Role, Plays); 15] = [
        ("server-create", Role::Server, |t| {
            let key = t.random();
            let ask = Setup::default().server(t, key);
            makes(t, |t| t.peer_server(), |vector| ServerCreate { static_vector: vector, ..ask.clone() })
        }),
        ("client-single-create", Role::Client, |t| {
            let ask = SingleSetup::default().client(t.random());
            makes(
                t,
                |t| t.peer_client(),
                |vector| ClientSingleCreate { static_vector: Some(vector), ..ask.clone() },
            )
        }),
        ("server-single-create", Role::Server, |t| {
            let ask = SingleSetup::default().server(t.random());
            makes(
                t,
                |t| t.peer_server(),
                |vector| ServerSingleCreate { static_vector: vector, ..ask.clone() },
            )
        }),
        ("server-single-reimport", Role::Server, |t| {
            let scene = Single::created(t, Under::Server, SingleSetup::default())?;
            let key = scene.license_key;
            changes(t, &scene.server, |static_vector| ServerSingleReimport {
                license_key: Array(key),
                static_vector,
            })
        }),
        ("export-svf-read", Role::Primitive("export_svf.read"), |t| {
            let party = t.peer_client();
            changes(t, &party, |Bytes(vector)| {
                let text = channel::text::hex::encode(&vector) + "\n";
                ExportSvfRead { file: Bytes(text.into_bytes()) }
            })
        }),
        ("license-file-write", Role::Primitive("license_file.write"), |t| {
            let party = t.peer_client();
            let ask = writing(t, &Setup::default().message_vector().encode());
            changes(t, &party, |static_vector| LicenseFileWrite { static_vector, ..ask.clone() })
        }),
        ("license-file-read", Role::Primitive("license_file.read"), |t| {
            let party = t.peer_client();
            let sheet = own_sheet(t);
            changes(t, &party, |Bytes(vector)| reads(&of_vector(&sheet, &vector)))
        }),
        ("server-import", Role::Server, |t| {
            let sheet = own_sheet(t);
            let ask = import::question(t, &sheet, String::new(), SERIAL);
            makes(
                t,
                |t| t.peer_server(),
                |Bytes(vector)| {
                    let file = Bytes(of_vector(&sheet, &vector).file().into_bytes());
                    peer::operations::ServerImport { file, ..ask.clone() }
                },
            )
        }),
        ("server-reimport", Role::Server, |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let sheet = own_sheet(t);
            let ask = reimport::question(t, &sheet, String::new());
            changes(t, &scene.server, |Bytes(vector)| {
                let file = Bytes(of_vector(&sheet, &vector).file().into_bytes());
                peer::operations::ServerReimport { file, ..ask.clone() }
            })
        }),
        ("client-create", Role::Client, |t| {
            let ask = Setup::default().client(t);
            makes(
                t,
                |t| t.peer_client(),
                |vector| peer::operations::ClientCreate { static_vector: Some(vector), ..ask.clone() },
            )
        }),
        ("client-activate-license", Role::Client, activation),
        ("client-load", Role::Client, client_state),
        ("client-single-activate-online", Role::Client, online),
        ("client-single-load", Role::Client, single_client),
        ("server-single-load", Role::Server, single_license),
    ];
    plays
        .into_iter()
        .map(|(name, role, play)| {
            let about = format!(
                "{name}: each value of a static vector is taken at both ends of its range, not beyond"
            );
            negative(format!("ends-vector-{name}"), role, STV_5, about, play)
        })
        .collect()
}

/// Of an operation that makes its session.
fn makes<Op: Operation>(
    t: &mut Trial<'_>,
    party: fn(&mut Trial<'_>) -> Party,
    ask: impl Fn(Bytes) -> Op,
) -> Result<(), Stop> {
    let none = party(t);
    for (rule, vector) in beyond() {
        t.refuses_stateless(rule, &none, &ask(Bytes(vector)))?;
    }
    for vector in allowed() {
        let made = party(t);
        t.twin(STV_5.id, &made, &ask(Bytes(vector)))?;
    }
    Ok(())
}

/// Of an operation on a session, or on none.
fn changes<Op: Operation>(t: &mut Trial<'_>, party: &Party, ask: impl Fn(Bytes) -> Op) -> Result<(), Stop> {
    for (rule, vector) in beyond() {
        t.refuses_stateless(rule, party, &ask(Bytes(vector)))?;
    }
    allowed().into_iter().try_for_each(|vector| t.twin(STV_5.id, party, &ask(Bytes(vector))).map(drop))
}

/// A setup whose vector travels with AM1.
fn carrying() -> Setup {
    Setup { vector: usual(), built_in: false, carried: true, ..Setup::default() }
}

/// In AM1. One of 482 bytes is of no frame on the direct carrier.
fn activation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, carrying(), Stage::Issued)?;
    let am1 = Plain::of(&scene.am1, None)?;
    let before = am1.body.get(..BEFORE_VECTOR).unwrap_or_default();
    let ask = |vector: Vec<u8>| ClientActivateLicense {
        message: am1.with_body([before, &vector].concat()).message(None),
    };
    for (rule, vector) in beyond().into_iter().filter(|(rule, _)| *rule != STV_2) {
        t.refuses_stateless(rule, &scene.client, &ask(vector))?;
    }
    allowed().into_iter().try_for_each(|vector| t.twin(STV_5.id, &scene.client, &ask(vector)).map(drop))
}

/// Bytes of AM1's body before the vector.
const BEFORE_VECTOR: usize = 31;

/// In a state, of a pre-activated account.
fn client_state(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Neither, carrying(), Stage::PreActivated)?;
    let platform = t.random();
    let save = at_rest::save(t, platform);
    let state = t.agrees("CST-1", &scene.client, &save)?.state.0;
    let saved = Saved::of(platform, &state);
    makes(
        t,
        |t| t.peer_client(),
        |Bytes(vector)| {
            let mut bent = saved.clone();
            bent.put("0/pre-vector-length", &length(&vector));
            bent.put("0/pre-vector", &vector);
            at_rest::load(&scene.setup, platform, bent.state())
        },
    )
}

fn length(vector: &[u8]) -> [u8; 2] {
    u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// A password that the rules of this vector take.
fn password(vector: &[u8]) -> &'static str {
    let is_long = StaticVector::decode(vector).is_ok_and(|vector| vector.password.minimum == 64);
    if is_long { LONG_PASSWORD } else { PASSWORD }
}

const LONG_PASSWORD: &str = "1357135713571357135713571357135713571357135713571357135713571357";

/// In full activation data.
fn online(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup { vector: usual(), ..SingleSetup::default() };
    let scene = Single::created(t, Under::Client, setup)?;
    let data = scene.data(t, None, false)?;
    let data = channel::text::hex::decode(&data).unwrap_or_default();
    let content = single_online::content(&data);
    let (before, rest) = content.split_at_checked(25).unwrap_or_default();
    let behind = rest.get(2 + usual().to_bytes().len()..).unwrap_or_default();
    let salt = scene.right(t).random;
    changes(t, &scene.client, |Bytes(vector)| {
        let content = [before, &length(&vector), &vector, behind].concat();
        ClientSingleActivateOnline {
            data: channel::text::hex::encode(&single_online::plain(&content)),
            shared_secret: None,
            password: Some(password(&vector).into()),
            random: salt.clone(),
        }
    })
}

/// A single-device setup with this vector, which is a good one.
fn single_setup(vector: &[u8]) -> SingleSetup {
    let own = StaticVector::decode(vector).unwrap_or_else(|_| usual());
    SingleSetup { vector: own, password: Some(password(vector)), ..SingleSetup::default() }
}

/// In the state of a single-device client.
fn single_client(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut good = Vec::new();
    for vector in allowed() {
        let scene = Single::new(t, Under::Neither, single_setup(&vector))?;
        let save = Single::save(t);
        let state = t.agrees("SDL-30", &scene.client, &save)?.state.0;
        good.push(SingleSetup { built_in: false, ..scene.setup }.load(scene.platform_key, state));
    }
    let [usual, ..] = good.as_slice() else { return Ok(()) };
    let none = t.peer_client();
    for (rule, vector) in beyond() {
        let mut bent = single::Client::of(usual.platform_key.0, &usual.state.0);
        bent.content.put("vector-length", &length(&vector));
        bent.content.put("vector", &vector);
        t.refuses_stateless(rule, &none, &ClientSingleLoad { state: Bytes(bent.state()), ..usual.clone() })?;
    }
    for good in good {
        let made = t.peer_client();
        t.twin(STV_5.id, &made, &good)?;
    }
    Ok(())
}

/// In the state of a single-device license.
fn single_license(t: &mut Trial<'_>) -> Result<(), Stop> {
    let key = t.random();
    makes(
        t,
        |t| t.peer_server(),
        |Bytes(vector)| {
            let mut bent = single::License::fresh(&single_setup(&vector), key);
            bent.content.put("vector-length", &length(&vector));
            bent.content.put("vector", &vector);
            bent.load()
        },
    )
}
