//! The open algorithms against implementations of other authors, against the slow second one, and against
//! themselves candidate by candidate.

use channel::crypto::answer::{Algorithm, Answers, Subject, answer};
use channel::crypto::keys::Key;
use channel::crypto::oath::ocra::{Input, ocra};
use channel::crypto::oath::suite::Suite;
use channel::crypto::oath::{Hash, hotp, totp};
use channel::crypto::response::Moment;
use channel::rule::ALG_6;
use oracles::slow;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::config;
use crate::generators::*;

fn hash() -> impl Strategy<Value = (Hash, u16, totp_rs::Algorithm)> {
    select(vec![
        (Hash::Sha1, 1, totp_rs::Algorithm::SHA1),
        (Hash::Sha256, 256, totp_rs::Algorithm::SHA256),
        (Hash::Sha512, 512, totp_rs::Algorithm::SHA512),
    ])
}

/// A suite that ALG-5 takes, from its parts.
fn suite() -> impl Strategy<Value = String> {
    let part = |text: &'static str| option::of(Just(text.to_owned()));
    let password = option::of(select(vec!["-PSHA1", "-PSHA256", "-PSHA512"]).prop_map(str::to_owned));
    let session = option::of((1u16..=512).prop_map(|nnn| format!("-S{nnn:03}")));
    let step = option::of(prop_oneof!["-T([1-9]|[1-5][0-9])[SM]", "-T([1-9]|[1-3][0-9]|4[0-8])H"]);
    let digits = select(vec![0, 4, 5, 6, 7, 8, 9, 10]);
    let question = ("[ANH]", 4u8..=64).prop_map(|(format, xx)| format!("Q{format}{xx:02}"));
    (hash(), digits, part("C-"), question, password, session, step).prop_map(
        |((_, hash, _), digits, counter, question, password, session, step)| {
            let [counter, password, session, step] =
                [counter, password, session, step].map(Option::unwrap_or_default);
            format!("OCRA-1:HOTP-SHA{hash}-{digits}:{counter}{question}{password}{session}{step}")
        },
    )
}

/// One change to a text: a character less, more or another.
fn nearly(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, any::<prop::sample::Index>(), 0u8..4, "[A-Z0-9:-]").prop_map(|(text, at, how, other)| {
        let at = at.index(text.len());
        match how {
            0 => text,
            1 => format!("{}{}", &text[..at], &text[at + 1..]),
            2 => format!("{}{other}{}", &text[..at], &text[at..]),
            _ => format!("{}{other}{}", &text[..at], &text[at + 1..]),
        }
    })
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn alg_1_alg_2_as_others_have_them(
        (hash, number, theirs) in hash(),
        key in vec(any::<u8>(), 1..=128),
        time in 0u64..1 << 53,
        step in 1u16..,
        digits in 6u8..=8,
    ) {
        let ours = totp(hash, &key, time, step, digits);
        let other = totp_rs::TOTP::new_unchecked(theirs, digits.into(), 1, step.into(), key.clone());
        prop_assert_eq!(&ours, &other.generate(time));
        let counter = time / u64::from(step);
        prop_assert_eq!(&ours, &slow::oath::hotp(number, &key, counter, digits));
        prop_assert_eq!(hotp(&key, time, digits), slow::oath::hotp(1, &key, time, digits));
    }

    #[test]
    fn alg_5_suites_and_what_is_nearly_one(text in nearly(suite())) {
        let ours = Suite::parse(&text).map(|suite| {
            (suite.digits, suite.counter, suite.length.into(), suite.session.map(usize::from), suite.step_s)
        });
        let slow = slow::oath::suite(&text)
            .map(|suite| (suite.digits, suite.counter, suite.length, suite.session, suite.step));
        prop_assert_eq!(ours.map_err(|refusal| refusal.rule.id), slow);
    }

    #[test]
    fn alg_3_alg_4_alg_6_any_input_of_any_suite(
        text in suite(),
        key in vec(any::<u8>(), 1..=128),
        question in "[0-9]{1,20}|[0-9A-F]{1,128}|[0-9a-z]{1,130}|.{0,9}",
        number in 0u64..1 << 53,
        password in ".{0,20}",
        session in vec(any::<u8>(), 0..80),
        bent in select(vec![0u8, 0, 0, 0, 1, 2, 4, 8]),
    ) {
        let (suite, slowly) = (Suite::parse(&text).unwrap(), slow::oath::suite(&text).unwrap());
        let given = |bit: u8, named: bool| named != (bent & bit != 0);
        let input = Input {
            counter: given(1, suite.counter).then_some(number),
            question: &question,
            password: given(2, suite.password.is_some()).then_some(password.as_str()),
            session: given(4, suite.session.is_some()).then_some(session.as_slice()),
            time: given(8, suite.step_s.is_some()).then_some(number),
        };
        let slow = slow::oath::ocra(
            &slowly, &key, &question, (input.counter, input.password, input.session, input.time));
        let fast = ocra(&suite, &key, input);
        prop_assert!(bent == 0 || fast.as_ref().is_err_and(|refusal| refusal.rule == ALG_6));
        prop_assert_eq!(fast.map_err(|refusal| refusal.rule.id), slow);
    }

    /// A search finds the first candidate that fits, and nothing where none does; and a candidate is what it is
    /// alone. Whatever the algorithm.
    #[test]
    fn ver_13_a_search_is_the_first_of_its_candidates(
        rules in prop_oneof![1 => application(), 3 => open_application()],
        key in any::<[u8; 16]>(),
        moments in vec((0u64..30, 0u64..3), 0..30),
        right in (0u64..30, 0u64..3),
        frame in vec(any::<u8>(), 23..80),
        over_message in any::<bool>(),
    ) {
        let key = Key::new(key);
        let moment = |(step, event)| Moment { step, event };
        // A challenge that every question takes.
        let fields: &[&[u8]] = &[b"1234"];
        let subject = if over_message { Subject::Message(&frame) } else { Subject::Data(fields) };
        let alone = |at| answer(&key, rules.form, &rules.algorithm, subject, at);
        let answers = Answers::new(&key, rules.form, &rules.algorithm, subject);
        let given = alone(moment(right));
        let first = moments.iter().copied().map(moment).find(|at| alone(*at) == given);
        prop_assert_eq!(answers.find(moments.iter().copied().map(moment), &given), first);
        prop_assert_eq!(answers.at(moment(right)), given.clone());
        prop_assert_eq!(given.len(), usize::from(rules.form.length));
        let moves = |at: Moment| match &rules.algorithm {
            Algorithm::Hotp => Moment { step: 0, ..at },
            Algorithm::Totp(_) => Moment { event: 0, ..at },
            Algorithm::Profile | Algorithm::Ocra(_) => at,
        };
        prop_assert_eq!(alone(moves(moment(right))), given);
    }
}
