//! The event reactivation counter, and what reactivation does to event counters. SPEC section 29.

use super::single_codes::{digits, exchanged, with_at};
use super::{blaming, negative, positive, sequence};
use channel::check_digit::Radix;
use channel::crypto::keys::Key;
use channel::crypto::single::event_counter_mac;
use channel::rule::{ERC_2, ERC_3, ERC_4, ERC_5, ERC_6, ERC_7, Rule, SDL_17, VER_12};
use channel::wire::event_counter::{EventCounter, LENGTHS};
use channel::wire::static_vector::{Factor, StaticVector};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number};

const NONE: Data = Data::ResponseOnly {};
/// Indices with events of the usual vector.
const INDICES: [u8; 3] = [otp::EVENT, otp::BOTH, otp::FIELD_EVENT];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Both, Client, Server};
    let mut cases = vec![
        positive(
            "single-counter-made",
            Server,
            &["ERC-1"],
            "counters as they stand, of disabled ones, too",
            made,
        ),
        positive("single-counter-lengths", Server, &["ERC-1"], "the length for 1 to 8 applications", lengths),
        positive(
            "single-counter-lengths-read",
            Client,
            &["ERC-8"],
            "event reactivation counters for 1 to 8 applications are read at their length",
            lengths_read,
        ),
        negative("single-counter-none-made", Server, ERC_2, "without events none is made", none_made),
        negative(
            "single-counter-none-taken",
            Client,
            ERC_2,
            "a client without events takes no event reactivation counter",
            none_taken,
        ),
        negative("single-counter-exhausted", Server, ERC_3, "2^32 − 1 is sent, 2^32 is not", exhausted),
        negative("single-counter-form", Client, ERC_4, "what is not so many decimal digits", form),
        negative("single-counter-bits", Client, ERC_4, "a number of one bit more", bits),
        negative(
            "single-counter-check-digit",
            Client,
            ERC_5,
            "each wrong check digit and digit",
            check_digit,
        ),
        negative("single-counter-neighbours", Client, ERC_5, "neighbours exchanged", neighbours),
        negative(
            "single-counter-foreign",
            Client,
            ERC_6,
            "another license's, another serial number's",
            foreign,
        ),
        negative("single-counter-bent", Client, ERC_6, "each bit of the counters and the MAC", bent),
        negative(
            "single-counter-wrong-code",
            Client,
            ERC_6,
            "after a wrong code every counter is wrong",
            wrong_code,
        ),
        negative("single-counter-stale", Client, ERC_7, "forward only; equal is allowed", stale),
        negative("single-counter-order", Client, ERC_4, "form, check digit, bits, MAC, direction", order),
        sequence(
            "single-counter-new-platform",
            Both,
            &["ERC-8", "SDL-40"],
            "0 on a new platform, then moved",
            moved,
        ),
        sequence("single-counter-same-platform", Both, &["SDL-40"], "kept on the same platform", kept),
        sequence("single-counter-far-behind", Both, &["ERC-8"], "what look-ahead can't bridge", far_behind),
        sequence("single-counter-refused-whole", Client, &["ERC-8"], "refused, nothing of it stays", whole),
    ];
    cases.extend([1usize, 2, 4, 5].map(|count| {
        let about = format!("the digits for {count} applications are no counter of three");
        negative(format!("single-counter-of-{count}"), Client, ERC_4, about, move |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            let counters: Vec<(u8, u32)> = (1..=8).take(count).map(|index| (index, 9)).collect();
            let bad = of(&scene, &counters);
            refused(t, &scene, ERC_4, &bad)
        })
    }));
    cases
}

/// A counter of the scene's license, its MAC right.
fn of(scene: &Single, counters: &[(u8, u32)]) -> String {
    of_key(scene.license_key, scene.setup.serial, counters)
}

fn of_key(license_key: [u8; 16], serial: &str, counters: &[(u8, u32)]) -> String {
    let Ok(serial) = serial.parse() else { return String::new() };
    let mac = event_counter_mac(&Key::new(license_key), serial, counters);
    EventCounter { counters: counters.iter().map(|(_, counter)| *counter).collect(), mac }.encode()
}

/// Of the usual vector.
fn three(scene: &Single, counters: [u32; 3]) -> String {
    let [a, b, c] = INDICES;
    let [x, y, z] = counters;
    of(scene, &[(a, x), (b, y), (c, z)])
}

/// It and the activation are refused; the server's is taken.
fn refused(t: &mut Trial<'_>, scene: &Single, rule: Rule, bad: &str) -> Result<(), Stop> {
    let bad = scene.with_counter(t, bad);
    t.refuses_only(rule, &scene.client, &bad)?;
    let good = three(scene, [50, 50, 50]);
    let good = scene.with_counter(t, &good);
    t.twin(rule.id, &scene.client, &good).map(|_| ())
}

fn all_refused(t: &mut Trial<'_>, rule: Rule, bads: impl Fn(&str) -> Vec<String>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let good = three(&scene, [50, 0x0102_0304, u32::MAX]);
    let before = t.state(rule.id, &scene.client)?;
    for bad in bads(&good) {
        let bad = scene.with_counter(t, &bad);
        t.refuses_stateless(rule, &scene.client, &bad)?;
    }
    t.state_is(rule.id, &scene.client, before)?;
    let good = scene.with_counter(t, &good);
    t.twin(rule.id, &scene.client, &good).map(|_| ())
}

fn made(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup::with(|vector| {
        for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::BOTH) {
            rules.enabled = false;
        }
    });
    let scene = Single::new(t, Under::Server, setup)?;
    scene.counter(t)?;
    for _ in 0..3 {
        scene.accepted(t, otp::EVENT, &NONE)?;
        let before = t.state("ERC-1", &scene.server)?;
        scene.counter(t)?;
        t.state_is("ERC-1", &scene.server, before)?;
    }
    Ok(())
}

/// A vector of 8 applications, so many of them with events.
pub(super) fn with_events(vector: &mut StaticVector, count: usize) {
    for (at, rules) in vector.applications.iter_mut().enumerate() {
        rules.factor = if at < count { Factor::Event } else { Factor::Time(36) };
    }
}

fn lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (count, length) in (1..).zip(LENGTHS) {
        let setup = SingleSetup::with(|vector| with_events(vector, count));
        let scene = Single::created(t, Under::Server, setup)?;
        let counter = scene.counter(t)?;
        t.same("ERC-1", &counter.len(), Some(&length))?;
    }
    Ok(())
}

fn lengths_read(t: &mut Trial<'_>) -> Result<(), Stop> {
    for count in 1..=8usize {
        let setup = SingleSetup::with(|vector| with_events(vector, count));
        let scene = Single::created(t, Under::Client, setup)?;
        let counters: Vec<(u8, u32)> =
            (1..).take(count).map(|index| (index, 0x1000_0000 | u32::from(index))).collect();
        let question = scene.with_counter(t, &of(&scene, &counters));
        t.agrees("ERC-8", &scene.client, &question)?;
        let save = Single::save(t);
        t.agrees("ERC-8", &scene.client, &save)?;
    }
    Ok(())
}

fn without_events() -> SingleSetup {
    SingleSetup::with(|vector| vector.applications.retain(|rules| !rules.factor.has_event()))
}

fn none_made(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Server, without_events())?;
    t.refuses_only(ERC_2, &scene.server, &ServerSingleGenerateEventReactivationCounter {})?;
    let data = |with_counter| ServerSingleGenerateFullActivationData {
        shared_secret: None,
        with_counter,
        random: None,
    };
    t.refuses(ERC_2, &scene.server, &data(true), &data(false)).map(|_| ())
}

fn none_taken(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, without_events())?;
    let other = three(&scene, [0; 3]);
    for counter in [other.as_str(), "", "?"] {
        let bad = scene.with_counter(t, counter);
        t.refuses_only(ERC_2, &scene.client, &bad)?;
    }
    let good = scene.right(t);
    t.twin("ERC-2", &scene.client, &good).map(|_| ())
}

/// A license whose next event of [`otp::EVENT`] is this.
pub(super) fn at_event(t: &mut Trial<'_>, under: Under, event: u64) -> Result<Single, Stop> {
    let scene = Single::created(t, under, SingleSetup::default())?;
    let mut saved = harness::forge::single::License::fresh(&scene.setup, scene.license_key);
    saved.put_event(otp::EVENT, event);
    let server = match under {
        Under::Server => t.peer_server(),
        _ => t.reference_party(),
    };
    t.agrees("SDL-30", &server, &saved.load())?;
    Ok(Single { server, ..scene })
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = at_event(t, Under::Server, u64::from(u32::MAX) + 1)?;
    t.refuses_only(ERC_3, &scene.server, &ServerSingleGenerateEventReactivationCounter {})?;
    let scene = at_event(t, Under::Server, u64::from(u32::MAX))?;
    t.twin("ERC-3", &scene.server, &ServerSingleGenerateEventReactivationCounter {}).map(|_| ())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    all_refused(t, ERC_4, |good| {
        let cut = good.get(1..).unwrap_or_default();
        vec![
            String::new(),
            "0".into(),
            cut.into(),
            format!("0{good}"),
            format!("{good}0"),
            format!(" {cut}"),
            format!("{cut} "),
            format!("+{cut}"),
            with_at(good, 7, 'A'),
            with_at(good, 7, '٣'),
            with_at(good, 41, '\n'),
            good.trim_start_matches('0').to_owned() + "00",
        ]
    })
}

fn bits(t: &mut Trial<'_>) -> Result<(), Stop> {
    // 2^136 and the largest number of 41 digits.
    all_refused(t, ERC_4, |_| {
        ["87112285931760246646623899502532662132736", &"9".repeat(41)]
            .map(|digits| with_digit(digits, Radix::Decimal))
            .into()
    })
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    all_refused(t, ERC_5, |good| {
        let last = good.len() - 1;
        let own = good.chars().last();
        let mut all: Vec<String> = digits(Radix::Decimal)
            .filter(|digit| Some(*digit) != own)
            .map(|digit| with_at(good, last, digit))
            .collect();
        for (at, own) in good.chars().enumerate().take(last) {
            let next = own.to_digit(10).map_or(0, |digit| (digit + 1) % 10);
            all.push(with_at(good, at, Radix::Decimal.character(next)));
        }
        all
    })
}

fn neighbours(t: &mut Trial<'_>) -> Result<(), Stop> {
    all_refused(t, ERC_5, |good| exchanged(good, Radix::Decimal))
}

fn foreign(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let counters = INDICES.map(|index| (index, 50));
    let serial = scene.setup.serial;
    let others =
        [of_key(t.random(), serial, &counters), of_key(scene.license_key, "VDS1000121", &counters), {
            // Right counters, of other applications.
            of_key(scene.license_key, serial, &[(1, 50), (2, 50), (7, 50)])
        }];
    for bad in others {
        refused(t, &scene, ERC_6, &bad)?;
    }
    Ok(())
}

fn bent(t: &mut Trial<'_>) -> Result<(), Stop> {
    all_refused(t, ERC_6, |good| {
        let Ok(right) = EventCounter::decode(good, 3) else { return Vec::new() };
        let mut all = Vec::new();
        for place in 0..3 {
            for bit in 0..32 {
                let mut counter = right.clone();
                if let Some(value) = counter.counters.get_mut(place) {
                    *value ^= 1 << bit;
                }
                all.push(counter.encode());
            }
        }
        for bit in 0..40usize {
            let mut counter = right.clone();
            if let Some(byte) = counter.mac.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            all.push(counter.encode());
        }
        all
    })
}

fn wrong_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let counter = scene.counter(t)?;
    let good = scene.with_counter(t, &counter);
    let wrong = with_digit("012345678901234567890123456789012345678", Radix::Decimal);
    let bad = ClientSingleActivate { code: wrong, ..good.clone() };
    t.refuses(ERC_6, &scene.client, &bad, &good).map(|_| ())
}

fn stale(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let at = scene.with_counter(t, &three(&scene, [7, 8, 9]));
    t.agrees("ERC-8", &scene.client, &at)?;
    for lower in [[6, 8, 9], [7, 7, 9], [7, 8, 8], [0, 0, 0], [100, 100, 8]] {
        let bad = scene.with_counter(t, &three(&scene, lower));
        t.refuses_only(ERC_7, &scene.client, &bad)?;
    }
    for good in [[7, 8, 9], [8, 8, 9], [8, 8, 10], [u32::MAX, 8, 10]] {
        let good = scene.with_counter(t, &three(&scene, good));
        t.twin("ERC-7", &scene.client, &good)?;
    }
    // A response moves the counter on, and then what was equal is stale.
    scene.respond(t, otp::BOTH, &NONE)?;
    let bad = scene.with_counter(t, &three(&scene, [u32::MAX, 8, 10]));
    t.refuses_only(ERC_7, &scene.client, &bad)?;
    let good = scene.with_counter(t, &three(&scene, [u32::MAX, 9, 10]));
    t.twin("ERC-7", &scene.client, &good).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let good = three(&scene, [50, 50, 50]);
    let at = scene.with_counter(t, &good);
    t.agrees("ERC-8", &scene.client, &at)?;
    let last = good.len() - 1;
    let other = |text: &str| with_at(text, last, if text.ends_with('0') { '1' } else { '0' });
    let too_large = with_digit(&"9".repeat(41), Radix::Decimal);
    let foreign = of_key([1; 16], scene.setup.serial, &INDICES.map(|index| (index, 1)));
    for (rule, bad) in [
        (ERC_4, with_at(&other(&good), 7, 'A')),
        (ERC_5, other(&too_large)),
        (ERC_4, too_large),
        (ERC_6, foreign),
        (ERC_7, three(&scene, [49, 50, 50])),
    ] {
        let bad = scene.with_counter(t, &bad);
        t.refuses_only(rule, &scene.client, &bad)?;
    }
    t.twin("ERC-4", &scene.client, &at).map(|_| ())
}

fn moved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, SingleSetup::default())?;
    for _ in 0..3 {
        scene.accepted(t, otp::EVENT, &NONE)?;
    }
    // On a new platform the counters are 0: the server has gone on.
    let new = scene.elsewhere(t, Under::Client, b"another platform")?;
    new.activate(t)?;
    let response = new.respond(t, otp::EVENT, &NONE)?;
    t.refuses_only(VER_12, &scene.server, &new.verify(otp::EVENT, &NONE, &response))?;
    // With the counter they are the server's.
    let counter = scene.counter(t)?;
    let question = new.with_counter(t, &counter);
    t.agrees("ERC-8", &new.client, &question)?;
    blaming("ERC-8", new.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["SDL-40"])
}

fn kept(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, SingleSetup::default())?;
    for _ in 0..3 {
        scene.accepted(t, otp::EVENT, &NONE)?;
    }
    scene.activate(t)?;
    blaming("SDL-40", scene.accepted(t, otp::EVENT, &NONE))?;
    // So do those of full activation data.
    let data = scene.data(t, None, false)?;
    let question = scene.online(t, &data, None);
    t.agrees("SDL-40", &scene.client, &question)?;
    blaming("SDL-40", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["SDL-40"])
}

fn far_behind(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = at_event(t, Under::Client, 5_000)?;
    scene.activate(t)?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &response))?;
    let counter = scene.counter(t)?;
    let question = scene.with_counter(t, &counter);
    t.agrees("ERC-8", &scene.client, &question)?;
    blaming("ERC-8", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["ERC-8"])
}

fn whole(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let bad = scene.with_counter(t, "?");
    t.refuses_only(ERC_4, &scene.client, &bad)?;
    scene.is_in(t, "ERC-8", 0)?;
    scene.activate(t)?;
    scene.respond(t, otp::EVENT, &NONE)?;
    let bad = ClientSingleActivate { password: Some("another".into()), ..bad };
    t.refuses_only(ERC_4, &scene.client, &bad)?;
    // The password is the old one.
    scene.respond(t, otp::EVENT, &NONE)?;
    // A client without a vector of its own does not get that far.
    let bare = SingleSetup { built_in: false, ..SingleSetup::default() };
    let bare = Single::created(t, Under::Client, bare)?;
    t.refuses_only(SDL_17, &bare.client, &bad)?;
    let question = bare.response_question(otp::EVENT, &NONE);
    let application = Number::from(u32::from(otp::EVENT));
    t.refuses_only(
        channel::rule::SDL_27,
        &bare.client,
        &ClientSingleGenerateResponse { application, ..question },
    )
}
