//! What makes a license or a client without a file.

use channel::check_digit::Radix;
use channel::rule::*;
use channel::wire::static_vector::{Factor, StaticVector};
use harness::play::Play;
use harness::setup::{Setup, app, otp, otp_vector, vector};
use harness::single_scene::SingleSetup;
use peer::operations::*;
use peer::protocol::{Array, Number};

use super::alone::{Alone, alone};
use super::license::done;
use super::table::{Built, Defect, Table, breaks};
use super::vector::{OTHER_PREFIX, changed, other_prefix, static_vector};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        create().build(),
        client_create().build(),
        single_create().build(),
        single_client_create().build(),
        single_reimport().build(),
    ]
}

/// No application may sign requests.
pub(super) fn without_requests(vector: &mut StaticVector) {
    vector.applications.iter_mut().for_each(|rules| rules.secure_channel = false);
}

/// With so many tries, [`weaker`] is too weak for any use (1,111 candidates) and not for the first (3,971).
pub(super) const WEAKER_TRIES: u8 = 10;

/// An application of six digits goes by time and events.
pub(super) fn weaker(vector: &mut StaticVector) {
    let chosen = vector.applications.iter_mut().filter(|rules| rules.form.index == app::RESPONSE_ONLY);
    chosen.for_each(|rules| rules.factor = Factor::TimeAndEvent(60));
}

fn create() -> Table<Alone, ServerCreate> {
    let broken = breaks::<Alone, ServerCreate>;
    // A vector is changed as a whole before its bytes are.
    let mut defects = static_vector(|defect: Defect<Alone, ServerCreate>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend([
        broken(AM1_8).asked(|op| op.serial = OTHER_PREFIX.into()),
        broken(AM1_9).asked(|op| op.post_activation = Number::from(u32::from(app::MISSING))),
        broken(STV_7).asked(|op| changed(&mut op.static_vector.0, without_requests)),
        broken(VER_21).asked(|op| {
            changed(&mut op.static_vector.0, weaker);
            op.signature_tries = Number::from(u32::from(WEAKER_TRIES));
        }),
        broken(VER_22).asked(|op| op.signature_tries = Number::from(99)),
    ]);
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let key = t.random();
        Ok(Setup::default().server(t, key))
    };
    alone(ask, defects)
}

fn client_create() -> Table<Alone, ClientCreate> {
    let defects = static_vector(|defect: Defect<Alone, ClientCreate>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    alone(|t, _| Ok(Setup::default().client(t)), defects)
}

fn single_client_create() -> Table<Alone, ClientSingleCreate> {
    let defects = static_vector(|defect: Defect<Alone, ClientSingleCreate>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    alone(|t, _| Ok(SingleSetup::default().client(t.random())), defects)
}

fn single_create() -> Table<Alone, ServerSingleCreate> {
    let broken = breaks::<Alone, ServerSingleCreate>;
    let mut defects = static_vector(|defect: Defect<Alone, ServerSingleCreate>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend([
        broken(AM1_8).asked(|op| op.serial = OTHER_PREFIX.into()),
        broken(VER_21).asked(|op| {
            changed(&mut op.static_vector.0, weaker);
            op.signature_tries = Number::from(u32::from(WEAKER_TRIES));
        }),
        broken(VER_22).asked(|op| op.signature_tries = Number::from(99)),
    ]);
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let setup = SingleSetup::with(|of| of.applications = vector().applications);
        Ok(setup.server(t.random()))
    };
    alone(ask, defects)
}

/// A vector whose responses are long enough for as many tries as there may be.
fn strong() -> SingleSetup {
    SingleSetup::with(|of| {
        of.applications = otp_vector().applications;
        of.applications.iter_mut().for_each(|rules| rules.form.length = rules.form.length.max(9));
    })
}

/// An application responds with six digits.
fn six_digits(vector: &mut Vec<u8>, factor: Factor, check_digit: bool) {
    changed(vector, |vector| {
        let chosen = vector.applications.iter_mut().filter(|rules| rules.form.index == otp::BOTH);
        chosen.for_each(|rules| {
            rules.factor = factor;
            rules.form.length = 6;
            rules.form.radix = Radix::Decimal;
            rules.form.check_digit = check_digit;
        });
    });
}

fn single_reimport() -> Table<Alone, ServerSingleReimport> {
    let broken = breaks::<Alone, ServerSingleReimport>;
    let mut defects = static_vector(|defect: Defect<Alone, ServerSingleReimport>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend([
        broken(AM1_8).asked(|op| other_prefix(&mut op.static_vector.0)),
        // 9 tries with 2,121 candidates and 5,061 at first; with 101 and 601 for a tenth of the responses.
        broken(VER_21).asked(move |op| six_digits(&mut op.static_vector.0, Factor::TimeAndEvent(90), false)),
        broken(VER_22).asked(move |op| six_digits(&mut op.static_vector.0, Factor::Time(36), true)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Alone| {
        let (setup, license_key) = (strong(), t.random());
        let create = ServerSingleCreate {
            signature_tries: Number::from(9),
            look_ahead: Number::from(20),
            ..setup.server(license_key)
        };
        done(t, &world.party, &create)?;
        Ok(ServerSingleReimport { license_key: Array(license_key), static_vector: create.static_vector })
    };
    alone(ask, defects)
}
