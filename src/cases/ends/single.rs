//! Codes and passwords of single-device clients.

use channel::check_digit::Radix;
use channel::rule::{PWD_2, PWD_3, SDL_4, SDL_6};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::scene::Under;
use harness::single_scene::{Single, SingleSetup};
use peer::operations::ClientSingleActivateOnline;

use super::super::negative;

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
    ]
}
