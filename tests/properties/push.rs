//! Push and login: its strings, its message, and any steps of any logins in virtual time.

use channel::bytes::Wire;
use channel::text::charset::is_displayable;
use channel::text::gateway_string::{ChallengeKey, Details, GatewayString, Identity};
use channel::wire::information::{Information, InformationNonce};
use oracles::LOGIN;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;

/// Characters that a field may have.
fn field(least: usize) -> impl Strategy<Value = String> {
    let longer = vec(any::<char>(), least..=255).prop_map(|all| all.into_iter().collect::<String>());
    prop_oneof![longer, "[a-z]{1,9}".boxed()].prop_map(move |text| {
        let text: String = text.chars().filter(|c| *c != ';' && is_displayable(*c)).collect();
        if text.is_empty() { "x".repeat(least) } else { text }
    })
}

fn string() -> impl Strategy<Value = (GatewayString, u8)> {
    let notification = ("[0-9A-F]{10}", 1u8..=8)
        .prop_map(|(challenge_key, index)| (GatewayString::Notification { challenge_key }, index));
    let details = (field(1), 1u8..=8, field(1), field(0)).prop_map(|(service, application, user, domain)| {
        let identity = Identity { user, domain };
        (GatewayString::Details(Details { service, application, identity }), application)
    });
    prop_oneof![notification, details]
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn what_is_written_is_read((string, index) in string()) {
        let text = string.write(index).unwrap();
        prop_assert_eq!(GatewayString::read(&text, index), Ok(string));
    }

    #[test]
    fn what_is_read_is_written((string, index) in string(), at in any::<prop::sample::Index>(), c in "[;0-9a-g]") {
        let mut text: Vec<char> = string.write(index).unwrap().chars().collect();
        let at = at.index(text.len());
        text[at] = c.chars().next().unwrap();
        let text: String = text.into_iter().collect();
        if let Ok(read) = GatewayString::read(&text, index) {
            let again = read.write(index).unwrap();
            prop_assert!(again == text || read.is_notification() && again.eq_ignore_ascii_case(&text));
        }
    }

    #[test]
    fn information_has_one_encoding(key in any::<[u8; 5]>(), bytes in vec(any::<u8>(), 0..9), nonce in any::<[u8; 8]>()) {
        let message = Information { challenge_key: ChallengeKey(key) };
        prop_assert_eq!(Information::decode(&message.to_bytes()), Ok(message));
        if let Ok(read) = Information::decode(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
        prop_assert_eq!(InformationNonce::decode(nonce).encode(), nonce);
        prop_assert_eq!(ChallengeKey::parse(&ChallengeKey(key).to_string().to_lowercase()), Ok(ChallengeKey(key)));
    }
}

/// What happens, to which login and by whom, how the clock moves, and how far.
fn step() -> impl Strategy<Value = [u8; 4]> {
    let seconds = prop_oneof![
        4 => Just(0u16),
        2 => prop::sample::select(vec![1, 59, 60, 61, 119, 120, 121, 179, 180, 181, 3599, 3600, 3601]),
        1 => any::<u16>(),
    ];
    (0u8..16, any::<u8>(), 0u8..4, seconds).prop_map(|(what, which, clock, seconds)| {
        let [high, low] = seconds.to_be_bytes();
        [what | clock << 6, which & 0b1110_0011, high, low]
    })
}

proptest! {
    #![proptest_config(config(48))]

    /// Against a model that remembers every login and every reading of the clock: the target says how.
    #[test]
    fn logins_in_virtual_time(steps in vec(step(), 1..40)) {
        (LOGIN.run)(&steps.concat());
    }
}
