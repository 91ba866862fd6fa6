//! A program of a seed. The reference plays along: what it gives goes into pools, and the next question is mostly about
//! something that was just given, so that programs get deep; now and then it is about something else, or bent, or asked
//! again, or the clock has moved. Nobody looks in between, unless a look was drawn; at the end everything is looked at.
//!
//! SPEC.md decides every answer to what is drawn. What it doesn't decide is not drawn, or not compared:
//!
//! | silent about | section | therefore |
//! |---|---|---|
//! | salts and nonces that come twice: they are drawn anew for each use (KEY-11), and SDL-34 refuses a state that shows otherwise | 6, 28 | a step that is repeated has random fields of its own |
//! | what a digest is: only which are equal within a session (PPR-9) | 18 | digests are compared within a session alone |
//! | the words of refusals and faults, and the requirement that a peer names | 18 | classes are compared |
//! | version and mask of a QR code; pictures that are neither right nor wrong | 31 | `qr.*` is not asked |

use std::collections::BTreeSet;

use harness::bend::makes_a_session;
use serde_json::{Map, Value, json};

use crate::bend;
use crate::luck::Luck;
use crate::step::{By, Program, Reference, Step};
use crate::table::{Area, MULTI, ROWS, Row, SINGLE, Source};
use crate::values;
use crate::world::{Context, Item, Pool, Role, World};

/// How a client comes to its first account, and the server hears of it.
const ACTIVATION: [&str; 6] = [
    "server.generate_activation1",
    "client.activate_license",
    "server.verify_device_code",
    "server.generate_activation2",
    "client.activate_instance",
    "server.verify_message_signature",
];
const SINGLE_ACTIVATION: [&str; 2] = ["server.single_generate_activation_code", "client.single_activate"];

/// What a program about something begins with, or with a part of it.
const OPENINGS: [(Area, &[&str]); 15] = [
    (
        Area::Request,
        &["server.generate_request", "client.open", "client.sign", "server.verify_message_signature"],
    ),
    (
        Area::Respond,
        &[
            "client.generate_response",
            "server.verify_response",
            "client.generate_response",
            "server.verify_response",
        ],
    ),
    (
        Area::Login,
        &[
            "server.login_start",
            "server.login_retrieve",
            "client.open",
            "client.sign",
            "server.login_approve",
        ],
    ),
    (
        Area::Login,
        &[
            "server.login_start",
            "server.login_retrieve",
            "client.generate_information",
            "server.login_reject",
        ],
    ),
    (Area::Unlock, &["client.generate_unlock_challenge", "server.generate_unlock_response", "client.unlock"]),
    (
        Area::Call,
        &[
            "client.set_app2app",
            "server.generate_request",
            "app2app.build",
            "client.dispatch",
            // By URLs of another app's own.
            "client.dispatch",
            "client.dispatch",
            "client.dispatch",
            "client.answer",
        ],
    ),
    (Area::State, &["client.save", "client.load"]),
    (
        Area::Blob,
        &["server.seal_blob", "blob.open", "blob.seal", "server.load_blob", "server.generate_activation1"],
    ),
    (Area::File, &["license_file.write", "server.import"]),
    (
        Area::Replace,
        &[
            "server.generate_activation1",
            "client.activate_license",
            "server.verify_device_code",
            "server.generate_activation2",
            "client.activate_instance",
            "server.verify_message_signature",
            "client.mark_confirmed",
        ],
    ),
    (
        Area::Operate,
        &[
            "server.restored",
            "client.generate_response",
            "client.generate_response",
            "server.resynchronise",
            "client.generate_response",
            "server.verify_response",
            // An application that is out of sync signs as well.
            "server.restored",
            "server.generate_request",
            "client.open",
            "client.sign",
            "server.verify_message_signature",
        ],
    ),
    (
        Area::Single,
        &["client.single_generate_response", "server.single_verify_response", "client.single_report"],
    ),
    (
        Area::Bind,
        &[
            "client.single_generate_derivation_code",
            "server.single_verify_derivation_code",
            "client.single_mark_bound",
            "client.single_generate_response",
            "client.single_generate_response",
            "server.single_resynchronise",
        ],
    ),
    (
        Area::Keep,
        &[
            "client.single_generate_response",
            "server.single_generate_event_reactivation_counter",
            "client.single_activate",
        ],
    ),
    (Area::Primitive, &["message_vector.encode", "activation_code.write", "primitive.key_wrap"]),
];

/// The program of a seed: of about so many steps, for a peer with these operations. What belongs to the other side of a
/// peer that has one alone is asked of the reference, and so is what makes a value that the peer is to be asked about. At
/// the end stand looks at all that was made. They don't count, and nor do bent questions that were refused.
pub fn draw(seed: u64, operations: &[String], length: usize) -> Program {
    drawn(Luck::new(seed), operations, length)
}

/// The same by the choices of a fuzzer.
pub fn draw_by(choices: &[u8], operations: &[String], length: usize) -> Program {
    drawn(Luck::given(choices), operations, length)
}

fn drawn(luck: Luck, operations: &[String], length: usize) -> Program {
    let mut drawer = Drawer::new(luck, operations);
    drawer.begins(length);
    drawer.opens();
    drawer.world.usual = false;
    drawer.shows_refused_characters();
    let room = |drawer: &Drawer| drawer.length() < length && drawer.world.steps.len() < 2 * length;
    while room(&drawer) && drawer.goes_on(length) {}
    drawer.looks();
    Program { steps: drawer.world.steps }
}

/// What a client and a server are asked together: each its side of those kinds of license that both have, and what belongs
/// to no side. Nothing where they have no kind in common.
pub fn of_pair(client: &[String], server: &[String]) -> Vec<String> {
    let side = |role: Role| if matches!(role, Role::Client | Role::SingleClient) { client } else { server };
    let has = |role: Role| side(role).iter().any(|op| op == role.maker());
    let common: Vec<Role> = Role::ALL.into_iter().filter(|role| has(*role) && has(role.other())).collect();
    let of_role = |op: &String| match Role::of(op) {
        Some(role) => common.contains(&role) && side(role).contains(op),
        None => true,
    };
    let all: BTreeSet<&String> = client.iter().chain(server).filter(|op| of_role(op)).collect();
    if common.is_empty() { Vec::new() } else { all.into_iter().cloned().collect() }
}

/// A row that can be asked, and by whom it is answered if not by the peer.
type Asked = (&'static Row, Option<By>);

struct Drawer {
    world: World,
    /// Rows that can be asked, and by whom they are answered.
    rows: Vec<Asked>,
    /// What this program is mostly about.
    areas: Vec<Area>,
    /// Whether it is about single-device licensing.
    single: bool,
    /// Steps that were refused because they were bent: they lead nowhere, and are not counted.
    beside: usize,
    /// How often something was asked about what was given last, and gave nothing new.
    followed: u32,
}

impl Drawer {
    fn new(mut luck: Luck, operations: &[String]) -> Self {
        let operations: BTreeSet<&str> = operations.iter().map(String::as_str).collect();
        let rows: Vec<_> = ROWS.iter().filter_map(|row| Some((row, asked(row, &operations)?))).collect();
        let has = |area: Area| rows.iter().any(|(row, by)| row.area == area && by.is_none());
        let of_peer = |role: Role| operations.contains(role.maker());
        let both = [Role::Client, Role::Server].map(of_peer).contains(&true)
            || !Role::ALL.map(of_peer).contains(&true);
        let single = Role::ALL.map(of_peer).iter().skip(2).any(|is| *is) && (luck.percent(30) || !both);
        let pool: &[Area] = if single { &SINGLE } else { &MULTI };
        let pool: Vec<Area> = pool.iter().copied().filter(|area| has(*area)).collect();
        let count = 2 + usize::from(luck.percent(40));
        let mut areas: Vec<Area> = (0..count).filter_map(|_| luck.pick(&pool).copied()).collect();
        if luck.percent(20) {
            areas.push(Area::Primitive);
        }
        let usual = luck.percent(55);
        let mut world = World::new(luck, usual);
        world.unlocks = areas.contains(&Area::Unlock);
        Self { world, rows, areas, single, beside: 0, followed: 0 }
    }

    /// Sessions and an activation, so that there is something to begin with.
    fn begins(&mut self, length: usize) {
        let luck = &mut self.world.luck;
        if luck.percent(5) && !self.world.usual {
            return;
        }
        if luck.percent(35) {
            self.plays("push.write");
        }
        if self.single {
            self.plays("server.single_create");
            self.plays("client.single_create");
            for op in SINGLE_ACTIVATION {
                self.plays(op);
            }
            return;
        }
        self.plays("server.create");
        for round in 0..1 + self.world.luck.one(&[0, 0, 0, 1, 1, 2], 0) {
            if self.length() + ACTIVATION.len() > length / 2 {
                break;
            }
            if round > 0 && self.world.luck.percent(25) {
                self.plays("server.create");
            }
            if round == 0 || self.world.luck.percent(50) {
                self.plays("client.create");
            }
            for op in ACTIVATION {
                if !self.plays(op) && self.world.luck.percent(if self.world.usual { 10 } else { 80 }) {
                    break;
                }
            }
        }
        if self.world.unlocks {
            self.locks();
        }
    }

    /// What it is about begins as it usually does, and is perhaps left in the middle.
    fn opens(&mut self) {
        if self.world.luck.percent(25) {
            self.plays("export_svf.read");
        }
        for (area, ops) in OPENINGS {
            if !self.areas.contains(&area) || (!self.world.usual && self.world.luck.percent(20)) {
                continue;
            }
            let whole = self.world.usual || self.world.luck.percent(55);
            let count = if whole { ops.len() } else { 1 + self.world.luck.below(ops.len()) };
            for op in ops.iter().take(count) {
                self.plays(op);
            }
        }
    }

    /// At the end a look at all that was made: what no answer has shown yet shows here.
    fn looks(&mut self) {
        for row in ROWS.iter().filter(|row| row.area == Area::Look) {
            let asked = |(known, by): &Asked| std::ptr::eq(*known, row) && by.is_none();
            if !self.rows.iter().any(asked) {
                continue;
            }
            let mut seen = BTreeSet::new();
            for at in 0..self.world.items.len() {
                let Some(item) = self.world.items.get(at) else { continue };
                let session = row.on.and_then(|role| item.with.get(role.word()));
                let about = row.about.contains(&item.pool);
                let names: Vec<_> = row
                    .params
                    .iter()
                    .filter(|(name, _)| *name != "now")
                    .map(|(name, _)| item.with.get(*name))
                    .collect();
                let is_about = about
                    || row.about.is_empty() && row.on.is_some_and(|role| item.pool == Pool::Session(role));
                if !is_about || session.is_none() || !seen.insert(format!("{session:?}{names:?}")) {
                    continue;
                }
                self.asks((row, None), Some(at), &[("now", json!(self.world.now))], false);
            }
        }
    }

    /// The steps that count.
    fn length(&self) -> usize {
        self.world.steps.len() - self.beside
    }

    /// A bent question; and since most refusals are free, perhaps some more that are bent otherwise.
    fn bent(&mut self, row: Asked, about: Option<usize>) -> bool {
        let more = self.world.luck.one(&[0, 0, 1, 2, 3], 0);
        let begin = self.world.steps.len();
        for _ in 0..=more {
            if !self.asks(row, about, &[], true) || self.world.last().is_some() {
                break;
            }
            self.beside += 1;
        }
        self.world.steps.len() > begin
    }

    /// The user enters wrong PINs until the account is locked, and perhaps once more.
    fn locks(&mut self) {
        let row = self.rows.iter().find(|(row, _)| row.op == "client.generate_response").copied();
        let Some(row) = row else { return };
        let item = self.world.item(&[Pool::Account], |_| true);
        if self.asks(row, item, &[("pin", json!("wrong"))], false) {
            let again = self.world.luck.one(&[1, 2, 2, 2, 3], 2);
            self.repeats(again);
        }
    }

    /// Texts with an end of one range of refused characters after the other.
    fn shows_refused_characters(&mut self) {
        if !self.areas.contains(&Area::Request) || self.world.luck.percent(60) {
            return;
        }
        let row = self.rows.iter().find(|(row, _)| row.op == "server.generate_request").copied();
        let Some(row) = row else { return };
        let about = self.world.items.iter().rposition(|item| is_about(row.0, item));
        for _ in 0..10 {
            let content =
                json!({"format": "list", "title": "", "items": [["k", values::refused(&mut self.world)]]});
            let fixed = [("content", content), ("charset", json!("utf-8"))];
            if self.asks(row, about, &fixed, false) && self.world.last().is_none() {
                self.beside += 1;
            }
        }
    }

    /// A step of this operation, about the latest that it can be about.
    fn plays(&mut self, op: &str) -> bool {
        // The second time in a row: what was asked before again, where the operation has a row for that.
        let again = self.world.steps.last().is_some_and(|step| step.op == op);
        let mut rows = self.rows.iter().filter(|(row, _)| row.op == op);
        let row = if again { rows.next_back() } else { rows.next() }.copied();
        let Some(row) = row else { return false };
        let about = self.world.items.iter().rposition(|item| is_about(row.0, item));
        if self.world.luck.percent(20) {
            self.bent(row, about);
        }
        if self.world.usual {
            return self.asks(row, about, &usual(op), false) && self.world.last().is_some();
        }
        // Where an account is to be replaced the PIN matters: there it is drawn, and perhaps asked for again.
        let replaces = op == "client.activate_instance";
        let right = if self.world.luck.percent(90) { "right" } else { "cached" };
        let fixed = [("pin", json!(right))];
        let fixed: &[(&str, Value)] = if replaces { &[] } else { &fixed };
        for _ in 0..3 {
            let done = self.asks(row, about, fixed, false) && self.world.last().is_some();
            if done || !(replaces || op.ends_with("create")) {
                return done;
            }
        }
        false
    }

    /// One more step, or several of a kind. Whether there was anything to ask.
    fn goes_on(&mut self, length: usize) -> bool {
        if self.world.luck.percent(10) {
            values::moves_clock(&mut self.world);
        }
        let chance = if self.areas.contains(&Area::Call) { 5 } else { 1 };
        if self.world.luck.percent(chance) && !self.single {
            self.locks();
        }
        let follows = self.followed < 3 && self.world.luck.percent(70);
        for _ in 0..20 {
            let Some((row, about)) = self.next(follows) else { continue };
            let bent = match (row.0.on, row.0.op) {
                (None, "export_svf.read") => self.world.luck.percent(15),
                (None, _) => self.world.luck.percent(45),
                (
                    _,
                    "client.load" | "client.single_load" | "server.single_load" | "server.import"
                    | "server.load_blob",
                ) => self.world.luck.percent(45),
                (
                    _,
                    "client.open"
                    | "client.single_activate"
                    | "client.single_activate_online"
                    | "client.activate_instance",
                ) => self.world.luck.percent(35),
                _ => self.world.luck.percent(22),
            };
            let fresh = self.world.fresh;
            let asked = if bent { self.bent(row, about) } else { self.asks(row, about, &[], false) };
            if asked {
                self.followed =
                    if self.world.fresh == fresh { self.followed + u32::from(follows) } else { 0 };
                let again = match self.world.luck.below(if bent { 5 } else { 12 }) {
                    0 => self.world.luck.one(
                        &[
                            1,
                            1,
                            1,
                            2,
                            3,
                            4,
                            if row.0.op == "server.login_start" { 17 } else { 11 },
                            if row.0.op == "server.login_start" { 17 } else { 1 },
                        ],
                        1,
                    ),
                    _ => 0,
                };
                self.repeats(again.min(length));
                return true;
            }
        }
        false
    }

    /// The row to ask next, and what about.
    fn next(&mut self, follows: bool) -> Option<(Asked, Option<usize>)> {
        let from = if follows { self.world.fresh } else { 0 };
        let there: Vec<Pool> = self.world.items.iter().skip(from).map(|item| item.pool).collect();
        let weights: Vec<u32> = self
            .rows
            .iter()
            .map(|(row, by)| {
                let can = if row.about.is_empty() {
                    !follows
                } else {
                    row.about.iter().any(|pool| there.contains(pool))
                };
                if can { self.weight(row, *by) } else { 0 }
            })
            .collect();
        let at = self.world.luck.weighed(&weights)?;
        let row = *self.rows.get(at)?;
        let about = match (row.0.about.is_empty(), follows) {
            (true, _) => None,
            (false, true) => {
                let fresh: Vec<usize> = (from..self.world.items.len())
                    .filter(|at| self.world.items.get(*at).is_some_and(|item| is_about(row.0, item)))
                    .collect();
                self.world.luck.pick(&fresh).copied()
            }
            (false, false) => self.world.item(row.0.about, |item| is_about(row.0, item)),
        };
        Some((row, about))
    }

    fn weight(&self, row: &Row, by: Option<By>) -> u32 {
        let single = row.on.is_some_and(|role| role.account() == Pool::Single);
        let other_kind = row.on.is_some() && single != self.single;
        let area = match row.area {
            _ if other_kind => 0,
            area if self.areas.contains(&area) => 20,
            Area::Single => 10,
            Area::Request | Area::Common => 5,
            Area::Respond => 3,
            Area::Look | Area::Primitive => 1,
            _ => 2,
        };
        // What the peer is not asked finds nothing, but what follows from it may.
        let by = if by.is_some() { 2 } else { 3 };
        // A call before the client takes any is refused, whatever it says.
        let configured = || self.world.items.iter().any(|item| item.pool == Pool::Configured);
        let weight = if row.op == "client.dispatch" && !configured() { 1 } else { row.weight };
        weight * area * by
    }

    /// Asks it: a step more, unless something that it needs isn't there.
    fn asks(&mut self, (row, by): Asked, about: Option<usize>, fixed: &[(&str, Value)], bent: bool) -> bool {
        let Some(mut with) = self.context(row, about) else { return false };
        let before = row.on.and_then(|role| with.get(role.word()).cloned());
        let session = match row.on {
            None => None,
            Some(role) if makes_a_session(row.op) => {
                let name = self.world.session();
                with.insert(role.word().to_owned(), json!(name));
                Some(name)
            }
            Some(role) => match with.get(role.word()) {
                Some(Value::String(name)) => Some(name.clone()),
                _ => return false,
            },
        };
        let bends = bent.then(|| self.bends(row)).flatten();
        let Some(params) = self.params(row, &mut with, fixed, bends) else { return false };
        if row.op == "server.login_start" {
            with.insert("started".into(), json!(self.world.now));
        }
        let at = self.world.steps.len();
        let step = Step { op: row.op.to_owned(), session, by, params };
        if let Some(result) = self.world.play(step).cloned() {
            self.takes(row, with, before, at, &result);
        }
        true
    }

    /// Which parameter is bent: mostly one that comes from somewhere, since the others are drawn anyway.
    fn bends(&mut self, row: &Row) -> Option<usize> {
        let comes = |at: &usize| matches!(row.params.get(*at), Some((_, Source::Own | Source::As(_))));
        let answers = |(name, _): &(&str, Source)| matches!(*name, "signature" | "response");
        if let Some(at) = row.params.iter().position(answers).filter(|_| self.world.luck.percent(40)) {
            return Some(at);
        }
        let all: Vec<usize> = (0..row.params.len()).collect();
        let from: Vec<usize> = all.iter().copied().filter(comes).collect();
        let from = if from.is_empty() || self.world.luck.percent(20) { &all } else { &from };
        self.world.luck.pick(from).copied()
    }

    /// What the question is about, with all that goes with it.
    fn context(&mut self, row: &Row, about: Option<usize>) -> Option<Context> {
        let world = &mut self.world;
        let mut with =
            about.and_then(|at| world.items.get(at)).map(|item| item.with.clone()).unwrap_or_default();
        if !row.about.is_empty() && about.is_none() {
            return None;
        }
        let Some(role) = row.on else { return Some(with) };
        if row.op == "client.dispatch" && !world.luck.percent(8) {
            // Whoever asked for the message: the URL goes to a client that takes one.
            with.remove(role.word());
        }
        if makes_a_session(row.op) {
            return Some(with);
        }
        let session = Pool::Session(role);
        let searched: [&[Pool]; 2] = match row.op {
            "client.activate_license" | "client.single_activate" | "client.single_activate_online" => {
                [&[session, role.account()], &[session]]
            }
            "client.dispatch" => [&[Pool::Configured], &[role.account()]],
            _ => [&[role.account()], &[session]],
        };
        for pools in searched {
            // A session of the other side can belong to any of this one, but mostly belongs to its own.
            let chance = if row.op == "client.activate_license" { 25 } else { 6 };
            let loose = world.luck.percent(chance) && !world.usual;
            let known = with.clone();
            let found =
                world.item(pools, |item| item.with.contains_key(role.word()) && (loose || item.fits(&known)));
            if let Some(item) = found.and_then(|at| world.items.get(at)) {
                for (name, value) in &item.with {
                    with.entry(name).or_insert_with(|| value.clone());
                }
            }
            if with.contains_key(role.word()) {
                break;
            }
        }
        Some(with)
    }

    /// The parameters, each of which those behind it see in the context.
    fn params(
        &mut self,
        row: &Row,
        with: &mut Context,
        fixed: &[(&str, Value)],
        bends: Option<usize>,
    ) -> Option<Map<String, Value>> {
        let mut params = Map::new();
        let mut random = Map::new();
        for (number, (name, source)) in row.params.iter().enumerate() {
            let value = match fixed.iter().find(|(fixed, _)| fixed == name) {
                Some((_, value)) => value.clone(),
                None => self.made(*source, name, with)?,
            };
            let value = match bends == Some(number) {
                true => bend::parameter(&mut self.world, with, name, &value).unwrap_or(value),
                false => value,
            };
            match name.strip_prefix("random/") {
                Some(field) => {
                    with.insert(field.to_owned(), value.clone());
                    random.insert(field.to_owned(), value);
                }
                None => {
                    with.insert((*name).to_owned(), value.clone());
                    params.insert((*name).to_owned(), value);
                }
            }
        }
        if !random.is_empty() {
            params.insert("random".into(), Value::Object(random));
        }
        Some(params)
    }

    fn made(&mut self, source: Source, name: &str, with: &Context) -> Option<Value> {
        let luck = &mut self.world.luck;
        Some(match source {
            Source::Own => return self.found(name, with),
            Source::As(name) => return self.found(name, with),
            Source::Made(make) => return make(&mut self.world, with),
            Source::Bytes(length) => self.world.drawn(length),
            Source::Bool(chance) => json!(luck.percent(chance)),
            Source::Number(all) => json!(luck.pick(all)?),
            Source::Word(all) => json!(luck.pick(all)?),
        })
    }

    /// What goes with it, or else what goes with anything.
    fn found(&mut self, name: &str, with: &Context) -> Option<Value> {
        if let Some(value) = with.get(name) {
            return Some(value.clone());
        }
        let any: Vec<&Value> = self.world.items.iter().filter_map(|item| item.with.get(name)).collect();
        self.world.luck.pick(&any).map(|value| (*value).clone())
    }

    /// What was given goes into the pools.
    fn takes(&mut self, row: &Row, mut with: Context, before: Option<Value>, at: usize, result: &Value) {
        let world = &mut self.world;
        match row.op {
            "server.create"
            | "server.single_create"
            | "server.import"
            | "server.reimport"
            | "server.single_reimport" => {
                if let Some(vector) = with.get("static_vector").cloned() {
                    with.insert("license_vector".into(), vector);
                }
            }
            "client.single_change_password" => {
                with.insert("password".into(), with.get("new").cloned().unwrap_or_default());
            }
            _ => {}
        }
        if row.params.iter().any(|(name, _)| *name == "now") {
            with.insert("time".into(), json!(world.now));
        }
        let fresh = world.items.len();
        for (pool, names) in row.gives {
            let mut given = with.clone();
            let there = names.iter().all(|(name, place)| {
                let found = result.pointer(place).is_some_and(|found| !found.is_null());
                let reference = Reference { from: at, at: (*place).to_owned(), but: Vec::new() };
                given.insert((*name).to_owned(), reference.value());
                found
            });
            if there {
                world.items.push(Item { pool: *pool, with: given });
            }
        }
        if world.items.len() > fresh {
            world.fresh = fresh;
        }
        if let (true, Some(role), Some(before)) = (makes_a_session(row.op), row.on, before) {
            self.lives_on(role, &before, with.get(role.word()));
        }
    }

    /// A session out of a state has the accounts of the session that was saved.
    fn lives_on(&mut self, role: Role, before: &Value, now: Option<&Value>) {
        let Some(now) = now else { return };
        let of_old = |item: &&Item| item.pool == role.account() && item.with.get(role.word()) == Some(before);
        let mut copies: Vec<Item> = self.world.items.iter().filter(of_old).cloned().collect();
        for copy in &mut copies {
            copy.with.insert(role.word().to_owned(), now.clone());
        }
        // What was under way in the old session is asked of the new one, which knows nothing of it.
        let under_way = [Pool::Am2, Pool::Display, Pool::Called, Pool::Deactivation, Pool::Unlock];
        copies.extend(under_way.iter().filter_map(|pool| {
            let of_old = |item: &&Item| item.pool == *pool && item.with.get(role.word()) == Some(before);
            let mut copy = self.world.items.iter().rev().find(of_old)?.clone();
            copy.with.insert(role.word().to_owned(), now.clone());
            Some(copy)
        }));
        self.world.items.extend(copies);
    }

    /// The last step so many times more, word by word; but what is random is drawn anew, as KEY-11 says: a salt or nonce
    /// that comes twice is a world in which nothing need hold.
    fn repeats(&mut self, count: usize) {
        let Some(mut step) = self.world.steps.last().cloned().filter(|step| !makes_a_session(&step.op))
        else {
            return;
        };
        let last = self.world.steps.len() - 1;
        for _ in 0..count {
            let at = self.world.steps.len();
            for (name, value) in
                step.params.get_mut("random").and_then(Value::as_object_mut).into_iter().flatten()
            {
                if let Some(text) =
                    value.as_str().filter(|_| name != "challenge_key" || self.world.luck.percent(90))
                {
                    *value = self.world.drawn(text.len() / 2);
                }
            }
            let accepted = self.world.play(step.clone()).is_some();
            // What another time gave is as good as what the first gave.
            let again = accepted.then(|| {
                self.world.items.iter().skip(self.world.fresh).cloned().map(|item| moved(item, last, at))
            });
            let again: Vec<Item> = again.into_iter().flatten().collect();
            self.world.items.extend(again.into_iter().take(1));
        }
    }
}

/// The same by the answer of a later step.
fn moved(mut item: Item, from: usize, to: usize) -> Item {
    for value in item.with.values_mut() {
        if let Some(reference) = Reference::of(value).filter(|reference| reference.from == from) {
            *value = Reference { from: to, ..reference }.value();
        }
    }
    item
}

/// Whether the row is about an item: of its pools, and with what belongs to a login if it is one, without if it isn't.
fn is_about(row: &Row, item: &Item) -> bool {
    let of_login = item.with.contains_key("challenge_key");
    let wants_login = row.op == "server.login_approve";
    let other_signature =
        item.pool == Pool::Signature && row.op.starts_with("server.") && of_login != wants_login;
    row.about.contains(&item.pool) && !other_signature
}

/// What leads on, where it would else be drawn.
fn usual(op: &str) -> Vec<(&'static str, Value)> {
    match op {
        "server.create" => vec![
            ("secure_channel", json!(true)),
            ("threshold", json!(9)),
            ("last_counter", json!(0)),
            ("activation_validity_days", json!(7)),
        ],
        "client.create" => {
            vec![("app_version", json!(3)), ("rooted", json!(false)), ("device_type", json!(7))]
        }
        "server.generate_activation1" => vec![("with_static_vector", json!(true))],
        "server.verify_device_code" => vec![("replace", json!(true))],
        "client.set_app2app" => vec![("enabled", json!(true))],
        "server.generate_request" => {
            vec![("carrier", json!("direct")), ("minimum_version", json!(0))]
        }
        _ => vec![("pin", json!("right")), ("approved", json!(true))],
    }
}

/// By whom a row is answered, if it can be asked: the peer, where it has the operation; the reference, where that is the
/// other side's or makes what the peer is asked about.
fn asked(row: &Row, operations: &BTreeSet<&str>) -> Option<Option<By>> {
    let has = |role: Role| operations.contains(role.maker());
    let listed = operations.contains(row.op);
    let makes_values = matches!(row.area, Area::Call | Area::Blob | Area::File);
    match row.on {
        Some(role) if has(role) => listed.then_some(None),
        Some(role) if has(role.other()) || !Role::ALL.iter().any(|role| has(*role)) => {
            Some(Some(By::Reference))
        }
        Some(_) => None,
        None if listed => Some(None),
        None => makes_values.then_some(Some(By::Reference)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<String> {
        peer::engine::operation_names().map(str::to_owned).collect()
    }

    #[test]
    fn one_seed_is_one_program() {
        let text = |seed| serde_json::to_string(&draw(seed, &all(), 30)).unwrap();
        assert_eq!(text(5), text(5));
        assert_ne!(text(5), text(6));
    }

    #[test]
    fn a_pair_is_asked_on_both_sides_of_what_both_have() {
        let side = |begins: &str| -> Vec<String> {
            let is_one = |op: &String| op.starts_with(begins) || !op.contains('.');
            all().into_iter().filter(is_one).collect()
        };
        let [clients, servers] = ["client.", "server."].map(side);
        let both = of_pair(&clients, &servers);
        assert!(both.iter().any(|op| op == "client.open") && both.iter().any(|op| op == "state"));
        assert!(both.iter().any(|op| op == "server.single_unlock"));
        assert_eq!(of_pair(&servers, &clients), Vec::<String>::new());
        assert_eq!(
            of_pair(&all(), &servers),
            of_pair(&all(), &side("server.")),
            "its own servers are not asked"
        );
        let singles: Vec<String> =
            servers.into_iter().filter(|op| op.starts_with("server.single_")).collect();
        let both = of_pair(&clients, &singles);
        assert!(both.iter().all(|op| Role::of(op).is_none() || op.contains(".single_")), "{both:?}");
    }

    #[test]
    fn a_peer_is_asked_what_it_lists() {
        let clients: Vec<String> = all().into_iter().filter(|op| op.starts_with("client.")).collect();
        for seed in 0..20 {
            let program = draw(seed, &clients, 40);
            let listed = |step: &&Step| clients.contains(&step.op);
            assert!(program.steps.iter().all(|step| listed(&step) == step.by.is_none()), "{program:?}");
            assert!(program.steps.iter().any(|step| step.by.is_none()) || program.steps.len() < 10);
        }
    }
}
