//! Single-device licensing: a license at play, and what the client is asked.

use channel::check_digit::Radix;
use channel::rule::*;
use channel::text::hex;
use channel::wire::static_vector::{Factor, Mode, StaticVector};
use harness::forge::digits::with_digit;
use harness::forge::single::License;
use harness::play::{Play, need};
use harness::setup::{PIN_TRIES, SIGNATURE_TRIES, app, open as algorithm, open_vector, otp, vector};
use harness::single_scene::{OTHER_PASSWORD, Single, SingleSetup, WRONG_PASSWORD, nonce};
use harness::trial::{Party, Stop};
use peer::operations::*;
use peer::protocol::{Array, Data};

use super::super::respond::{data_challenge, data_fields};
use super::super::single_online;
use super::client::turned;
use super::license::done;
use super::table::{Built, Defect, Table, World, breaks};
use super::vector::{OTHER_PREFIX, other_prefix, put, static_vector};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        activates().build(),
        activates_online().build(),
        activates_online_encrypted().build(),
        changes_password().build(),
        responds().build(),
        responds_open().build(),
        derives().build(),
        marks_bound().build(),
        reports().build(),
        reverts().build(),
    ]
}

/// With what it begins.
pub(super) struct Begin {
    pub(super) setup: SingleSetup,
    /// Whether the client is activated.
    is_active: bool,
    /// By a license of another name.
    is_other: bool,
}

impl Begin {
    fn new() -> Self {
        Self { setup: SingleSetup::default(), is_active: true, is_other: false }
    }

    pub(super) fn fresh() -> Self {
        Self { is_active: false, ..Self::new() }
    }

    /// On another vector.
    pub(super) fn on(change: fn(&mut StaticVector)) -> Self {
        Self { setup: SingleSetup::with(change), ..Self::new() }
    }
}

/// A license for one device.
#[derive(Clone)]
pub(super) struct Lone {
    pub(super) single: Single,
}

pub(super) const OTHER_SERIAL: &str = "VDS1000121";

impl World for Lone {
    type Begin = Begin;

    fn build(t: &mut Play<'_, '_>, begin: Begin) -> Result<Self, Stop> {
        let under = t.under()?;
        let single = Single::created(t, under, begin.setup)?;
        if begin.is_active {
            let mut licensed = single.clone();
            if begin.is_other {
                licensed.setup.serial = OTHER_SERIAL;
                licensed.server = t.reference_party();
                done(t, &licensed.server, &licensed.setup.server(licensed.license_key))?;
            }
            let data = licensed.data(t, None, false)?;
            let online = licensed.online(t, &data, None);
            done(t, &single.client, &online)?;
        }
        Ok(Self { single })
    }
}

impl Lone {
    pub(super) fn client(&self) -> &Party {
        &self.single.client
    }

    pub(super) fn server(&self) -> &Party {
        &self.single.server
    }

    /// Wrong passwords lock the account.
    fn lock(&mut self, t: &mut Play<'_, '_>) -> Result<(), Stop> {
        let responds = self.single.response_question(self.responding()?, &Data::ResponseOnly {});
        let wrong = ClientSingleGenerateResponse { password: Some(WRONG_PASSWORD.into()), ..responds };
        (0..PIN_TRIES).try_for_each(|_| t.refuses_stateless(PWD_6, self.client(), &wrong))
    }

    /// Wrong responses lock the license.
    pub(super) fn lock_at_server(&mut self, t: &mut Play<'_, '_>) -> Result<(), Stop> {
        let index = self.responding()?;
        let chosen = self.single.setup.vector.applications.iter().find(|rules| rules.form.index == index);
        let zeros = "0".repeat(chosen.map_or(0, |rules| rules.form.length.into()));
        let wrong = self.single.verify(index, &Data::ResponseOnly {}, &zeros);
        (0..SIGNATURE_TRIES).try_for_each(|_| t.refuses_stateless(VER_12, self.server(), &wrong))
    }

    /// An application of mode RO.
    fn responding(&self) -> Result<u8, Stop> {
        let applications = &self.single.setup.vector.applications;
        let found = applications.iter().find(|rules| rules.mode == Mode::ResponseOnly && rules.enabled);
        Ok(need(found, "an application of mode RO")?.form.index)
    }

    /// The same client after a restart, on a rooted device.
    fn is_rooted(&mut self, t: &mut Play<'_, '_>) -> Result<(), Stop> {
        let save = Single::save(t);
        let state = done(t, self.client(), &save)?.state.0;
        let load =
            ClientSingleLoad { rooted: true, ..self.single.setup.load(self.single.platform_key, state) };
        self.single.client = t.peer_client();
        done(t, self.client(), &load).map(drop)
    }

    /// The same license from a state that is changed.
    pub(super) fn reload(&mut self, t: &mut Play<'_, '_>, bend: impl Fn(&mut License)) -> Result<(), Stop> {
        let storage: [u8; 16] = t.random();
        let save = ServerSingleSave { storage_key: Array(storage), random: nonce(t) };
        let state = done(t, self.server(), &save)?.state.0;
        let mut license = License::of(storage, &state);
        bend(&mut license);
        self.single.server = t.peer_server();
        done(t, self.server(), &license.load()).map(drop)
    }

    /// What the client responds, or, where it refuses to, something of the right form.
    pub(super) fn responds(
        &mut self,
        t: &mut Play<'_, '_>,
        index: u8,
        data: &Data,
        form: &str,
    ) -> Result<String, Stop> {
        match done(t, self.client(), &self.single.response_question(index, data)) {
            Ok(result) => Ok(result.response),
            Err(Stop::Harness(_)) => Ok(form.to_owned()),
            Err(stop) => Err(stop),
        }
    }
}

/// How a rule is broken.
pub(super) type Broken<Op> = Defect<Lone, Op>;

/// What a client is asked.
fn of_client<Op>(
    begin: fn() -> Begin,
    ask: fn(&mut Play<'_, '_>, &mut Lone) -> Result<Op, Stop>,
    defects: Vec<Broken<Op>>,
) -> Table<Lone, Op> {
    Table { name: "", begin, ask, party: Lone::client, letter: None, told: |_| false, defects }
}

fn rooted<Op>() -> Broken<Op> {
    breaks(CLI_1).late(|t, world: &mut Lone| world.is_rooted(t))
}

/// Nothing is activated.
fn idle<Op>() -> Broken<Op> {
    breaks(SDL_27).begin(|begin: &mut Begin| begin.is_active = false)
}

fn locked<Op>() -> Broken<Op> {
    breaks(PWD_7).past(|t, world: &mut Lone| world.lock(t))
}

/// A new password is refused. (What is changed may be one that is changed already.)
fn new_password<Op: 'static>(password: fn(&mut Op) -> &mut Option<String>) -> Vec<Broken<Op>> {
    let put = |rule: Rule, change: fn(&str) -> Option<String>| {
        breaks(rule).asked(move |op: &mut Op| {
            let password = password(op);
            *password = change(password.as_deref().unwrap_or_default());
        })
    };
    vec![
        put(PWD_1, |_| None),
        put(PWD_3, |password| Some("é".repeat(password.len() / 2))),
        put(PWD_2, |password| password.get(..2).map(str::to_owned)),
        put(PWD_4, |_| Some("1111".into())),
    ]
}

/// All applications go by time instead: license and client have no event counters.
pub(super) fn all_by_time(vector: &mut StaticVector) {
    vector.applications.iter_mut().for_each(|rules| rules.factor = Factor::Time(36));
}

/// Puts another event reactivation counter into a question.
type PutCounter<Op> = fn(&mut Op, &dyn Fn(&str) -> String);

/// An event reactivation counter is refused.
fn event_reactivation<Op: 'static>(counter: PutCounter<Op>) -> Vec<Broken<Op>> {
    let put =
        |rule: Rule, change: fn(&str) -> String| breaks(rule).asked(move |op: &mut Op| counter(op, &change));
    vec![
        breaks(ERC_2).begin(|begin: &mut Begin| all_by_time(&mut begin.setup.vector)),
        put(ERC_4, |digits| format!("{digits}0")),
        put(ERC_5, |digits| turned(digits, digits.len().saturating_sub(1))),
        put(ERC_4, |digits| with_digit(&"9".repeat(digits.len().saturating_sub(1)), Radix::Decimal)),
        put(ERC_6, |digits| {
            let body = digits.get(..digits.len().saturating_sub(1)).unwrap_or_default();
            with_digit(&turned(body, body.len().saturating_sub(1)), Radix::Decimal)
        }),
        // The account of before has responded by events of which the license doesn't know.
        breaks(ERC_7)
            .begin(|begin: &mut Begin| begin.is_active = true)
            .past(|t, world: &mut Lone| world.responds(t, otp::EVENT, &Data::ResponseOnly {}, "").map(drop)),
    ]
}

/// The counter that goes with the license; where it has none, something in its place.
fn counter(t: &mut Play<'_, '_>, world: &Lone) -> Result<String, Stop> {
    match done(t, world.server(), &ServerSingleGenerateEventReactivationCounter {}) {
        Ok(result) => Ok(result.event_reactivation_counter),
        Err(Stop::Harness(_)) => Ok("000".into()),
        Err(stop) => Err(stop),
    }
}

fn activates() -> Table<Lone, ClientSingleActivate> {
    let broken = breaks::<Lone, ClientSingleActivate>;
    let mut defects = vec![
        rooted(),
        broken(SDL_17).begin(|begin| begin.setup.built_in = false),
        broken(SDL_12).asked(|op| op.serial = Some("VDS100012".into())),
        broken(SDL_13).asked(|op| op.serial = Some(OTHER_PREFIX.into())),
        broken(SDL_14).begin(|begin| {
            begin.is_active = true;
            begin.is_other = true;
        }),
        broken(SDL_4).asked(|op| op.code.push('0')),
        broken(SDL_5).asked(|op| op.code = turned(&op.code, op.code.len() - 1)),
        broken(SDL_6).asked(|op| op.code = with_digit(&"9".repeat(39), Radix::Decimal)),
    ];
    defects.extend(new_password(|op: &mut ClientSingleActivate| &mut op.password));
    defects.extend(event_reactivation(|op: &mut ClientSingleActivate, change| {
        op.event_reactivation_counter = op.event_reactivation_counter.as_deref().map(change);
    }));
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let counter = counter(t, world)?;
        Ok(world.single.with_counter(t, &counter))
    };
    of_client(Begin::fresh, ask, defects)
}

/// Full activation data taken apart, changed, and put together again.
fn content(op: &mut ClientSingleActivateOnline, change: impl Fn(&mut Vec<u8>)) {
    let data = hex::decode(&op.data).unwrap_or_default();
    let mut content = single_online::content(&data).to_vec();
    change(&mut content);
    op.data = hex::encode(&single_online::plain(&content));
}

/// Their bytes changed.
fn data(op: &mut ClientSingleActivateOnline, change: impl Fn(&mut Vec<u8>)) {
    let mut data = hex::decode(&op.data).unwrap_or_default();
    change(&mut data);
    op.data = hex::encode(&data);
}

/// The static vector in a content, changed; its length before it is what it is then.
fn inner_vector(content: &mut Vec<u8>, change: impl Fn(&mut Vec<u8>)) {
    let length =
        content.get(25..27).map_or(0, |two| two.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)));
    let mut vector = content.get(27..27 + length).unwrap_or_default().to_vec();
    change(&mut vector);
    let two = u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes();
    let end = (27 + length).min(content.len());
    content.splice(end.min(25)..end, two.into_iter().chain(vector));
}

/// The event reactivation counter at the end of a content, changed; its length before it is what it is then.
fn inner_counter(content: &mut Vec<u8>, change: &dyn Fn(&str) -> String) {
    let length =
        content.get(25..27).map_or(0, |two| two.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)));
    let old = content.split_off((28 + length).min(content.len()));
    let new = change(&String::from_utf8_lossy(&old));
    content.pop();
    content.push(u8::try_from(new.len()).unwrap_or(u8::MAX));
    content.extend(new.into_bytes());
}

/// What is asked before the content of full activation data is read.
fn before_content() -> Vec<Broken<ClientSingleActivateOnline>> {
    let broken = breaks::<Lone, ClientSingleActivateOnline>;
    vec![
        rooted(),
        broken(CNV_3).asked(|op| {
            op.data.pop();
            op.data.push('G');
        }),
        broken(SDL_19).asked(|op| data(op, |bytes| bytes.resize(1025, 0))),
        broken(SDL_20).asked(|op| data(op, |bytes| put(bytes, 0, 0x47))),
        broken(SDL_21).asked(|op| data(op, |bytes| put(bytes, 3, 2))),
    ]
}

fn activates_online() -> Table<Lone, ClientSingleActivateOnline> {
    let broken = breaks::<Lone, ClientSingleActivateOnline>;
    let mut defects = before_content();
    defects.extend([
        broken(SDL_22).asked(|op| op.shared_secret = Some(Array(single_online::SECRET))),
        broken(SDL_23).asked(|op| data(op, |bytes| bytes.last_mut().into_iter().for_each(|last| *last ^= 1))),
        // Too short to be encrypted, which is no question here.
        broken(SDL_23).asked(|op| data(op, |bytes| bytes.truncate(20))),
        broken(SDL_25).asked(|op| content(op, |content| put(content, 0, 0xFF))),
    ]);
    defects.extend(static_vector(|defect: Broken<ClientSingleActivateOnline>, bend| {
        defect.asked(move |op| content(op, |content| inner_vector(content, bend)))
    }));
    defects.extend([
        broken(SDL_25).asked(|op| content(op, |content| content.push(0))),
        broken(AM1_8).asked(|op| content(op, |content| inner_vector(content, other_prefix))),
        broken(SDL_24).asked(|op| content(op, |content| put(content, 24, 0xEE))),
        broken(SDL_14).begin(|begin| {
            begin.is_active = true;
            begin.is_other = true;
        }),
    ]);
    defects.extend(new_password(|op: &mut ClientSingleActivateOnline| &mut op.password));
    defects.extend(event_reactivation(|op: &mut ClientSingleActivateOnline, change| {
        content(op, |content| inner_counter(content, change));
    }));
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let counter = counter(t, world)?;
        let plain = world.single.data(t, None, false)?;
        let mut op = world.single.online(t, &plain, None);
        content(&mut op, |content| inner_counter(content, &|_| counter.clone()));
        Ok(op)
    };
    of_client(Begin::fresh, ask, defects)
}

/// The same encrypted, whose content nobody reads before it opens.
fn activates_online_encrypted() -> Table<Lone, ClientSingleActivateOnline> {
    let broken = breaks::<Lone, ClientSingleActivateOnline>;
    let mut defects = before_content();
    defects.extend([
        broken(SDL_22).asked(|op| op.shared_secret = None),
        broken(SDL_42).asked(|op| data(op, |bytes| bytes.truncate(32))),
        broken(SDL_24).asked(|op| data(op, |bytes| bytes.last_mut().into_iter().for_each(|last| *last ^= 1))),
        broken(SDL_14).begin(|begin| {
            begin.is_active = true;
            begin.is_other = true;
        }),
    ]);
    defects.extend(new_password(|op: &mut ClientSingleActivateOnline| &mut op.password));
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let plain = world.single.data(t, None, false)?;
        let bytes = hex::decode(&plain).unwrap_or_default();
        let sealed = single_online::sealed(single_online::content(&bytes));
        Ok(world.single.online(t, &hex::encode(&sealed), Some(single_online::SECRET)))
    };
    Table { name: "-encrypted", ..of_client(Begin::fresh, ask, defects) }
}

fn changes_password() -> Table<Lone, ClientSingleChangePassword> {
    let broken = breaks::<Lone, ClientSingleChangePassword>;
    let mut defects = vec![rooted(), idle(), locked()];
    defects.extend(new_password(|op: &mut ClientSingleChangePassword| &mut op.new));
    defects.extend([
        broken(PWD_5).asked(|op| op.old = None),
        broken(PWD_6).asked(|op| op.old = Some(WRONG_PASSWORD.into())),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        Ok(world.single.change(t, world.single.setup.password, Some(OTHER_PASSWORD)))
    };
    of_client(Begin::new, ask, defects)
}

pub(super) fn disabled(begin: &mut Begin, index: u8) {
    let chosen = begin.setup.vector.applications.iter_mut().filter(|rules| rules.form.index == index);
    chosen.for_each(|rules| rules.enabled = false);
}

/// Of a vector with an application of all factors and modes.
pub(super) fn on_all_modes() -> Begin {
    Begin::on(|of| of.applications = vector().applications)
}

pub(super) fn on_open_algorithms() -> Begin {
    Begin::on(|of| of.applications = open_vector().applications)
}

fn passwords(defects: &mut Vec<Broken<ClientSingleGenerateResponse>>) {
    defects.extend([
        breaks(PWD_5).asked(|op: &mut ClientSingleGenerateResponse| op.password = None),
        breaks(PWD_6)
            .asked(|op: &mut ClientSingleGenerateResponse| op.password = Some(WRONG_PASSWORD.into())),
    ]);
}

fn responds() -> Table<Lone, ClientSingleGenerateResponse> {
    let broken = breaks::<Lone, ClientSingleGenerateResponse>;
    let mut defects = vec![
        rooted(),
        idle(),
        locked(),
        broken(OTP_2).begin(|begin| disabled(begin, app::BOTH)),
        broken(OTP_3).asked(|op| op.data = data_challenge("X")),
        broken(OTP_4).asked(|op| op.data = data_fields(&["12345678901234567"])),
    ];
    passwords(&mut defects);
    of_client(
        on_all_modes,
        |_, world| Ok(world.single.response_question(app::BOTH, &data_challenge("12345678"))),
        defects,
    )
}

fn responds_open() -> Table<Lone, ClientSingleGenerateResponse> {
    let broken = breaks::<Lone, ClientSingleGenerateResponse>;
    let mut defects = vec![
        rooted(),
        idle(),
        locked(),
        broken(OTP_2).begin(|begin| disabled(begin, algorithm::NUMBER)),
        broken(ALG_8).asked(|op| op.data = data_challenge("123456789")),
    ];
    passwords(&mut defects);
    let ask = |_: &mut Play<'_, '_>, world: &mut Lone| {
        Ok(world.single.response_question(algorithm::NUMBER, &data_challenge("12345678")))
    };
    Table { name: "-open", ..of_client(on_open_algorithms, ask, defects) }
}

pub(super) fn none_derives(begin: &mut Begin) {
    for rules in &mut begin.setup.vector.applications {
        rules.enabled = matches!(rules.mode, Mode::Signature | Mode::Unlock);
    }
}

fn derives() -> Table<Lone, ClientSingleGenerateDerivationCode> {
    let broken = breaks::<Lone, ClientSingleGenerateDerivationCode>;
    let defects = vec![
        rooted(),
        idle(),
        // By an application that stays.
        broken(PWD_7).past(|t, world| {
            let wrong = world.single.change(t, Some(WRONG_PASSWORD), Some(OTHER_PASSWORD));
            (0..PIN_TRIES).try_for_each(|_| t.refuses_stateless(PWD_6, world.client(), &wrong))
        }),
        broken(BND_3).begin(|begin| begin.setup.vector.binding = false),
        broken(BND_4).begin(none_derives),
        broken(BND_5).asked(|op| op.challenge = Some("1".into())),
        broken(PWD_5).asked(|op| op.password = None),
        broken(PWD_6).asked(|op| op.password = Some(WRONG_PASSWORD.into())),
    ];
    of_client(Begin::new, |_, world| Ok(world.single.derivation_question(None)), defects)
}

fn marks_bound() -> Table<Lone, ClientSingleMarkBound> {
    let broken = breaks::<Lone, ClientSingleMarkBound>;
    let defects = vec![rooted(), idle(), broken(BND_3).begin(|begin| begin.setup.vector.binding = false)];
    of_client(Begin::new, |_, _| Ok(ClientSingleMarkBound {}), defects)
}

fn reports() -> Table<Lone, ClientSingleReport> {
    of_client(Begin::new, |_, _| Ok(ClientSingleReport { accepted: true }), vec![rooted(), idle()])
}

fn reverts() -> Table<Lone, ClientSingleRevert> {
    let broken = breaks::<Lone, ClientSingleRevert>;
    let defects = vec![
        rooted(),
        // The only account is one that keeps none.
        broken(SDL_38).past(|t, world| done(t, world.client(), &ClientSingleRevert {}).map(drop)),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Lone| {
        let again = world.single.right(t);
        done(t, world.client(), &again)?;
        Ok(ClientSingleRevert {})
    };
    of_client(Begin::new, ask, defects)
}
