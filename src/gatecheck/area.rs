//! A case: requirements, id, kind, sentence and play stand together, as in `harness::area`.

use harness::case::{Case, Kind, Role};
use harness::cell::{Attacker, Cell, Goal};
use harness::trial::Trial;

use crate::front::{Front, Play};

/// The cases of a gateway. Each has two licenses of its own, by its place.
#[derive(Default)]
pub(crate) struct Area {
    cases: Vec<Case>,
    /// Of the next case.
    cell: Option<Cell>,
}

impl Area {
    /// In the next case, somebody attacks this goal (SPEC section 33).
    pub(crate) fn against(&mut self, goal: Goal, attacker: Attacker) -> &mut Self {
        self.cell = Some(Cell { goal, attacker });
        self
    }

    /// Something wrong is refused, for each of these requirements, and its twin accepted.
    pub(crate) fn refuses(&mut self, covers: &[&'static str], name: &str, about: &str, play: Play) {
        self.add(Kind::Negative, covers, name, about, play);
    }

    /// Something right is accepted, with the right result.
    pub(crate) fn accepts(&mut self, covers: &[&'static str], name: &str, about: &str, play: Play) {
        self.add(Kind::Positive, covers, name, about, play);
    }

    /// Several steps in an order that matters.
    pub(crate) fn follows(&mut self, covers: &[&'static str], name: &str, about: &str, play: Play) {
        self.add(Kind::Sequence, covers, name, about, play);
    }

    fn add(&mut self, kind: Kind, covers: &[&'static str], name: &str, about: &str, play: Play) {
        let licenses = u32::try_from(2 * self.cases.len()).unwrap_or(u32::MAX);
        let covered = covers.to_vec();
        let run = move |trial: &mut Trial<'_>| Front::play(trial, licenses, kind, &covered, play);
        let id = format!("gateway-{name}");
        let cell = self.cell.take();
        let case = Case::new(id, Role::Gateway, kind, covers, about.to_owned(), Box::new(run));
        self.cases.push(Case { cell, ..case });
    }

    /// All of them.
    pub(crate) fn cases(self) -> Vec<Case> {
        self.cases
    }
}
