//! A row of the table, the world that it is played in, and the two cases that it is.

use serde_json::Value;

use harness::area::Area;
use harness::play::{Ask, Play, need};
use harness::trial::{Party, Stop, Trial, question};
use peer::operations::{HelloResult, State, StateResult};
use peer::protocol::Operation;

/// Makes a world in which an operation is accepted.
pub(super) type Made<W> = fn(&mut Play<'_, '_>) -> Result<W, Stop>;

/// What an operation is accepted by, in a world that is ready for it.
pub(super) type Does<W> = fn(&mut Play<'_, '_>, &mut W) -> Result<(), Stop>;

/// Whether the digest is another one afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Changes,
    Stays,
}

/// A way in which an operation is accepted.
pub(super) struct Row<W> {
    /// The rest of the id.
    pub(super) name: &'static str,
    /// What says that it has this effect, or none.
    pub(super) aim: &'static str,
    /// Whose effect it is, as the subject of a sentence.
    pub(super) who: &'static str,
    pub(super) digest: Digest,
    /// The counters that it sets to 0, and what says so. It leaves all others.
    pub(super) resets: &'static [(&'static str, &'static str)],
    pub(super) made: Made<W>,
    pub(super) does: Does<W>,
}

/// A row, in one line of a table.
pub(super) const fn row<W>(
    made: Made<W>,
    name: &'static str,
    aim: &'static str,
    who: &'static str,
    digest: Digest,
    resets: &'static [(&'static str, &'static str)],
    does: Does<W>,
) -> Row<W> {
    Row { name, aim, who, digest, resets, made, does }
}

impl<W> Row<W> {
    /// What is violated where this counter is another one afterwards.
    fn aim_of(&self, counter: &str) -> &'static str {
        let reset = self.resets.iter().find(|(name, _)| *name == counter).map(|(_, aim)| *aim);
        reset.unwrap_or(match counter {
            "code_failures" => "DVC-10",
            "signature_failures" => "VER-5",
            "login_failures" => "LGN-17",
            "pin_failures" => "CLI-15",
            "unlock_failures" => "UNL-6",
            "password_failures" => "PWD-7",
            _ => self.aim,
        })
    }
}

/// A session with all that can be there, so that it is seen what becomes of it.
pub(super) trait World {
    /// Whose state it is.
    fn party(&self) -> &Party;

    /// That it is what it was made to be: where it isn't, what made it is at fault, and not the operation.
    fn is_ready(&self, t: &mut Trial<'_>) -> Result<(), Stop>;

    /// All that can be read of it without changing anything.
    fn tells(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop>;

    /// For each counter, as many wrong attempts as there are, and one more.
    fn tries(&self, t: &mut Trial<'_>, aim_of: &dyn Fn(&str) -> &'static str) -> Result<(), Stop>;

    /// What was begun before goes on, or doesn't.
    fn goes_on(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop>;
}

/// The cases of these rows.
pub(super) fn add<W: World + 'static>(area: &mut Area, rows: &'static [Row<W>]) {
    for row in rows {
        let about = format!("{} changes what it must and nothing else, as later answers show", row.who);
        area.follows(&[row.aim], row.name, &about, move |t| {
            let mut world = (row.made)(t)?;
            world.is_ready(t)?;
            (row.does)(t, &mut world)?;
            world.tells(t, row.aim)?;
            world.tries(t, &|counter| row.aim_of(counter))?;
            world.goes_on(t, row.aim)
        });
        let what = if row.digest == Digest::Changes { "another" } else { "the same" };
        let about = format!("after {} each counter is what it must be, and the digest is {what}", row.who);
        area.follows(&[row.aim, "PPR-9"], &format!("{}-looked", row.name), &about, move |t| {
            let mut world = (row.made)(t)?;
            let before = look(t, world.party(), &before_all)?;
            (row.does)(t, &mut world)?;
            let after = look(t, world.party(), &|counter| row.aim_of(counter))?;
            digest_is(t, row.digest, &before, &after)
        });
    }
}

/// What is violated where a counter isn't what it was brought to before the operation.
fn before_all(counter: &str) -> &'static str {
    match counter {
        "code_failures" => "DVC-11",
        "signature_failures" => "VER-25",
        "login_failures" => "LGN-17",
        "pin_failures" => "CLI-29",
        "unlock_failures" => "UNL-7",
        "password_failures" => "PWD-6",
        _ => "PPR-9",
    }
}

/// The state of a session, whose counters are the reference's: what is violated where one isn't, is said by `aim_of`.
pub(super) fn look(
    t: &mut Play<'_, '_>,
    party: &Party,
    aim_of: &dyn Fn(&str) -> &'static str,
) -> Result<StateResult, Stop> {
    let tells = |claims: &HelloResult| claims.operations.iter().any(|name| name == State::NAME);
    if ![0, t.server_seat()].into_iter().all(|peer| t.peer_claims(peer).is_some_and(tells)) {
        return Err(Stop::NotTestable("the peer does not tell its state"));
    }
    let (trial, op): (&mut Trial<'_>, _) = (t, State {});
    let both = trial.accepts("PPR-9", party, &op)?;
    let Some(want) = both.want else { return Ok(both.got) };
    for (name, count) in &want.counters {
        let aim = aim_of(name.split('/').next().unwrap_or_default());
        let got = both.got.counters.get(name);
        trial.same(aim, &got, Some(&Some(count)))?;
    }
    trial.same("PPR-9", &both.got.counters, Some(&want.counters))?;
    Ok(both.got)
}

/// The digest is another one, or the same.
pub(super) fn digest_is(
    t: &mut Play<'_, '_>,
    which: Digest,
    before: &StateResult,
    after: &StateResult,
) -> Result<(), Stop> {
    let (expected, got) = match which {
        Digest::Changes => ("another digest than before", "the same digest"),
        Digest::Stays => ("the same digest as before", "another digest"),
    };
    let differs = before.digest != after.digest;
    t.decided(differs == (which == Digest::Changes), "PPR-9", expected, got.to_owned())?;
    t.implied(&["PPR-9"])
}

/// The answer must be the reference's, whether it accepts or refuses. Nobody looks at a state.
pub(super) fn same_answer<Op: Operation>(
    t: &mut Trial<'_>,
    aim: &'static str,
    ask: &Ask<Op>,
) -> Result<(), Stop> {
    let peer = t.seat_of(Op::NAME);
    let asked = t.raw(aim, peer, &question(0, &ask.op, ask.party.session())?)?;
    if asked.kind == "unsupported" {
        return Err(Stop::Unsupported(Op::NAME));
    }
    let step = need(t.steps.last(), "a step")?;
    let (got, want) = (said(&step.answer), said(&step.reference));
    let holds = got == want;
    t.decided(holds, aim, &format!("to {}: {want}", Op::NAME), got.to_string())
}

/// What an answer says: a result, or the class of a refusal.
pub(super) fn said(answer: &str) -> Value {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let member = |name: &str| answer.get(name).cloned();
    let refused = || answer.pointer("/refused/class").map(|class| format!("refused with {class}").into());
    member("ok").or_else(refused).unwrap_or_else(|| "a fault".into())
}

/// So many times the same attempt, of which the reference says each time whether it is wrong or one too many.
pub(super) fn attempts<Op: Operation>(
    t: &mut Trial<'_>,
    aim: &'static str,
    times: u32,
    ask: &Ask<Op>,
) -> Result<(), Stop> {
    (0..times).try_for_each(|_| same_answer(t, aim, ask))
}
