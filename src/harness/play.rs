//! A case being played: a [`Trial`] that knows what its case has to decide.
//!
//! What a case is there for is asked with the verbs of [`Play`], and only that counts: what its preparation decides on
//! the way it would decide for any case. A play that didn't decide what its case covers is at fault, not the peer
//! ([`Stop::Harness`]).

use std::collections::BTreeSet;
use std::mem;
use std::ops::{Deref, DerefMut};

use channel::rule::Rule;
use peer::protocol::Operation;

use crate::case::{Kind, Role};
use crate::scene::Under;
use crate::trial::{Party, Stop, Trial};

/// What a case does.
pub(crate) type Body = Box<dyn Fn(&mut Play<'_, '_>) -> Result<(), Stop> + Send + Sync>;

/// A question, and whom it is put to.
#[derive(Clone, Debug)]
pub struct Ask<Op> {
    /// Whose session.
    pub party: Party,
    /// What is asked.
    pub op: Op,
}

impl<Op: Clone> Ask<Op> {
    /// The same question to the same party, but for one change.
    pub fn but(&self, change: impl FnOnce(&mut Op)) -> Self {
        let mut bent = self.clone();
        change(&mut bent.op);
        bent
    }
}

/// The requirement that a question is about: a rule, or the id of one that refuses nothing.
#[derive(Clone, Copy, Debug)]
pub struct Aim(&'static str);

impl From<Rule> for Aim {
    fn from(rule: Rule) -> Self {
        Self(rule.id)
    }
}

impl From<&'static str> for Aim {
    fn from(id: &'static str) -> Self {
        Self(id)
    }
}

/// What a case can't go on without. Where it is missing the case is at fault.
pub fn need<T>(found: Option<T>, what: &str) -> Result<T, Stop> {
    found.ok_or_else(|| Stop::Harness(format!("missing: {what}")))
}

/// A case being played.
pub struct Play<'t, 'p> {
    trial: &'t mut Trial<'p>,
    role: Role,
    /// Decided by the verbs below, by what a peer answered.
    decided: BTreeSet<&'static str>,
    /// The rules that refused.
    refused: BTreeSet<&'static str>,
    /// What acceptances were about.
    accepted: BTreeSet<&'static str>,
}

impl<'p> Deref for Play<'_, 'p> {
    type Target = Trial<'p>;

    fn deref(&self) -> &Trial<'p> {
        self.trial
    }
}

/// For what only prepares: scenes and instances play on a trial.
impl<'p> DerefMut for Play<'_, 'p> {
    fn deref_mut(&mut self) -> &mut Trial<'p> {
        self.trial
    }
}

impl<'t, 'p> Play<'t, 'p> {
    /// Plays a case, and sees whether it decided what it covers.
    pub(crate) fn run(
        trial: &'t mut Trial<'p>,
        role: Role,
        kind: Kind,
        covers: &[&'static str],
        body: &dyn Fn(&mut Play<'_, '_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (decided, refused, accepted) = Default::default();
        let mut play = Self { trial, role, decided, refused, accepted };
        body(&mut play)?;
        covers.iter().try_for_each(|id| match kind {
            Kind::Negative => play.has_refused(id),
            Kind::Positive | Kind::Sequence => play.has_decided(id),
        })
    }

    /// Whom scenes of this case put under test.
    pub fn under(&self) -> Result<Under, Stop> {
        match self.role {
            Role::Client => Ok(Under::Client),
            Role::Server => Ok(Under::Server),
            Role::Both => Ok(Under::Both),
            Role::Primitive(_) | Role::Peer | Role::Gateway => {
                Err(Stop::Harness("this role plays no scenes".into()))
            }
        }
    }

    /// Must be refused by `rule`, and leave the state as the rule says. What is accepted without the one change that
    /// makes it wrong is its twin: see [`Play::accepts`].
    pub fn refuses<Op: Operation>(&mut self, rule: Rule, ask: &Ask<Op>) -> Result<(), Stop> {
        self.refuses_by(rule, &mut |trial| trial.refuses_only(rule, &ask.party, &ask.op))
    }

    /// The same for a refusal that counts both: the rule's counter and `other`.
    pub fn refuses_counting_both<Op: Operation>(
        &mut self,
        rule: Rule,
        other: &'static str,
        ask: &Ask<Op>,
    ) -> Result<(), Stop> {
        self.refuses_by(rule, &mut |trial| trial.refuses_counting_both(rule, other, &ask.party, &ask.op))
    }

    /// The same for a refusal that uses something up.
    pub fn refuses_using_up<Op: Operation>(&mut self, rule: Rule, ask: &Ask<Op>) -> Result<(), Stop> {
        self.refuses_by(rule, &mut |trial| trial.refuses_using_up(rule, &ask.party, &ask.op))
    }

    /// The same for a question that would make its session: where it is refused there is none.
    pub fn refuses_to_make<Op: Operation>(&mut self, rule: Rule, ask: &Ask<Op>) -> Result<(), Stop> {
        self.refuses_by(rule, &mut |trial| trial.refuses_stateless(rule, &ask.party, &ask.op))
    }

    /// A family of one session: each must be refused with the class with which the reference refuses it, some of them
    /// by `rule`, and after all of them the state is what it was.
    pub fn refuses_each<Op: Operation>(&mut self, rule: Rule, asks: &[Ask<Op>]) -> Result<(), Stop> {
        let session = &need(asks.first(), "a family of questions has at least one")?.party;
        self.refuses_by(rule, &mut |trial| {
            let before = trial.state(rule.id, session)?;
            asks.iter().try_for_each(|ask| trial.refuses_as_reference(&ask.party, &ask.op))?;
            trial.state_is(rule.id, session, before)
        })
    }

    fn refuses_by(
        &mut self,
        rule: Rule,
        ask: &mut dyn FnMut(&mut Trial<'p>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let by = self.judges(rule.id, ask)?;
        // Where the reference has other keys than the peer it can't say which rule refused.
        let unknown = by.is_empty().then_some(rule.id);
        self.refused.extend(by.into_iter().chain(unknown));
        Ok(())
    }

    /// The twin of what this case refuses: must be accepted.
    pub fn accepts<Op: Operation>(&mut self, aim: impl Into<Aim>, ask: &Ask<Op>) -> Result<(), Stop> {
        let Aim(aim) = aim.into();
        self.accepts_by(aim, &mut |trial| trial.twin(aim, &ask.party, &ask.op).map(drop))
    }

    /// Must be accepted and give what the reference gives.
    pub fn agrees<Op: Operation>(&mut self, aim: impl Into<Aim>, ask: &Ask<Op>) -> Result<(), Stop> {
        self.answers(aim, ask).map(drop)
    }

    /// The same, for those who go on with what it gives.
    pub fn answers<Op: Operation>(&mut self, aim: impl Into<Aim>, ask: &Ask<Op>) -> Result<Op::Output, Stop> {
        let Aim(aim) = aim.into();
        let mut given = None;
        self.accepts_by(aim, &mut |trial| {
            given = Some(trial.agrees(aim, &ask.party, &ask.op)?);
            Ok(())
        })?;
        need(given, "a result")
    }

    /// Must give what the reference gives, which tells in its result that `rule` is not met.
    pub fn tells<Op: Operation>(&mut self, rule: Rule, ask: &Ask<Op>) -> Result<Op::Output, Stop> {
        let mut given = None;
        self.judges(rule.id, &mut |trial| {
            given = Some(trial.agrees(rule.id, &ask.party, &ask.op)?);
            Ok(())
        })?;
        self.refused.insert(rule.id);
        need(given, "a result")
    }

    fn accepts_by(
        &mut self,
        aim: &'static str,
        ask: &mut dyn FnMut(&mut Trial<'p>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.judges(aim, ask)?;
        self.accepted.insert(aim);
        Ok(())
    }

    /// Marks requirements as decided: what was accepted before could not have been otherwise.
    pub fn implied(&mut self, ids: &[&'static str]) -> Result<(), Stop> {
        if self.accepted.is_empty() {
            return Err(Stop::Harness(format!("nothing was accepted that could imply {}", ids.join(", "))));
        }
        self.decided.extend(ids);
        self.trial.implied(ids)
    }

    /// Puts questions, and says which requirements the answers decided.
    fn judges(
        &mut self,
        aim: &'static str,
        ask: &mut dyn FnMut(&mut Trial<'p>) -> Result<(), Stop>,
    ) -> Result<BTreeSet<&'static str>, Stop> {
        let asked = self.trial.steps.len();
        let before = mem::take(&mut self.trial.witnessed);
        let result = ask(self.trial);
        let decided = mem::replace(&mut self.trial.witnessed, before);
        self.trial.witnessed.extend(&decided);
        result?;
        if self.trial.steps.len() == asked {
            let words = format!("a question about {aim} went to the reference, which isn't judged");
            return Err(Stop::Harness(words));
        }
        self.decided.extend(&decided);
        Ok(decided)
    }

    fn has_refused(&self, rule: &'static str) -> Result<(), Stop> {
        let words = if self.refused.is_empty() {
            format!("nothing was refused, so {rule} is not decided")
        } else if !self.refused.contains(rule) {
            format!("nothing was refused by {rule}, only by {}", list(&self.refused))
        } else if !self.accepted.contains(rule) {
            format!("{rule} refused, but no positive twin was accepted")
        } else {
            return Ok(());
        };
        Err(Stop::Harness(words))
    }

    fn has_decided(&self, id: &'static str) -> Result<(), Stop> {
        if self.decided.contains(id) {
            return Ok(());
        }
        Err(Stop::Harness(match self.decided.is_empty() {
            true => format!("nothing was asked that decides {id}"),
            false => format!("{id} is not decided, only {}", list(&self.decided)),
        }))
    }
}

fn list(ids: &BTreeSet<&'static str>) -> String {
    ids.iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use channel::rule::{VER_7, VER_8, VER_10};
    use peer::engine::Engine;
    use peer::operations::{Hello, PrimitiveCmac};
    use peer::protocol::{Array, Bytes};

    use super::*;
    use crate::area::Area;
    use crate::instance::confirmed;
    use crate::scene::Show;
    use crate::suite::{self, Outcome, Verdict};
    use crate::trial::{Exchange, Peer, Reply, question, reply};

    /// Plays the only case of an area against the reference.
    fn play(fill: impl FnOnce(&mut Area)) -> Outcome {
        let mut area = Area::new("verify", Role::Server);
        fill(&mut area);
        let mut engine = Engine::new(Box::new(|bytes| bytes.fill(7)));
        let hello = question(0, &Hello { protocol: 1.into() }, "").unwrap();
        let answer = engine.exchange(hello.as_bytes()).unwrap();
        let Reply::Ok(claims) = reply(&answer, 0).unwrap() else { panic!("hello") };
        suite::run(&area.cases()[0], vec![Peer { exchange: &mut engine, claims: &claims }], 0)
    }

    fn refuses(body: fn(&mut Play<'_, '_>) -> Result<(), Stop>) -> Outcome {
        play(|area| area.refuses(VER_8, "this", "this is tried", body))
    }

    fn accepts(covers: &[&'static str], body: fn(&mut Play<'_, '_>) -> Result<(), Stop>) -> Outcome {
        play(|area| area.accepts(covers, "this", "this is tried", body))
    }

    fn is_at_fault(outcome: Outcome, words: &str) {
        assert_eq!(outcome.verdict, Verdict::HarnessError, "{:?}", outcome.failure);
        assert_eq!(outcome.failure.unwrap().got, words);
    }

    #[test]
    fn a_play_that_decides_what_it_covers_passes() {
        let twice = refuses(|t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))
        });
        assert_eq!(twice.verdict, Verdict::Pass, "{:?}", twice.failure);
        let right = accepts(&["VER-13", "SIG-1"], |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.agrees("VER-13", &first.verify(&message, &signature))?;
            t.implied(&["SIG-1"])
        });
        assert_eq!(right.verdict, Verdict::Pass, "{:?}", right.failure);
        assert!(right.witnessed.contains("VER-13") && right.witnessed.contains("SIG-1"));
    }

    #[test]
    fn a_play_that_asks_nothing_is_at_fault() {
        is_at_fault(refuses(|_| Ok(())), "nothing was refused, so VER-8 is not decided");
        is_at_fault(accepts(&["VER-13"], |_| Ok(())), "nothing was asked that decides VER-13");
        is_at_fault(
            accepts(&["SIG-1"], |t| t.implied(&["SIG-1"])),
            "nothing was accepted that could imply SIG-1",
        );
    }

    #[test]
    fn a_preparation_decides_nothing() {
        // To confirm an instance is to verify its confirmation: AM2-10, seen by every scene.
        let prepares: fn(&mut Play<'_, '_>) -> Result<(), Stop> = |t| confirmed(t).map(drop);
        let outcome = accepts(&["AM2-10"], prepares);
        assert!(outcome.witnessed.contains("AM2-10"));
        is_at_fault(outcome, "nothing was asked that decides AM2-10");
        is_at_fault(refuses(prepares), "nothing was refused, so VER-8 is not decided");
    }

    #[test]
    fn a_play_that_only_refuses_is_at_fault() {
        let outcome = refuses(|t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            // About another requirement: not the twin.
            t.accepts("VER-13", &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))
        });
        is_at_fault(outcome, "VER-8 refused, but no positive twin was accepted");
    }

    #[test]
    fn a_play_that_only_accepts_is_at_fault() {
        let outcome = refuses(|t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&message, &signature))
        });
        is_at_fault(outcome, "nothing was refused, so VER-8 is not decided");
    }

    #[test]
    fn a_play_that_refuses_by_another_rule_is_at_fault() {
        let malformed: fn(&mut Play<'_, '_>) -> Result<(), Stop> = |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.refuses(VER_10, &first.verify(&message, ""))?;
            t.accepts(VER_8, &first.verify(&message, &signature))
        };
        is_at_fault(refuses(malformed), "nothing was refused by VER-8, only by VER-10");
        // And where it is wrong about the rule, the reference says so.
        let outcome = refuses(|t| {
            let mut first = confirmed(t)?;
            let message = first.request(t, &Show::default())?;
            t.refuses(VER_8, &first.verify(&message, ""))
        });
        let words = "aims at VER-8, but the reference says: refused with bad-signature (VER-10)";
        is_at_fault(outcome, words);
        is_at_fault(accepts(&["VER-13"], malformed), "VER-13 is not decided, only VER-10");
    }

    #[test]
    fn a_family_decides_by_the_rules_that_refused_it() {
        let family = |rule: Rule, bad: &'static [&'static str]| {
            let body = move |t: &mut Play<'_, '_>| {
                let mut first = confirmed(t)?;
                let (message, signature) = first.signs_request(t, &Show::default())?;
                let asks: Vec<_> = bad.iter().map(|bad| first.verify(&message, bad)).collect();
                t.refuses_each(rule, &asks)?;
                t.accepts(rule, &first.verify(&message, &signature))
            };
            play(|area| area.refuses(rule, "this", "this is tried", body))
        };
        let right = family(VER_10, &["", "1"]);
        assert_eq!(right.verdict, Verdict::Pass, "{:?}", right.failure);
        is_at_fault(family(VER_7, &["", "1"]), "nothing was refused by VER-7, only by VER-10");
        is_at_fault(family(VER_10, &[]), "missing: a family of questions has at least one");
    }

    #[test]
    fn a_play_whose_preparation_is_missing_is_at_fault() {
        let outcome = refuses(|t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let part = need(signature.get(99..), "the hundredth digit of a signature")?;
            t.refuses(VER_8, &first.verify(&message, part))
        });
        is_at_fault(outcome, "missing: the hundredth digit of a signature");
        let outcome = play(|area| {
            area.follows(&["VER-13"], "this", "this is tried", |t| {
                let first =
                    crate::instance::at(t, crate::setup::Setup::default(), crate::scene::Stage::Created)?;
                t.agrees("VER-13", &first.confirmation()?)
            });
        });
        is_at_fault(outcome, "missing: AM2, which an instance has from its stage Am2 on");
    }

    #[test]
    fn a_question_to_the_reference_judges_nobody() {
        let outcome = accepts(&["PRT-3"], |t| {
            let op = PrimitiveCmac { key: Array([0; 16]), data: Bytes(Vec::new()) };
            let party = t.reference_party();
            t.agrees("PRT-3", &Ask { party, op })
        });
        is_at_fault(outcome, "a question about PRT-3 went to the reference, which isn't judged");
    }

    #[test]
    fn what_a_peer_answers_is_given_to_who_asks() {
        let outcome = accepts(&["REQ-1"], |t| {
            let first = confirmed(t)?;
            let (party, op) = (first.server().clone(), Show::default().question(t.start()));
            let issued = t.answers("REQ-1", &Ask { party, op })?.message;
            let again = first.seal(&first.plain(&issued)?);
            need((again == issued).then_some(()), "the message that was issued")
        });
        assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.failure);
    }
}
