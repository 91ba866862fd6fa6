//! Whether a message is one to be verified: of this license, of this type, from this instance, young enough, and
//! issued by this server.

use channel::rule::{VER_1, VER_2, VER_3, VER_4, VER_5, VER_6, VER_7, VER_12};
use channel::text::hex;
use harness::area::Area;
use harness::forge::Plain;
use harness::instance::{at, confirmed, wrong};
use harness::play::need;
use harness::scene::{Show, Stage};
use harness::setup::{AGE_LIMIT_S, SIGNATURE_TRIES, Setup};
use peer::protocol::Number;

pub(super) fn cases(verify: &mut Area) {
    verify.refuses(VER_1, "other-serial", "a message of another license is refused", |t| {
        let mut here = confirmed(t)?;
        let mut elsewhere = at(t, Setup { serial: "VDS1000121", ..Setup::default() }, Stage::Confirmed)?;
        let (message, signature) = here.signs_request(t, &Show::default())?;
        let (foreign, foreign_signature) = elsewhere.signs_request(t, &Show::default())?;
        t.refuses(VER_1, &here.verify(&foreign, &foreign_signature))?;
        t.accepts(VER_1, &here.verify(&message, &signature))
    });

    verify.refuses(VER_2, "type", "AM1, deactivation and information are not verified", |t| {
        let mut first = confirmed(t)?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        let plain = first.plain(&message)?;
        for kind in [2, 0x24] {
            let bent = first.seal(&plain.with_type(kind));
            t.refuses(VER_2, &first.verify(&bent, &signature))?;
        }
        t.refuses(VER_2, &first.verify(first.am1()?, &signature))?;
        t.accepts(VER_2, &first.verify(&message, &signature))
    });

    verify.refuses(VER_3, "unknown-instance", "a sequence number that no instance has is refused", |t| {
        let mut first = confirmed(t)?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        let good = first.verify(&message, &signature);
        for sequence in [2, 99] {
            t.refuses(VER_3, &good.but(|ask| ask.sequence = Number::from(sequence)))?;
        }
        t.accepts(VER_3, &good)
    });

    verify.refuses(VER_4, "unconfirmed", "an unconfirmed instance can't sign requests", |t| {
        let mut first = at(t, Setup::default(), Stage::Active)?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        t.refuses(VER_4, &first.verify(&message, &signature))?;
        first.confirms(t)?;
        t.accepts(VER_4, &first.verify(&message, &signature))
    });

    verify.refuses(
        VER_5,
        "locked",
        "after too many wrong signatures the right one is refused; a sibling's is not",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            for _ in 0..SIGNATURE_TRIES {
                t.refuses(VER_12, &first.verify(&message, &wrong(&signature)?))?;
            }
            t.refuses(VER_5, &first.verify(&message, &signature))?;
            let mut sibling = first.sibling(t, Stage::Confirmed)?;
            let (message, signature) = sibling.signs_request(t, &Show::default())?;
            t.accepts(VER_5, &sibling.verify(&message, &signature))
        },
    );

    verify.refuses(
        VER_6,
        "expired",
        "a second past the age limit is too late, the last second is not",
        |t| {
            let mut first = confirmed(t)?;
            t.needs_time(first.server())?;
            let message = first.request(t, &Show::default())?;
            first.moves_clock(AGE_LIMIT_S.into())?;
            let signature = first.signs(t, &message)?;
            let good = first.verify(&message, &signature);
            t.refuses(VER_6, &good.but(|ask| ask.now = u32::MAX))?;
            t.refuses(VER_6, &good.but(|ask| ask.now += 1))?;
            t.accepts(VER_6, &good)
        },
    );

    verify.refuses(VER_6, "confirmation-expired", "the age limit holds for AM2, too", |t| {
        let mut first = at(t, Setup::default(), Stage::Am2)?;
        t.needs_time(first.server())?;
        first.moves_clock(AGE_LIMIT_S.into())?;
        first.activates(t)?;
        let good = first.confirmation()?;
        t.refuses(VER_6, &good.but(|ask| ask.now += 1))?;
        t.accepts(VER_6, &good)
    });

    verify.accepts(&["VER-6"], "clock-behind", "a message from ahead of the clock is not too old", |t| {
        let mut first = confirmed(t)?;
        t.needs_time(first.server())?;
        first.moves_clock(300)?;
        let message = first.request(t, &Show::default())?;
        first.moves_clock(-300)?;
        let signature = first.signs(t, &message)?;
        t.agrees("VER-6", &first.verify(&message, &signature))
    });

    verify.accepts(
        &["VER-6"],
        "age-limit-0",
        "with an age limit of 0 no message is too old: a request, a confirmation, login details, a rejection",
        |t| {
            let setup = Setup { age_limit_s: 0, first_use_s: 0, ..Setup::default() };
            let mut first = at(t, setup, Stage::Am2)?;
            t.needs_time(first.server())?;
            first.moves_clock(40_000_000)?;
            first.activates(t)?;
            t.agrees("VER-6", &first.confirmation()?)?;
            let message = first.request(t, &Show::default())?;
            first.moves_clock(40_000_000)?;
            let signature = first.signs(t, &message)?;
            t.agrees("VER-6", &first.verify(&message, &signature))?;
            let login = first.retrieves_login(t, "website")?;
            first.moves_clock(180)?;
            let signature = first.signs_login(t, &login)?;
            t.agrees("VER-6", &first.approval(&login, &signature))?;
            let login = first.retrieves_login(t, "website")?;
            first.moves_clock(-100_000)?;
            let rejection = first.informs(t, &login.key)?;
            first.moves_clock(100_000)?;
            t.agrees("VER-6", &first.rejection(&rejection))
        },
    );

    verify.refuses(
        VER_6,
        "age-limit-1",
        "an age limit of 1 second is one: the second after it is too late",
        |t| {
            let mut first = at(t, Setup { age_limit_s: 1, ..Setup::default() }, Stage::Confirmed)?;
            t.needs_time(first.server())?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            first.moves_clock(1)?;
            let good = first.verify(&message, &signature);
            t.refuses(VER_6, &good.but(|ask| ask.now += 1))?;
            t.accepts(VER_6, &good)
        },
    );

    verify.refuses(
        VER_7,
        "not-issued",
        "a message under the right key that the server did not issue is refused",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let plain = first.plain(&message)?;
            let [t0, t1, t2, t3, ..] = plain.nonce;
            // A sibling holds the payload key and can seal what it likes; its signature is right, even.
            let other = plain.with_body([&[0, 0, 0, 1][..], &[1, b'k', 1, b'v']].concat());
            let ahead = Plain { nonce: [t0, t1, t2, t3, 0, 0, 1, 0], ..plain };
            for forged in [first.seal(&other), first.seal(&ahead)] {
                let signature = first.signs(t, &forged)?;
                t.refuses(VER_7, &first.verify(&forged, &signature))?;
            }
            t.accepts(VER_7, &first.verify(&message, &signature))
        },
    );

    verify.refuses(VER_7, "every-byte", "a message bent in any byte is not the one issued", |t| {
        let mut first = confirmed(t)?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        let bytes = need(hex::decode(&message).ok(), "a request in hexadecimal digits")?;
        let bent = (0..bytes.len()).map(|bent| {
            let bytes = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == bent));
            first.verify(&hex::encode(&bytes.collect::<Vec<_>>()), &signature)
        });
        t.refuses_each(VER_7, &bent.collect::<Vec<_>>())?;
        t.accepts(VER_7, &first.verify(&message, &signature))
    });

    verify.refuses(VER_7, "confirmation-of-sibling", "AM2 of one instance doesn't confirm another", |t| {
        let first = at(t, Setup::default(), Stage::Active)?;
        let second = first.sibling_of_one_am1(t)?;
        let good = first.confirmation()?;
        t.refuses(VER_7, &second.verify(&good.op.message, &good.op.signature))?;
        t.accepts(VER_7, &good)
    });

    verify.refuses(
        VER_7,
        "forgotten",
        "of a license the 256 requests issued last are known, and no others",
        |t| {
            let mut first = confirmed(t)?;
            let (oldest, its_signature) = first.signs_request(t, &Show::default())?;
            let (second, signature) = first.signs_request(t, &Show::default())?;
            for _ in 3..=257 {
                first.request(t, &Show::default())?;
            }
            t.refuses(VER_7, &first.verify(&oldest, &its_signature))?;
            t.accepts(VER_7, &first.verify(&second, &signature))
        },
    );
}
