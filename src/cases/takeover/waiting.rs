//! The account that waits until the server has confirmed it. The old one does everything.

use channel::rule::{
    AM1_11, AM1_17, AM2_6, AM2_14, CLI_2, CLI_3, CLI_4, CLI_7, CLI_8, CLI_15, CLI_23, DEA_6, PRT_4,
};
use harness::area::Area;
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app};
use peer::operations::*;
use peer::protocol::{Carrier, Pin, Removed};

use super::super::client::with_bad_tag;
use super::super::replacement::imported_again;
use super::stage::{ask, replaceable_on, take_am1, told, trusted, waiting, works, wrong_pin};

fn deactivate(message: &str) -> ClientDeactivate {
    ClientDeactivate { message: message.into(), carrier: Carrier::Direct }
}

pub(super) fn cases(area: &mut Area) {
    area.follows(
        &["AM2-11", "CLI-18"],
        "old-does-everything",
        "after AM2 the old account opens, signs and responds; the new one is told as waiting, until it is confirmed",
        |t| {
            let (mut old, mut new) = waiting(t)?;
            told(t, "AM2-11", &new, [Some(1), Some(2)], false)?;
            t.implied(&["CLI-18"])?;
            for application in [app::TIME, app::EVENT] {
                let request = old.request(t, &Show::by(application))?;
                t.agrees("AM2-11", &ask(&old.client, open(&request)))?;
                t.refuses(CLI_15, &ask(&old.client, old.approve(t, Pin::Wrong)))?;
                let signed = t.answers("AM2-11", &ask(&old.client, old.approve(t, Pin::Right)))?;
                old.accept(t, &request, &signed.signature.unwrap_or_default())?;
            }
            new.confirm(t)?;
            told(t, "CLI-18", &new, [Some(2), None], false)?;
            works(t, "AM2-11", &mut new)
        },
    );

    area.follows(
        &["AM2-14"],
        "confirms-again",
        "a confirmation that got lost is made again for the same AM2, with whatever PIN, and the server takes the last",
        |t| {
            let setup = Setup { post_activation: app::EVENT, ..Setup::default() };
            let mut old = replaceable_on(t, setup)?;
            let mut new = old.clone();
            new.play(t, Stage::Active)?;
            let mut before = new.confirmation.clone();
            for pin in [Pin::Wrong, Pin::Cached, Pin::Right] {
                new.now += 7;
                let again = t.answers("AM2-14", &ask(&new.client, new.take_am2(&new.am2, pin)))?;
                t.decided(again.signature != before, "AM2-14", "the next event's signature", before.clone())?;
                before.clone_from(&again.signature);
                new.confirmation = again.signature;
            }
            let mut scene = Scene { now: new.now, ..old };
            works(t, "AM2-14", &mut scene)?;
            old = scene;
            new.confirm(t)?;
            t.refuses(AM2_6, &ask(&old.client, new.take_am2(&new.am2, Pin::Right)))?;
            works(t, "AM2-14", &mut new)
        },
    );

    area.refuses(
        AM2_14,
        "another-am2",
        "while an account waits every AM2 but its own is refused, bent in any byte or made anew",
        |t| {
            let (_, new) = waiting(t)?;
            let mut asks = Vec::new();
            for at in 7..new.am2.len() / 2 {
                let mut bytes = channel::text::hex::decode(&new.am2).unwrap_or_default();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1;
                }
                let bad = channel::text::hex::encode(&bytes);
                asks.push(ask(&new.client, new.take_am2(&bad, Pin::Right)));
            }
            t.refuses_each(AM2_14, &asks)?;
            // Rightly sealed, and another.
            let channel = new.am2_channel();
            let mut plain = Plain::of(&new.am2, channel.as_ref())?;
            plain.nonce = (u64::from_be_bytes(plain.nonce) + 1).to_be_bytes();
            let bad = plain.message(channel.as_ref());
            t.refuses(AM2_14, &ask(&new.client, new.take_am2(&bad, Pin::Right)))?;
            t.accepts(AM2_14, &ask(&new.client, new.take_am2(&new.am2, Pin::Right)))
        },
    );

    area.refuses(
        AM1_17,
        "another-am1",
        "while an account waits every AM1 is refused, before its checksum; once it is confirmed a new one is taken",
        |t| {
            let (_, mut new) = waiting(t)?;
            let same = new.am1.clone();
            t.refuses(AM1_17, &ask(&new.client, take_am1(&same)))?;
            t.refuses(AM1_17, &ask(&new.client, take_am1(&with_bad_tag(&same))))?;
            new.confirm(t)?;
            new.issue_am1(t)?;
            t.accepts(AM1_17, &ask(&new.client, take_am1(&new.am1)))
        },
    );

    area.refuses(
        AM1_11,
        "order-replacement-before-waiting",
        "without replacement, and one waiting: that there is an activated account wins",
        |t| {
            let (_, new) = waiting(t)?;
            let platform = t.random();
            let save = super::super::at_rest::save(t, platform);
            let state = t.answers("CST-1", &ask(&new.client, save))?.state.0;
            let client = t.peer_client();
            let setup = Setup { replacement: false, ..new.setup.clone() };
            t.agrees("CST-9", &ask(&client, super::super::at_rest::load(&setup, platform, state)))?;
            t.refuses(AM1_11, &ask(&client, take_am1(&new.am1)))?;
            let other = Setup { serial: "VDS1000121", ..Setup::default() };
            let other = Scene::new(t, Under::Client, other, Stage::Issued)?;
            t.accepts(AM1_11, &ask(&client, take_am1(&other.am1)))
        },
    );

    area.follows(
        &["CLI-21"],
        "reported-twice",
        "reporting the confirmation of a first activation, or twice, changes nothing",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
            for _ in 0..2 {
                let before = t.state("CLI-21", &scene.client)?;
                t.agrees("CLI-21", &ask(&scene.client, scene.mark_question()))?;
                t.state_is("CLI-21", &scene.client, before)?;
            }
            scene.confirm(t)?;
            let (_, mut new) = waiting(t)?;
            new.confirm(t)?;
            let before = t.state("CLI-21", &new.client)?;
            t.agrees("CLI-21", &ask(&new.client, new.mark_question()))?;
            t.state_is("CLI-21", &new.client, before)?;
            // Something pre-activated does not wait.
            new.play(t, Stage::PreActivated)?;
            t.agrees("CLI-21", &ask(&new.client, new.mark_question()))?;
            told(t, "CLI-21", &new, [Some(2), None], true)
        },
    );

    area.refuses(
        CLI_4,
        "report-of-pre-activated",
        "of an account that is only pre-activated nobody can have confirmed anything",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
            t.refuses(CLI_4, &ask(&scene.client, scene.mark_question()))?;
            scene.activate_instance(t)?;
            t.accepts(CLI_4, &ask(&scene.client, scene.mark_question()))
        },
    );

    area.refuses(CLI_3, "report-of-nobody", "a confirmation is reported of an account that exists", |t| {
        let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        // The last byte of the serial number is another.
        let message = scene.am2.replacen("C3E40F42B8", "C3E40F42B9", 1);
        t.refuses(CLI_3, &ask(&scene.client, ClientMarkConfirmed { message }))?;
        t.accepts(CLI_3, &ask(&scene.client, scene.mark_question()))
    });

    area.refuses(
        CLI_2,
        "report-of-a-request",
        "a confirmation is reported of an AM2, and of no other message",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let message = scene.request(t, &Show::default())?;
            t.refuses(CLI_2, &ask(&scene.client, ClientMarkConfirmed { message }))?;
            t.refuses(CLI_2, &ask(&scene.client, ClientMarkConfirmed { message: scene.am1.clone() }))?;
            t.accepts(CLI_2, &ask(&scene.client, scene.mark_question()))
        },
    );

    area.refuses(
        CLI_23,
        "report-of-another",
        "a late report, for a replacement that the user has given up, puts no other one in place",
        |t| {
            let (_, mut new) = waiting(t)?;
            let late = new.mark_question();
            t.agrees("CLI-19", &ask(&new.client, new.remove_question(Removed::Replacement)))?;
            new.play(t, Stage::Active)?;
            t.refuses(CLI_23, &ask(&new.client, late))?;
            t.accepts(CLI_23, &ask(&new.client, new.mark_question()))
        },
    );

    area.follows(
        &["CLI-21"],
        "report-forgets-the-old",
        "with the report the old account's wrong PINs, events and opened message are gone",
        |t| {
            let (mut old, mut new) = waiting(t)?;
            let request = old.request(t, &Show::by(app::EVENT))?;
            t.agrees("CLI-11", &ask(&old.client, open(&request)))?;
            t.refuses(CLI_15, &ask(&old.client, old.approve(t, Pin::Wrong)))?;
            new.confirm(t)?;
            t.refuses(channel::rule::CLI_12, &ask(&new.client, new.approve(t, Pin::Right)))?;
            for _ in 1..harness::setup::PIN_TRIES {
                t.refuses(CLI_15, &ask(&new.client, wrong_pin(&new)))?;
            }
            works(t, "CLI-21", &mut new)
        },
    );

    area.follows(
        &["DEA-7"],
        "deactivation-of-the-waiting",
        "a deactivation that names the waiting instance wipes that one alone; a new AM1 is then taken",
        |t| {
            let (mut old, mut new) = waiting(t)?;
            let request = old.request(t, &Show::default())?;
            t.agrees("CLI-11", &ask(&old.client, open(&request)))?;
            let message = super::super::deactivation::issue(t, &new, 2)?;
            t.agrees("DEA-7", &ask(&new.client, deactivate(&message)))?;
            told(t, "DEA-7", &new, [Some(1), None], false)?;
            // The message opened on the old one is still there.
            let signed = t.answers("DEA-7", &ask(&old.client, old.approve(t, Pin::Right)))?;
            old.accept(t, &request, &signed.signature.unwrap_or_default())?;
            t.refuses(AM2_6, &ask(&new.client, new.take_am2(&new.am2, Pin::Right)))?;
            new.play(t, Stage::Confirmed)?;
            works(t, "DEA-7", &mut new)
        },
    );

    area.follows(
        &["DEA-7"],
        "deactivation-of-the-old",
        "a deactivation of the old instance lets the waiting one take its place: the server has confirmed it",
        |t| {
            let (old, mut new) = waiting(t)?;
            let question = new.verify(&new.am2, &new.confirmation);
            trusted(t, &new.server, &question)?;
            let message = super::super::deactivation::issue(t, &old, 1)?;
            t.agrees("DEA-7", &ask(&new.client, deactivate(&message)))?;
            told(t, "DEA-7", &new, [Some(2), None], false)?;
            works(t, "DEA-7", &mut new)
        },
    );

    area.refuses(
        DEA_6,
        "deactivation-of-nobody",
        "a deactivation that names neither the activated nor the waiting instance is refused",
        |t| {
            let (_, new) = waiting(t)?;
            let good = super::super::deactivation::issue(t, &new, 2)?;
            let channel = new.payload_channel();
            let mut plain = Plain::of(&good, Some(&channel))?;
            plain.body = vec![3, 0];
            t.refuses(DEA_6, &ask(&new.client, deactivate(&plain.message(Some(&channel)))))?;
            t.accepts(DEA_6, &ask(&new.client, deactivate(&good)))
        },
    );

    area.refuses(
        CLI_8,
        "deactivation-counter-of-each",
        "a deactivation is as new as the AM2 of the instance that it names, not of the other",
        |t| {
            let (_, new) = waiting(t)?;
            let good = super::super::deactivation::issue(t, &new, 2)?;
            let channel = new.payload_channel();
            let plain = Plain::of(&good, Some(&channel))?;
            let of_new = u64::from_be_bytes(Plain::of(&new.am2, None)?.nonce);
            // Above the old AM2, not above the new one.
            let at = |sequence: u8| {
                let plain = Plain { nonce: of_new.to_be_bytes(), body: vec![sequence, 0], ..plain.clone() };
                deactivate(&plain.message(Some(&channel)))
            };
            t.refuses(CLI_8, &ask(&new.client, at(2)))?;
            t.accepts(CLI_8, &ask(&new.client, at(1)))
        },
    );

    area.follows(
        &["DEA-7"],
        "deactivation-after-reimport",
        "where both have one number, a license imported again between them, each payload key hits its own instance",
        |t| {
            for (of_old, protection) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
                let old = replaceable_on(t, Setup::default())?;
                let mut new = imported_again(t, &old, protection)?;
                new.play(t, Stage::Active)?;
                t.same("AM2-3", &new.sequence, Some(&1))?;
                let from = if of_old { &old } else { &new };
                let message = super::super::deactivation::issue(t, from, 1)?;
                t.agrees("DEA-7", &ask(&new.client, deactivate(&message)))?;
                told(t, "DEA-7", &new, [Some(1), None], false)?;
                let mut left = if of_old { new } else { old };
                if of_old {
                    let question = left.verify(&left.am2, &left.confirmation);
                    trusted(t, &left.server, &question)?;
                }
                works(t, "DEA-7", &mut left)?;
            }
            Ok(())
        },
    );

    for (rule, name, protection) in [(CLI_7, "protection", 1), (PRT_4, "payload-key", 2)] {
        let about =
            format!("a deactivation with another {name} than either account's is refused, one of them taken");
        area.refuses(rule, &format!("deactivation-foreign-{name}"), &about, move |t| {
            let (old, new) = waiting(t)?;
            let foreign = imported_again(t, &old, protection)?;
            // An instance of a third import that this client never saw.
            let mut stranger = foreign.another_client(t, Under::Neither)?;
            stranger.setup.replacement = false;
            stranger.play(t, Stage::Confirmed)?;
            let bad = super::super::deactivation::issue(t, &stranger, 1)?;
            t.refuses(rule, &ask(&new.client, deactivate(&bad)))?;
            let good = super::super::deactivation::issue(t, &new, 2)?;
            t.accepts(rule, &ask(&new.client, deactivate(&good)))
        });
    }

    area.follows(
        &["DEA-7", "CLI-6"],
        "deactivation-without-channel",
        "an account without Secure Channel can't be deactivated by message, one that waits beside it with a channel can",
        |t| {
            let mut old = replaceable_on(t, Setup { secure_channel: false, ..Setup::default() })?;
            let with_channel = Scene { setup: Setup { secure_channel: true, ..old.setup.clone() }, ..old.clone() };
            let mut new = imported_again(t, &with_channel, 2)?;
            new.issue_am1(t)?;
            // Without one that waits, its own deactivation is for nobody here.
            let stranger = {
                let mut stranger = new.another_client(t, Under::Neither)?;
                stranger.play_from_code(t)?;
                stranger
            };
            let bad = super::super::deactivation::issue(t, &stranger, 1)?;
            t.refuses(channel::rule::CLI_6, &ask(&old.client, deactivate(&bad)))?;
            new.play(t, Stage::Active)?;
            let good = super::super::deactivation::issue(t, &new, new.sequence)?;
            t.agrees("DEA-7", &ask(&new.client, deactivate(&good)))?;
            told(t, "DEA-7", &new, [Some(1), None], false)?;
            let question = old.response_question(app::RESPONSE_ONLY, peer::protocol::Data::ResponseOnly {});
            old.now = new.now;
            t.agrees("DEA-7", &ask(&old.client, question))?;
            t.implied(&["CLI-6"])
        },
    );
}
