//! A table of an operation's defects, and the cases that are built from it.

use std::sync::Arc;

use channel::crypto::keys::{Channel, Key};
use channel::rule::Rule;
use channel::text::hex;
use harness::area::Area;
use harness::case::Case;
use harness::case::Role;
use harness::forge::Plain;
use harness::play::{Ask, Play, need};
use harness::spec::order;
use harness::trial::{Party, Stop};
use peer::engine;
use peer::json;
use peer::protocol::Operation;

use super::apart::reason;

/// What was built of a table.
pub(crate) struct Built {
    /// The operation.
    pub(crate) operation: &'static str,
    /// The pairs that its cases ask.
    pub(crate) pairs: Vec<(&'static str, &'static str)>,
    pub(crate) cases: Vec<Case>,
}

/// What an operation is asked in: a session and what led to it.
pub(super) trait World: Clone + 'static {
    /// What may be different from the beginning on.
    type Begin: 'static;

    /// Plays up to where the question is asked.
    fn build(t: &mut Play<'_, '_>, begin: Self::Begin) -> Result<Self, Stop>;
}

/// A change of something that stands by itself.
type Bend<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// Something that is played.
type Past<W> = Box<dyn Fn(&mut Play<'_, '_>, &mut W) -> Result<(), Stop> + Send + Sync>;

/// One step of breaking a rule. Those of a question are done in this order.
pub(super) enum How<W: World, Op> {
    /// Something else from the beginning on.
    Begin(Bend<W::Begin>),
    /// Something that happens before the question, once all is at hand to ask it.
    Past(Past<W>),
    /// The last that happens before it.
    Late(Past<W>),
    /// The message, before it is sealed.
    Plain(Bend<Plain>),
    /// The message, once it is sealed.
    Bytes(Bend<Vec<u8>>),
    /// Another parameter.
    Asked(Bend<Op>),
    /// The message as text.
    Text(Bend<String>),
}

/// How to break a rule, and no other that stands before it.
pub(super) struct Defect<W: World, Op> {
    rule: Rule,
    steps: Vec<How<W, Op>>,
    /// What it can stand beside as the second defect; any, where nothing is said.
    beside: Option<&'static [Rule]>,
    /// What it can't stand beside as the second.
    unless: &'static [Rule],
    /// Whether the refusal changes something, although the row calls it free.
    spends: bool,
}

/// A rule that is broken by the steps that follow.
pub(super) fn breaks<W: World, Op>(rule: Rule) -> Defect<W, Op> {
    Defect { rule, steps: Vec::new(), beside: None, unless: &[], spends: false }
}

impl<W: World, Op> Defect<W, Op> {
    fn and(mut self, step: How<W, Op>) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn begin(self, change: impl Fn(&mut W::Begin) + Send + Sync + 'static) -> Self {
        self.and(How::Begin(Box::new(change)))
    }

    pub(super) fn past(
        self,
        play: impl Fn(&mut Play<'_, '_>, &mut W) -> Result<(), Stop> + Send + Sync + 'static,
    ) -> Self {
        self.and(How::Past(Box::new(play)))
    }

    pub(super) fn late(
        self,
        play: impl Fn(&mut Play<'_, '_>, &mut W) -> Result<(), Stop> + Send + Sync + 'static,
    ) -> Self {
        self.and(How::Late(Box::new(play)))
    }

    pub(super) fn plain(self, bend: impl Fn(&mut Plain) + Send + Sync + 'static) -> Self {
        self.and(How::Plain(Box::new(bend)))
    }

    pub(super) fn bytes(self, bend: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.and(How::Bytes(Box::new(bend)))
    }

    pub(super) fn text(self, bend: impl Fn(&mut String) + Send + Sync + 'static) -> Self {
        self.and(How::Text(Box::new(bend)))
    }

    pub(super) fn asked(self, change: impl Fn(&mut Op) + Send + Sync + 'static) -> Self {
        self.and(How::Asked(Box::new(change)))
    }

    /// As the second defect it goes with these alone: for another, the rule is broken in another way.
    pub(super) fn beside(self, rules: &'static [Rule]) -> Self {
        Self { beside: Some(rules), ..self }
    }

    /// What refuses it changes something: the next question is asked elsewhere.
    pub(super) fn spends(self) -> Self {
        Self { spends: true, ..self }
    }

    /// Whether it breaks one of these.
    pub(super) fn is_of(&self, rules: &[Rule]) -> bool {
        rules.contains(&self.rule)
    }

    /// It mends these: beside them it is no second defect.
    pub(super) fn unless(self, rules: &'static [Rule]) -> Self {
        Self { unless: rules, ..self }
    }

    /// Whether it can be there as well where `first` is broken.
    fn goes_with(&self, first: Rule) -> bool {
        self.beside.is_none_or(|rules| rules.contains(&first)) && !self.unless.contains(&first)
    }

    /// Whether it changes more than the question.
    fn is_early(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, How::Begin(_) | How::Past(_) | How::Late(_)))
    }
}

/// The message that a question carries.
pub(super) struct Letter<W, Op> {
    /// It.
    pub(super) get: fn(&Op) -> String,
    /// Another in its place.
    pub(super) put: fn(&mut Op, String),
    /// Under which key it is sealed.
    pub(super) key: fn(&W) -> Result<Option<Key<Channel>>, Stop>,
}

/// An operation.
pub(super) struct Table<W: World, Op> {
    /// What follows the operation's name in the ids, where it has several tables.
    pub(super) name: &'static str,
    /// How it begins where nothing is wrong.
    pub(super) begin: fn() -> W::Begin,
    /// The question to which nothing is wrong.
    pub(super) ask: fn(&mut Play<'_, '_>, &mut W) -> Result<Op, Stop>,
    /// Whom it is asked.
    pub(super) party: fn(&W) -> &Party,
    pub(super) letter: Option<Letter<W, Op>>,
    /// Whether a refusal by this rule is told in a result.
    pub(super) told: fn(Rule) -> bool,
    /// In the order of its row.
    pub(super) defects: Vec<Defect<W, Op>>,
}

impl<W: World + Send + Sync, Op: Operation + Clone + Send + Sync + 'static> Table<W, Op> {
    /// A case for each rule, in the order of the row.
    pub(super) fn build(self) -> Built {
        let row = order::ROWS.get(Op::NAME).cloned().unwrap_or_default();
        let visible = row.pairs();
        let table = Arc::new(self);
        let rules: Vec<Rule> = table.defects.iter().map(|defect| defect.rule).collect();
        let mut built = Built { operation: Op::NAME, pairs: Vec::new(), cases: Vec::new() };
        let name = format!("pair-{}{}", Op::NAME.replace(['.', '_'], "-"), table.name);
        let mut area = Area::new(&name, Role::of(Op::NAME));
        for (at, rule) in rules.iter().copied().enumerate() {
            if rules.iter().take(at).any(|earlier| earlier.id == rule.id) {
                continue;
            }
            // Of each defect of this rule, the defects behind it that can be there as well.
            let mut asked: Vec<(usize, Vec<usize>)> = Vec::new();
            for (first, _) in rules.iter().enumerate().filter(|(_, other)| other.id == rule.id) {
                let is_pair = |(_, second): &(usize, &Defect<W, Op>)| {
                    visible.contains(&(rule.id, second.rule.id))
                        && reason(Op::NAME, rule.id, second.rule.id).is_none()
                        && second.goes_with(rule)
                };
                let later = table.defects.iter().enumerate().skip(first).filter(is_pair);
                asked.push((first, later.map(|(second, _)| second).collect()));
            }
            let seconds = asked.iter().flat_map(|(_, later)| later).filter_map(|at| rules.get(*at));
            built.pairs.extend(seconds.map(|second| (rule.id, second.id)));
            let about = format!(
                "`{}` refuses by {}, whatever a later check of its row would refuse as well",
                Op::NAME,
                rule.id
            );
            let table = Arc::clone(&table);
            let is_free = row.shows(rule.id).1 == "free";
            let play = move |t: &mut Play<'_, '_>| table.play(t, rule, is_free, &asked);
            area.refuses(rule, &rule.id.to_ascii_lowercase(), &about, play);
        }
        built.cases = area.cases();
        built
    }

    fn play(
        &self,
        t: &mut Play<'_, '_>,
        rule: Rule,
        is_free: bool,
        asked: &[(usize, Vec<usize>)],
    ) -> Result<(), Stop> {
        if !engine::is_without_session(Op::NAME) {
            // What is forged, and what has expired, goes by what the harness gave.
            let peer = t.peer_client();
            t.needs_randomness(&peer)?;
            t.needs_time(&peer)?;
        }
        let (world, good) = self.stand(t, &[])?;
        t.accepts(rule, &self.bent(&world, &good, &[])?)?;
        for (first, later) in asked {
            let first = need(self.defects.get(*first), "a defect")?;
            let (world, good) = self.stand(t, &[first])?;
            self.refuses(t, rule, &self.bent(&world, &good, &[first])?)?;
            for second in later.iter().filter_map(|at| self.defects.get(*at)) {
                let both = [second, first];
                let asked = if second.is_early() || first.spends || !is_free {
                    let (world, good) = self.stand(t, &both).map_err(|stop| beside(stop, second.rule.id))?;
                    self.bent(&world, &good, &both)
                } else {
                    self.bent(&world, &good, &both)
                };
                self.refuses(t, rule, &asked?).map_err(|stop| beside(stop, second.rule.id))?;
            }
        }
        Ok(())
    }

    fn refuses(&self, t: &mut Play<'_, '_>, rule: Rule, ask: &Ask<Op>) -> Result<(), Stop> {
        if !(self.told)(rule) {
            return t.refuses_to_make(rule, ask);
        }
        // The reference's result, which must be the error of this rule's class.
        let result = serde_json::to_value(t.tells(rule, ask)?);
        let class = result.as_ref().ok().and_then(|result| result.pointer("/error/class")?.as_str());
        need(
            (class == Some(rule.class.word())).then_some(()),
            &format!("an error of {}, not {}", rule.id, json::or_null(class)),
        )
    }

    /// The world in which these are wrong, and the question to which nothing is.
    fn stand(&self, t: &mut Play<'_, '_>, wrong: &[&Defect<W, Op>]) -> Result<(W, Op), Stop> {
        let steps = || wrong.iter().flat_map(|defect| &defect.steps);
        let mut begin = (self.begin)();
        for step in steps() {
            if let How::Begin(change) = step {
                change(&mut begin);
            }
        }
        let mut world = W::build(t, begin)?;
        let ask = (self.ask)(t, &mut world)?;
        for step in steps() {
            if let How::Past(play) = step {
                play(t, &mut world)?;
            }
        }
        for step in steps() {
            if let How::Late(play) = step {
                play(t, &mut world)?;
            }
        }
        Ok((world, ask))
    }

    /// The question with these wrong.
    fn bent(&self, world: &W, good: &Op, wrong: &[&Defect<W, Op>]) -> Result<Ask<Op>, Stop> {
        let mut ask = Ask { party: (self.party)(world).clone(), op: good.clone() };
        let steps = || wrong.iter().flat_map(|defect| &defect.steps);
        let bends = |step: &How<W, Op>| matches!(step, How::Plain(_) | How::Bytes(_) | How::Text(_));
        if let Some(letter) = self.letter.as_ref().filter(|_| steps().any(bends)) {
            let (mut text, key) = ((letter.get)(&ask.op), (letter.key)(world)?);
            let mut plain = Plain::of(&text, key.as_ref())?;
            steps().for_each(|step| {
                if let How::Plain(bend) = step {
                    bend(&mut plain)
                }
            });
            let mut bytes = hex::decode(&plain.message(key.as_ref()))
                .map_err(|refusal| Stop::Harness(refusal.to_string()))?;
            steps().for_each(|step| {
                if let How::Bytes(bend) = step {
                    bend(&mut bytes)
                }
            });
            text = hex::encode(&bytes);
            steps().for_each(|step| {
                if let How::Text(bend) = step {
                    bend(&mut text)
                }
            });
            (letter.put)(&mut ask.op, text);
        }
        steps().for_each(|step| {
            if let How::Asked(change) = step {
                change(&mut ask.op)
            }
        });
        Ok(ask)
    }
}

/// Says what else was wrong.
fn beside(stop: Stop, second: &str) -> Stop {
    match stop {
        Stop::Fail(mut failure) => {
            failure.expected = format!("{}, although {second} is not met either", failure.expected);
            Stop::Fail(failure)
        }
        Stop::Harness(words) => Stop::Harness(format!("{words}; {second} is not met either")),
        other => other,
    }
}
