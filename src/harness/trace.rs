//! Who said what to whom, for people: the story of a case whose parties have names. What was asked and answered byte for
//! byte is [`Step`](crate::trial::Step); this has besides what an attacker worked out between two questions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest text of a value that is told whole.
const WHOLE: usize = 40;
/// How much of a longer one is told: of its beginning, and of its end, where two messages differ.
const HEAD: usize = 20;
const TAIL: usize = 8;

/// One thing that was said or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who.
    pub by: String,
    /// To whom; absent where a player only works something out.
    #[serde(default, deserialize_with = "peer::protocol::present", skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What: an operation and its parameters, or words.
    pub says: String,
    /// What came back.
    #[serde(default, deserialize_with = "peer::protocol::present", skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, to, says, answer } = self;
        match to {
            None => write!(f, "{by}: {says}")?,
            Some(to) => write!(f, "{by} → {to}: {says}")?,
        }
        answer.iter().try_for_each(|answer| write!(f, " → {answer}"))
    }
}

/// The turns of a case, as they come.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Who plays a session. What is said to anybody else isn't told.
    players: BTreeMap<String, &'static str>,
    /// Who puts the questions; where nobody is named, who puts them in an honest flow.
    speaker: Option<&'static str>,
    turns: Vec<Turn>,
}

impl Story {
    /// A session has a player from now on.
    pub(crate) fn casts(&mut self, session: &str, player: &'static str) {
        self.players.insert(session.to_owned(), player);
    }

    /// Who plays a session.
    pub(crate) fn player(&self, session: &str) -> Option<&'static str> {
        self.players.get(session).copied()
    }

    /// From now on this one puts the questions; returns who did before.
    pub(crate) fn gives_word_to(&mut self, speaker: Option<&'static str>) -> Option<&'static str> {
        std::mem::replace(&mut self.speaker, speaker)
    }

    /// Somebody works something out.
    pub(crate) fn thinks(&mut self, by: &str, words: impl Into<String>) {
        self.turns.push(Turn { by: by.to_owned(), to: None, says: words.into(), answer: None });
    }

    /// A question, as it stands on the wire, and what came back.
    pub(crate) fn hears(&mut self, session: &str, question: &str, answer: &Came<'_>) {
        let Some(to) = self.player(session) else { return };
        let question: Value = serde_json::from_str(question).unwrap_or_default();
        let operation = question.get("op").and_then(Value::as_str).unwrap_or_default();
        let values = question.get("params").map(values).unwrap_or_default();
        let says = [operation, &values].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let by = self.speaker.unwrap_or_else(|| asks(operation)).to_owned();
        let answer = Some(answer.words());
        self.turns.push(Turn { by, to: Some(to.to_owned()), says: says.join(" "), answer });
    }

    /// How far the story has come.
    pub(crate) fn place(&self) -> usize {
        self.turns.len()
    }

    /// What was told since this place goes without saying: words in its stead.
    pub(crate) fn sums_up(&mut self, place: usize, by: &str, words: impl Into<String>) {
        self.turns.truncate(place);
        self.thinks(by, words);
    }

    /// What was told so far.
    pub fn into_turns(self) -> Vec<Turn> {
        self.turns
    }
}

/// What came back, as far as a trace tells it.
pub(crate) enum Came<'a> {
    /// A result, as JSON.
    Result(&'a str),
    /// Anything else, in words.
    Words(&'a str),
}

impl Came<'_> {
    fn words(&self) -> String {
        match self {
            Came::Words(words) => (*words).to_owned(),
            Came::Result(result) => match serde_json::from_str(result).as_ref().map(values) {
                Ok(values) if !values.is_empty() => format!("accepted: {values}"),
                _ => "accepted".to_owned(),
            },
        }
    }
}

/// Who asks this in an honest flow.
fn asks(operation: &str) -> &'static str {
    match operation {
        "client.activate_license" | "client.activate_instance" | "client.open" | "client.deactivate" => {
            "bank's server"
        }
        "client.dispatch" => "an app",
        "server.verify_device_code"
        | "server.verify_message_signature"
        | "server.verify_response"
        | "server.process_information"
        | "server.login_retrieve"
        | "server.login_approve"
        | "server.login_reject" => "phone",
        "server.login_start" | "server.login_cancel" | "server.login_status" => "website",
        _ if operation.starts_with("server.") => "bank",
        _ => "user",
    }
}

/// The members of an object, `name=value`; random fields are the harness's own affair.
fn values(object: &Value) -> String {
    let Some(members) = object.as_object() else { return cut(&object.to_string()) };
    let members = members.iter().filter(|(name, _)| *name != "random");
    let member = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={}", cut(text)),
        other => format!("{name}={}", cut(&other.to_string())),
    };
    members.map(member).collect::<Vec<_>>().join(" ")
}

/// The beginning and the end of a long text, and how long it is.
fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= WHOLE {
        return text.to_owned();
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(length.saturating_sub(TAIL)).collect();
    format!("{head}…{tail} ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &str = r#"{"seq":1,"op":"client.open","session":"c","params":{"message":"00C2C3E40F42B83031323334353637C3E40F42B83031","carrier":"direct","random":{"x":1}}}"#;

    #[test]
    fn a_turn_says_who_says_what_to_whom() {
        let mut trace = Story::default();
        trace.hears("c", QUESTION, &Came::Result("{}"));
        trace.casts("c", "user's phone");
        trace.hears("c", QUESTION, &Came::Result(r#"{"serial":"VDS1000120","sequence":1}"#));
        let before = trace.gives_word_to(Some("attacker"));
        trace.thinks("attacker", "changes the amount");
        trace.hears("c", QUESTION, &Came::Words("refused with corrupted"));
        trace.gives_word_to(before);
        trace.hears("c", r#"{"op":"client.sign","params":{}}"#, &Came::Result("{}"));
        let turns: Vec<_> = trace.into_turns().iter().map(Turn::to_string).collect();
        assert_eq!(
            turns,
            [
                "bank's server → user's phone: client.open carrier=direct message=00C2C3E40F42B8303132…42B83031 (44 characters) → accepted: sequence=1 serial=VDS1000120",
                "attacker: changes the amount",
                "attacker → user's phone: client.open carrier=direct message=00C2C3E40F42B8303132…42B83031 (44 characters) → refused with corrupted",
                "user → user's phone: client.sign → accepted",
            ]
        );
    }
}
