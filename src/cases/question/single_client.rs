//! Good questions of a single-device client.

use harness::case::{Case, Role};
use harness::play::Ask;
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Operation};

use super::held::{of, of_with};

/// Both of two members of which just one is null, or neither.
const BOTH_OR_NEITHER: [(&str, &str); 2] = [
    (
        "params: serial and suffix are null",
        r#"{"serial":null,"suffix":null,"code":"0","event_reactivation_counter":null,"password":null}"#,
    ),
    (
        "params: neither serial nor suffix is null",
        r#"{"serial":"VDS1000120","suffix":"1000120","code":"0","event_reactivation_counter":null,"password":null}"#,
    ),
];

fn created(t: &mut Trial<'_>) -> Result<Single, Stop> {
    Single::created(t, Under::Client, SingleSetup::default())
}

/// The case of an operation that an activated client is asked.
fn active<Op: Operation>(
    good: impl Fn(&mut Trial<'_>, &Single) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Client, move |t| {
        let scene = Single::new(t, Under::Client, SingleSetup::default())?;
        let op = good(t, &scene)?;
        Ok(Ask { party: scene.client, op })
    })
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    [begin(), answers(), kept()].into_iter().flatten().collect()
}

fn begin() -> Vec<Case> {
    [
        of(Role::Client, |t| {
            let op = SingleSetup::default().client([7; 16]);
            Ok(Ask { party: t.peer_client(), op })
        }),
        of_with(Role::Client, &BOTH_OR_NEITHER, |t| {
            let scene = created(t)?;
            Ok(Ask { op: scene.right(t), party: scene.client })
        }),
        of(Role::Client, |t| {
            let scene = created(t)?;
            let data = scene.data(t, Some([9; 16]), false)?;
            Ok(Ask { op: scene.online(t, &data, Some([9; 16])), party: scene.client })
        }),
        active(|_, _| Ok(ClientSingleReport { accepted: true })),
        of(Role::Client, |t| {
            // An activation by a wrong code, beside the account of before.
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            scene.report(t, true)?;
            let wrong = scene.wrong_code(t)?;
            let question = scene.activation(t, &wrong);
            Trial::agrees(t, "SDL-35", &scene.client, &question)?;
            Ok(Ask { op: ClientSingleRevert {}, party: scene.client })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn answers() -> Vec<Case> {
    [
        active(|_, _| Ok(ClientSingleStatus {})),
        active(|t, scene| Ok(scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD)))),
        active(|_, scene| Ok(scene.response_question(otp::TIME, &Data::ResponseOnly {}))),
        active(|_, scene| Ok(scene.derivation_question(None))),
        active(|t, scene| {
            let code = scene.derive(t, None)?;
            t.agrees("BND-10", &scene.server, &scene.verify_derivation(None, &code))?;
            Ok(ClientSingleMarkBound {})
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kept() -> Vec<Case> {
    [
        active(|t, _| Ok(Single::save(t))),
        of(Role::Client, |t| {
            let scene = Single::new(t, Under::Neither, SingleSetup::default())?;
            let save = Single::save(t);
            let state = Trial::agrees(t, "SDL-30", &scene.client, &save)?.state.0;
            Ok(Ask { party: t.peer_client(), op: scene.setup.load(scene.platform_key, state) })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
