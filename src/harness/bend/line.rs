//! A question around its parameters: its members bent, and the line that comes of it.

use peer::engine;
use peer::parameters::{Type, parameters};
use peer::protocol;
use serde_json::Value;

use super::bent::Bent;
use super::json::{Json, quoted};
use super::value::{bends, doubled, edges, sample};
use crate::play::need;
use crate::stop::Stop;

/// A question, to be bent.
#[derive(Clone, Debug)]
pub struct Question {
    op: String,
    session: Option<String>,
    params: Json,
}

/// A line that is nearly a question, or a question at the edge of what may be asked.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is special about it.
    pub what: String,
    /// The line.
    pub text: String,
    /// The numbers that an answer may echo: none where the line has no readable one.
    pub seqs: Vec<Option<u32>>,
}

impl Question {
    /// The number of each of them.
    const SEQ: u32 = 11;

    /// From its line.
    pub fn of(line: &str) -> Result<Self, Stop> {
        let question: protocol::Question<'_> =
            protocol::read(line.as_bytes()).map_err(|error| Stop::Harness(error.to_string()))?;
        let params: Value =
            serde_json::from_str(question.params.get()).map_err(|error| Stop::Harness(error.to_string()))?;
        let session = question.session.map(std::borrow::Cow::into_owned);
        Ok(Self { op: question.op.into_owned(), session, params: Json::from(&params) })
    }

    /// One of this operation, well-formed and about nothing, for this session.
    pub fn about_nothing(op: &str, session: &str) -> Result<Self, Stop> {
        let params = sample(&need(parameters(op), "the parameters of an operation")?);
        let session = (!engine::is_without_session(op)).then(|| session.to_owned());
        Ok(Self { op: op.into(), session, params })
    }

    /// The same for another session.
    pub fn in_session(&self, session: &str) -> Self {
        Self { session: Some(session.to_owned()), ..self.clone() }
    }

    /// The line of it.
    pub fn line(&self) -> Line {
        self.with(Bent::of("the question as it is", self.params.clone()))
    }

    /// The line of it with other parameters; `what` is special about them.
    pub fn with_params(&self, what: &str, params: &str) -> Line {
        self.with(Bent::of(what, Json::raw(params)))
    }

    /// All lines that are nearly this question and none.
    pub fn bent(&self) -> Result<Vec<Line>, Stop> {
        let of = need(parameters(&self.op), "the parameters of an operation")?;
        let mut all = self.members()?;
        all.extend(bends(&of, &self.params, "params").into_iter().map(|bent| self.with(bent)));
        Ok(all)
    }

    /// Lines that are questions still: of each parameter the least and the most. Random fields are left for the peer to
    /// draw: what is accepted twice must not be drawn alike.
    pub fn at_the_edge(&self) -> Result<Vec<Line>, Stop> {
        let of: Type = need(parameters(&self.op), "the parameters of an operation")?;
        let Json::Object(members) = &self.params else { return Ok(Vec::new()) };
        let random = quoted("random");
        let rest: Vec<_> = members.iter().filter(|(name, _)| *name != random).cloned().collect();
        let params = Json::Object(rest.clone());
        let mut all = edges(&of, &params, "params");
        if rest.len() < members.len() {
            let empty = rest.into_iter().chain([(random, Json::raw("{}"))]).collect();
            all.push(Bent::of("params.random: missing, as it may be", params));
            all.push(Bent::of("params.random: empty, as it may be", Json::Object(empty)));
        }
        Ok(all.into_iter().map(|bent| self.with(bent)).collect())
    }

    fn written(&self, params: Json) -> Vec<(String, Json)> {
        let mut members =
            vec![(quoted("seq"), Json::Raw(Self::SEQ.to_string())), (quoted("op"), Json::text(&self.op))];
        members.extend(self.session.iter().map(|session| (quoted("session"), Json::text(session))));
        members.push((quoted("params"), params));
        members
    }

    fn with(&self, bent: Bent) -> Line {
        let mut seqs = vec![Some(Self::SEQ)];
        seqs.extend(bent.may_hide_seq.then_some(None));
        let text = Json::Object(self.written(bent.json)).to_string();
        Line { what: bent.what, text, seqs }
    }

    /// Its own members bent.
    fn members(&self) -> Result<Vec<Line>, Stop> {
        let written = self.written(self.params.clone());
        let line = |what: String, members: Json, seqs: &[Option<u32>]| Line {
            what,
            text: members.to_string(),
            seqs: seqs.to_vec(),
        };
        let (known, none): (&[_], &[_]) = (&[Some(Self::SEQ)], &[None]);
        let mut all = Vec::new();
        for (at, (name, _)) in written.iter().enumerate() {
            let place = name.trim_matches('"').to_owned();
            let rest = written.iter().enumerate().filter(|(other, _)| *other != at);
            let rest = Json::Object(rest.map(|(_, member)| member.clone()).collect());
            let seqs = if place == "seq" { none } else { known };
            all.push(line(format!("{place}: missing"), rest, seqs));
            // Which of two numbers is meant, where one is none, is nobody's to say.
            let twice = doubled(&written, at, place != "seq", &place).into_iter();
            all.extend(twice.map(|bent| line(bent.what, bent.json, known)));
            let instead = |json: Json| {
                let with = written.iter().enumerate();
                Json::Object(
                    with.map(|(other, (name, value))| {
                        (name.clone(), if other == at { json.clone() } else { value.clone() })
                    })
                    .collect(),
                )
            };
            let wrong: &[(&str, &str)] = match place.as_str() {
                "params" => &[
                    ("null", "null"),
                    ("an array", "[]"),
                    ("a text", "\"{}\""),
                    ("a number", "0"),
                    ("true", "true"),
                ],
                "session" => &[
                    ("null", "null"),
                    ("a number", "1"),
                    ("true", "true"),
                    ("an array", "[]"),
                    ("an object", "{}"),
                    ("an empty text", "\"\""),
                ],
                _ => &[],
            };
            for (what, json) in wrong {
                all.push(line(format!("{place}: {what}"), instead(Json::raw(json)), known));
            }
        }
        let more = |name: &str, value: &str| {
            let more = [(quoted(name), Json::raw(value))];
            Json::Object(written.iter().cloned().chain(more).collect())
        };
        all.push(line("an unknown member extra".into(), more("extra", "1"), known));
        match &self.session {
            None => all.push(line("session: none belongs there".into(), more("session", "\"none\""), known)),
            Some(_) => all.extend(self.sessions()),
        }
        Ok(all)
    }

    /// For sessions that can't be.
    fn sessions(&self) -> Vec<Line> {
        let mut names = vec![("65 characters", "\u{1D538}".repeat(65))];
        // An operation that makes a session is asked for one that isn't there.
        if !MAKES.contains(&self.op.as_str()) {
            names.push(("one that doesn't exist", "nobody".to_owned()));
            names.extend(self.session.iter().map(|name| ("one in capital letters", name.to_uppercase())));
            names.extend(self.session.iter().map(|name| ("one with a blank behind", format!("{name} "))));
        }
        let lines = names
            .into_iter()
            .map(|(what, name)| Line { what: format!("session: {what}"), ..self.in_session(&name).line() });
        lines.collect()
    }
}

/// What makes a session.
const MAKES: [&str; 8] = [
    "client.create",
    "client.load",
    "server.create",
    "server.import",
    "client.single_create",
    "client.single_load",
    "server.single_create",
    "server.single_load",
];

/// Whether an operation makes its session.
pub fn makes_a_session(op: &str) -> bool {
    MAKES.contains(&op)
}
