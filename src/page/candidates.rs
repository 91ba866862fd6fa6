//! In what several peers and the reference are not of one mind: who says what, and whether the specification decides.

use harness::report::{Candidate, Voices};
use harness::spec;

use crate::escape::spelled_out;
use crate::words::slug;

/// How many are told; how many characters of an answer, and of a program.
const TOLD: usize = 100;
const ANSWER: usize = 1_000;
const PROGRAM: usize = 6_000;

/// Those of a run.
pub(crate) struct Candidates<'a> {
    pub(crate) told: Vec<CandidateView<'a>>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// A thing that divides them.
pub(crate) struct CandidateView<'a> {
    pub(crate) name: &'a str,
    pub(crate) anchor: String,
    /// The requirement by which the specification decides, and what it says; none where it is silent.
    pub(crate) decides: Option<(&'a str, &'static str)>,
    pub(crate) voices: Vec<VoicesView>,
    pub(crate) program: String,
    /// By what it is filtered.
    pub(crate) word: &'static str,
}

/// Those who say the same.
pub(crate) struct VoicesView {
    pub(crate) who: String,
    pub(crate) answer: String,
    /// Whether the reference is among them.
    pub(crate) is_reference: bool,
}

/// By what a candidate is found in the filter.
pub(crate) const WORDS: [&str; 2] = ["decided", "silent"];

impl<'a> Candidates<'a> {
    /// Those that the specification decides come first.
    pub(crate) fn new(candidates: &'a [Candidate]) -> Self {
        let mut all: Vec<_> = candidates.iter().collect();
        all.sort_by_key(|candidate| candidate.decides.is_none());
        Self {
            told: all
                .iter()
                .take(TOLD)
                .enumerate()
                .map(|(place, it)| CandidateView::new(place, it))
                .collect(),
            more: all.len().saturating_sub(TOLD),
        }
    }
}

impl<'a> CandidateView<'a> {
    fn new(place: usize, candidate: &'a Candidate) -> Self {
        let Candidate { candidate: name, decides, answers, program, .. } = candidate;
        let sentence = |id: &str| spec::find(id).map_or("", |requirement| requirement.text);
        let [decided, silent] = WORDS;
        // The reference is the first, as the file has it.
        let voices = answers.iter().enumerate().map(|(place, voices)| VoicesView::new(place == 0, voices));
        Self {
            name,
            anchor: format!("candidate-{}-{}", place.saturating_add(1), slug(name)),
            decides: decides.as_deref().map(|id| (id, sentence(id))),
            voices: voices.collect(),
            program: serde_json::to_string(program)
                .map_or_else(|_| String::new(), |it| spelled_out(&it, PROGRAM)),
            word: if decides.is_some() { decided } else { silent },
        }
    }
}

impl VoicesView {
    fn new(is_reference: bool, Voices { answer, who }: &Voices) -> Self {
        Self { who: spelled_out(&who.join(", "), ANSWER), answer: spelled_out(answer, ANSWER), is_reference }
    }
}
