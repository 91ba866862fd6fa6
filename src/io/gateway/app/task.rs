//! What the page tells a person to do, and what that person can say came of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rehearsal::Step;
use super::want::{Display, Picture, Want};
use carrier::symbol::Symbol;
use channel::class::Class;

/// One thing to do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Task {
    /// For a script in a person's place.
    kind: &'static str,
    /// In a few words.
    title: String,
    /// In a sentence or two.
    words: String,
    /// What is scanned, drawn.
    picture: Option<String>,
    /// What is scanned, as text.
    message: Option<String>,
    /// What is followed.
    link: Option<String>,
    /// What is typed into the app.
    data: Vec<String>,
    /// What the app must show, as heads and texts.
    shown: Vec<(String, String)>,
    /// What is typed into the page, if something is.
    field: Option<&'static str>,
    /// What else may have come of it.
    answers: Vec<(Saw, &'static str)>,
    /// Why the app may have refused, as far as it says.
    reasons: Vec<(Reason, &'static str)>,
    /// Whether it is over when the app calls back.
    #[serde(skip)]
    pub(super) ends_with_call: bool,
    /// Whether the app should call back, so that its call is waited for a little.
    #[serde(skip)]
    pub(super) expects_call: bool,
}

/// What a person saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Saw {
    /// It is done.
    Done,
    /// The app shows just this.
    Shown,
    /// It shows something else, or something where nothing should be.
    Other,
    /// Nothing came of it.
    Nothing,
    /// A code, which is typed in.
    Code,
    /// The app refused.
    Refused,
    /// The app ended.
    Crashed,
    /// The person can't tell.
    Unsure,
}

/// Why an app refused, as far as it says. It is as fine as the published numbers of errors, not as the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// It is for another authenticator.
    NotMine,
    /// It is no message, a damaged one, or none that this version or application takes.
    Wrong,
    /// Nothing is activated.
    NotActivated,
    /// Too many wrong PINs.
    Locked,
    /// The PIN was wrong.
    Pin,
    /// It doesn't take these data.
    Data,
    /// It has no such application.
    Application,
    /// It doesn't say.
    Unsaid,
}

impl Reason {
    /// Whether an app that refuses by this class says so.
    fn says(self, class: Class) -> bool {
        match self {
            Self::Pin => class == Class::WrongPin,
            Self::Locked => class == Class::Locked,
            Self::Data => class == Class::BadData,
            Self::Application => class == Class::BadApplication,
            Self::NotMine => class.app_to_app() == Some(6),
            Self::NotActivated => class.app_to_app() == Some(4),
            Self::Wrong => matches!(class.app_to_app(), Some(5 | 7)),
            Self::Unsaid => false,
        }
    }

    /// The class: the one that is right, where this says no other. Nothing, where it says nothing.
    pub(super) fn class(self, right: Option<Class>) -> Option<Class> {
        let says = |class: &Class| self.says(*class);
        right.filter(says).or_else(|| Class::all().find(says))
    }
}

const OF_A_PICTURE: [(Reason, &str); 5] = [
    (Reason::NotMine, "It is for another authenticator, or not activated here"),
    (Reason::Wrong, "It is invalid, damaged, or not for this app"),
    (Reason::NotActivated, "The app is not activated"),
    (Reason::Locked, "The app is blocked"),
    (Reason::Unsaid, "It doesn't say why"),
];
const OF_A_DECISION: [(Reason, &str); 3] = [
    (Reason::Pin, "The PIN is wrong"),
    (Reason::Locked, "The app is blocked"),
    (Reason::Unsaid, "It doesn't say why"),
];
const OF_A_RESPONSE: [(Reason, &str); 5] = [
    (Reason::Pin, "The PIN is wrong"),
    (Reason::Data, "It doesn't take this data"),
    (Reason::Application, "It has no such application"),
    (Reason::Locked, "The app is blocked"),
    (Reason::Unsaid, "It doesn't say why"),
];

impl Task {
    fn new(kind: &'static str, title: &str, words: &str) -> Self {
        Self {
            kind,
            title: title.to_owned(),
            words: words.to_owned(),
            picture: None,
            message: None,
            link: None,
            data: Vec::new(),
            shown: Vec::new(),
            field: None,
            answers: Vec::new(),
            reasons: Vec::new(),
            ends_with_call: false,
            expects_call: false,
        }
    }

    fn or(mut self, saw: Saw, words: &'static str) -> Self {
        self.answers.push((saw, words));
        self
    }

    fn scans(self, message: String) -> Self {
        let picture = Symbol::write(&message).ok().map(|symbol| symbol.to_svg());
        Self { picture, message: Some(message), ..self }
    }

    fn types(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    fn refuses(self, reasons: &[(Reason, &'static str)]) -> Self {
        Self { reasons: reasons.to_vec(), ..self }.or(Saw::Refused, "The app refuses it")
    }

    fn calls(self, ends_with_call: bool, expects_call: bool) -> Self {
        Self { ends_with_call, expects_call, ..self }
    }

    /// Whether a person can say this of it.
    pub(super) fn can_be(&self, saw: Saw) -> bool {
        match saw {
            Saw::Crashed | Saw::Unsure => true,
            Saw::Code => self.field.is_some(),
            saw => self.answers.iter().any(|(known, _)| *known == saw),
        }
    }

    /// An app without accounts.
    pub(super) fn fresh() -> Self {
        let words =
            "Remove the account of the last activation, or the app's data: the app begins without accounts.";
        Self::new("empty", "Begin with an empty app", words).or(Saw::Done, "It has no accounts")
    }

    /// What a case leaves open.
    pub(super) fn clear() -> Self {
        Self::new("clear", "Clear the display", "The case is over. Leave what the app still shows.")
            .or(Saw::Done, "Nothing is on display")
    }

    /// What a question wants; nothing, where nobody is asked.
    pub(super) fn of(want: &Want, display: Display, right: Option<&Step>) -> Option<Self> {
        let ok = right.and_then(|step| step.ok.as_ref());
        let has = |member: &str| ok.and_then(|ok| ok.get(member)).is_some_and(|value| !value.is_null());
        Some(match want {
            Want::Nothing | Want::StillNothing => return None,
            Want::Fresh => Self::fresh(),
            Want::Scan(picture, message) => scan(*picture, message.clone(), ok, has("callback")),
            Want::Follow(url) => {
                let task = Self::new(
                    "follow",
                    "Follow the link",
                    "Open it on the device that has the app: it calls the app.",
                );
                let task = Self { link: Some(url.clone()), ..task.scans(url.clone()) };
                Self { message: None, ..task.shows(ok.and_then(|ok| ok.get("opened"))) }
                    .or(Saw::Nothing, "Nothing is shown, nobody is called")
                    .calls(true, has("callback"))
            }
            Want::Decide { approves, right_pin } => decide(*approves, *right_pin, display),
            Want::LookForMore => {
                let words =
                    "Nothing should be on display. Look whether the app still offers something to approve.";
                Self::new("look", "Look at the app", words)
                    .or(Saw::Done, "There is nothing to approve")
                    .or(Saw::Other, "Something can be approved")
            }
            Want::Leave => Self::new("leave", "Leave the message", "Go back in the app, without a decision.")
                .or(Saw::Done, "It is gone")
                .calls(display == Display::Called, has("callback")),
            Want::Respond { application, data, is_challenge, right_pin } => {
                respond(*application, data, *is_challenge, *right_pin)
            }
            Want::Remove => Self::new("remove", "Remove the account", "In the app, by its own way to do so.")
                .or(Saw::Done, "It is gone")
                .calls(false, has("callback")),
        })
    }

    /// What the app must show; where it should show nothing, whether it does.
    fn shows(self, opened: Option<&Value>) -> Self {
        let shown = opened.and_then(|opened| opened.get("content")).map(heads_and_texts).unwrap_or_default();
        match shown.is_empty() {
            true => self.or(Saw::Other, "It shows a message to approve"),
            false => Self { shown, ..self }
                .or(Saw::Shown, "It shows just this")
                .or(Saw::Other, "It shows something else"),
        }
    }
}

fn scan(picture: Picture, message: String, ok: Option<&Value>, expects_call: bool) -> Task {
    let task = match picture {
        Picture::License => {
            let words = "With the app's activation. It answers with a device code.";
            Task::new("scan-license", "Scan the activation message", words).types("Device code")
        }
        Picture::Instance => {
            let words = "The second step of the activation. Choose a PIN if the app asks for one; it answers with a signature.";
            Task::new("scan-instance", "Scan the second message", words).types("Signature")
        }
        Picture::Request => Task::new(
            "scan-request",
            "Scan the transaction",
            "Compare what the app shows, and don't decide yet.",
        )
        .shows(ok),
        Picture::Deactivation => {
            Task::new("scan-deactivation", "Scan the deactivation", "It takes this account out of the app.")
                .or(Saw::Done, "The account is gone")
        }
    };
    task.scans(message).refuses(&OF_A_PICTURE).calls(false, expects_call)
}

fn decide(approves: bool, right_pin: bool, display: Display) -> Task {
    let is_called = display == Display::Called;
    let task = match (approves, right_pin) {
        (true, true) => Task::new("approve", "Approve", "With your PIN, or by a fingerprint."),
        (true, false) => {
            Task::new("approve-wrongly", "Approve with a wrong PIN", "Type a PIN that is not yours, once.")
        }
        (false, _) => Task::new("reject", "Reject", "In the app."),
    };
    let task = match (is_called, approves) {
        (true, _) => task.or(Saw::Nothing, "It is closed, nobody is called"),
        (false, true) => task.types("Signature"),
        (false, false) => {
            task.types("Signature, if it shows one").or(Saw::Done, "It is closed, without a signature")
        }
    };
    task.refuses(&OF_A_DECISION).calls(is_called, is_called && right_pin)
}

fn respond(application: u32, data: &[String], is_challenge: bool, right_pin: bool) -> Task {
    let over = match data {
        [] => "over nothing",
        _ if is_challenge => "over this challenge",
        [_] => "over this field",
        _ => "over these fields, in this order",
    };
    let pin = if right_pin { "" } else { " Type a PIN that is not yours, once." };
    let words = format!("By application {application}, {over}.{pin}");
    let task = Task::new("respond", "Make a one-time password", &words).types("One-time password");
    Task { data: data.to_vec(), ..task }.refuses(&OF_A_RESPONSE)
}

/// What stands on a display: a head, which may be empty, and a text.
fn heads_and_texts(content: &Value) -> Vec<(String, String)> {
    let text = |member: &str| content.get(member).and_then(Value::as_str).map(str::to_owned);
    let named = [
        ("Title", "title"),
        ("Challenge", "challenge"),
        ("Text", "text"),
        ("Challenge key", "challenge_key"),
        ("Service", "service"),
        ("User", "user"),
        ("Domain", "domain"),
    ];
    let items = content.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(|item| {
        let [key, value] = item.as_array()?.as_slice() else { return None };
        Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))
    });
    let named = named.into_iter().filter_map(|(head, member)| Some((head.to_owned(), text(member)?)));
    named.chain(items).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_as_fine_as_the_published_numbers() {
        for (reason, right, class) in [
            (Reason::Wrong, Some(Class::BadBody), Some(Class::BadBody)),
            (Reason::Wrong, Some(Class::WrongAccount), Some(Class::BadHex)),
            (Reason::NotMine, Some(Class::WrongAccount), Some(Class::WrongAccount)),
            (Reason::NotMine, Some(Class::Corrupted), Some(Class::WrongAccount)),
            (Reason::Locked, Some(Class::WrongPin), Some(Class::Locked)),
            (Reason::Pin, Some(Class::WrongPin), Some(Class::WrongPin)),
            (Reason::Pin, None, Some(Class::WrongPin)),
            (Reason::Unsaid, Some(Class::Corrupted), None),
        ] {
            assert_eq!(reason.class(right), class, "{reason:?} {right:?}");
        }
    }

    #[test]
    fn a_person_can_only_say_what_can_come_of_a_task() {
        let can = |want: &Want, saw| Task::of(want, Display::Empty, None).unwrap().can_be(saw);
        let license = Want::Scan(Picture::License, "00".into());
        let request = Want::Scan(Picture::Request, "00".into());
        for (want, saw, expected) in [
            (&Want::Fresh, Saw::Done, true),
            (&Want::Fresh, Saw::Code, false),
            (&license, Saw::Code, true),
            (&license, Saw::Refused, true),
            (&license, Saw::Shown, false),
            // Nothing should be shown, so nobody can say that just that is.
            (&request, Saw::Shown, false),
            (&request, Saw::Other, true),
            (&request, Saw::Unsure, true),
        ] {
            assert_eq!(can(want, saw), expected, "{want:?} {saw:?}");
        }
        assert!(Task::of(&Want::Nothing, Display::Empty, None).is_none());
    }
}
