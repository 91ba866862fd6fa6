//! What may happen: the operations of a sequence, and how often each is drawn.

use channel::client::{Decision, Pin};
use channel::wire::data::Data;
use harness::setup::otp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::model::{Bend, THRESHOLD};

/// Two devices; the third client is on the first's, but of another device type. The first may replace.
pub const CLIENTS: usize = 3;

/// Which of the things made so far; mostly the last.
#[derive(Clone, Debug)]
pub enum Pick {
    Last,
    Any(Index),
}

impl Pick {
    pub fn of<'a, T>(&self, things: &'a [T]) -> Option<&'a T> {
        match self {
            Pick::Last => things.last(),
            Pick::Any(index) => (!things.is_empty()).then(|| index.get(things)),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Op {
    Wait(u32),
    /// The server's clock is set back.
    Back(u32),
    /// The client's clock is from now on so far from the server's.
    Skew(usize, i32),
    IssueAm1 {
        challenge: Option<[u8; 8]>,
        with_vector: bool,
    },
    ReceiveAm1 {
        client: usize,
        am1: Pick,
        bend: bool,
    },
    VerifyCode {
        code: Pick,
        bend: bool,
        replace: bool,
        times: u8,
    },
    IssueAm2 {
        salt: [u8; 13],
    },
    ReceiveAm2 {
        client: usize,
        am2: Pick,
        bend: bool,
    },
    MarkConfirmed(usize),
    Remove {
        client: usize,
        just_the_replacement: bool,
    },
    IssueRequest {
        application: u8,
        format: u8,
        require_pin: bool,
        times: u8,
    },
    Open {
        client: usize,
        request: Pick,
        bend: bool,
    },
    Sign {
        client: usize,
        decision: Decision,
        times: u8,
    },
    Verify {
        signature: Pick,
        bend: Bend,
        sequence: Option<u8>,
        times: u8,
    },
    Respond {
        client: usize,
        application: u8,
        data: Data,
        pin: Pin,
        times: u8,
    },
    VerifyResponse {
        response: Pick,
        data: Option<Data>,
        bend: Bend,
        sequence: Option<u8>,
        times: u8,
    },
    Resynchronise {
        first: Pick,
        second: Pick,
        bend: Bend,
        sequence: Option<u8>,
    },
    IssueDeactivation {
        sequence: u8,
    },
    Deactivate {
        client: usize,
        deactivation: Pick,
        bend: bool,
    },
    UnlockChallenge {
        client: usize,
        random: [u8; 8],
    },
    UnlockResponse {
        sequence: u8,
        client: usize,
    },
    Unlock {
        client: usize,
        response: Pick,
        bend: Bend,
        times: u8,
    },
    UnlockInstance {
        sequence: u8,
    },
    Backup,
    /// Back to the backup, or as if; then `restored`.
    Restore {
        to_backup: bool,
    },
    /// A client that has forgotten everything, on the same device.
    Reinstall(usize),
    /// The whole way to an instance.
    Activate {
        client: usize,
        challenge: [u8; 8],
        replace: bool,
        confirm: bool,
    },
    /// The whole way of a request, or as far as its signature.
    Use {
        client: usize,
        application: u8,
        format: u8,
        verify: bool,
    },
    /// Of two signed requests with 70 between them, the later is verified first.
    Behind {
        client: usize,
        application: u8,
    },
    /// The whole way of a response without a message.
    Answer {
        client: usize,
        application: u8,
        data: Data,
        lost: u8,
    },
    /// So many are lost, the next two resynchronise.
    Lose {
        client: usize,
        application: u8,
        data: Data,
        lost: u8,
    },
    /// Locks the client and unlocks it, after so many wrong unlock responses.
    LockAndUnlock {
        client: usize,
        random: [u8; 8],
        wrong: u8,
    },
    /// A BLOB is handed out.
    Keep {
        sequence: u8,
        application: u8,
    },
    /// And comes back, to its place or to that of the next application.
    Bring {
        blob: Pick,
        bend: bool,
        elsewhere: bool,
    },
    /// The license comes from a file again.
    Import {
        bend: bool,
    },
    /// The whole way to a BLOB of before the file came.
    Stale {
        client: usize,
        application: u8,
    },
    /// A client's state is written; and it ends and starts again.
    Save {
        client: usize,
        restart: bool,
    },
    /// A state of before.
    Load {
        client: usize,
        saved: Pick,
        bend: bool,
    },
    /// So many lists of fields at once.
    SignMany {
        client: usize,
        count: u8,
    },
    /// A deactivation, received at once.
    End {
        sequence: u8,
        client: usize,
    },
}

/// Data that the application answers, and now and then other data.
fn data(application: u8) -> BoxedStrategy<Data> {
    let field = |most: usize| vec(select(vec!["", "a", "12", "é", "0123456789"]), 0..=most);
    let odd = prop_oneof![
        Just(Data::ResponseOnly),
        "[0-9x]{0,17}".prop_map(Data::Challenge),
        field(3).prop_map(|fields| Data::Fields(fields.into_iter().map(str::to_owned).collect())),
    ];
    let one_of = |fields: &[&[&str]]| {
        let lists = fields.iter().map(|list| Data::Fields(list.iter().map(|it| (*it).to_owned()).collect()));
        select(lists.collect::<Vec<_>>()).boxed()
    };
    let challenge = || select(vec!["1", "271828"]).prop_map(|it| Data::Challenge(it.to_owned()));
    let fitting = match application {
        otp::FIELDS => one_of(&[&["", "1", "x"], &["a", "1", ""]]),
        otp::TIME | otp::EVENT => Just(Data::ResponseOnly).boxed(),
        otp::BOTH => prop_oneof![Just(Data::ResponseOnly), challenge(), one_of(&[&["f"], &["g"]])].boxed(),
        otp::CHALLENGE => challenge().boxed(),
        otp::FIELD_EVENT => one_of(&[&["f"], &["g"]]),
        otp::MULTI => {
            prop_oneof![Just(Data::ResponseOnly), challenge(), one_of(&[&["f", ""], &["", "f"]])].boxed()
        }
        _ => Just(Data::ResponseOnly).boxed(),
    };
    prop_oneof![14 => fitting, 1 => odd].boxed()
}

fn client() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0), 1 => 1..CLIENTS]
}

fn last_or_any() -> impl Strategy<Value = Pick> {
    prop_oneof![3 => Just(Pick::Last), 1 => any::<Index>().prop_map(Pick::Any)]
}

/// Until it locks, now and then.
fn often() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(1u8), 1 => Just(4u8)]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

fn bend() -> impl Strategy<Value = Bend> {
    prop_oneof![5 => Just(Bend::Not), 1 => Just(Bend::Length), 1 => Just(Bend::CheckDigit), 1 => Just(Bend::Digit)]
}

fn sequence() -> impl Strategy<Value = u8> {
    1..=THRESHOLD + 1
}

fn seldom_another() -> impl Strategy<Value = Option<u8>> {
    proptest::option::weighted(0.15, sequence())
}

fn am1_challenge() -> impl Strategy<Value = [u8; 8]> {
    any::<[u8; 8]>().prop_filter("not zero", |it| *it != [0; 8])
}

pub fn time() -> impl Strategy<Value = Op> {
    let wait = prop_oneof![8 => 0u32..100, 4 => 0u32..5000, 1 => 600_000u32..610_000];
    // Steps are 36 and 60 seconds; the reach of a first use is 1800.
    let skew = prop_oneof![2 => -400i32..400, 1 => -2200i32..2200];
    prop_oneof![
        2 => wait.prop_map(Op::Wait),
        1 => (0u32..500).prop_map(Op::Back),
        1 => (client(), skew).prop_map(|(client, skew)| Op::Skew(client, skew)),
    ]
}

pub fn activation() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => (proptest::option::of(am1_challenge()), any::<bool>())
            .prop_map(|(challenge, with_vector)| Op::IssueAm1 { challenge, with_vector }),
        1 => (client(), last_or_any(), rarely())
            .prop_map(|(client, am1, bend)| Op::ReceiveAm1 { client, am1, bend }),
        2 => (last_or_any(), rarely(), rarely(), often())
            .prop_map(|(code, bend, replace, times)| Op::VerifyCode { code, bend, replace, times }),
        1 => any::<[u8; 13]>().prop_map(|salt| Op::IssueAm2 { salt }),
        1 => (client(), last_or_any(), rarely())
            .prop_map(|(client, am2, bend)| Op::ReceiveAm2 { client, am2, bend }),
        4 => (client(), am1_challenge(), any::<bool>(), prop::bool::weighted(0.7))
            .prop_map(|(client, challenge, replace, confirm)| Op::Activate { client, challenge, replace, confirm }),
        1 => client().prop_map(Op::Reinstall),
        1 => client().prop_map(Op::MarkConfirmed),
        1 => (client(), prop::bool::weighted(0.7))
            .prop_map(|(client, just_the_replacement)| Op::Remove { client, just_the_replacement }),
        1 => sequence().prop_map(|sequence| Op::IssueDeactivation { sequence }),
        1 => (sequence(), client()).prop_map(|(sequence, client)| Op::End { sequence, client }),
        1 => (client(), last_or_any(), rarely())
            .prop_map(|(client, deactivation, bend)| Op::Deactivate { client, deactivation, bend }),
        1 => Just(Op::Backup),
        1 => any::<bool>().prop_map(|to_backup| Op::Restore { to_backup }),
    ]
}

pub fn signing() -> impl Strategy<Value = Op> {
    let application =
        || select(vec![otp::FIELDS, otp::BOTH, otp::CHALLENGE, otp::FIELD_EVENT, otp::MULTI, otp::TIME]);
    let decisions = vec![
        Decision::Approve(Pin::Right),
        Decision::Approve(Pin::Right),
        Decision::Approve(Pin::Wrong),
        Decision::Approve(Pin::Cached),
        Decision::Approve(Pin::Cached),
        Decision::Reject,
    ];
    prop_oneof![
        2 => (application(), 0u8..3, any::<bool>(), prop_oneof![9 => Just(1u8), 1 => 2u8..5]).prop_map(
            |(application, format, require_pin, times)| Op::IssueRequest { application, format, require_pin, times }),
        3 => (client(), last_or_any(), rarely())
            .prop_map(|(client, request, bend)| Op::Open { client, request, bend }),
        5 => (client(), select(decisions), often())
            .prop_map(|(client, decision, times)| Op::Sign { client, decision, times }),
        7 => (prop_oneof![Just(Pick::Last), any::<Index>().prop_map(Pick::Any)], bend(), seldom_another(), often())
            .prop_map(|(signature, bend, sequence, times)| Op::Verify { signature, bend, sequence, times }),
        1 => (client(), application()).prop_map(|(client, application)| Op::Behind { client, application }),
        4 => (client(), application(), 0u8..3, prop::bool::weighted(0.6))
            .prop_map(|(client, application, format, verify)| Op::Use { client, application, format, verify }),
    ]
}

pub fn responding() -> impl Strategy<Value = Op> {
    let with_data = || (1u8..=8).prop_flat_map(|application| (Just(application), data(application)));
    let with_event = || {
        select(vec![otp::EVENT, otp::BOTH, otp::FIELD_EVENT])
            .prop_flat_map(|application| (Just(application), data(application)))
    };
    let pin = || prop_oneof![6 => Just(Pin::Right), 2 => Just(Pin::Cached), 1 => Just(Pin::Wrong)];
    prop_oneof![
        2 => (client(), with_data(), pin(), often()).prop_map(|(client, (application, data), pin, times)| {
            Op::Respond { client, application, data, pin, times }
        }),
        6 => (last_or_any(), proptest::option::weighted(0.1, data(otp::MULTI)), bend(), seldom_another(), often())
            .prop_map(|(response, data, bend, sequence, times)| {
                Op::VerifyResponse { response, data, bend, sequence, times }
            }),
        6 => (client(), with_data(), prop_oneof![5 => Just(0u8), 1 => 0u8..5]).prop_map(
            |(client, (application, data), lost)| Op::Answer { client, application, data, lost }),
        2 => (last_or_any(), last_or_any(), bend(), seldom_another())
            .prop_map(|(first, second, bend, sequence)| Op::Resynchronise { first, second, bend, sequence }),
        2 => (client(), with_event(), prop_oneof![6 => 0u8..20, 1 => Just(200u8), 1 => Just(201u8)]).prop_map(
            |(client, (application, data), lost)| Op::Lose { client, application, data, lost }),
    ]
}

pub fn unlocking() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (client(), any::<[u8; 8]>()).prop_map(|(client, random)| Op::UnlockChallenge { client, random }),
        2 => (sequence(), client()).prop_map(|(sequence, client)| Op::UnlockResponse { sequence, client }),
        3 => (client(), last_or_any(), bend(), often())
            .prop_map(|(client, response, bend, times)| Op::Unlock { client, response, bend, times }),
        1 => sequence().prop_map(|sequence| Op::UnlockInstance { sequence }),
        2 => (client(), any::<[u8; 8]>(), prop_oneof![3 => Just(0u8), 1 => 1u8..5])
            .prop_map(|(client, random, wrong)| Op::LockAndUnlock { client, random, wrong }),
    ]
}

pub fn storing() -> impl Strategy<Value = Op> {
    let saved = prop_oneof![1 => Just(Pick::Last), 2 => any::<Index>().prop_map(Pick::Any)];
    prop_oneof![
        4 => (sequence(), 1u8..=9).prop_map(|(sequence, application)| Op::Keep { sequence, application }),
        4 => (last_or_any(), rarely(), rarely())
            .prop_map(|(blob, bend, elsewhere)| Op::Bring { blob, bend, elsewhere }),
        1 => rarely().prop_map(|bend| Op::Import { bend }),
        1 => (client(), 1u8..=8).prop_map(|(client, application)| Op::Stale { client, application }),
        5 => (client(), prop::bool::weighted(0.3)).prop_map(|(client, restart)| Op::Save { client, restart }),
        1 => (client(), saved, rarely()).prop_map(|(client, saved, bend)| Op::Load { client, saved, bend }),
        1 => (client(), prop_oneof![Just(2u8), Just(14u8)])
            .prop_map(|(client, count)| Op::SignMany { client, count }),
    ]
}

pub fn op() -> impl Strategy<Value = Op> {
    prop_oneof![4 => time(), 8 => activation(), 10 => signing(), 12 => responding(), 6 => unlocking(), 3 => storing()]
}
