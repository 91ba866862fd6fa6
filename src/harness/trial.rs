//! One case being run: it asks the peer, asks the reference the same, compares, and says which requirement
//! a difference violates.
//!
//! The rules that make a verdict worth something live here, so that no case can forget them:
//!
//! 1. a crash, a hang or a closed pipe is never a refusal ([`Stop::Broken`]);
//! 2. every refusal asked for has its positive twin, accepted in the same session ([`Trial::refuses`]);
//! 3. the reference refuses for the very requirement the case aims at, or the case is at fault (the witness);
//! 4. after a refusal the state is what it was, or exactly one named counter is one higher.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use channel::class::Class;
use channel::rule::Rule;
use peer::engine::Engine;
use peer::json;
use peer::operations::{Count, DispatchResult, Drop, HelloResult, OpenResult, State, StateResult};
use peer::protocol::{Nothing, Operation};
use peer::shape::Value;

pub use crate::asking::question;
pub use crate::reply::{Broken, Raw, Reply, reply};
pub use crate::stop::{Failure, Stop, fail, failure};

use crate::asking::{self, Asking, question_alone, question_of};
use crate::blame;
use crate::net::{self, Net};
use crate::reply::{envelope, opened};
use crate::trace::{Came, Story};

/// Something that answers a line with a line: a process, or an engine in this one.
pub trait Exchange {
    /// Sends a question and waits for its answer; neither has a line end.
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken>;

    /// The same, where what the reference answers to it is at hand.
    fn exchange_beside(&mut self, question: &[u8], _reference: &[u8]) -> Result<Vec<u8>, Broken> {
        self.exchange(question)
    }

    /// Seconds that have passed since the case began when this is asked, of whomever, where a person answers: the clock of
    /// the case goes on with theirs.
    fn elapsed(&mut self, _operation: &str) -> u32 {
        0
    }

    /// Whether a client of it has no static vector but the one that AM1 brings.
    fn has_no_vector(&self) -> bool {
        false
    }

    /// Its last answer was none: whatever it says next belongs to nothing, so it is done with. The next
    /// question goes to a fresh one.
    fn discard(&mut self) {}

    /// Ends its input, with this behind the last line end, and looks whether it ends; the next question starts it anew.
    fn end_of_input(&mut self, _rest: &[u8]) -> Ending {
        Ending::NotAProcess
    }
}

/// How a peer takes the end of its input (PPR-8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited within 2 seconds, without a word.
    InTime,
    /// It wrote something that nobody had asked for: this, in quotes.
    Said(String),
    /// It had to be killed.
    Late,
    /// There is no process to end.
    NotAProcess,
}

impl Exchange for Engine {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        Ok(self.answer(question))
    }
}

/// A question and its answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which peer, 0 or 1.
    pub peer: usize,
    /// The line sent.
    pub question: String,
    /// The line received; empty where none came.
    pub answer: String,
    /// What the reference answers to the same; empty where it wasn't asked.
    pub reference: String,
}

/// The peer's answer, and the reference's to the same question.
type Asked = (Reply<Value>, Reply<Value>);

/// The line that a peer answered with, if it did.
type Answered = Result<Vec<u8>, Broken>;

/// A peer under test.
pub struct Peer<'a> {
    /// How to reach it.
    pub exchange: &'a mut dyn Exchange,
    /// What it said in `hello`.
    pub claims: &'a HelloResult,
}

/// Who plays a role in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// The reference, in this process.
    Reference,
    /// A peer under test.
    Peer(usize),
}

/// A session of somebody.
#[derive(Clone, Debug)]
pub struct Party {
    seat: Seat,
    session: String,
}

impl Party {
    /// The session's name.
    pub fn session(&self) -> &str {
        &self.session
    }
}

/// What the peer said, and what the reference says to the same; `None` where they can't be compared.
#[derive(Clone, Debug)]
pub struct Both<T> {
    /// The peer's.
    pub got: T,
    /// The reference's.
    pub want: Option<T>,
}

/// A run of one case.
pub struct Trial<'a> {
    peers: Vec<Peer<'a>>,
    reference: Engine,
    sessions: Vec<Party>,
    random: SplitMix,
    start: u32,
    seq: u32,
    /// The handle that each client's session gave last (CLI-25).
    handles: BTreeMap<String, Count>,
    net: Net,
    /// What was asked and answered.
    pub steps: Vec<Step>,
    /// The same between players, for people.
    pub trace: Story,
    /// The requirements that were really decided.
    pub witnessed: BTreeSet<&'static str>,
}

impl<'a> Trial<'a> {
    /// A trial with one peer for both roles, or two: client, server. Same seed, same bytes.
    pub fn new(peers: Vec<Peer<'a>>, seed: u64, start: u32) -> Self {
        let mut drawn = SplitMix(!seed);
        let net = Net::default();
        let reference = Engine::new(net.tells(move |bytes| drawn.fill(bytes)));
        let (sessions, steps, witnessed) = (Vec::new(), Vec::new(), BTreeSet::new());
        let (random, handles, trace) = (SplitMix(seed), BTreeMap::new(), Story::default());
        Self { peers, reference, sessions, random, start, seq: 0, handles, net, steps, trace, witnessed }
    }

    /// The time at which scenes begin.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Seconds that have passed since, where the clock is a person's.
    fn elapsed(&mut self, operation: &str) -> u32 {
        self.peers.iter_mut().map(|peer| peer.exchange.elapsed(operation)).max().unwrap_or_default()
    }

    /// Whether clients of this trial have no static vector but the one that AM1 brings.
    pub(crate) fn needs_vector_in_am1(&self) -> bool {
        self.peers.iter().any(|peer| peer.exchange.has_no_vector())
    }

    /// The next bytes of this trial.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A session of the peer that plays the client.
    pub fn peer_client(&mut self) -> Party {
        self.party(Seat::Peer(0), "client")
    }

    /// A session of the peer that plays the server: the last one.
    pub fn peer_server(&mut self) -> Party {
        self.party(Seat::Peer(self.server_seat()), "server")
    }

    /// A session of the reference.
    pub fn reference_party(&mut self) -> Party {
        self.party(Seat::Reference, "reference")
    }

    fn party(&mut self, seat: Seat, role: &str) -> Party {
        let party = Party { seat, session: format!("{role}-{}", self.sessions.len() + 1) };
        self.sessions.push(party.clone());
        party
    }

    fn claims(&self, party: &Party) -> Option<&HelloResult> {
        match party.seat {
            Seat::Reference => None,
            Seat::Peer(index) => self.peers.get(index).map(|peer| peer.claims),
        }
    }

    /// Whether bytes that depend on random fields can be compared.
    fn comparable(&self, party: &Party) -> bool {
        self.claims(party).is_none_or(|claims| claims.injects_randomness && claims.injects_time)
    }

    /// Refuses to go on where time matters and the peer takes none.
    pub fn needs_time(&self, party: &Party) -> Result<(), Stop> {
        match self.claims(party) {
            Some(claims) if !claims.injects_time => {
                Err(Stop::NotTestable("the peer takes no time from the harness"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to go on where a certain random field matters and the peer takes none.
    pub fn needs_randomness(&self, party: &Party) -> Result<(), Stop> {
        match self.claims(party) {
            Some(claims) if !claims.injects_randomness => {
                Err(Stop::NotTestable("the peer takes no random fields from the harness"))
            }
            _ => Ok(()),
        }
    }

    /// The handle of what this client has put on display last, by which its user decides; 0 before the first. What was
    /// displayed before has a handle that the case has to keep.
    pub fn handle(&self, client: &Party) -> Count {
        self.handles.get(&client.session).copied().unwrap_or(Count(0))
    }

    /// Asks, and records. The shadow in the reference is asked the same.
    fn ask(&mut self, aim: &'static str, party: &Party, op: Asking<'_>) -> Result<Asked, Stop> {
        self.raises_what_was_found()?;
        let asked = self.ask_and_record(aim, party, op)?;
        self.compares(party, op, &asked);
        if let (Reply::Ok(result), _) = &asked
            && let Some(handle) = handle_in(result)
        {
            self.handles.insert(party.session.clone(), handle);
        }
        Ok(asked)
    }

    fn ask_and_record(&mut self, aim: &'static str, party: &Party, op: Asking<'_>) -> Result<Asked, Stop> {
        self.seq += 1;
        let line = question_of(self.seq, op, &party.session)?;
        let line = asking::later(line, self.elapsed(op.name()))?;
        let read = |answer: &[u8], seq| opened(envelope(answer)?, seq, |result| op.shape.read(result));
        let Seat::Peer(index) = party.seat else {
            let answer = self.reference.answer(line.as_bytes());
            let both = || read(&answer, self.seq).map_err(|broken| Stop::Harness(broken.to_string()));
            let (got, want) = (both()?, both()?);
            self.tells(party, &line, op, &got);
            return Ok((got, want));
        };
        if !self.claims_operation(index, op.name()) {
            return Err(Stop::Unsupported(op.name()));
        }
        let (answered, wanted) = self.put(index, line.as_bytes())?;
        let wanted = read(&wanted, self.seq).map_err(|broken| Stop::Harness(broken.to_string()))?;
        let got = answered
            .and_then(|answer| read(&answer, self.seq))
            .map_err(|broken| self.broke(index, broken, blame::about(op.name(), wanted.refused_by(), aim)))?;
        self.tells(party, &line, op, &got);
        if matches!(got, Reply::Unsupported) {
            return Err(Stop::Unsupported(op.name()));
        }
        Ok((got, wanted))
    }

    /// Tells the trace, unless it is the harness that looks at a state.
    fn tells(&mut self, party: &Party, line: &str, op: Asking<'_>, got: &Reply<Value>) {
        if self.trace.player(&party.session).is_none() || op.name() == State::NAME {
            return;
        }
        match got {
            Reply::Ok(value) => self.trace.hears(&party.session, line, &Came::Result(&op.shape.show(value))),
            other => self.trace.hears(&party.session, line, &Came::Words(&op.words(other))),
        }
    }

    /// A party has a name from now on, under which the trace tells of it.
    pub fn casts(&mut self, party: &Party, player: &'static str) {
        self.trace.casts(&party.session, player);
    }

    /// Must be done; anything else violates `aim`.
    pub fn accepts<Op: Operation>(
        &mut self,
        aim: &'static str,
        party: &Party,
        op: &Op,
    ) -> Result<Both<Op::Output>, Stop> {
        typed::<Op>(self.accepts_any(aim, party, Asking::of(op)?)?)
    }

    fn accepts_any(&mut self, aim: &'static str, party: &Party, op: Asking<'_>) -> Result<Both<Value>, Stop> {
        let (got, want) = self.ask(aim, party, op)?;
        let comparable = self.comparable(party);
        match (got, want) {
            (Reply::Ok(got), Reply::Ok(want)) => Ok(Both { got, want: comparable.then_some(want) }),
            (Reply::Ok(got), _) if !comparable => Ok(Both { got, want: None }),
            (_, want) if comparable && !matches!(want, Reply::Ok(_)) => {
                // A state or a message that the peer made, and made otherwise.
                Err(match want.refused_by().and_then(blame::formula) {
                    Some(formula) => {
                        let got = format!("what {} refuses: {}", op.name(), op.words(&want));
                        fail(formula, format!("what {} takes", op.name()), got)
                    }
                    None => Stop::Harness(format!("{aim}: the reference itself says: {}", op.words(&want))),
                })
            }
            (got, _) => {
                let requirement = match &got {
                    Reply::Refused(refused) => blame::refused(op.name(), refused, aim),
                    _ => blame::about(op.name(), None, aim),
                };
                Err(fail(requirement, format!("{} accepted", op.name()), op.words(&got)))
            }
        }
    }

    /// Must be done and give what the reference gives; anything else violates `aim`.
    pub fn agrees<Op: Operation>(
        &mut self,
        aim: &'static str,
        party: &Party,
        op: &Op,
    ) -> Result<Op::Output, Stop> {
        let both = self.accepts(aim, party, op)?;
        let aim = self.blames::<Op>(aim);
        self.same(aim, &both.got, both.want.as_ref())?;
        Ok(both.got)
    }

    /// The requirement that the last result violates, where a case compares it itself and is about `aim`.
    pub fn blames<Op: Operation>(&self, aim: &'static str) -> &'static str {
        self.net.blames(Op::NAME, aim)
    }

    /// Two values must be equal; a difference violates `aim`.
    pub fn same<T: PartialEq + Serialize>(
        &mut self,
        aim: &'static str,
        got: &T,
        want: Option<&T>,
    ) -> Result<(), Stop> {
        match want {
            Some(want) if want != got => Err(fail(aim, json::show(want), json::show(got))),
            _ => {
                self.witnessed.insert(aim);
                Ok(())
            }
        }
    }

    /// `bad` must be refused by `rule` (in the reference: by just that one) with the state as it must be
    /// after, and then `twin`, the same without the one change, must be accepted.
    pub fn refuses<Bad: Operation, Twin: Operation>(
        &mut self,
        rule: Rule,
        party: &Party,
        bad: &Bad,
        twin: &Twin,
    ) -> Result<Both<Twin::Output>, Stop> {
        self.refuses_only(rule, party, bad)?;
        self.twin(rule.id, party, twin)
    }

    /// The twin of refusals made with [`Trial::refuses_only`] in the same session.
    pub fn twin<Op: Operation>(
        &mut self,
        aim: &'static str,
        party: &Party,
        twin: &Op,
    ) -> Result<Both<Op::Output>, Stop> {
        typed::<Op>(self.twin_any(aim, party, Asking::of(twin)?)?)
    }

    fn twin_any(&mut self, aim: &'static str, party: &Party, twin: Asking<'_>) -> Result<Both<Value>, Stop> {
        self.accepts_any(aim, party, twin).map_err(|stop| match stop {
            Stop::Fail(failure) => {
                let expected = format!("{} — the same without the one change", failure.expected);
                fail(failure.requirement, expected, failure.got)
            }
            other => other,
        })
    }

    /// The first half of [`Trial::refuses`], for families that share one twin.
    pub fn refuses_only<Op: Operation>(&mut self, rule: Rule, party: &Party, bad: &Op) -> Result<(), Stop> {
        self.refuses_any(rule, party, Asking::of(bad)?)
    }

    fn refuses_any(&mut self, rule: Rule, party: &Party, bad: Asking<'_>) -> Result<(), Stop> {
        self.refuses_leaving(rule, Trace::Counts(rule.counts, None), party, bad)
    }

    fn refuses_leaving(
        &mut self,
        rule: Rule,
        trace: Trace,
        party: &Party,
        bad: Asking<'_>,
    ) -> Result<(), Stop> {
        let last = self.net.last.get(&party.session).copied();
        let (before, want) = self.look(rule.id, party)?.unzip();
        self.refusal(Some(rule), party, bad)?;
        let after = self.state(rule.id, party)?;
        unchanged_but(bad.name(), rule, trace, before.as_ref(), after.as_ref())?;
        // A counter that was wrong before and stays so is none that the refusal changed.
        let look = before.zip(want.flatten()).filter(|_| self.comparable(party) && !self.net.is_off());
        let wrong = last.zip(look);
        let wrong = wrong.and_then(|((op, refused_by), look)| net::wrong_counter(op, refused_by, &look));
        wrong.map_or(Ok(()), |failure| Err(Stop::Fail(failure)))
    }

    /// Must be refused by `rule`, which counts both: its own counter and `other` (SPEC section 1).
    pub fn refuses_counting_both<Op: Operation>(
        &mut self,
        rule: Rule,
        other: &'static str,
        party: &Party,
        bad: &Op,
    ) -> Result<(), Stop> {
        self.refuses_leaving(rule, Trace::Counts(rule.counts, Some(other)), party, Asking::of(bad)?)
    }

    /// Must be refused by `rule`, and uses something up that is no counter (SPEC section 1).
    pub fn refuses_using_up<Op: Operation>(
        &mut self,
        rule: Rule,
        party: &Party,
        bad: &Op,
    ) -> Result<(), Stop> {
        self.refuses_leaving(rule, Trace::UsesUp, party, Asking::of(bad)?)
    }

    /// Must be refused by `rule`; for operations without a session, which have no state.
    pub fn refuses_stateless<Op: Operation>(
        &mut self,
        rule: Rule,
        party: &Party,
        bad: &Op,
    ) -> Result<(), Stop> {
        self.refusal(Some(rule), party, Asking::of(bad)?)
    }

    /// Must be refused with the class with which the reference refuses it. For families of many in one
    /// session, between two looks at its state.
    pub fn refuses_as_reference<Op: Operation>(&mut self, party: &Party, bad: &Op) -> Result<(), Stop> {
        self.refusal(None, party, Asking::of(bad)?)
    }

    /// The same for messages with more than one defect: another class is a fault of the order, CLI-17.
    pub fn refuses_in_order<Op: Operation>(&mut self, party: &Party, bad: &Op) -> Result<(), Stop> {
        self.refusal(None, party, Asking::of(bad)?).map_err(|stop| match stop {
            Stop::Fail(failure) if failure.got.starts_with("refused") => {
                fail("CLI-17", failure.expected, failure.got)
            }
            other => other,
        })
    }

    fn refusal(&mut self, rule: Option<Rule>, party: &Party, bad: Asking<'_>) -> Result<(), Stop> {
        let aim = rule.map_or("CLI-17", |rule| rule.id);
        let (got, want) = self.ask(aim, party, bad)?;
        let witness = want.refused_by();
        if rule.is_none() && !self.comparable(party) {
            // The reference has other keys and can't say which requirement decides; refused it must be.
            return match got {
                Reply::Refused(_) => Ok(()),
                _ => Err(fail(aim, "a refusal".into(), bad.words(&got))),
            };
        }
        let aim = match (rule, witness) {
            (Some(rule), Some(witness)) if witness == rule.id => rule.id,
            (Some(rule), _) if !self.comparable(party) => rule.id,
            (None, Some(witness)) => witness,
            _ => {
                let words = format!("aims at {aim}, but the reference says: {}", bad.words(&want));
                return Err(Stop::Harness(words));
            }
        };
        let class = match (&want, rule) {
            (_, Some(rule)) => rule.class.word(),
            (Reply::Refused(refused), None) => Class::from_word(&refused.class).map_or("", Class::word),
            _ => "",
        };
        match &got {
            Reply::Refused(refused) if refused.class == class => {
                self.witnessed.insert(aim);
                Ok(())
            }
            Reply::Refused(refused) => {
                let aim = blame::refused_otherwise(bad.name(), refused, aim);
                Err(fail(aim, format!("refused with {class}"), bad.words(&got)))
            }
            Reply::Ok(told) => {
                let aim = blame::told(bad.name(), &bad.shape.show(told)).unwrap_or(aim);
                Err(fail(aim, format!("refused with {class}"), bad.words(&got)))
            }
            _ => Err(fail(aim, format!("refused with {class}"), bad.words(&got))),
        }
    }

    /// The state of a peer's session, where it tells one.
    pub fn state(&mut self, aim: &'static str, party: &Party) -> Result<Option<StateResult>, Stop> {
        Ok(self.look(aim, party)?.map(|(got, _)| got))
    }

    /// The same, and the reference's, where it has one, too.
    fn look(
        &mut self,
        aim: &'static str,
        party: &Party,
    ) -> Result<Option<(StateResult, Option<StateResult>)>, Stop> {
        let op = Asking::of(&State {})?;
        match self.ask(aim, party, op) {
            Ok((Reply::Ok(got), want)) => {
                let want = match want {
                    Reply::Ok(want) => Some(value_of::<State>(want)?),
                    _ => None,
                };
                Ok(Some((value_of::<State>(got)?, want)))
            }
            Ok((Reply::Fault(_), Reply::Fault(_))) | Err(Stop::Unsupported(_)) => Ok(None),
            Ok((got, want)) => Err(fail("PPR-3", op.words(&want), op.words(&got))),
            Err(stop) => Err(stop),
        }
    }

    /// The state must be `before`, all of it.
    pub fn state_is(
        &mut self,
        aim: &'static str,
        party: &Party,
        before: Option<StateResult>,
    ) -> Result<(), Stop> {
        let after = self.state(aim, party)?;
        match (before, after) {
            (Some(before), Some(after)) if before != after => {
                Err(fail(aim, "the state as it was before the refusals".into(), "another state".into()))
            }
            _ => Ok(()),
        }
    }

    /// Sends a line to a peer and to the reference, and records both answers.
    fn put(&mut self, index: usize, line: &[u8]) -> Result<(Answered, Vec<u8>), Stop> {
        let wanted = self.reference.answer(line);
        let Some(peer) = self.peers.get_mut(index) else {
            return Err(Stop::Harness("no such peer".into()));
        };
        let answered = peer.exchange.exchange_beside(line, &wanted);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.steps.push(Step {
            peer: index,
            question: text(line),
            answer: answered.as_deref().map(text).unwrap_or_default(),
            reference: text(&wanted),
        });
        Ok((answered, wanted))
    }

    /// Sends a line as it is to a peer; for what the typed operations can't say.
    pub fn raw(&mut self, aim: &'static str, peer: usize, line: &str) -> Result<Raw, Stop> {
        self.raw_bytes(aim, peer, line.as_bytes())
    }

    /// The same for what is no text. Of the line, the record has what can be read.
    pub fn raw_bytes(&mut self, aim: &'static str, peer: usize, line: &[u8]) -> Result<Raw, Stop> {
        let (answered, _) = self.put(peer, line)?;
        answered.and_then(|answer| Raw::of(&answer)).map_err(|broken| self.broke(peer, broken, aim))
    }

    /// Asks what only this peer can be asked: a bridge to something that is no peer. The reference isn't asked, and the
    /// case has to judge what came.
    pub fn asks_alone<P: Serialize, R: DeserializeOwned>(
        &mut self,
        aim: &'static str,
        op: &'static str,
        params: &P,
    ) -> Result<R, Stop> {
        self.seq += 1;
        let line = question_alone(self.seq, op, params)?;
        if !self.claims_operation(0, op) {
            return Err(Stop::Unsupported(op));
        }
        let Some(peer) = self.peers.first_mut() else {
            return Err(Stop::Harness("no such peer".into()));
        };
        let answered = peer.exchange.exchange(line.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let answer = answered.as_deref().map(text).unwrap_or_default();
        self.steps.push(Step { peer: 0, question: line, answer, reference: String::new() });
        match answered.and_then(|answer| reply(&answer, self.seq)) {
            Ok(Reply::Ok(came)) => Ok(came),
            Ok(Reply::Unsupported) => Err(Stop::Unsupported(op)),
            Ok(Reply::Refused(refused)) => Err(Stop::Harness(format!("{op} refuses with {}", refused.class))),
            Ok(Reply::Fault(words)) => Err(Stop::Harness(format!("{op}: {words}"))),
            Err(broken) => Err(self.broke(0, broken, aim)),
        }
    }

    /// The peer is replaced by a fresh one, which has none of the sessions.
    fn broke(&mut self, index: usize, broken: Broken, aim: &'static str) -> Stop {
        if let Some(peer) = self.peers.get_mut(index) {
            peer.exchange.discard();
        }
        self.sessions.retain(|party| party.seat != Seat::Peer(index));
        Stop::Broken(broken, aim)
    }

    /// Ends a peer's input, with this behind the last line end. A process has none of its sessions any more.
    pub fn end_of_input(&mut self, peer: usize, rest: &[u8]) -> Ending {
        let asked = self.peers.get_mut(peer);
        let ending = asked.map_or(Ending::NotAProcess, |asked| asked.exchange.end_of_input(rest));
        if ending != Ending::NotAProcess {
            self.sessions.retain(|party| party.seat != Seat::Peer(peer));
        }
        ending
    }

    /// Which peer plays the server.
    pub fn server_seat(&self) -> usize {
        self.peers.len().saturating_sub(1)
    }

    /// Which peer is asked this operation.
    pub fn seat_of(&self, operation: &str) -> usize {
        if operation.starts_with("server.") { self.server_seat() } else { 0 }
    }

    /// What a peer claims.
    pub fn peer_claims(&self, peer: usize) -> Option<&'a HelloResult> {
        self.peers.get(peer).map(|peer| peer.claims)
    }

    /// Whether a peer tells the states of its sessions.
    pub(crate) fn tells_state(&self, peer: usize) -> bool {
        self.claims_operation(peer, State::NAME)
    }

    fn claims_operation(&self, peer: usize, name: &str) -> bool {
        self.peer_claims(peer).is_some_and(|claims| claims.operations.iter().any(|op| op == name))
    }

    /// Marks requirements as decided: the comparisons made before could not have passed otherwise. (That a
    /// peer violating one of them is blamed for it is what the zoo is for.)
    pub fn implied(&mut self, aims: &[&'static str]) -> Result<(), Stop> {
        self.witnessed.extend(aims);
        Ok(())
    }

    /// A comparison that a case made itself; where it does not hold, `aim` is violated.
    pub fn decided(
        &mut self,
        holds: bool,
        aim: &'static str,
        expected: &str,
        got: String,
    ) -> Result<(), Stop> {
        if !holds {
            return Err(fail(aim, expected.to_owned(), got));
        }
        self.witnessed.insert(aim);
        Ok(())
    }

    /// A difference that the case hasn't found.
    fn raises_what_was_found(&mut self) -> Result<(), Stop> {
        self.net.found.take().map_or(Ok(()), |found| Err(Stop::Earlier(found.failure())))
    }

    /// Remembers a difference between two results, until the case has looked at them itself.
    fn compares(&mut self, party: &Party, op: Asking<'_>, (got, want): &Asked) {
        if party.seat == Seat::Reference || op.name() == State::NAME {
            return;
        }
        self.net.last.insert(party.session.clone(), (op.name(), want.refused_by()));
        let (Reply::Ok(got), Reply::Ok(want)) = (got, want) else { return };
        let is_equal = self.steps.last().is_some_and(|step| step.answer == step.reference);
        if is_equal || self.net.is_off() || !self.comparable(party) {
            return;
        }
        self.net.found = net::difference(op, got, want);
    }

    /// After the last question of a case: what it didn't find itself, and one look at each session.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        self.raises_what_was_found()?;
        if self.net.is_off() {
            return Ok(());
        }
        for party in self.sessions.clone() {
            let Seat::Peer(index) = party.seat else { continue };
            let tells = self.tells_state(index);
            let Some(&(op, refused_by)) =
                self.net.last.get(&party.session).filter(|_| tells && self.comparable(&party))
            else {
                continue;
            };
            let state = Asking::of(&State {})?;
            let (got, want) = match self.ask("PPR-3", &party, state)? {
                (Reply::Ok(got), Reply::Ok(want)) => (got, want),
                // It was never made, or is no more.
                (Reply::Fault(_), Reply::Fault(_)) => continue,
                (got, want) => return Err(fail("PPR-3", state.words(&want), state.words(&got))),
            };
            let look = (value_of::<State>(got)?, value_of::<State>(want)?);
            if let Some(failure) = net::wrong_counter(op, refused_by, &look) {
                return Err(Stop::Fail(failure));
            }
        }
        Ok(())
    }

    /// Whether every peer takes the harness's time and randomness.
    pub(crate) fn takes_all(&self) -> bool {
        self.peers.iter().all(|peer| peer.claims.injects_time && peer.claims.injects_randomness)
    }

    /// Asks a peer something besides the case, which is recorded nowhere. One that breaks is replaced by a fresh one.
    pub(crate) fn besides(&mut self, index: usize, line: &str, reference: &[u8]) -> Option<Vec<u8>> {
        let peer = self.peers.get_mut(index)?;
        let answered = peer.exchange.exchange_beside(line.as_bytes(), reference);
        answered.map_err(|broken| self.broke(index, broken, "PPR-2")).ok()
    }

    /// A session that was made besides the case ends with its own.
    pub(crate) fn ends_with_it(&mut self, index: usize, session: String) {
        self.sessions.push(Party { seat: Seat::Peer(index), session });
    }

    /// Whether peer and reference can be compared.
    pub(crate) fn can_be_compared(&self) -> bool {
        !self.net.is_off()
    }

    /// Ends the peer's sessions, so that a run of any length needs no more memory than its longest case.
    pub fn clean_up(&mut self) -> Result<(), Broken> {
        for party in std::mem::take(&mut self.sessions) {
            let seq = self.seq.wrapping_add(1);
            if let Seat::Peer(index) = party.seat
                && let Some(peer) = self.peers.get_mut(index)
                && let Ok(line) = question::<Drop>(seq, &Drop {}, &party.session)
                && let Err(broken) =
                    peer.exchange.exchange(line.as_bytes()).and_then(|answer| dropped(&answer, seq))
            {
                let (answer, reference) = (String::new(), String::new());
                self.steps.push(Step { peer: index, question: line, answer, reference });
                return Err(broken);
            }
        }
        Ok(())
    }
}

/// What may be said to `drop` where nobody looks at it: done, or that there is no such session, since none was made, or no
/// such operation. It never refuses.
fn dropped(answer: &[u8], seq: u32) -> Result<(), Broken> {
    match reply::<Nothing>(answer, seq)? {
        Reply::Refused(_) => Err(Broken::Violation("`drop` refuses, as it never does".into())),
        Reply::Ok(_) | Reply::Fault(_) | Reply::Unsupported => Ok(()),
    }
}

/// Results of `Op`, as which they were read.
fn typed<Op: Operation>(both: Both<Value>) -> Result<Both<Op::Output>, Stop> {
    Ok(Both { got: value_of::<Op>(both.got)?, want: both.want.map(value_of::<Op>).transpose()? })
}

fn value_of<Op: Operation>(value: Value) -> Result<Op::Output, Stop> {
    value.downcast().map(|value| *value).map_err(|_| Stop::Harness(format!("no result of {}", Op::NAME)))
}

/// The handle of the message that this result put on display.
fn handle_in(result: &Value) -> Option<Count> {
    let opened = result.downcast_ref::<OpenResult>().map(|opened| opened.handle);
    let called =
        result.downcast_ref::<DispatchResult>().map(|called| called.opened.as_ref().map(|it| it.handle));
    opened.or(called).flatten()
}

/// What a refusal leaves behind (SPEC section 1): one of each of these counters grown by one, or something used up that
/// is no counter.
#[derive(Clone, Copy, Debug)]
enum Trace {
    Counts(Option<&'static str>, Option<&'static str>),
    UsesUp,
}

fn unchanged_but(
    op: &str,
    rule: Rule,
    trace: Trace,
    before: Option<&StateResult>,
    after: Option<&StateResult>,
) -> Result<(), Stop> {
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    let uses_up = matches!(trace, Trace::UsesUp);
    if (before.digest != after.digest) != uses_up {
        let [was, changed] = ["the state as it was", "another state"].map(str::to_owned);
        let (expected, got) = if uses_up { (changed, was) } else { (was, changed) };
        // That a refusal uses something up is said in one place, whichever rule refuses.
        let requirement = if uses_up { "LGN-18" } else { rule.id };
        return Err(fail(requirement, format!("a refusal that leaves {expected}"), got));
    }
    let mut counters: Vec<&str> = match trace {
        Trace::Counts(one, other) => one.into_iter().chain(other).collect(),
        Trace::UsesUp => Vec::new(),
    };
    counters.sort_unstable();
    let grown = after.counters.iter().filter(|(name, n)| before.counters.get(*name) != Some(n));
    let by_one = |(name, n): (&String, &u32)| {
        let was_less = before.counters.get(name).is_some_and(|before| before.checked_add(1) == Some(*n));
        was_less.then(|| name.split('/').next().unwrap_or_default().to_owned())
    };
    let grown: Option<Vec<String>> = grown.map(by_one).collect();
    let right = grown.is_some_and(|mut grown| {
        grown.sort_unstable();
        grown == counters
    });
    if right && before.counters.len() == after.counters.len() {
        return Ok(());
    }
    let expected = match counters.as_slice() {
        [] => "a free refusal: no counter changes".to_owned(),
        [counter] => format!("a counted refusal: {counter} grows by one, no other counter changes"),
        both => {
            format!("a counted refusal: {} grow by one each, no other counter changes", both.join(" and "))
        }
    };
    let (before, after) = (json::show(&before.counters), json::show(&after.counters));
    let requirement = blame::counter(op, Some(rule.id), "");
    Err(fail(requirement, expected, format!("counters {before} became {after}")))
}

/// SplitMix64 (Steele, Lea, Flood 2014): reproducible bytes for tests; nothing secret.
struct SplitMix(u64);

impl SplitMix {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            for (to, from) in chunk.iter_mut().zip((z ^ (z >> 31)).to_be_bytes()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peer::operations::FrameOpen;

    type Body = <FrameOpen as Operation>::Output;

    #[test]
    fn what_a_peer_said_is_shown_as_on_the_wire() {
        for (line, words) in [
            (r#"{"seq":1,"ok":{"body":"626f6479"}}"#, r#"accepted: {"body":"626F6479"}"#),
            (r#"{"seq":1,"refused":{"class":"stale","requirement":"CLI-8"}}"#, "refused with stale (CLI-8)"),
            (r#"{"seq":1,"unsupported":"frame.open"}"#, "unsupported"),
            (r#"{"seq":1,"fault":"no"}"#, "fault: no"),
        ] {
            assert_eq!(reply::<Body>(line.as_bytes(), 1).unwrap().words(), words);
        }
        let raw = |line: &str| Raw::of(line.as_bytes()).unwrap().words();
        assert_eq!(raw(r#"{"seq":1,"ok":{}}"#), "ok with seq 1");
        assert_eq!(raw(r#"{"seq":null,"fault":""}"#), "fault with seq null");
    }

    #[test]
    fn what_is_no_answer_is_said_without_words_of_rust() {
        for (line, words) in [
            (r#"{"seq":3,"ok":{}}"#, "an answer with seq 3 to the question with seq 1"),
            (r#"{"seq":null,"fault":""}"#, "an answer with seq null to the question with seq 1"),
            (
                r#"{"seq":1,"refused":{"class":"a\u202e"}}"#,
                r#"not an answer of the peer protocol: unknown refusal class "a\u202e" at line 1 column 38"#,
            ),
            ("\u{FEFF}{}", "not an answer of the peer protocol: it begins with a byte-order mark (U+FEFF)"),
        ] {
            let broken = reply::<Body>(line.as_bytes(), 1).unwrap_err();
            assert_eq!(broken.to_string(), format!("protocol violation: {words}"));
        }
    }
}
