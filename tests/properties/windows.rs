//! One response, as far off as it may be, and one further: VER-13 to VER-17 and OPR-6 at their edges, for any
//! settings.

use channel::bytes::Wire as _;
use channel::client::{Client, Config, Installation, Pin, RootPolicy};
use channel::crypto::keys::Key;
use channel::crypto::protect::Protection;
use channel::license::blob::Epoch;
use channel::rule::VER_12;
use channel::serial::{Sequence, Serial};
use channel::server::{Attempt, License, Origin, Settings};
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::data::Data;
use channel::wire::message_vector::{MessageVector, Windows};
use harness::setup::{otp, otp_vector};
use proptest::prelude::*;
use proptest::sample::select;

use crate::config;

const START: u32 = 1_800_000_000;
/// Of every application with time alone.
const STEP_S: i64 = 36;

fn serial() -> Serial {
    "VDS1000120".parse().unwrap()
}

/// An activated pair, and what is asked of it.
struct Pair {
    license: License,
    client: Client,
    sequence: Sequence,
}

impl Pair {
    fn new(windows: Windows) -> Self {
        let mut vector = otp_vector();
        for application in &mut vector.applications {
            application.form.length = 16; // no accidents
        }
        let policy =
            Policy { activation: Protection::Cmac, messages: Protection::Cmac, post_activation: otp::FIELDS };
        let settings = Settings {
            message_vector: MessageVector {
                policy,
                activation_validity_days: 7,
                message_age_limit_s: 3600,
                code_tries: 1,
                signature_tries: 99,
                windows,
            },
            threshold: 1,
        };
        let origin = Origin {
            serial: serial(),
            license_key: Key::new([1; 16]),
            static_vector_bytes: vector.to_bytes(),
            static_vector: vector.clone(),
            payload_key: None,
            epoch: Epoch([4; 8]),
            last_counter: 0,
        };
        let mut license = License::kept(origin, settings).unwrap();
        let config = Config {
            static_vector: Some(vector),
            platform_data: Vec::new(),
            app_version: 0,
            rooted: false,
            root_policy: RootPolicy::Allow,
            replacement: false,
        };
        let mut client = Client::new(config, Installation { salt: [3; 16], device_type: 0 });
        let am1 = license.generate_activation1(None, false, START).unwrap();
        let code = client.activate_license(&hex::encode(&am1)).unwrap();
        license.verify_device_code(&code, false, START).unwrap();
        let (sequence, am2) = license.generate_activation2([6; 13], START).unwrap();
        let am2 = hex::encode(&am2);
        let activated = client.activate_instance(&am2, Pin::Right, START).unwrap();
        license.verify_message_signature(sequence, &am2, &activated.signature, START).unwrap();
        Self { license, client, sequence }
    }

    fn respond(&mut self, application: u8, data: &Data, now: u32) -> String {
        self.client.generate_response(serial(), application, data, Pin::Right, now).unwrap()
    }

    /// Whether the server takes it; what it does not take, it refuses by VER-12.
    fn takes(&mut self, application: u8, data: &Data, response: &str, now: u32) -> bool {
        match self.license.verify_response(self.sequence, application, data, response, now) {
            Ok(()) => true,
            Err(refusal) => {
                assert_eq!(refusal.rule, VER_12);
                false
            }
        }
    }

    /// A response whose client's clock is so many steps off.
    fn is_taken_off(&mut self, application: u8, data: &Data, now: u32, off: i64) -> bool {
        let client_now = u32::try_from(i64::from(now) + off * STEP_S).unwrap();
        let response = self.respond(application, data, client_now);
        self.takes(application, data, &response, now)
    }
}

fn windows() -> impl Strategy<Value = Windows> {
    (0u16..=100, 0u16..=100, 0u16..=10_800, 0u16..=20).prop_map(
        |(identification, signature, first_use_s, look_ahead)| Windows {
            identification,
            signature,
            first_use_s,
            look_ahead,
        },
    )
}

/// Applications with time alone, and data for them.
fn with_time() -> impl Strategy<Value = (u8, Data)> {
    let fields = Data::Fields(vec!["a".into(), String::new()]);
    select(vec![
        (otp::TIME, Data::ResponseOnly),
        (otp::CHALLENGE, Data::Challenge("31415".into())),
        (otp::MULTI, Data::ResponseOnly),
        (otp::MULTI, Data::Challenge("0".into())),
        (otp::MULTI, fields),
    ])
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn ver_13_ver_15_ver_16_the_edges_of_the_reach(
        windows in windows(),
        (application, data) in with_time(),
        beyond in -1i64..=1,
        side in select(vec![-1i64, 1]),
        minute in 0u32..36,
    ) {
        let window = if matches!(data, Data::Fields(_)) { windows.signature } else { windows.identification };
        let usual = i64::from(window / 2);
        let first = usual.max((i64::from(windows.first_use_s) / STEP_S).min(300));
        let mut pair = Pair::new(windows);
        let mut now = START + 20_000 + minute;

        // At first use, then with that shift: the same edges once more, around where the client was.
        let off = side * (first + beyond).max(0);
        prop_assert_eq!(pair.is_taken_off(application, &data, now, off), off.abs() <= first);
        let shift = if off.abs() <= first { off } else { 0 };
        now += 40_000;
        let reach = if off.abs() <= first { usual } else { first };
        for (beyond, taken) in [(1, false), (0, true)] {
            let off = shift + side * (reach + beyond);
            prop_assert_eq!(pair.is_taken_off(application, &data, now, off), taken, "{} beyond", beyond);
        }
    }

    /// VER-17: an OTP is taken once, and none before it; a signature may be before an OTP, but only at its step.
    #[test]
    fn ver_17_an_otp_excludes_itself_and_what_is_below(
        identification in 20u16..=100,
        steps in prop::collection::vec(-10i64..=10, 1..8),
    ) {
        let windows = Windows { identification, signature: 100, first_use_s: 0, look_ahead: 0 };
        let mut pair = Pair::new(windows);
        let (now, mut last) = (START + 20_000, None::<i64>);
        let mut shift = 0;
        for off in steps {
            let reach = i64::from(identification / 2);
            let want = (off - shift).abs() <= reach && last.is_none_or(|last| off > last);
            prop_assert_eq!(pair.is_taken_off(otp::MULTI, &Data::ResponseOnly, now, off), want);
            if want {
                (last, shift) = (Some(off), off);
                let fields = Data::Fields(vec![String::new(), "b".into()]);
                prop_assert!(!pair.is_taken_off(otp::MULTI, &fields, now, off - 1));
                prop_assert!(pair.is_taken_off(otp::MULTI, &fields, now, off));
            }
        }
    }

    #[test]
    fn ver_13_the_edge_of_the_look_ahead(windows in windows(), beyond in -1i64..=1, again in 0u16..=21) {
        let mut pair = Pair::new(windows);
        let now = START + 1000;
        let mut events = 0u64;
        for lost in [i64::from(windows.look_ahead) + beyond, i64::from(again)] {
            let lost = u64::try_from(lost).unwrap_or(0);
            let responses: Vec<_> =
                (0..=lost).map(|_| pair.respond(otp::EVENT, &Data::ResponseOnly, now)).collect();
            let ahead = events + lost;
            let taken = ahead <= u64::from(windows.look_ahead);
            prop_assert_eq!(pair.takes(otp::EVENT, &Data::ResponseOnly, &responses[lost as usize], now), taken);
            // Those that were jumped over are gone.
            events = if taken { 0 } else { ahead + 1 };
            for response in responses.iter().filter(|_| taken) {
                prop_assert!(!pair.takes(otp::EVENT, &Data::ResponseOnly, response, now));
            }
        }
    }

    #[test]
    fn opr_6_the_edge_of_resynchronising(lost in 198u32..=202, application in select(vec![otp::EVENT, otp::BOTH])) {
        let windows = Windows { identification: 2, signature: 2, first_use_s: 10_800, look_ahead: 0 };
        let mut pair = Pair::new(windows);
        pair.license.restored(1, START);
        let now = START + 1000;
        let data = Data::ResponseOnly;
        (0..lost).for_each(|_| drop(pair.respond(application, &data, now)));
        let [first, second, third] = [(); 3].map(|()| pair.respond(application, &data, now));
        let mut resynchronise = |first: &str, second: &str| {
            let attempts = [first, second].map(|response| Attempt { data: data.clone(), response });
            pair.license.resynchronise(pair.sequence, application, attempts, now).map_err(|refusal| refusal.rule)
        };
        prop_assert_eq!(resynchronise(&second, &first), Err(VER_12), "not in order");
        prop_assert_eq!(resynchronise(&first, &third), Err(VER_12), "not one after the other");
        prop_assert_eq!(resynchronise(&first, &first), Err(VER_12), "the same");
        let want = if lost <= 200 { Ok(()) } else { Err(VER_12) };
        prop_assert_eq!(resynchronise(&first, &second), want);
        prop_assert_eq!(resynchronise(&first, &second), Err(VER_12), "both are used");
        if lost <= 200 {
            prop_assert!(pair.takes(application, &data, &third, now));
        }
    }
}
