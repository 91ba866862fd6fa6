//! Codes and passwords of single-device clients.

use channel::check_digit::Radix;
use channel::rule::{BND_6, BND_9, ERC_3, ERC_4, PWD_2, PWD_3, SDL_4, SDL_6, SDL_25};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::scene::Under;
use harness::single_scene::{PASSWORD, Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientSingleActivateOnline, ServerSingleGenerateFullActivationData};

use super::super::single_counter::{at_event, with_events};
use super::super::{negative, single_codes, single_online};

pub(super) fn cases() -> Vec<Case> {
    vec![
        negative(
            "ends-code-single-activate",
            Role::Client,
            SDL_4,
            "client.single_activate takes a code of each length and of the greatest number, and none beside them",
            |t| {
                let setup = SingleSetup { short_codes: true, ..SingleSetup::default() };
                let scene = Single::created(t, Under::Client, setup)?;
                let lengths = [32, 34].map(|length| "F".repeat(length)).into_iter();
                let lengths = lengths.chain([15, 17].map(|length| "A".repeat(length)));
                let lengths = lengths.chain([19, 21, 39, 41].map(|length| "1".repeat(length)));
                for code in lengths {
                    let bad = scene.activation(t, &code);
                    t.refuses_only(SDL_4, &scene.client, &bad)?;
                }
                let most = "340282366920938463463374607431768211455";
                let more = "340282366920938463463374607431768211456";
                for code in [with_digit(more, Radix::Decimal), "18446744073709551616".into()] {
                    let bad = scene.activation(t, &code);
                    t.refuses_only(SDL_6, &scene.client, &bad)?;
                }
                let good = [
                    with_digit(most, Radix::Decimal),
                    "18446744073709551615".into(),
                    "F".repeat(16),
                    with_digit(&"F".repeat(32), Radix::Hexadecimal),
                ];
                for code in good {
                    let good = scene.activation(t, &code);
                    t.twin(SDL_6.id, &scene.client, &good)?;
                }
                Ok(())
            },
        ),
        negative(
            "ends-password-single-activate-online",
            Role::Client,
            PWD_2,
            "client.single_activate_online takes a password of the shortest and the longest length, and none beside them",
            |t| {
                let scene = Single::created(t, Under::Client, SingleSetup::default())?;
                let data = scene.data(t, None, false)?;
                let rules = scene.setup.vector.password;
                let [least, most] = [rules.minimum, rules.maximum].map(usize::from);
                let mut ask = |password: String| ClientSingleActivateOnline {
                    data: data.clone(),
                    shared_secret: None,
                    password: Some(password),
                    random: scene.right(t).random,
                };
                let of = |length: usize| "1357".chars().cycle().take(length).collect::<String>();
                let bad = [of(least - 1), of(most + 1)].map(&mut ask);
                let odd = ["13\u{1F}57", "13\u{7F}57"].map(|password| ask(password.to_owned()));
                let good = [of(least), of(most), "1 ~57".to_owned()].map(&mut ask);
                bad.iter().try_for_each(|bad| t.refuses_only(PWD_2, &scene.client, bad))?;
                odd.iter().try_for_each(|bad| t.refuses_only(PWD_3, &scene.client, bad))?;
                good.iter().try_for_each(|good| t.twin(PWD_2.id, &scene.client, good).map(drop))
            },
        ),
        negative(
            "ends-password-single-change-password",
            Role::Client,
            PWD_3,
            "client.single_change_password takes a password of each character that there may be, and of no other",
            |t| {
                let scene = Single::new(t, Under::Client, SingleSetup::default())?;
                for bad in ["13\u{1F}57", "13\u{7F}57"] {
                    let bad = scene.change(t, Some(PASSWORD), Some(bad));
                    t.refuses_only(PWD_3, &scene.client, &bad)?;
                }
                let good = scene.change(t, Some(PASSWORD), Some("1 ~57"));
                t.twin(PWD_3.id, &scene.client, &good).map(drop)
            },
        ),
        negative(
            "ends-code-activation-code-read",
            Role::Primitive("activation_code.read"),
            SDL_4,
            "activation_code.read takes a short hexadecimal code of its length, and none beside it",
            |t| {
                let party = t.peer_client();
                let read = |length: usize| single_codes::read(&"A".repeat(length), true);
                [15, 17].iter().try_for_each(|length| t.refuses_stateless(SDL_4, &party, &read(*length)))?;
                t.twin(SDL_4.id, &party, &read(16)).map(drop)
            },
        ),
        negative(
            "ends-counter-client-single-activate-online",
            Role::Client,
            ERC_4,
            "client.single_activate_online takes the longest event reactivation counter, none a digit shorter or longer",
            counter,
        ),
        negative(
            "ends-counter-server-single-generate-full-activation-data",
            Role::Server,
            ERC_3,
            "server.single_generate_full_activation_data sends the greatest counter, and none beyond",
            |t| {
                let ask = ServerSingleGenerateFullActivationData {
                    shared_secret: None,
                    with_counter: true,
                    random: None,
                };
                let bad = at_event(t, Under::Server, u64::from(u32::MAX) + 1)?;
                t.refuses_only(ERC_3, &bad.server, &ask)?;
                let good = at_event(t, Under::Server, u64::from(u32::MAX))?;
                t.twin(ERC_3.id, &good.server, &ask).map(drop)
            },
        ),
        negative(
            "ends-diversifier-server-single-verify-derivation-code",
            Role::Server,
            BND_6,
            "server.single_verify_derivation_code looks for the greatest diversifier, and not for one beyond",
            |t| {
                let scene = Single::new(t, Under::Server, SingleSetup::default())?;
                let code = scene.derive(t, None)?;
                let mac = code.get(17..25).unwrap_or_default();
                for (diversifier, rule) in [(1u64 << 56, BND_6), ((1 << 56) - 1, BND_9)] {
                    let bad = with_digit(&format!("{diversifier:017}{mac}"), Radix::Decimal);
                    t.refuses_only(rule, &scene.server, &scene.verify_derivation(None, &bad))?;
                }
                t.twin(BND_6.id, &scene.server, &scene.verify_derivation(None, &code)).map(drop)
            },
        ),
    ]
}

/// The counter stands at the end of the content, behind its length.
fn counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup::with(|vector| with_events(vector, 8));
    let scene = Single::created(t, Under::Client, setup)?;
    let data = scene.data(t, None, true)?;
    let good = scene.online(t, &data, None);
    let data = hex::decode(&data).unwrap_or_default();
    let content = single_online::content(&data);
    let (before, counter) = content.split_at_checked(content.len().saturating_sub(91)).unwrap_or_default();
    let before = before.get(..before.len().saturating_sub(1)).unwrap_or_default();
    let with = |length: u8| {
        let digits: Vec<u8> = counter.iter().copied().cycle().take(usize::from(length)).collect();
        let content = [before, &[length], &digits].concat();
        ClientSingleActivateOnline { data: hex::encode(&single_online::plain(&content)), ..good.clone() }
    };
    for (length, rule) in [(90, ERC_4), (92, SDL_25)] {
        t.refuses_only(rule, &scene.client, &with(length))?;
    }
    t.twin(ERC_4.id, &scene.client, &with(91)).map(drop)
}
