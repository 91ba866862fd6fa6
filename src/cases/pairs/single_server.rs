//! Single-device licensing: what the server is asked.

use channel::check_digit::Radix;
use channel::rule::*;
use channel::wire::static_vector::Factor;
use harness::forge::digits::{with_another_last, with_digit};
use harness::play::Play;
use harness::scene::Under;
use harness::setup::{SIGNATURE_TRIES, app, open as algorithm, otp};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Data, Number, Operation};

use super::super::respond::{data_challenge, data_fields};
use super::client::turned;
use super::digit::{unlikely, wrong};
use super::license::done;
use super::single::{
    Begin, Broken, Lone, OTHER_SERIAL, all_by_time, disabled, none_derives, on_all_modes, on_open_algorithms,
};
use super::table::{Built, Table, breaks};
use super::vector::OTHER_PREFIX;

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        verify_response().build(),
        verify_open_algorithm().build(),
        verify_fields().build(),
        verify_derivation_code().build(),
        resynchronise().build(),
        resynchronise_open_algorithm().build(),
        full_activation_data().build(),
        event_reactivation_counter().build(),
    ]
}

/// What a server is asked.
fn of_server<Op>(
    name: &'static str,
    begin: fn() -> Begin,
    ask: fn(&mut Play<'_, '_>, &mut Lone) -> Result<Op, Stop>,
    defects: Vec<Broken<Op>>,
) -> Table<Lone, Op> {
    Table { name, begin, ask, party: Lone::server, letter: None, told: |_| false, defects }
}

/// The names that come with a response or code, and the lock.
fn named<Op: 'static>(serial: fn(&mut Op) -> &mut String) -> Vec<Broken<Op>> {
    vec![
        breaks(SDL_13).asked(move |op: &mut Op| *serial(op) = OTHER_PREFIX.into()),
        breaks(SDL_14).asked(move |op: &mut Op| *serial(op) = OTHER_SERIAL.into()),
    ]
}

fn locked_at_server<Op>() -> Broken<Op> {
    breaks(VER_5).past(|t, world: &mut Lone| world.lock_at_server(t))
}

fn out_of_sync<Op>(index: u8) -> Broken<Op> {
    breaks(VER_19).late(move |t, world: &mut Lone| {
        world.reload(t, |license| {
            let flags = format!("flags-{index}");
            let old = license.content.field(&flags).first().copied().unwrap_or(0);
            license.content.put(&flags, &[old | 2]);
        })
    })
}

fn verify_response() -> Table<Lone, ServerSingleVerifyResponse> {
    let broken = breaks::<Lone, ServerSingleVerifyResponse>;
    let mut defects = named(|op: &mut ServerSingleVerifyResponse| &mut op.serial);
    defects.extend([
        locked_at_server(),
        broken(OTP_2).begin(|begin| disabled(begin, app::BOTH)),
        broken(OTP_3).asked(|op| op.data = data_challenge("X")),
        broken(OTP_4).asked(|op| op.data = data_fields(&["12345678901234567"])),
        out_of_sync(app::BOTH),
    ]);
    defects.extend(wrong(|op: &mut ServerSingleVerifyResponse| &mut op.response));
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let data = data_challenge("12345678");
        let response = world.responds(t, app::BOTH, &data, &unlikely())?;
        Ok(world.single.verify(app::BOTH, &data, &response))
    };
    of_server("", on_all_modes, ask, defects)
}

fn verify_open_algorithm() -> Table<Lone, ServerSingleVerifyResponse> {
    let broken = breaks::<Lone, ServerSingleVerifyResponse>;
    let mut defects = named(|op: &mut ServerSingleVerifyResponse| &mut op.serial);
    defects.extend([
        locked_at_server(),
        broken(OTP_2).begin(|begin| disabled(begin, algorithm::TEXT)),
        broken(ALG_8).asked(|op| op.data = data_fields(&["-"])),
        out_of_sync(algorithm::TEXT),
        broken(VER_10).asked(|op| op.response.push('0')),
        broken(VER_12).asked(|op| op.response = turned(&op.response, 3)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let data = data_fields(&["abc"]);
        let response = world.responds(t, algorithm::TEXT, &data, "0000000000")?;
        Ok(world.single.verify(algorithm::TEXT, &data, &response))
    };
    of_server("-open", on_open_algorithms, ask, defects)
}

fn signs_fields(t: &mut Play<'_, '_>, world: &mut Lone, second: &str) -> Result<(), Stop> {
    let data = data_fields(&["a", second]);
    let response = world.responds(t, otp::MULTI, &data, "")?;
    done(t, world.server(), &world.single.verify(otp::MULTI, &data, &response)).map(drop)
}

fn verify_fields() -> Table<Lone, ServerSingleVerifyResponse> {
    let broken = breaks::<Lone, ServerSingleVerifyResponse>;
    let mut defects = named(|op: &mut ServerSingleVerifyResponse| &mut op.serial);
    defects.extend([
        locked_at_server(),
        broken(OTP_2).begin(|begin| disabled(begin, otp::MULTI)),
        broken(OTP_4).asked(|op| op.data = data_fields(&["a"])),
        broken(VER_10).asked(|op| op.response.push('0')),
        broken(VER_11).asked(|op| op.response = turned(&op.response, 7)),
        broken(VER_12).asked(|op| op.response = with_digit("0000001", Radix::Decimal)),
        broken(VER_18).past(|t, world| signs_fields(t, world, "b")),
        broken(VER_20).past(|t, world| (0..12).try_for_each(|n| signs_fields(t, world, &format!("{n}")))),
    ]);
    let begin = || {
        Begin::on(|vector| {
            let multi = vector.applications.iter_mut().filter(|rules| rules.form.index == otp::MULTI);
            multi.for_each(|rules| rules.form.check_digit = true);
        })
    };
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let data = data_fields(&["a", "b"]);
        let response = world.responds(t, otp::MULTI, &data, "00000000")?;
        Ok(world.single.verify(otp::MULTI, &data, &response))
    };
    of_server("-fields", begin, ask, defects)
}

/// The first 25 digits of a derivation code changed, and the check digit of what they are then.
fn digits(op: &mut ServerSingleVerifyDerivationCode, change: impl Fn(&str) -> String) {
    let digits = change(op.code.get(..25).unwrap_or_default());
    op.code = with_digit(&digits, Radix::Decimal);
}

fn verify_derivation_code() -> Table<Lone, ServerSingleVerifyDerivationCode> {
    let broken = breaks::<Lone, ServerSingleVerifyDerivationCode>;
    let mut defects = named(|op: &mut ServerSingleVerifyDerivationCode| &mut op.serial);
    defects.extend([
        broken(VER_5).late(|t, world| {
            let tries = u8::try_from(SIGNATURE_TRIES).unwrap_or(u8::MAX);
            world.reload(t, |license| license.content.put("failures", &[tries]))
        }),
        broken(BND_3).begin(|begin| begin.setup.vector.binding = false),
        broken(BND_4).begin(none_derives),
        broken(BND_5).asked(|op| op.challenge = Some("1".into())),
        broken(BND_6).asked(|op| op.code.push('0')),
        broken(BND_8).asked(|op| op.code = turned(&op.code, 25)),
        broken(BND_6).asked(|op| {
            digits(op, |digits| format!("{}{}", "9".repeat(17), digits.get(17..).unwrap_or_default()));
        }),
        out_of_sync(app::BOTH),
        broken(BND_9).asked(|op| digits(op, |digits| turned(digits, 24))),
        broken(BND_11).past(|t, world| {
            let other = world.single.elsewhere(t, Under::Server, b"another platform")?;
            let right = other.right(t);
            done(t, &other.client, &right)?;
            let code = done(t, &other.client, &other.derivation_question(None))?.code;
            done(t, world.server(), &other.verify_derivation(None, &code)).map(drop)
        }),
    ]);
    let begin = || {
        let mut begin = on_all_modes();
        // The deriving application is then the one of all factors.
        disabled(&mut begin, app::RESPONSE_ONLY);
        begin
    };
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        // The second code: another platform's first one may come before it. Where nothing derives: one of the right form.
        let first = done(t, world.client(), &world.single.derivation_question(None));
        if let Err(stop @ (Stop::Fail(_) | Stop::Broken(..))) = first {
            return Err(stop);
        }
        let code = match done(t, world.client(), &world.single.derivation_question(None)) {
            Ok(result) => result.code,
            Err(Stop::Harness(_)) => with_digit(&"0".repeat(25), Radix::Decimal),
            Err(stop) => return Err(stop),
        };
        Ok(world.single.verify_derivation(None, &code))
    };
    of_server("", begin, ask, defects)
}

fn two(
    t: &mut Play<'_, '_>,
    world: &mut Lone,
    index: u8,
    data: &Data,
    form: &str,
) -> Result<ServerSingleResynchronise, Stop> {
    let mut attempt = || {
        let response = world.responds(t, index, data, form)?;
        Ok(Attempt { data: data.clone(), response })
    };
    let (first, second) = (attempt()?, attempt()?);
    let application = Number::from(u32::from(index));
    Ok(ServerSingleResynchronise { application, first, second, now: world.single.now })
}

fn resynchronise() -> Table<Lone, ServerSingleResynchronise> {
    let broken = breaks::<Lone, ServerSingleResynchronise>;
    let defects = vec![
        locked_at_server(),
        broken(OTP_2).begin(|begin| disabled(begin, app::BOTH)),
        broken(OPR_7).begin(|begin| {
            let applications = &mut begin.setup.vector.applications;
            let both = applications.iter_mut().filter(|rules| rules.form.index == app::BOTH);
            both.for_each(|rules| rules.factor = Factor::Time(60));
        }),
        broken(OTP_3).asked(|op| op.first.data = data_challenge("X")),
        broken(OTP_4).asked(|op| op.second.data = data_fields(&["12345678901234567"])),
        broken(VER_10).asked(|op| op.first.response.push('0')),
        broken(VER_11).asked(|op| op.second.response = with_another_last(&op.second.response)),
        broken(VER_12).asked(|op| op.second.response = unlikely()),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        two(t, world, app::BOTH, &data_challenge("12345678"), &unlikely())
    };
    of_server("", on_all_modes, ask, defects)
}

fn resynchronise_open_algorithm() -> Table<Lone, ServerSingleResynchronise> {
    let broken = breaks::<Lone, ServerSingleResynchronise>;
    let defects = vec![
        locked_at_server(),
        broken(OTP_2).begin(|begin| disabled(begin, algorithm::NUMBER)),
        broken(OPR_7).begin(|begin| super::response::number_by_time(&mut begin.setup.vector)),
        broken(ALG_8).asked(|op| op.second.data = data_challenge("123456789")),
        broken(VER_10).asked(|op| op.first.response.push('0')),
        broken(VER_12).asked(|op| op.second.response = turned(&op.second.response, 3)),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        two(t, world, algorithm::NUMBER, &data_challenge("12345678"), "000000")
    };
    of_server("-open", on_open_algorithms, ask, defects)
}

/// Of a license with events: none of them, and more of one than can be sent.
fn counters<Op: Operation>() -> Vec<Broken<Op>> {
    vec![
        breaks(ERC_2).begin(|begin: &mut Begin| all_by_time(&mut begin.setup.vector)),
        breaks(ERC_3)
            .past(|t, world: &mut Lone| world.reload(t, |license| license.put_event(otp::EVENT, 1 << 32))),
    ]
}

fn full_activation_data() -> Table<Lone, ServerSingleGenerateFullActivationData> {
    let ask = |t: &mut Play<'_, '_>, _: &mut Lone| {
        let activation_nonce = Some(Array(t.random()));
        let random = Some(RandomActivationNonce { activation_nonce });
        Ok(ServerSingleGenerateFullActivationData { shared_secret: None, with_counter: true, random })
    };
    of_server("", Begin::fresh, ask, counters())
}

fn event_reactivation_counter() -> Table<Lone, ServerSingleGenerateEventReactivationCounter> {
    of_server("", Begin::fresh, |_, _| Ok(ServerSingleGenerateEventReactivationCounter {}), counters())
}
