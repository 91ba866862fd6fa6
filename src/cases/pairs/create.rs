//! What makes a license or a client without a file.

use channel::rule::*;
use channel::wire::static_vector::{Factor, StaticVector};
use harness::play::Play;
use harness::setup::{Setup, app, otp_vector, vector};
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
            op.signature_tries = Number::from(99);
            op.identification_window = Number::from(100);
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
            op.signature_tries = Number::from(99);
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

fn single_reimport() -> Table<Alone, ServerSingleReimport> {
    let broken = breaks::<Alone, ServerSingleReimport>;
    let mut defects = static_vector(|defect: Defect<Alone, ServerSingleReimport>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    let shorter =
        |vector: &mut StaticVector| vector.applications.iter_mut().for_each(|rules| rules.form.length = 6);
    defects.extend([
        broken(AM1_8).asked(|op| other_prefix(&mut op.static_vector.0)),
        broken(VER_21).asked(move |op| changed(&mut op.static_vector.0, shorter)),
        broken(VER_22).asked(move |op| {
            changed(&mut op.static_vector.0, |vector| {
                vector.applications.retain(|rules| matches!(rules.factor, Factor::Time(_)));
                shorter(vector);
                vector.applications.iter_mut().for_each(|rules| rules.form.check_digit = false);
            });
        }),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Alone| {
        let (setup, license_key) = (strong(), t.random());
        let create = ServerSingleCreate { signature_tries: Number::from(99), ..setup.server(license_key) };
        done(t, &world.party, &create)?;
        Ok(ServerSingleReimport { license_key: Array(license_key), static_vector: create.static_vector })
    };
    alone(ask, defects)
}
