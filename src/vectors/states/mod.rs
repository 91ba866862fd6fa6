//! `client-state.json` (SPEC section 23, CST): states that a client loads and writes again just so, and states that
//! it refuses. The state is taken apart here field by field, so that each can be bent by its name; where the bending
//! is not itself what the MAC is for, the MAC is made anew.

mod apart;
mod refused;
mod stored;

use serde_json::{Value, json};

use super::flow;
use super::vector::{hex, since, with};
use apart::between;
use harness::scene::Stage;
use harness::setup::Setup;
use harness::trial::Trial;
use peer::operations::ClientAccounts;
use stored::{active, at, both, locked, pre_activated, two};

pub(super) use stored::{load, save};

/// `client-state.json`.
pub(super) fn states() -> Vec<Value> {
    since(
        3,
        [good(), refused::bad_frames(), refused::bad_fields(), refused::bad_keys(), refused::orders()]
            .concat(),
    )
}

fn good() -> Vec<Value> {
    let of = |id: &str, note: &str, setup: Setup, state: Vec<u8>| {
        let play = |t: &mut Trial<'_>| {
            let client = t.peer_client();
            t.agrees("CST-9", &client, &load(&setup, &state))?;
            t.agrees("CST-9", &client, &ClientAccounts {})?;
            let again = t.agrees("CST-1", &client, &save())?;
            t.same("CST-1", &again.state.0, Some(&state))
        };
        let vector = flow(&format!("client-state-{id}"), note, &["CST-1", "CST-2", "CST-3", "CST-9"], play);
        with(with(vector, "input", json!({"state": hex(&state)})), "intermediate", between(&state))
    };
    let without = Setup { secure_channel: false, ..Setup::default() };
    vec![
        of("empty", "no account: 51 bytes", Setup::default(), at(Stage::Created, Setup::default())),
        of("pre-activated", "between AM1 and AM2", Setup::default(), pre_activated()),
        of("activated", "after AM2", Setup::default(), active()),
        of("no-payload-key", "without Secure Channel", without.clone(), at(Stage::Active, without)),
        of("locked", "events, wrong PINs, an unlock challenge", Setup::otp(), locked()),
        of("both", "a pre-activated account beside the activated one", Setup::default(), both()),
        of("two", "two licenses, by serial number", Setup::default(), two()),
    ]
}

#[cfg(test)]
mod tests {
    use super::apart::{bent, between, fields};
    use super::*;

    #[test]
    fn each_is_decided_by_what_it_is_about() {
        for vector in states() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
    }

    #[test]
    fn cst_1_the_fields_are_all_of_the_state() {
        for state in [active(), pre_activated(), locked(), both(), two()] {
            assert!(state.len() > 51);
            let fields = fields(&state);
            assert_eq!(fields.iter().map(|field| field.at.len()).sum::<usize>(), state.len());
            assert_eq!(bent(&state, &[]), state);
            let keys = between(&state)["keys"].as_array().unwrap().len();
            assert_eq!(keys, fields.iter().filter(|field| field.sealed.is_some()).count(), "each key opens");
        }
    }
}
