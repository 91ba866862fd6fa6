//! Faults of app-to-app: URLs, callbacks, masks, the order of errors.

use serde_json::Value;

use super::faulty::{Fault, Faulty, around, inside, op_of, parsed};
use channel::text::percent;

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside("callback-decoded-once", "A2A-7", "decodes callbacks once", "callback-decoded-once"),
    inside("callback-decoded-thrice", "A2A-7", "decodes callbacks three times", "callback-decoded-thrice"),
    inside("callback-plus-is-blank", "A2A-7", "decodes callbacks as a form", "callback-plus-is-blank"),
    inside("percent-plus-is-blank", "A2A-26", "decodes as a form", "percent-plus-is-blank"),
    around("splits-after-decoding", "A2A-3", "has the query decoded before it splits it", splits_decoded),
    inside("names-in-lower-case-only", "A2A-3", "looks for names in lower case", "names-in-lower-case-only"),
    inside("android-scheme-in-any-case", "A2A-2", "takes any case on android", "android-scheme-in-any-case"),
    inside("ios-scheme-exact", "A2A-2", "takes the exact case on ios", "ios-scheme-exact"),
    inside("action-exact", "A2A-2", "takes the action in lower case alone", "action-exact"),
    inside("white-list-by-prefix", "A2A-10", "lists what begins with a template", "white-list-by-prefix"),
    inside("white-list-in-any-case", "A2A-10", "lists templates in any case", "white-list-in-any-case"),
    inside("masks-replaced-twice", "A2A-20", "searches what it has replaced", "masks-replaced-twice"),
    inside("values-not-encoded", "A2A-20", "puts values in as they are", "values-not-encoded"),
    inside("masks-in-any-case", "A2A-33", "replaces masks in any case", "masks-in-any-case"),
    inside(
        "device-identifier-on-ios",
        "A2A-19",
        "tells the device identifier on ios",
        "device-identifier-on-ios",
    ),
    inside("errors-name-no-account", "A2A-31", "leaves the account out of errors", "errors-name-no-account"),
    inside("error-code-last", "A2A-14", "puts the number after the fragment", "error-code-last"),
    inside("error-code-after-mark", "A2A-14", "always puts ? before the number", "error-code-after-mark"),
    inside("error-code-always-linked", "A2A-14", "puts & after & and ?", "error-code-always-linked"),
    inside(
        "message-before-activation",
        "A2A-12",
        "looks at the message before it looks for accounts",
        "message-before-activation",
    ),
    inside("locked-comes-last", "A2A-12", "opens messages of locked accounts", "locked-comes-last"),
    inside(
        "calls-what-is-not-listed",
        "A2A-13",
        "calls an x-error that is not on the list",
        "calls-what-is-not-listed",
    ),
    inside(
        "failed-dispatch-closes",
        "A2A-15",
        "closes the opened message on an error",
        "failed-dispatch-closes",
    ),
    inside("cancels-on-approval", "A2A-17", "calls x-cancel with the signature", "cancels-on-approval"),
    inside(
        "locked-answer-stays-open",
        "A2A-18",
        "leaves the message open when the account is locked",
        "locked-answer-stays-open",
    ),
    inside("builds-encoded-once", "A2A-21", "encodes callbacks once", "builds-encoded-once"),
    inside("builds-message-as-given", "A2A-21", "leaves the message in its case", "builds-message-as-given"),
    inside("reads-success-first", "A2A-23", "takes an error for a success", "reads-success-first"),
    inside("tells-no-state", "A2A-29", "leaves the state out of every callback", "tells-no-state"),
    inside("errors-tell-no-state", "A2A-29", "leaves the state out of errors", "errors-tell-no-state"),
    around(
        "ends-calls-silently",
        "A2A-30",
        "calls nobody back where something else than the user's answer ends a call",
        ends_silently,
    ),
    around("builds-state-before-message", "A2A-21", "writes the state before the message", state_first),
    around("parses-no-state", "A2A-27", "tells no state of a URL", parses_no_state),
    around("escapes-in-lower-case", "A2A-21", "writes escapes in lower case", escapes_in_lower_case),
    around("reads-values-encoded", "A2A-23", "tells values as they stand in the URL", values_encoded),
];

/// The checks that the reference can leave out.
pub(super) const SKIPS: &[(&str, &str)] = &[
    ("skips-A2A-1", "A2A-1"),
    ("skips-A2A-4", "A2A-4"),
    ("skips-A2A-5", "A2A-5"),
    ("skips-A2A-6", "A2A-6"),
    ("skips-A2A-7", "A2A-7"),
    ("skips-A2A-8", "A2A-8"),
    ("skips-A2A-9", "A2A-9"),
    ("skips-A2A-10", "A2A-10"),
    ("skips-A2A-11", "A2A-11"),
    ("skips-A2A-16", "A2A-16"),
    ("skips-A2A-22", "A2A-22"),
    ("skips-A2A-24", "A2A-24"),
    ("skips-A2A-25", "A2A-25"),
    ("skips-A2A-26", "A2A-26"),
    ("skips-A2A-27", "A2A-27"),
    ("skips-A2A-28", "A2A-28"),
];

/// The same question with the URL's escapes decoded once.
fn splits_decoded(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut question = parsed(question);
    if op_of(&question) == "app2app.parse"
        && let Some(url) = question.pointer_mut("/params/url")
        && let Some(decoded) = url.as_str().and_then(|url| percent::decode(url).ok())
    {
        *url = Value::String(decoded);
        return Some(faulty.engine.answer(question.to_string().as_bytes()));
    }
    Some(answer)
}

fn escapes_in_lower_case(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(Value::String(url)) = answer.pointer_mut("/ok/url") {
        *url = url.replace("%253A", "%253a").replace("%252F", "%252f");
    }
    Some(answer.to_string().into_bytes())
}

fn ends_silently(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    let op = op_of(&parsed(question));
    if op != "client.dispatch"
        && op != "client.answer"
        && let Some(callback) = answer.pointer_mut("/ok/callback")
    {
        *callback = Value::Null;
    }
    Some(answer.to_string().into_bytes())
}

fn state_first(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(Value::String(url)) = answer.pointer_mut("/ok/url")
        && let Some((before, message)) = url.split_once("&secure_message=")
        && let Some((message, state)) = message.split_once("&state=")
    {
        *url = format!("{before}&state={state}&secure_message={message}");
    }
    Some(answer.to_string().into_bytes())
}

fn parses_no_state(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if op_of(&parsed(question)) == "app2app.parse"
        && let Some(state) = answer.pointer_mut("/ok/state")
    {
        *state = Value::Null;
    }
    Some(answer.to_string().into_bytes())
}

fn values_encoded(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if op_of(&parsed(question)) == "app2app.read"
        && let Some(values) = answer.pointer_mut("/ok/values").and_then(Value::as_object_mut)
    {
        for value in values.values_mut() {
            let mut encoded = String::new();
            percent::encode(value.as_str().unwrap_or_default(), &mut encoded);
            *value = Value::String(encoded);
        }
    }
    Some(answer.to_string().into_bytes())
}
