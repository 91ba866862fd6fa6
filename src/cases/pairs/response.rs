//! The server of a multi-device license: responses, and what resynchronises it by them.

use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::suite::Suite;
use channel::rule::*;
use channel::wire::static_vector::{Factor, StaticVector};
use harness::forge::digits::{with_another_last, with_digit};
use harness::play::Play;
use harness::setup::{Setup, app, open as algorithm, otp};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Data, Number};

use super::super::respond::{data_challenge, data_fields};
use super::client::turned;
use super::digit::{unlikely, wrong};
use super::license::{Begin, Licensed, NOBODY, done};
use super::server::{Server, asked, ended, locked, out_of_sync};
use super::table::{Built, Table, breaks};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        verify_response().build(),
        verify_open_algorithm().build(),
        verify_fields().build(),
        resynchronise().build(),
        resynchronise_open_algorithm().build(),
    ]
}

/// These applications are disabled.
fn disabled(begin: &mut Begin, indices: &[u8]) {
    let chosen = begin.setup.vector.applications.iter_mut();
    chosen.filter(|rules| indices.contains(&rules.form.index)).for_each(|rules| rules.enabled = false);
}

/// What the instance responds, or, where it refuses to, something of the right form.
fn response(
    t: &mut Play<'_, '_>,
    world: &mut Licensed,
    index: u8,
    data: &Data,
    form: &str,
) -> Result<String, Stop> {
    let ask = world.scene.response_question(index, data.clone());
    match done(t, world.client(), &ask) {
        Ok(result) => Ok(result.response),
        Err(Stop::Harness(_)) => Ok(form.to_owned()),
        Err(stop) => Err(stop),
    }
}

/// The checks of the instance, and whether the application may respond so.
fn instance(indices: &'static [u8]) -> Vec<Server<ServerVerifyResponse>> {
    vec![
        breaks(VER_3).asked(|op: &mut ServerVerifyResponse| op.sequence = Number::from(NOBODY)),
        ended(),
        locked(),
        breaks(OTP_2).begin(move |begin: &mut Begin| disabled(begin, indices)),
    ]
}

fn verify_response() -> Table<Licensed, ServerVerifyResponse> {
    let broken = breaks::<Licensed, ServerVerifyResponse>;
    let mut defects = instance(&[app::BOTH]);
    defects.extend([
        broken(OTP_3).asked(|op| op.data = data_challenge("X")),
        broken(OTP_4).asked(|op| op.data = data_fields(&["12345678901234567"])),
        out_of_sync(app::BOTH),
    ]);
    defects.extend(wrong(|op: &mut ServerVerifyResponse| &mut op.response));
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        let data = data_challenge("12345678");
        let response = response(t, world, app::BOTH, &data, &unlikely())?;
        Ok(world.scene.verify_response(app::BOTH, &data, &response))
    };
    asked("", Begin::new, ask, defects)
}

fn begins_open() -> Begin {
    Begin { setup: Setup::open(), ..Begin::new() }
}

/// The same of an open algorithm, whose data have a form of their own; it has no check digit.
fn verify_open_algorithm() -> Table<Licensed, ServerVerifyResponse> {
    let broken = breaks::<Licensed, ServerVerifyResponse>;
    let mut defects = instance(&[algorithm::TEXT]);
    defects.extend([
        broken(ALG_8).asked(|op| op.data = data_fields(&["-"])),
        out_of_sync(algorithm::TEXT),
        broken(VER_10).asked(|op| op.response.push('0')),
        broken(VER_12).asked(|op| op.response = turned(&op.response, 3)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        let data = data_fields(&["abc"]);
        let response = response(t, world, algorithm::TEXT, &data, "0000000000")?;
        Ok(world.scene.verify_response(algorithm::TEXT, &data, &response))
    };
    asked("-open", begins_open, ask, defects)
}

/// The same of signed fields, which are remembered.
fn verify_fields() -> Table<Licensed, ServerVerifyResponse> {
    let broken = breaks::<Licensed, ServerVerifyResponse>;
    let mut defects = instance(&[otp::MULTI]);
    defects.extend([
        broken(OTP_4).asked(|op| op.data = data_fields(&["a"])),
        broken(VER_10).asked(|op| op.response.push('0')),
        broken(VER_11).asked(|op| op.response = turned(&op.response, 7)),
        broken(VER_12).asked(|op| op.response = with_digit("0000001", Radix::Decimal)),
        broken(VER_18).past(|t, world| signs_fields(t, world, "b")),
        broken(VER_20).past(|t, world| (0..12).try_for_each(|n| signs_fields(t, world, &format!("{n}")))),
    ]);
    let begin = || {
        let mut begin = Begin { setup: Setup::otp(), ..Begin::new() };
        let multi = begin.setup.vector.applications.iter_mut().filter(|rules| rules.form.index == otp::MULTI);
        multi.for_each(|rules| rules.form.check_digit = true);
        begin
    };
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        let data = data_fields(&["a", "b"]);
        let response = response(t, world, otp::MULTI, &data, "00000000")?;
        Ok(world.scene.verify_response(otp::MULTI, &data, &response))
    };
    asked("-fields", begin, ask, defects)
}

/// Fields are signed and accepted.
fn signs_fields(t: &mut Play<'_, '_>, world: &mut Licensed, second: &str) -> Result<(), Stop> {
    let data = data_fields(&["a", second]);
    let response = response(t, world, otp::MULTI, &data, "")?;
    let verify = world.scene.verify_response(otp::MULTI, &data, &response);
    done(t, world.server(), &verify).map(drop)
}

/// Two responses of an application over the same data.
fn two(
    t: &mut Play<'_, '_>,
    world: &mut Licensed,
    index: u8,
    data: &Data,
    form: &str,
) -> Result<ServerResynchronise, Stop> {
    let mut attempt = || {
        let response = response(t, world, index, data, form)?;
        Ok(Attempt { data: data.clone(), response })
    };
    let (first, second) = (attempt()?, attempt()?);
    let (sequence, application) = (Number::from(world.scene.sequence), Number::from(u32::from(index)));
    Ok(ServerResynchronise { sequence, application, first, second, now: world.scene.now })
}

/// What is asked before the responses are looked at; the applications at `indices` have events.
fn before_responses(indices: &'static [u8]) -> Vec<Server<ServerResynchronise>> {
    vec![
        breaks(VER_3).asked(|op: &mut ServerResynchronise| op.sequence = Number::from(NOBODY)),
        ended(),
        locked(),
        breaks(OTP_2).begin(move |begin: &mut Begin| disabled(begin, indices)),
    ]
}

fn resynchronise() -> Table<Licensed, ServerResynchronise> {
    let broken = breaks::<Licensed, ServerResynchronise>;
    let mut defects = before_responses(&[app::BOTH]);
    defects.extend([
        broken(OPR_7).begin(|begin| {
            let both =
                begin.setup.vector.applications.iter_mut().filter(|rules| rules.form.index == app::BOTH);
            both.for_each(|rules| rules.factor = Factor::Time(60));
        }),
        broken(OTP_3).asked(|op| op.first.data = data_challenge("X")),
        broken(OTP_4).asked(|op| op.second.data = data_fields(&["12345678901234567"])),
        broken(VER_10).asked(|op| op.first.response.push('0')),
        broken(VER_11).asked(|op| op.second.response = with_another_last(&op.second.response)),
        broken(VER_12).asked(|op| op.second.response = unlikely()),
    ]);
    asked(
        "",
        Begin::new,
        |t, world| two(t, world, app::BOTH, &data_challenge("12345678"), &unlikely()),
        defects,
    )
}

/// [`algorithm::NUMBER`] goes by time instead.
pub(super) fn number_by_time(vector: &mut StaticVector) {
    let suite = Suite::read("OCRA-1:HOTP-SHA1-6:QN08-T1M").map(Algorithm::Ocra);
    let number = vector.applications.iter_mut().filter(|rules| rules.form.index == algorithm::NUMBER);
    for rules in number {
        rules.factor = Factor::Time(60);
        rules.algorithm = suite.clone().unwrap_or(Algorithm::Profile);
    }
}

fn resynchronise_open_algorithm() -> Table<Licensed, ServerResynchronise> {
    let broken = breaks::<Licensed, ServerResynchronise>;
    let mut defects = before_responses(&[algorithm::NUMBER]);
    defects.extend([
        broken(OPR_7).begin(|begin| number_by_time(&mut begin.setup.vector)),
        broken(ALG_8).asked(|op| op.second.data = data_challenge("123456789")),
        broken(VER_10).asked(|op| op.first.response.push('0')),
        broken(VER_12).asked(|op| op.second.response = turned(&op.second.response, 3)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        two(t, world, algorithm::NUMBER, &data_challenge("12345678"), "000000")
    };
    asked("-open", begins_open, ask, defects)
}
