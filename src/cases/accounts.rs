//! What a client tells of its accounts.

use super::client::lock;
use super::deactivation::end;
use super::replacement::replaceable;
use super::{negative, positive, sequence};
use channel::rule::CLI_1;
use channel::serial::Serial;
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::RootPolicy;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let covers = &["CLI-18"];
    vec![
        positive("accounts-none", Client, covers, "a client without accounts names none", |t| {
            let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Created)?;
            names(t, &scene, &[])
        }),
        positive(
            "accounts-order",
            Client,
            covers,
            "accounts are named ascending by serial number, whatever came first",
            order,
        ),
        sequence(
            "accounts-life",
            Client,
            covers,
            "an account is named 4, then 1, 2 while it is locked, and no more once it is deactivated",
            life,
        ),
        sequence(
            "accounts-replacement",
            Client,
            covers,
            "a pre-activated account beside an activated or locked one is told; the number is the activated one's",
            replacement,
        ),
        sequence(
            "accounts-deactivated-beside",
            Client,
            covers,
            "a pre-activated account whose activated one is deactivated is named alone, without number",
            deactivated_beside,
        ),
        negative(
            "accounts-rooted",
            Client,
            CLI_1,
            "on a rooted device with policy block no account is named; on an unrooted one they are",
            rooted,
        ),
    ]
}

type Named = (&'static str, StateNumber, Option<u32>, bool);

/// The client names just these.
fn names(t: &mut Trial<'_>, scene: &Scene, want: &[Named]) -> Result<(), Stop> {
    let got = t.accepts("CLI-18", &scene.client, &ClientAccounts {})?.got;
    let want = want.iter().map(|(serial, state, sequence, pre_activated)| AccountResult {
        serial: (*serial).into(),
        state: *state,
        sequence: *sequence,
        waiting: None,
        pre_activated: *pre_activated,
    });
    t.same("CLI-18", &got.accounts, Some(&want.collect()))
}

/// Another license for the scene's client, with a vector of its prefix in its AM1.
fn beside(t: &mut Trial<'_>, first: &Scene, serial: &'static str, stage: Stage) -> Result<Scene, Stop> {
    let prefix = serial.parse::<Serial>().map_err(|_| Stop::Harness("serial".into()))?.prefix();
    let mut setup = Setup { serial, carried: true, ..first.setup.clone() };
    setup.vector.prefix = prefix;
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Created)?;
    scene.client = first.client.clone();
    scene.play(t, stage)?;
    Ok(scene)
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    const ACTIVATED: StateNumber = StateNumber::ACTIVATED;
    // A client of several vectors has none of its own.
    let setup = Setup { built_in: false, carried: true, ..Setup::default() };
    let first = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    for serial in ["VDS9999999", "VDS0000000", "VDT0000000", "9ZZ0000009", "A000000000"] {
        beside(t, &first, serial, Stage::Active)?;
    }
    beside(t, &first, "VD95000000", Stage::PreActivated)?;
    names(
        t,
        &first,
        &[
            ("9ZZ0000009", ACTIVATED, Some(1), false),
            ("A000000000", ACTIVATED, Some(1), false),
            ("VD95000000", StateNumber::PRE_ACTIVATED, None, true),
            ("VDS0000000", ACTIVATED, Some(1), false),
            ("VDS1000120", ACTIVATED, Some(1), false),
            ("VDS9999999", ACTIVATED, Some(1), false),
            ("VDT0000000", ACTIVATED, Some(1), false),
        ],
    )
}

const SERIAL: &str = "VDS1000120";

fn life(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::PreActivated)?;
    for sequence in 1..=2 {
        names(t, &scene, &[(SERIAL, StateNumber::PRE_ACTIVATED, None, true)])?;
        scene.play_from_code(t)?;
        names(t, &scene, &[(SERIAL, StateNumber::ACTIVATED, Some(sequence), false)])?;
        lock(t, &mut scene)?;
        names(t, &scene, &[(SERIAL, StateNumber::LOCKED, Some(sequence), false)])?;
        end(t, &scene)?;
        names(t, &scene, &[])?;
        scene.play(t, Stage::PreActivated)?;
    }
    Ok(())
}

fn replacement(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = replaceable(t, Under::Client, Setup::default())?;
    names(t, &scene, &[(SERIAL, StateNumber::ACTIVATED, Some(1), false)])?;
    scene.play(t, Stage::PreActivated)?;
    names(t, &scene, &[(SERIAL, StateNumber::ACTIVATED, Some(1), true)])?;
    scene.play_from_code(t)?;
    names(t, &scene, &[(SERIAL, StateNumber::ACTIVATED, Some(2), false)])?;
    lock(t, &mut scene)?;
    scene.play(t, Stage::PreActivated)?;
    names(t, &scene, &[(SERIAL, StateNumber::LOCKED, Some(2), true)])
}

fn deactivated_beside(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = replaceable(t, Under::Client, Setup::default())?;
    let old = scene.clone();
    scene.play(t, Stage::PreActivated)?;
    end(t, &old)?;
    names(t, &scene, &[(SERIAL, StateNumber::PRE_ACTIVATED, None, true)])?;
    scene.play_from_code(t)?;
    names(t, &scene, &[(SERIAL, StateNumber::ACTIVATED, Some(2), false)])
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
    let rooted = Setup { rooted: true, root_policy: RootPolicy::Block, ..Setup::default() };
    let client = t.peer_client();
    let create = rooted.client(t);
    t.agrees("PPR-5", &client, &create)?;
    t.refuses_only(CLI_1, &client, &ClientAccounts {})?;
    t.twin(CLI_1.id, &scene.client, &ClientAccounts {}).map(|_| ())
}
