//! Whether a signature has the form of its application, the right check digit, and is right.

use channel::rule::{VER_10, VER_11, VER_12};
use harness::area::Area;
use harness::instance::{at, confirmed, siblings, turn_digit, turn_last_digit, wrong};
use harness::play::need;
use harness::scene::{Show, Stage};
use harness::setup::{SIGNATURE_TRIES, Setup, app};

pub(super) fn cases(verify: &mut Area) {
    verify.refuses(
        VER_10,
        "signature-form",
        "signatures of another length or with foreign characters are refused, uncounted",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let short = need(signature.get(1..), "a signature of ASCII digits")?;
            for bad in [
                "",
                short,
                &format!("0{signature}"),
                &format!("{short} "),
                &format!(" {short}"),
                &format!("{short}A"),
                &format!("-{short}"),
                &format!("{short}٣"),
                "é",
            ] {
                t.refuses(VER_10, &first.verify(&message, bad))?;
            }
            t.accepts(VER_10, &first.verify(&message, &signature))
        },
    );

    verify.refuses(
        VER_10,
        "signature-form-hexadecimal",
        "hexadecimal signatures of another length or with foreign characters are refused, uncounted",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::by(app::BOTH))?;
            let short = need(signature.get(1..), "a signature of ASCII digits")?;
            for bad in ["", short, &format!("0{signature}"), &format!("{short}G"), &format!("{short}é")] {
                t.refuses(VER_10, &first.verify(&message, bad))?;
            }
            t.accepts(VER_10, &first.verify(&message, &signature))
        },
    );

    verify.accepts(
        &["VER-10"],
        "signature-either-case",
        "hexadecimal signatures are read in either case",
        |t| {
            let mut first = confirmed(t)?;
            for _ in 0..3 {
                let (message, signature) = first.signs_request(t, &Show::by(app::BOTH))?;
                t.agrees("VER-10", &first.verify(&message, &signature.to_ascii_lowercase()))?;
            }
            Ok(())
        },
    );

    verify.refuses(VER_11, "check-digit", "a wrong check digit is refused, uncounted", |t| {
        let mut first = confirmed(t)?;
        let (message, signature) = first.signs_request(t, &Show::by(app::LONG))?;
        for step in 1..=9 {
            t.refuses(VER_11, &first.verify(&message, &turn_last_digit(&signature, step)?))?;
        }
        t.accepts(VER_11, &first.verify(&message, &signature))
    });

    verify.refuses(VER_12, "wrong-signature", "a wrong signature is refused and counted", |t| {
        let mut first = confirmed(t)?;
        for application in [app::TIME, app::EVENT] {
            let (message, signature) = first.signs_request(t, &Show::by(application))?;
            t.refuses(VER_12, &first.verify(&message, &wrong(&signature)?))?;
            t.accepts(VER_12, &first.verify(&message, &signature))?;
        }
        // The confirmation, too.
        let good = at(t, Setup::default(), Stage::Active)?.confirmation()?;
        let bad = wrong(&good.op.signature)?;
        t.refuses(VER_12, &good.but(|ask| ask.signature = bad))?;
        t.accepts(VER_12, &good)
    });

    verify.refuses(
        VER_12,
        "truncated-compare",
        "a signature wrong in one digit only, any of them, is wrong",
        |t| {
            let mut first = confirmed(t)?;
            for at in 0..8 {
                let (message, signature) = first.signs_request(t, &Show::default())?;
                t.refuses(VER_12, &first.verify(&message, &turn_digit(&signature, at, 1)?))?;
                t.accepts(VER_12, &first.verify(&message, &signature))?;
            }
            Ok(())
        },
    );

    verify.refuses(
        VER_12,
        "signature-of-other-request",
        "the signature over one request is not that over another",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let (_, over_other) = first.signs_request(t, &Show::titled("Other"))?;
            t.refuses(VER_12, &first.verify(&message, &over_other))?;
            t.accepts(VER_12, &first.verify(&message, &signature))
        },
    );

    verify.refuses(
        VER_12,
        "signature-of-sibling",
        "the signature of one instance is not that of another",
        |t| {
            let [mut first, mut second] = siblings(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let by_second = second.signs(t, &message)?;
            t.refuses(VER_12, &first.verify(&message, &by_second))?;
            t.accepts(VER_12, &first.verify(&message, &signature))
        },
    );

    verify.follows(
        &["VER-25"],
        "right-signature-clears",
        "a right signature clears the failures before it",
        |t| {
            let mut first = confirmed(t)?;
            for _ in 0..3 {
                let (message, signature) = first.signs_request(t, &Show::default())?;
                for _ in 1..SIGNATURE_TRIES {
                    t.refuses(VER_12, &first.verify(&message, &wrong(&signature)?))?;
                }
                t.agrees("VER-25", &first.verify(&message, &signature))?;
            }
            Ok(())
        },
    );
}
