//! Single-device licensing: codes and counters of any number, states of any content, any sequence of operations;
//! each against the second implementation.

use channel::check_digit::Radix;
use channel::crypto::keys::Key;
use channel::crypto::password::{Cost, password_key};
use channel::crypto::single;
use channel::serial::Serial;
use channel::wire::activation_code::{ActivationCode, encode};
use channel::wire::derivation_code::DerivationCode;
use channel::wire::event_counter::EventCounter;
use oracles::slow::argon;
use oracles::slow::single as slow;
use oracles::{SINGLE_FLOWS, SINGLE_STATE};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;

fn serial() -> Serial {
    "VDS1000120".parse().unwrap()
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn sdl_3_activation_codes_come_back(n: u128, hexadecimal: bool) {
        let text = encode(n, if hexadecimal { Radix::Hexadecimal } else { Radix::Decimal });
        prop_assert_eq!(&text, &slow::write_code(n.to_be_bytes(), hexadecimal));
        prop_assert_eq!(ActivationCode::decode(&text, false), Ok(ActivationCode::Long(n)));
    }

    #[test]
    fn sdl_1_license_keys_come_back(master: [u8; 16], license: [u8; 16]) {
        let n = single::code_of_license(&Key::new(master), serial(), &Key::new(license));
        prop_assert_eq!(n.to_be_bytes(), slow::code_of_license(&master, serial().to_bytes(), license));
        prop_assert_eq!(slow::license_of_code(&master, serial().to_bytes(), &n.to_be_bytes()), license);
    }

    /// Against a model over single bits.
    #[test]
    fn erc_1_counters_of_any_size(license: [u8; 16], counters in vec(any::<u32>(), 1..=8)) {
        let named: Vec<(u8, u32)> = (1..).zip(counters.clone()).collect();
        let mac = single::event_counter_mac(&Key::new(license), serial(), &named);
        let text = EventCounter { counters: counters.clone(), mac }.encode();
        prop_assert_eq!(&text, &slow::event_counter(&license, serial().to_bytes(), &named));
        let read = EventCounter::decode(&text, counters.len()).unwrap();
        prop_assert_eq!((read.counters, read.mac), (counters, mac));
    }

    #[test]
    fn erc_4_any_digits(digits in "[0-9]{23}|[0-9]{33}|[0-9]{91}|[0-9]{20,24}", n in 1usize..=8) {
        let read = EventCounter::decode(&digits, n).map(|counter| {
            let mut bytes: Vec<u8> = counter.counters.iter().flat_map(|it| it.to_be_bytes()).collect();
            bytes.extend(counter.mac);
            bytes
        });
        prop_assert_eq!(read.map_err(|refusal| refusal.rule.id), slow::read_counter(&digits, n));
    }

    #[test]
    fn bnd_2_derivation_codes_come_back(d: [u8; 7], mac in 0u32..100_000_000) {
        let code = DerivationCode { diversifier: single::Diversifier(d), mac };
        prop_assert_eq!(code.encode(), slow::write_derivation(d, mac));
        prop_assert_eq!(DerivationCode::decode(&code.encode()), Ok(code));
    }

    #[test]
    fn sdl_34_states_of_any_content(how in 0u8..4, content in vec(any::<u8>(), 0..80)) {
        (SINGLE_STATE.run)(&[&[how][..], &content].concat());
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn pwd_9_argon2id(password in "[ -~]{1,64}", salt: [u8; 16], memory_kib in 8u32..80, iterations in 1u32..4) {
        let fast = password_key(Some(&password), &salt, Cost { memory_kib, iterations });
        prop_assert_eq!(*fast, argon::password_key(Some(&password), &salt, memory_kib, iterations));
    }

    /// Two clients and a license against their model.
    #[test]
    fn any_sequence_of_operations(program in vec(any::<u8>(), 0..120)) {
        let activated = [&[0, 0, 0, 0, 1, 8][..], &program].concat();
        (SINGLE_FLOWS.run)(&activated);
    }
}
