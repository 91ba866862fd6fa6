//! Which of two defects decides: what is checked first.

use channel::rule::{VER_1, VER_6, VER_8};
use harness::area::Area;
use harness::forge::Plain;
use harness::instance::confirmed;
use harness::scene::Show;

/// VDS1000121, on the wire.
const OTHER_SERIAL: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB9];

pub(super) fn cases(verify: &mut Area) {
    verify.refuses(
        VER_1,
        "order-serial-before-type",
        "another serial number and a wrong type: the serial number wins",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let bent = Plain { serial: OTHER_SERIAL, ..first.plain(&message)?.with_type(2) };
            t.refuses(VER_1, &first.verify(&first.seal(&bent), &signature))?;
            t.accepts(VER_1, &first.verify(&message, &signature))
        },
    );

    verify.refuses(VER_6, "order-age-before-issue", "too old and never issued: the age wins", |t| {
        let mut first = confirmed(t)?;
        t.needs_time(first.server())?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        let bent = Plain { nonce: [0; 8], ..first.plain(&message)? };
        t.refuses(VER_6, &first.verify(&first.seal(&bent), &signature))?;
        t.accepts(VER_6, &first.verify(&message, &signature))
    });

    verify.refuses(
        VER_8,
        "order-replay-before-form",
        "replayed with a malformed signature: the replay wins",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, "?"))
        },
    );
}
