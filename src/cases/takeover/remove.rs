//! The user's way out, and how many accounts a client has.

use channel::rule::{CLI_1, CLI_3, CLI_12, CLI_20, CLI_22, CST_10};
use channel::serial::Serial;
use harness::area::Area;
use harness::forge::state::Saved;
use harness::play::need;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::Setup;
use peer::operations::*;
use peer::protocol::{Pin, Removed, RootPolicy};

use super::super::client::{lock, second_account};
use super::forger::am1_of;
use super::stage::{ask, replaceable, take_am1, told, trusted, waiting, works};

pub(super) fn cases(area: &mut Area) {
    area.follows(
        &["CLI-19"],
        "account",
        "the user removes an account, locked or not, with all beside it and its opened message; others stay",
        |t| {
            let mut scene = replaceable(t)?;
            let mut second = second_account(t, &scene, Stage::Confirmed)?;
            let request = scene.request(t, &Show::default())?;
            scene.play(t, Stage::PreActivated)?;
            lock(t, &mut scene)?;
            t.agrees("CLI-19", &ask(&scene.client, scene.remove_question(Removed::Account)))?;
            t.refuses(CLI_12, &ask(&scene.client, scene.approve(t, Pin::Right)))?;
            t.refuses(CLI_3, &ask(&scene.client, open(&request)))?;
            works(t, "CLI-19", &mut second)?;
            // As if it had never been: by another license key, too.
            let mut anew = Scene::new(t, Under::Client, scene.setup.clone(), Stage::Created)?;
            anew.client = scene.client.clone();
            anew.play(t, Stage::Confirmed)?;
            works(t, "CLI-19", &mut anew)?;
            let (_, new) = waiting(t)?;
            t.agrees("CLI-19", &ask(&new.client, new.remove_question(Removed::Account)))?;
            let left = t.answers("CLI-19", &ask(&new.client, ClientAccounts {}))?.accounts;
            t.same("CLI-19", &left, Some(&Vec::new()))?;
            let pre = Scene::new(t, Under::Client, Setup::default(), Stage::PreActivated)?;
            t.agrees("CLI-19", &ask(&pre.client, pre.remove_question(Removed::Account)))
        },
    );

    area.follows(
        &["CLI-19"],
        "replacement",
        "the user removes what stands beside an account, pre-activated or waiting; the account and its message stay",
        |t| {
            let mut scene = replaceable(t)?;
            let mut old = scene.clone();
            for stage in [Stage::PreActivated, Stage::Active] {
                scene.play(t, stage)?;
                let request = old.request(t, &Show::default())?;
                t.agrees("CLI-11", &ask(&old.client, open(&request)))?;
                t.agrees("CLI-19", &ask(&old.client, old.remove_question(Removed::Replacement)))?;
                told(t, "CLI-19", &old, [Some(1), None], false)?;
                let signed = t.answers("CLI-19", &ask(&old.client, old.approve(t, Pin::Right)))?;
                old.accept(t, &request, &signed.signature.unwrap_or_default())?;
            }
            scene.play(t, Stage::Confirmed)?;
            works(t, "CLI-19", &mut scene)
        },
    );

    area.refuses(
        CLI_20,
        "replacement-not-there",
        "where nothing stands beside an activated account, no replacement can be removed",
        |t| {
            let pre = Scene::new(t, Under::Client, Setup::default(), Stage::PreActivated)?;
            t.refuses(CLI_20, &ask(&pre.client, pre.remove_question(Removed::Replacement)))?;
            let mut scene = replaceable(t)?;
            let question = ask(&scene.client, scene.remove_question(Removed::Replacement));
            t.refuses(CLI_20, &question)?;
            scene.play(t, Stage::PreActivated)?;
            t.accepts(CLI_20, &question)?;
            t.refuses(CLI_20, &question)
        },
    );

    area.refuses(CLI_3, "of-nobody", "an account that is removed must exist", |t| {
        let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        for what in [Removed::Account, Removed::Replacement] {
            let question = ClientRemove { serial: "VDS1000121".into(), what };
            t.refuses(CLI_3, &ask(&scene.client, question))?;
        }
        let question = ask(&scene.client, scene.remove_question(Removed::Account));
        t.accepts(CLI_3, &question)?;
        t.refuses(CLI_3, &question)
    });

    area.refuses(CLI_1, "rooted", "on a blocked rooted device nothing is removed or reported", |t| {
        let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        let platform = t.random();
        let save = super::super::at_rest::save(t, platform);
        let state = t.answers("CST-1", &ask(&scene.client, save))?.state.0;
        let client = t.peer_client();
        let setup = Setup { rooted: true, root_policy: RootPolicy::Block, ..scene.setup.clone() };
        t.agrees("CST-9", &ask(&client, super::super::at_rest::load(&setup, platform, state)))?;
        t.refuses(CLI_1, &ask(&client, scene.mark_question()))?;
        for what in [Removed::Account, Removed::Replacement] {
            t.refuses(CLI_1, &ask(&client, scene.remove_question(what)))?;
        }
        t.accepts(CLI_1, &ask(&scene.client, scene.remove_question(Removed::Account)))
    });

    area.refuses(
        CST_10,
        "state-of-thirty-three",
        "a state of 32 serial numbers is loaded, one of 33 is refused though all else is right",
        |t| {
            let mut scene = Scene::new(t, Under::Neither, Setup::default(), Stage::Confirmed)?;
            scene.issue_am1(t)?;
            for n in 0..31 {
                let serial = need(format!("VDS{n:07}").parse::<Serial>().ok(), "a serial number")?;
                let message = am1_of(&scene, &scene.am1, serial, t.random())?;
                trusted(t, &scene.client, &take_am1(&message))?;
            }
            let platform = t.random();
            let save = super::super::at_rest::save(t, platform);
            let state = trusted(t, &scene.client, &save)?.state.0;
            let load = |state| super::super::at_rest::load(&scene.setup, platform, state);
            // One more, the copy of a pre-activated one under the last serial number there is.
            let mut more = Saved::of(platform, &state);
            let last = need("VDS9999999".parse::<Serial>().ok(), "a serial number")?;
            let account = more.account_bytes(0);
            let middle = need(account.get(5..account.len().saturating_sub(32)), "an account")?;
            let key = more.seal("client-license", last, [2, 0], [7; 16]);
            let account = [&last.to_bytes()[..], middle, &key].concat();
            more.put("accounts", &[0, 33]);
            more.bytes().extend(account);
            let client = t.peer_client();
            let bad = ask(&client, load(more.state()));
            t.refuses_to_make(CST_10, &bad)?;
            t.accepts(CST_10, &ask(&client, load(state)))
        },
    );

    area.refuses(
        CLI_22,
        "thirty-third-account",
        "a client has accounts of 32 serial numbers and no more, until one of them is removed",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            scene.issue_am1(t)?;
            let serial = |n: u32| need(format!("VDS{n:07}").parse::<Serial>().ok(), "a serial number");
            let mut messages = Vec::new();
            for n in 0..32 {
                messages.push(am1_of(&scene, &scene.am1, serial(n)?, t.random())?);
            }
            let last = need(messages.pop(), "an AM1")?;
            for message in &messages {
                t.agrees("CLI-22", &ask(&scene.client, take_am1(message)))?;
            }
            t.refuses(CLI_22, &ask(&scene.client, take_am1(&last)))?;
            // What is there goes on, takes a newer AM1, and survives a restart.
            t.agrees("CLI-22", &ask(&scene.client, take_am1(&need(messages.first().cloned(), "an AM1")?)))?;
            works(t, "CLI-22", &mut scene)?;
            let platform = t.random();
            let save = super::super::at_rest::save(t, platform);
            let state = t.answers("CST-1", &ask(&scene.client, save))?.state.0;
            let client = t.peer_client();
            t.agrees("CST-9", &ask(&client, super::super::at_rest::load(&scene.setup, platform, state)))?;
            t.refuses(CLI_22, &ask(&client, take_am1(&last)))?;
            let question = ClientRemove { serial: serial(7)?.to_string(), what: Removed::Account };
            t.agrees("CLI-19", &ask(&scene.client, question))?;
            t.accepts(CLI_22, &ask(&scene.client, take_am1(&last)))
        },
    );
}
