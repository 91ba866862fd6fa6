//! What an instance is called.

use super::{negative, positive};
use channel::rule::VER_3;
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::Number;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "instance-names",
            Server,
            &["INS-1"],
            "type, names and modes of all applications, disabled ones too, in ascending order",
            names,
        ),
        positive(
            "instance-long-name",
            Server,
            &["INS-1"],
            "a name of ten characters, and blanks where it has fewer",
            long_name,
        ),
        positive(
            "instance-in-every-state",
            Server,
            &["INS-1"],
            "an instance has its names before it is confirmed, and after it was deactivated",
            every_state,
        ),
        negative("instance-unknown", Server, VER_3, "an instance that isn't there has no names", unknown),
    ]
}

fn instance(sequence: u32) -> ServerInstance {
    ServerInstance { sequence: Number::from(sequence) }
}

/// What the setup's vector says, told by hand.
fn expected(setup: &Setup, sequence: u32) -> InstanceResult {
    use channel::wire::static_vector::Mode as M;
    let applications = setup.vector.applications.iter().map(|rules| ApplicationResult {
        application: Number::from(u32::from(rules.form.index)),
        name: format!("{}{sequence:02}", String::from_utf8_lossy(&rules.name)),
        mode: match rules.mode {
            M::ResponseOnly => Mode::Ro,
            M::ChallengeResponse => Mode::Cr,
            M::Signature => Mode::Sg,
            M::MultiMode => Mode::Mm,
            M::Unlock => Mode::Ul,
        },
    });
    InstanceResult { r#type: format!("TYP{:02}", setup.device_type), applications: applications.collect() }
}

fn looks(t: &mut Trial<'_>, scene: &Scene) -> Result<(), Stop> {
    let got = t.accepts("INS-1", &scene.server, &instance(scene.sequence))?.got;
    t.same("INS-1", &got, Some(&expected(&scene.setup, scene.sequence)))
}

fn names(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (setup, device_type) in [(Setup::default(), 0), (Setup::otp(), 7), (Setup::otp(), 99)] {
        let mut scene = Scene::new(t, Under::Server, Setup { device_type, ..setup }, Stage::Confirmed)?;
        looks(t, &scene)?;
        scene = scene.another_client(t, Under::Server)?;
        scene.play(t, Stage::Confirmed)?;
        looks(t, &scene)?;
    }
    Ok(())
}

fn long_name(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut setup = Setup::default();
    for (rules, name) in
        setup.vector.applications.iter_mut().zip([*b"ABCDEFGHI9", *b"A         ", *b"0         "])
    {
        rules.name = name;
    }
    // The tenth instance: a sequence number without a leading zero.
    let mut scene = Scene::new(t, Under::Server, Setup { threshold: 10, ..setup }, Stage::Am2)?;
    for _ in 1..10 {
        scene = scene.another_client(t, Under::Server)?;
        scene.play(t, Stage::Am2)?;
    }
    looks(t, &scene)
}

fn every_state(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Am2)?;
    looks(t, &scene)?;
    scene.activate_instance(t)?;
    scene.confirm(t)?;
    looks(t, &scene)?;
    let end = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    t.accepts("DEA-4", &scene.server, &end)?;
    looks(t, &scene)
}

fn unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Verified)?;
    t.refuses_only(VER_3, &scene.server, &instance(1))?;
    scene.issue_am2(t)?;
    for sequence in [2, 99] {
        t.refuses_only(VER_3, &scene.server, &instance(sequence))?;
    }
    t.twin(VER_3.id, &scene.server, &instance(1)).map(|_| ())
}
