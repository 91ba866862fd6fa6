//! An area of cases. Requirement, id, sentence and play of a case stand together, and the verb says of what kind it is.
//!
//! | verb | kind | the play must |
//! |---|---|---|
//! | [`refuses`](Area::refuses) | negative | see a refusal by this rule, and its positive twin accepted |
//! | [`accepts`](Area::accepts) | positive | decide every requirement it covers |
//! | [`follows`](Area::follows) | sequence | the same, over several steps whose order matters |
//!
//! A play that ends without that is at fault, and so is one whose preparation fails: a harness error, never a pass.
//! [`Play`] sees to it; [`need`](crate::play::need) says what is missing.
//!
//! The name is the rest of the id, which begins with the area's name; once published, an id keeps its meaning. The
//! sentence is shown alone, in lists and reports, so it must make sense alone: it doesn't lean on the case above it.
//!
//! ```
//! use channel::rule::VER_8;
//! use counterproof_harness::area::Area;
//! use counterproof_harness::case::Role;
//! use counterproof_harness::instance::{confirmed, siblings};
//! use counterproof_harness::scene::Show;
//!
//! let mut verify = Area::new("verify", Role::Server);
//! verify.refuses(VER_8, "twice-by-sibling", "a request is accepted once, whichever instance signs", |t| {
//!     let [mut first, mut second] = siblings(t)?;
//!     let message = first.request(t, &Show::default())?;
//!     let [by_first, by_second] = [first.signs(t, &message)?, second.signs(t, &message)?];
//!     t.accepts(VER_8, &second.verify(&message, &by_second))?;
//!     t.refuses(VER_8, &first.verify(&message, &by_first))
//! });
//! verify.accepts(&["VER-6"], "clock-behind", "a message from ahead of the clock is not too old", |t| {
//!     let mut first = confirmed(t)?;
//!     first.moves_clock(300)?;
//!     let (message, signature) = first.signs_request(t, &Show::default())?;
//!     first.moves_clock(-300)?;
//!     t.agrees("VER-6", &first.verify(&message, &signature))
//! });
//! let cases = verify.cases();
//! assert_eq!(cases.iter().map(|case| case.id.as_str()).collect::<Vec<_>>(), ["verify-twice-by-sibling", "verify-clock-behind"]);
//! ```

use channel::rule::Rule;

use crate::case::{Case, Kind, Role};
use crate::cell::{Attacker, Cell, Goal};
use crate::play::{Body, Play};
use crate::trial::{Stop, Trial};

/// Cases that judge one role of a peer and whose ids begin alike.
pub struct Area {
    name: String,
    role: Role,
    attacker: Option<Attacker>,
    /// Of the next case.
    goal: Option<Goal>,
    cases: Vec<Case>,
}

impl Area {
    /// An area without cases.
    pub fn new(name: &str, role: Role) -> Self {
        Self { name: name.to_owned(), role, attacker: None, goal: None, cases: Vec::new() }
    }

    /// An area of what an attacker tries between a client and a server. Each of its cases is
    /// [against](Area::against) a goal.
    pub fn of(attacker: Attacker) -> Self {
        let name = format!("attack-{}", attacker.word());
        Self { attacker: Some(attacker), ..Self::new(&name, Role::Both) }
    }

    /// The next case attacks this goal.
    pub fn against(&mut self, goal: Goal) -> &mut Self {
        self.goal = Some(goal);
        self
    }

    /// Something wrong is refused by `rule`, and its twin accepted.
    pub fn refuses(
        &mut self,
        rule: Rule,
        name: &str,
        about: &str,
        play: impl Fn(&mut Play<'_, '_>) -> Result<(), Stop> + Send + Sync + 'static,
    ) {
        self.add(Kind::Negative, &[rule.id], name, about, Box::new(play));
    }

    /// Something right is accepted, with the right result.
    pub fn accepts(
        &mut self,
        covers: &[&'static str],
        name: &str,
        about: &str,
        play: impl Fn(&mut Play<'_, '_>) -> Result<(), Stop> + Send + Sync + 'static,
    ) {
        self.add(Kind::Positive, covers, name, about, Box::new(play));
    }

    /// The peer follows several steps in an order that matters.
    pub fn follows(
        &mut self,
        covers: &[&'static str],
        name: &str,
        about: &str,
        play: impl Fn(&mut Play<'_, '_>) -> Result<(), Stop> + Send + Sync + 'static,
    ) {
        self.add(Kind::Sequence, covers, name, about, Box::new(play));
    }

    /// Not generic: the verbs above are compiled once for each case, this once.
    fn add(&mut self, kind: Kind, covers: &[&'static str], name: &str, about: &str, body: Body) {
        let (id, role, decides) = (format!("{}-{name}", self.name), self.role, covers.to_vec());
        let run = Box::new(move |trial: &mut Trial<'_>| Play::run(trial, role, kind, &decides, &*body));
        let cell = self.goal.take().zip(self.attacker).map(|(goal, attacker)| Cell { goal, attacker });
        self.cases.push(Case { cell, ..Case::new(id, role, kind, covers, about.to_owned(), run) });
    }

    /// The cases, in the order in which they were added.
    pub fn cases(self) -> Vec<Case> {
        self.cases
    }
}
