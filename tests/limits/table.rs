//! The limits: what is measured, the last that is allowed and the first that is refused, and how it is measured.

use channel::bytes::Wire;
use channel::crypto::oath::suite::Suite;
use channel::server::Floor;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::StaticVector;
use harness::spec::order::Row;
use serde_json::{Value, json};

use crate::asked::{Asked, number, serial_of};

type Measure = fn(&Asked<'_>) -> Vec<i128>;

/// A limit on one side.
pub(crate) struct Limit {
    /// What refuses beyond it: in some operations it is another requirement that tells it.
    pub(crate) rules: &'static [&'static str],
    pub(crate) what: &'static str,
    pub(crate) last: i128,
    pub(crate) first: i128,
    /// Operations that have it; none named: all that ask the first of the rules.
    only: &'static [&'static str],
    pub(crate) measure: Measure,
}

impl Limit {
    pub(crate) fn is_of(&self, op: &str, row: &Row) -> bool {
        let asks = row.rules().iter().any(|rule| self.rules.contains(rule));
        asks && (self.only.is_empty() || self.only.contains(&op))
    }

    /// Whether an answer shows that the limit was met: accepted, or refused by what is asked later and shows it.
    pub(crate) fn is_met(&self, row: &Row, by: Option<&str>) -> bool {
        let Some(by) = by else { return true };
        let rules = row.rules();
        let place = |id: &str| rules.iter().position(|rule| *rule == id);
        let own: Vec<_> = self.rules.iter().filter(|rule| rules.contains(rule)).collect();
        let first = own.iter().filter_map(|rule| place(rule)).min();
        place(by).is_some_and(|at| Some(at) > first)
            && own.iter().all(|rule| row.shows(rule).0 != row.shows(by).0)
    }
}

const fn most(rules: &'static [&'static str], what: &'static str, last: i128, measure: Measure) -> Limit {
    Limit { rules, what, last, first: last + 1, only: &[], measure }
}

const fn least(rules: &'static [&'static str], what: &'static str, last: i128, measure: Measure) -> Limit {
    Limit { rules, what, last, first: last - 1, only: &[], measure }
}

impl Limit {
    const fn of(self, only: &'static [&'static str]) -> Self {
        Self { only, ..self }
    }
}

// --- measures ---

fn one(n: Option<i128>) -> Vec<i128> {
    n.into_iter().collect()
}

fn length(n: usize) -> i128 {
    i128::try_from(n).unwrap()
}

fn chars(text: &str) -> i128 {
    length(text.chars().count())
}

fn frame_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.frame().map(|frame| length(frame.len())))
}

/// The characters of the prefix, as numbers, where the others are right.
fn prefix(a: &Asked<'_>) -> Vec<i128> {
    let five: Option<Vec<u8>> = match a.op {
        "client.load" => a.loaded().map(|saved| saved.field("0/serial").to_vec()),
        "client.single_load" | "server.single_load" => a.content().map(|c| c.field("serial").to_vec()),
        "client.single_activate_online" => plain_content(a).and_then(|c| Some(c.get(..5)?.to_vec())),
        _ => a.frame().and_then(|frame| Some(frame.get(2..7)?.to_vec())),
    };
    let p = five.as_ref().and_then(|five| five.get(..2)).map(number);
    one(p.filter(|p| *p < 64_000)).into_iter().flat_map(|p| [p / 1600, p / 40 % 40, p % 40]).collect()
}

fn suffix(a: &Asked<'_>) -> Vec<i128> {
    let five: Option<Vec<u8>> = match a.op {
        "client.load" => a.loaded().map(|saved| saved.field("0/serial").to_vec()),
        "client.single_load" | "server.single_load" => a.content().map(|c| c.field("serial").to_vec()),
        "client.single_activate_online" => plain_content(a).and_then(|c| Some(c.get(..5)?.to_vec())),
        _ => a.frame().and_then(|frame| Some(frame.get(2..7)?.to_vec())),
    };
    one(five.as_ref().and_then(|five| five.get(2..5)).map(number))
}

/// Full activation data's content, plain or opened.
pub(crate) fn plain_content(a: &Asked<'_>) -> Option<Vec<u8>> {
    use channel::crypto::{gcm::Gcm, keys::Key, single::full_activation};
    let data = a.bytes("data")?;
    let (head, rest) = data.split_first_chunk::<5>()?;
    match a.bytes("shared_secret") {
        None => Some(rest.get(..rest.len().checked_sub(8)?)?.to_vec()),
        Some(secret) => {
            let (nonce, sealed) = rest.split_first_chunk::<12>()?;
            let mut content = sealed.get(..sealed.len().checked_sub(16)?)?.to_vec();
            let key = full_activation(&Key::new(secret.try_into().ok()?));
            Gcm::sealing(&key).seal(nonce, head, &mut content);
            Some(content)
        }
    }
}

fn vector_length(a: &Asked<'_>) -> Vec<i128> {
    a.vectors().iter().map(|vector| length(vector.len())).collect()
}

/// The value of the first record with this tag in each vector, as its bytes.
fn record(a: &Asked<'_>, tag: u8) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for vector in a.vectors() {
        let mut rest = vector.get(4..).unwrap_or_default();
        while let [kind, length, behind @ ..] = rest {
            let Some((value, behind)) = behind.split_at_checked(usize::from(*length)) else { break };
            if *kind == tag {
                found.push(value.to_vec());
            }
            rest = behind;
        }
    }
    found
}

fn at(a: &Asked<'_>, tag: u8, place: usize) -> Vec<i128> {
    record(a, tag).iter().filter_map(|value| Some(i128::from(*value.get(place)?))).collect()
}

/// A byte of applications whose factor has time, or whose factor is the event.
fn step(a: &Asked<'_>, time: bool) -> Vec<i128> {
    let all = record(a, 0x10);
    let fits = all.iter().filter(|value| value.get(4).is_some_and(|factor| (*factor != 2) == time));
    fits.filter_map(|value| Some(number(value.get(5..7)?))).collect()
}

fn data_fields(a: &Asked<'_>, of: fn(i128, i128) -> i128) -> Vec<i128> {
    let all = record(a, 0x10);
    let pairs = all.iter().flat_map(|value| value.get(19..).unwrap_or_default().chunks_exact(2));
    pairs.map(|pair| of(pair[0].into(), pair[1].into())).collect()
}

/// The response length of applications of this algorithm.
fn response_length(a: &Asked<'_>, algorithms: &[u8]) -> Vec<i128> {
    let all = record(a, 0x10);
    let fits = all.iter().filter(|value| value.get(3).is_some_and(|a| algorithms.contains(a)));
    fits.filter_map(|value| Some(i128::from(*value.get(7)?))).collect()
}

fn body_length(a: &Asked<'_>, kind: u16) -> Vec<i128> {
    let plain = a.plain().filter(|plain| plain.word >> 6 & 0x3F == kind);
    one(plain.map(|plain| length(plain.body.len())))
}

fn body_at(a: &Asked<'_>, kind: u16, place: usize) -> Vec<i128> {
    let plain = a.plain().filter(|plain| plain.word >> 6 & 0x3F == kind);
    one(plain.and_then(|plain| Some(i128::from(*plain.body.get(place)?))))
}

/// A request in clear: format, and what stands behind the control field.
fn request<'a>(a: &'a Asked<'_>) -> Option<(u16, u16, &'a [u8])> {
    let body = a.body().filter(|_| a.plain().is_some_and(|plain| plain.word >> 6 & 0x3F == 3))?;
    let control = u16::from_be_bytes([*body.first()?, *body.get(1)?]);
    Some((control, control >> 4 & 3, body.get(2..)?))
}

/// The strings of a request, as far as they are whole; the number of items behind the title of a list.
fn strings<'a>(a: &'a Asked<'_>) -> Vec<&'a [u8]> {
    let Some((_, format, mut rest)) = request(a) else { return Vec::new() };
    let mut found = Vec::new();
    if format == 3 {
        return found;
    }
    while let [length, behind @ ..] = rest {
        let Some((string, behind)) = behind.split_at_checked(usize::from(*length)) else { break };
        found.push(string);
        rest = match (found.len(), format, behind) {
            (1, 0, [_, behind @ ..]) => behind,
            (1, 2, _) => break,
            _ => behind,
        };
    }
    found
}

fn behind_title<'a>(a: &'a Asked<'_>, wanted: u16) -> Option<&'a [u8]> {
    let (_, format, rest) = request(a)?;
    let (title, rest) = rest.split_first().filter(|_| format == wanted)?;
    rest.get(usize::from(*title)..)
}

/// Strings of the content that the server is asked to send.
fn content(a: &Asked<'_>, names: &[&str]) -> Vec<i128> {
    let Some(content) = a.params.get("content").or(Some(a.params)) else { return Vec::new() };
    let latin = a.text("charset") == Some("iso-8859-15");
    let of = |text: &str| if latin { chars(text) } else { length(text.len()) };
    let own = names.iter().filter_map(|name| content.get(name)?.as_str()).map(of);
    let items = content.get("items").and_then(Value::as_array).into_iter().flatten();
    let place = |name: &&&str| match **name {
        "key" => Some(0),
        "value" => Some(1),
        _ => None,
    };
    let items = items.flat_map(|item| names.iter().filter_map(move |name| item.get(place(&name)?)?.as_str()));
    own.chain(items.map(of)).collect()
}

/// The length of the body that the server would make.
fn sent_body(a: &Asked<'_>, carrier: &str) -> Vec<i128> {
    let is_login = a.op == "server.login_start";
    if a.text("carrier").unwrap_or("gateway") != carrier {
        return Vec::new();
    }
    let content = if is_login { a.params } else { &a.params["content"] };
    let of = |text: &str| {
        if a.text("charset") == Some("iso-8859-15") { chars(text) } else { length(text.len()) }
    };
    let text = |name: &str| content.get(name).and_then(Value::as_str).map_or(0, of);
    let format = if is_login { "login" } else { content["format"].as_str().unwrap_or_default() };
    one(match format {
        "list" => {
            let items = content["items"].as_array().into_iter().flatten();
            let items = items.flat_map(|item| item.as_array().into_iter().flatten());
            let items: i128 = items.filter_map(Value::as_str).map(|text| 1 + of(text)).sum();
            Some(2 + 1 + text("title") + 1 + items)
        }
        "challenge" => Some(2 + 1 + text("title") + 1 + text("challenge")),
        "free-text" => Some(2 + 1 + text("title") + 2 + text("text")),
        "login" => Some(2 + 2 + 6 + text("service") + 3 + text("user") + 1 + text("domain")),
        _ => None,
    })
}

/// The data that a response is over: of the question, or of both of two.
fn data<'a>(a: &'a Asked<'_>) -> Vec<&'a Value> {
    let own = a.params.get("data").into_iter();
    own.chain(["/first/data", "/second/data"].iter().filter_map(|place| a.params.pointer(place))).collect()
}

/// Characters of a challenge, wherever it stands; those in it that are no digits make it none.
fn challenge(a: &Asked<'_>) -> Vec<i128> {
    let own = data(a).into_iter().filter_map(|data| data.get("challenge"));
    let plain = a.params.get("challenge").into_iter();
    let asked = a.params.pointer("/content/challenge").into_iter();
    let texts = own.chain(plain).chain(asked).filter_map(Value::as_str);
    let mut found: Vec<i128> =
        texts.filter(|text| text.bytes().all(|c| c.is_ascii_digit())).map(chars).collect();
    found.extend(behind_title(a, 1).and_then(|rest| {
        let (said, rest) = rest.split_first()?;
        let digits = rest.iter().all(|c| c.is_ascii_digit()) && rest.len() == usize::from(*said);
        digits.then_some(i128::from(*said))
    }));
    found
}

/// The application that a question names, as the license or account has it.
fn rules(a: &Asked<'_>) -> Option<channel::wire::static_vector::ApplicationRules> {
    let index = u8::try_from(a.number("application")?).ok()?;
    a.vector()?.application(index).cloned()
}

fn fields<'a>(a: &'a Asked<'_>) -> Vec<Vec<&'a str>> {
    let all = data(a).into_iter().filter_map(|data| data.get("fields")?.as_array());
    all.map(|fields| fields.iter().filter_map(Value::as_str).collect()).collect()
}

fn field_count(a: &Asked<'_>) -> Vec<i128> {
    let Some(wanted) = rules(a).map(|rules| rules.data_fields.len()) else { return Vec::new() };
    fields(a).iter().filter(|_| wanted > 0).map(|fields| length(fields.len()) - length(wanted)).collect()
}

/// Against the field's most, or its least where that is above 0.
fn field_length(a: &Asked<'_>, least: bool) -> Vec<i128> {
    let Some(rules) = rules(a) else { return Vec::new() };
    let right = fields(a).into_iter().filter(|fields| fields.len() == rules.data_fields.len());
    let pairs =
        right.flat_map(|fields| fields.into_iter().zip(rules.data_fields.clone()).collect::<Vec<_>>());
    let pairs = pairs.filter(|(_, (minimum, _))| !least || *minimum > 0);
    pairs
        .map(|(text, (minimum, maximum))| chars(text) - i128::from(if least { minimum } else { maximum }))
        .collect()
}

fn field_character(a: &Asked<'_>) -> Vec<i128> {
    fields(a).concat().iter().flat_map(|text| text.chars()).map(|c| i128::from(u32::from(c))).collect()
}

/// A challenge of an application of algorithm 4 against the most that its suite takes.
fn question_length(a: &Asked<'_>) -> Vec<i128> {
    use channel::crypto::answer::Algorithm;
    let Some(rules) = rules(a) else { return Vec::new() };
    let Algorithm::Ocra(suite) = &rules.algorithm else { return Vec::new() };
    let xx = xx_of(suite.text());
    data(a)
        .iter()
        .filter_map(|data| data.get("challenge")?.as_str())
        .filter_map(|text| Some(chars(text) - xx?))
        .collect()
}

/// xx of `Qfxx`.
fn xx_of(suite: &str) -> Option<i128> {
    let at = suite.rfind('Q')?;
    suite.get(at + 2..at + 4)?.parse().ok()
}

/// What is issued: the message counter last used.
fn last_counter(a: &Asked<'_>) -> Vec<i128> {
    let mut last: Option<i128> = None;
    for (op, params, result) in &a.past.steps {
        let counter = |result: &Value| {
            let message = result.get("message")?.as_str()?;
            i128::from_str_radix(message.get(22..30)?, 16).ok()
        };
        match *op {
            "server.create" => last = params.get("last_counter").and_then(Value::as_u64).map(i128::from),
            "server.import" => last = Some(0),
            "server.restored" => last = last.map(|last| (last + 1_048_576).min(u32::MAX.into())),
            "server.generate_activation2"
            | "server.generate_request"
            | "server.generate_deactivation"
            | "server.login_start"
            | "server.login_retrieve" => last = counter(result).max(last),
            _ => {}
        }
    }
    one(last)
}

/// The next sequence number against the threshold.
fn next_sequence(a: &Asked<'_>) -> Vec<i128> {
    let all = a.past.steps.iter();
    let known = all.filter_map(|(op, params, result)| match *op {
        "server.generate_activation2" => result.get("sequence")?.as_u64(),
        "server.restored" => params.get("highest_sequence")?.as_u64(),
        _ => None,
    });
    let next = i128::from(known.max().unwrap_or(0)) + 1;
    one(a.made_number("threshold").map(|threshold| next - threshold))
}

/// The time of the latest AM1.
fn last_am1(a: &Asked<'_>) -> Vec<i128> {
    let times = a.past.steps.iter().filter(|(op, ..)| *op == "server.generate_activation1");
    let times = times.filter_map(|(_, _, result)| {
        i128::from_str_radix(result.get("message")?.as_str()?.get(32..40)?, 16).ok()
    });
    one(times.max())
}

fn code_age(a: &Asked<'_>) -> Vec<i128> {
    let since = last_am1(a).first().copied();
    let days = a.made_number("activation_validity_days");
    one(since.zip(days).zip(a.number("now")).map(|((since, days), now)| now - since - 86_400 * days))
}

fn device_code(a: &Asked<'_>) -> Option<i128> {
    let code = a.text("device_code").filter(|code| code.len() == 26)?;
    code.get(..25)?.parse().ok()
}

/// The time in the nonce of the message, or of the details of a login, against the age limit.
fn message_age(a: &Asked<'_>) -> Vec<i128> {
    let time = match a.op {
        "server.login_approve" => login(a).and_then(|login| login.details_time),
        _ => a.frame().and_then(|frame| Some(number(frame.get(7..11)?))),
    };
    let limit = a.made_number("message_age_limit_s").filter(|limit| *limit > 0);
    one(time.zip(limit).zip(a.number("now")).map(|((time, limit), now)| now - time - limit))
}

/// How many requests of formats 0 to 2 were issued since this one, itself counted.
fn requests_since(a: &Asked<'_>) -> Vec<i128> {
    let Some(message) = a.message() else { return Vec::new() };
    let issued = a.past.steps.iter().filter(|(op, params, _)| {
        let format = params.pointer("/content/format").and_then(Value::as_str).unwrap_or_default();
        *op == "server.generate_request" && !["login", "notification"].contains(&format)
    });
    let issued: Vec<_> = issued.filter_map(|(_, _, result)| result.get("message")?.as_str()).collect();
    let place = issued.iter().rposition(|other| other.eq_ignore_ascii_case(&message));
    one(place.map(|place| length(issued.len() - place)))
}

/// What is known of the login that a question is about.
struct Login {
    started: i128,
    retrieved: bool,
    over: bool,
    details_time: Option<i128>,
}

fn login_key(a: &Asked<'_>) -> Option<String> {
    let own = a.text("challenge_key").map(str::to_ascii_uppercase);
    own.or_else(|| Some(channel::text::hex::encode(a.body()?.get(1..6)?)))
}

fn login(a: &Asked<'_>) -> Option<Login> {
    let key = login_key(a)?;
    let mut login: Option<Login> = None;
    for (op, params, result) in &a.past.steps {
        let named = [params, result].iter().any(|from| {
            from.get("challenge_key")
                .and_then(Value::as_str)
                .is_some_and(|own| own.eq_ignore_ascii_case(&key))
        });
        if !named {
            continue;
        }
        match (*op, &mut login) {
            ("server.login_start", login) => {
                let started = params.get("now")?.as_u64()?.into();
                *login = Some(Login { started, retrieved: false, over: false, details_time: None });
            }
            ("server.login_retrieve", Some(login)) => {
                login.retrieved = true;
                let message = result.get("message")?.as_str()?;
                login.details_time = i128::from_str_radix(message.get(14..22)?, 16).ok();
            }
            ("server.login_approve" | "server.login_reject" | "server.login_cancel", Some(login)) => {
                login.over = true
            }
            _ => {}
        }
    }
    login
}

fn login_age(a: &Asked<'_>, retrieved: Option<bool>) -> Vec<i128> {
    let login = login(a).filter(|login| retrieved.is_none_or(|is| !login.over && login.retrieved == is));
    one(login.zip(a.number("now")).map(|(login, now)| now - login.started))
}

/// Logins of the same requester that go on, before this start.
fn logins_of_requester(a: &Asked<'_>) -> Vec<i128> {
    let Some(requester) = a.text("requester") else { return Vec::new() };
    let starts = a.past.steps.iter().filter(|(op, params, _)| {
        *op == "server.login_start" && params.get("requester").and_then(Value::as_str) == Some(requester)
    });
    let keys = starts.filter_map(|(_, _, result)| result.get("challenge_key")?.as_str());
    let now = a.params["now"].clone();
    let open = keys.filter(|key| {
        let status = a.would("server.login_status", json!({"challenge_key": key, "now": now}));
        let status = status.as_ref().and_then(|status| status.get("status")?.as_str());
        ["pending", "retrieved"].contains(&status.unwrap_or_default())
    });
    vec![length(open.count())]
}

/// Logins that are known and go on.
fn logins_known(a: &Asked<'_>) -> Vec<i128> {
    let starts = a.past.steps.iter().filter(|(op, ..)| *op == "server.login_start").count();
    one((starts >= 255).then(|| {
        let now = a.params["now"].clone();
        let keys = a.past.steps.iter().filter(|(op, ..)| *op == "server.login_start");
        let open = keys.filter(|(_, _, result)| {
            let status =
                a.would("server.login_status", json!({"challenge_key": result["challenge_key"], "now": now}));
            let status = status.as_ref().and_then(|status| status.get("status")?.as_str());
            ["pending", "retrieved"].contains(&status.unwrap_or_default())
        });
        length(open.count())
    }))
}

fn tries_left(a: &Asked<'_>, counter: &str, tries: &str) -> Vec<i128> {
    one(a.counter(counter).zip(a.made_number(tries)).map(|(failures, tries)| failures - tries))
}

/// The instance that a question of a server is about.
fn instance(a: &Asked<'_>) -> Option<i128> {
    if let Some(sequence) = a.number("sequence") {
        return Some(sequence);
    }
    let key = login_key(a)?;
    let retrieved = a.past.steps.iter().rev().find(|(op, params, _)| {
        *op == "server.login_retrieve"
            && params["challenge_key"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&key))
    });
    Some(retrieved?.1["sequence"].as_u64()?.into())
}

fn signature_failures(a: &Asked<'_>) -> Vec<i128> {
    if a.op.starts_with("server.single_") {
        return tries_left(a, "signature_failures", "signature_tries");
    }
    let Some(instance) = instance(a) else { return Vec::new() };
    tries_left(a, &format!("signature_failures/{instance:02}"), "signature_tries")
}

fn login_failures(a: &Asked<'_>) -> Vec<i128> {
    let Some(key) = login_key(a) else { return Vec::new() };
    tries_left(a, &format!("login_failures/{key}"), "signature_tries")
}

/// Failures of an account against the tries of its vector.
fn client_failures(a: &Asked<'_>, counter: &str) -> Vec<i128> {
    if a.op.starts_with("client.single_") {
        let content = single_content(a);
        let tries = content.map(|vector| i128::from(vector.password.tries));
        return one(a.counter(counter).zip(tries).map(|(failures, tries)| failures - tries));
    }
    let Some(saved) = a.saved() else { return Vec::new() };
    let place = a.place().or_else(|| on_display(a));
    let Some(place) = place else { return Vec::new() };
    let failures = saved.field(&format!("{place}/{}", counter.replace('_', "-")));
    let tries = StaticVector::decode(saved.field(&format!("{place}/vector"))).ok();
    one(failures
        .first()
        .zip(tries)
        .map(|(failures, vector)| i128::from(*failures) - i128::from(vector.password.tries)))
}

/// The account of the message on display: the one account that there is.
fn on_display(a: &Asked<'_>) -> Option<u8> {
    let shown = a.past.steps.iter().rev().find(|(op, _, result)| {
        ["client.open", "client.dispatch"].contains(op)
            && (result.get("serial").is_some() || result.pointer("/opened/serial").is_some())
    })?;
    let serial = shown.2.get("serial").or(shown.2.pointer("/opened/serial"))?.as_str()?;
    let five = serial.parse::<channel::serial::Serial>().ok()?.to_bytes();
    let saved = a.saved()?;
    a.places().into_iter().find(|place| saved.field(&format!("{place}/serial")) == five)
}

/// The vector of the single-device account that answers.
fn single_content(a: &Asked<'_>) -> Option<StaticVector> {
    use channel::text::hex;
    let key: [u8; 16] = hex::decode(a.made("platform_key")?.as_str()?).ok()?.try_into().ok()?;
    let state = a.would("client.single_save", json!({}))?;
    let state = hex::decode(state.get("state")?.as_str()?).ok()?;
    let fields = harness::forge::single::Client::of(key, &state).content;
    StaticVector::decode(fields.field("vector")).ok()
}

/// The vector that the password of a question is measured by.
fn password_rules(a: &Asked<'_>) -> Option<channel::wire::static_vector::PasswordRules> {
    let vector = match a.op {
        "client.single_activate" => {
            let made = a.made("static_vector")?.as_str()?;
            StaticVector::decode(&channel::text::hex::decode(made).ok()?).ok()
        }
        "client.single_activate_online" => {
            let content = plain_content(a)?;
            let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
            StaticVector::decode(content.get(27..27 + vector)?).ok()
        }
        _ => single_content(a),
    };
    Some(vector?.password)
}

fn new_password<'a>(a: &Asked<'a>) -> Option<&'a str> {
    a.text("new").or(a.text("password")).filter(|_| {
        ["client.single_activate", "client.single_activate_online", "client.single_change_password"]
            .contains(&a.op)
    })
}

fn password_length(a: &Asked<'_>, least: bool) -> Vec<i128> {
    let rules = password_rules(a);
    one(new_password(a).zip(rules).map(|(password, rules)| {
        chars(password) - i128::from(if least { rules.minimum } else { rules.maximum })
    }))
}

/// Serial numbers of the client, this one counted.
fn serials(a: &Asked<'_>) -> Vec<i128> {
    let known =
        a.would("client.accounts", json!({})).and_then(|all| Some(all.get("accounts")?.as_array()?.clone()));
    let Some(known) = known else { return Vec::new() };
    let five = a.frame().and_then(|frame| frame.get(2..7)?.try_into().ok()).and_then(serial_of);
    let name = five.map(|serial| serial.to_string());
    let is_new = !known.iter().any(|account| account["serial"].as_str() == name.as_deref());
    vec![length(known.len()) + i128::from(is_new)]
}

/// The counter of a message against that of the account's AM2.
fn above_am2(a: &Asked<'_>) -> Vec<i128> {
    let am2 = match (a.saved_number("counter"), a.saved_number("waiting-counter"), a.op) {
        (None, Some(waiting), "client.deactivate") => Some(waiting),
        (counter, ..) => counter,
    };
    one(a.message_counter().zip(am2).map(|(counter, am2)| counter - am2))
}

fn version_above(a: &Asked<'_>) -> Vec<i128> {
    let version = a.made_number("app_version");
    one(request(a).zip(version).map(|((control, ..), version)| i128::from(control >> 14) - version))
}

/// Sizes of a file's lines.
fn line_length(a: &Asked<'_>) -> Vec<i128> {
    let file = a.bytes("file").unwrap_or_default();
    file.split(|byte| *byte == b'\n').map(|line| length(line.len())).collect()
}

/// What stands in the lines of a license file behind a member's name, as text.
fn member(a: &Asked<'_>, name: &str) -> Vec<String> {
    let before = format!("\"{name}\":");
    let lines = a.lines().unwrap_or_default();
    let found = lines.iter().filter_map(|line| Some(line.split_once(&before)?.1.to_owned()));
    found
        .map(|rest| match rest.strip_prefix('"') {
            Some(text) => text.split('"').next().unwrap_or_default().to_owned(),
            None => rest.split([',', '}']).next().unwrap_or_default().to_owned(),
        })
        .collect()
}

fn member_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    member(a, name).iter().filter_map(|text| text.parse().ok()).collect()
}

fn member_length(a: &Asked<'_>, name: &str) -> Vec<i128> {
    member(a, name).iter().map(|text| chars(text)).collect()
}

/// A number of the message vector that the question brings, by its place in the 100 bits.
fn vector_number(a: &Asked<'_>, from: u32, bits: u32) -> Vec<i128> {
    let own = a.text("message_vector").map(str::to_owned);
    let all = own.into_iter().chain(member(a, "message_vector"));
    let all =
        all.filter(|text| text.len() == 26).filter_map(|text| i128::from_str_radix(text.get(..25)?, 16).ok());
    all.map(|number| number >> (100 - from - bits) & ((1 << bits) - 1)).collect()
}

fn message_vector_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.text("message_vector").map(chars))
}

fn blob_length(a: &Asked<'_>) -> Vec<i128> {
    let blob = a.text("blob").and_then(|text| channel::license::blob::from_text(text).ok());
    one(blob.map(|blob| length(blob.len())))
}

/// What is in the BLOB, with its generation.
fn blob(a: &Asked<'_>) -> Option<(i128, Vec<u8>)> {
    use channel::crypto::keys::Key;
    use channel::license::blob::{Epoch, Place, from_text};
    let serial = a.made("serial")?.as_str()?.parse().ok()?;
    let epoch = channel::text::hex::decode(a.made("random/epoch")?.as_str()?).ok()?;
    let byte = |name: &str| u8::try_from(a.number(name)?).ok();
    let place = Place {
        serial,
        epoch: Epoch(epoch.try_into().ok()?),
        sequence: byte("sequence")?,
        index: byte("index")?,
    };
    let key = Key::new(a.bytes("storage_key")?.try_into().ok()?);
    let opened = place.open(&key, &from_text(a.text("blob")?).ok()?).ok()?;
    Some((opened.generation.0.into(), opened.content.to_vec()))
}

/// A number of an application's content: of a BLOB, or of each application in a license's state.
fn content_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let (place, signed): (usize, bool) = match name {
        "shift" => (17, true),
        "step" => (25, false),
        "otp" => (33, false),
        _ => (41, false),
    };
    let of = |bytes: &[u8]| -> Option<i128> {
        let eight: [u8; 8] = bytes.try_into().ok()?;
        Some(if signed { i64::from_be_bytes(eight).into() } else { u64::from_be_bytes(eight).into() })
    };
    if let Some(content) = a.content() {
        let fields = content
            .fields()
            .iter()
            .filter(|(field, _)| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')));
        return fields.filter_map(|(field, _)| of(content.field(field))).collect();
    }
    one(blob(a)
        .filter(|(_, content)| content.len() > 17)
        .and_then(|(_, content)| of(content.get(place..place + 8)?)))
}

fn hashes(a: &Asked<'_>) -> Vec<i128> {
    if let Some(content) = a.content() {
        let fields = content.fields().iter().filter(|(field, _)| field.starts_with("n-"));
        return fields.filter_map(|(field, _)| Some(i128::from(*content.field(field).first()?))).collect();
    }
    let held = blob(a).and_then(|(_, content)| {
        let n = *content.get(49)?;
        (content.len() == 50 + 8 * usize::from(n)).then_some(i128::from(n))
    });
    one(held)
}

/// The generation of a BLOB against the server's.
fn generation(a: &Asked<'_>) -> Vec<i128> {
    let mut params = a.params.clone();
    if let Some(members) = params.as_object_mut() {
        members.retain(|name, _| ["storage_key", "sequence", "index"].contains(&name.as_str()));
    }
    let own = a.would("server.seal_blob", params).and_then(|sealed| {
        let bytes = channel::license::blob::from_text(sealed.get("blob")?.as_str()?).ok()?;
        Some(number(bytes.get(1..5)?))
    });
    one(blob(a).zip(own).map(|((brought, _), own)| brought - own))
}

fn state_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.bytes("state").map(|state| length(state.len())))
}

fn loaded_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    if let Some(content) = a.content() {
        return one(Some(content.field(name)).filter(|field| !field.is_empty()).map(number));
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let one_of_all = Some(saved.field(name)).filter(|field| !field.is_empty());
    let places =
        (0..4).map(|place| saved.field(&format!("{place}/{name}"))).filter(|field| !field.is_empty());
    one_of_all.into_iter().chain(places).map(number).collect()
}

fn loaded_failures(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let vector = |bytes: &[u8]| Some(i128::from(StaticVector::decode(bytes).ok()?.password.tries));
    if let Some(content) = a.content() {
        let tries = match name {
            "failures" if a.op.starts_with("server.") => Some(number(content.field("tries"))),
            "kept-failures" => vector(content.field("kept-vector")),
            _ => vector(content.field("vector")),
        };
        let failures = Some(content.field(name)).filter(|field| !field.is_empty()).map(number);
        return one(failures.zip(tries).map(|(failures, tries)| failures - tries));
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let failures = saved.field(&format!("0/{name}")).first().copied();
    one(failures.zip(vector(saved.field("0/vector"))).map(|(failures, tries)| i128::from(failures) - tries))
}

fn loaded_text(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let Some(saved) = a.loaded() else { return Vec::new() };
    let said = saved.field(&format!("0/{name}-length"));
    let text = std::str::from_utf8(saved.field(&format!("0/{name}"))).ok();
    one(text.filter(|text| !said.is_empty() && length(text.len()) == number(said)).map(chars))
}

/// Events of all applications in a state.
fn loaded_events(a: &Asked<'_>) -> Vec<i128> {
    if let Some(content) = a.content() {
        let events = content.fields().iter().filter(|(name, _)| name.contains("event-"));
        return events.map(|(name, _)| number(content.field(name))).collect();
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let names =
        ["", "waiting-"].iter().flat_map(|of| (1..=8).map(move |index| format!("0/{of}event-{index}")));
    names.filter(|name| !saved.field(name).is_empty()).map(|name| number(saved.field(&name))).collect()
}

fn suite(a: &Asked<'_>, part: char) -> Vec<i128> {
    let Some(text) = a.text("suite") else { return Vec::new() };
    let found = match part {
        't' => text.split(':').nth(1).and_then(|f| f.rsplit('-').next()?.parse().ok()),
        'x' => xx_of(text),
        'n' => text.split("-S").filter_map(|rest| rest.get(..3)?.parse().ok()).last(),
        _ => text.rsplit_once("-T").and_then(|(_, g)| {
            let unit = g.chars().last()?;
            g.get(..g.len() - 1)?.parse().ok().filter(|_: &i128| unit == part)
        }),
    };
    one(found)
}

fn ocra_question(a: &Asked<'_>) -> Vec<i128> {
    let xx = a.text("suite").filter(|text| Suite::read(text).is_some()).and_then(xx_of);
    one(a.text("question").zip(xx).map(|(question, xx)| chars(question) - 2 * xx))
}

fn ocra_session(a: &Asked<'_>) -> Vec<i128> {
    let nnn = suite(a, 'n').first().copied();
    one(a.bytes("session").zip(nnn).map(|(session, nnn)| length(session.len()) - nnn))
}

fn text_length(a: &Asked<'_>, name: &str) -> Vec<i128> {
    one(a.text(name).map(chars))
}

/// Of the URL that the question brings, or that is to be built.
fn url_length(a: &Asked<'_>) -> Vec<i128> {
    if let Some(url) = a.text("url") {
        return vec![chars(url)];
    }
    let text = |name: &str| a.text(name).unwrap_or_default();
    let twice = |text: &str| -> String {
        let (mut once, mut twice) = (String::new(), String::new());
        channel::text::percent::encode(text, &mut once);
        channel::text::percent::encode(&once, &mut twice);
        twice
    };
    let parts = ["x_success", "x_error", "x_cancel"].map(|name| chars(&twice(text(name))));
    let names = chars("://app2app_secure_channel?x-success=&x-error=&x-cancel=&secure_message=");
    let state = a.text("state").map_or(0, |state| 7 + chars(state));
    vec![chars(text("scheme")) + names + parts.iter().sum::<i128>() + chars(text("message")) + state]
}

fn url_character(a: &Asked<'_>) -> Vec<i128> {
    a.text("url").unwrap_or_default().chars().map(|c| i128::from(u32::from(c))).collect()
}

fn call_state(a: &Asked<'_>) -> Vec<i128> {
    let own = a.text("state");
    let of_url = || a.text("url")?.split('&').find_map(|part| part.strip_prefix("state="));
    one(own.or_else(of_url).map(chars))
}

/// A field of a gateway string: of a text, a content, or a message.
fn gateway(a: &Asked<'_>, place: usize, name: &str) -> Vec<i128> {
    let content = a.params.get("content").unwrap_or(a.params).get(name);
    let content = content.filter(|_| a.op != "client.load");
    if let Some(value) = content {
        return match value {
            Value::String(text) => vec![chars(text)],
            other => one(other.as_u64().map(i128::from)),
        };
    }
    let in_message = || {
        let (_, _, rest) = request(a).filter(|(_, format, _)| *format == 3)?;
        String::from_utf8(rest.get(2..)?.to_vec()).ok()
    };
    let text = a.text("text").map(str::to_owned).or_else(in_message);
    let fields: Vec<String> = text.unwrap_or_default().split(';').map(str::to_owned).collect();
    let is_login = fields.get(1).map(String::as_str) == Some("04");
    let field = fields.get(place).filter(|_| is_login == (name != "challenge_key"));
    one(field.map(|field| match name {
        "index" => field.parse().unwrap_or(-1),
        _ => chars(field),
    }))
}

fn key_length(a: &Asked<'_>) -> Vec<i128> {
    if ["client.open", "client.dispatch", "push.read", "push.write", "server.generate_request"]
        .contains(&a.op)
    {
        return gateway(a, 2, "challenge_key");
    }
    text_length(a, "challenge_key")
}

/// The counter of an information message against the last that was accepted of its instance.
fn information_counter(a: &Asked<'_>) -> Vec<i128> {
    let Some(nonce) = a.frame().and_then(|frame| Some(frame.get(7..15)?.to_vec())) else { return Vec::new() };
    let taken = a
        .past
        .steps
        .iter()
        .filter(|(op, ..)| ["server.process_information", "server.login_reject"].contains(op));
    let same = taken.filter_map(|(_, params, _)| {
        let frame = channel::text::hex::decode(params.get("message")?.as_str()?).ok()?;
        let other = frame.get(7..15)?.to_vec();
        (other[4] == nonce[4]).then(|| number(&other[5..]))
    });
    vec![number(&nonce[5..]) - same.max().unwrap_or(0)]
}

fn code_length(a: &Asked<'_>, hexadecimal: bool) -> Vec<i128> {
    let code = a.text("code").filter(|code| {
        let decimal = code.bytes().all(|c| c.is_ascii_digit());
        if hexadecimal { !decimal && code.bytes().all(|c| c.is_ascii_hexdigit()) } else { decimal }
    });
    one(code.map(chars))
}

fn code_number(a: &Asked<'_>, short: bool) -> Vec<i128> {
    let wanted = if short { 20 } else { 40 };
    let code = a.text("code").filter(|code| code.len() == wanted);
    let digits = code.map(|code| if short { code } else { &code[..39] });
    // Against the first that is too great: 2^64, or 2^128, which is split since it fits no number here.
    one(digits.and_then(|digits| match short {
        true => Some(digits.parse::<i128>().ok()? - (1 << 64)),
        false => {
            let most = "340282366920938463463374607431768211456";
            let (a, b) = (digits.split_at(9), most.split_at(9));
            let high = a.0.parse::<i128>().ok()? - b.0.parse::<i128>().ok()?;
            let low = a.1.parse::<i128>().ok()? - b.1.parse::<i128>().ok()?;
            (high == 0).then_some(low)
        }
    }))
}

fn data_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.bytes("data").map(|data| length(data.len())))
}

/// The length of the event reactivation counter that stands at the end of full activation data.
fn online_counter(a: &Asked<'_>) -> Vec<i128> {
    let content = plain_content(a);
    one(content.and_then(|content| {
        let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
        let said = *content.get(27 + vector)?;
        (content.len() == 28 + vector + usize::from(said)).then_some(i128::from(said))
    }))
}

/// The event reactivation counter of a question against the length that it must have.
fn counter_length(a: &Asked<'_>) -> Vec<i128> {
    let Some((text, vector)) = reactivation(a) else { return Vec::new() };
    let events = vector.applications.iter().filter(|rules| rules.factor.has_event()).count();
    let digits = [0, 23, 33, 42, 52, 62, 71, 81, 91];
    one(digits.get(events).filter(|_| events > 0).map(|digits| chars(&text) - digits))
}

fn reactivation(a: &Asked<'_>) -> Option<(String, StaticVector)> {
    match a.op {
        "client.single_activate" => {
            let made = channel::text::hex::decode(a.made("static_vector")?.as_str()?).ok()?;
            Some((a.text("event_reactivation_counter")?.to_owned(), StaticVector::decode(&made).ok()?))
        }
        _ => {
            let content = plain_content(a)?;
            let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
            let text = String::from_utf8(content.get(28 + vector..)?.to_vec()).ok()?;
            Some((text, StaticVector::decode(content.get(27..27 + vector)?).ok()?))
                .filter(|(text, _)| !text.is_empty())
        }
    }
}

/// The highest event counter of the license, as its state has it.
fn next_event(a: &Asked<'_>) -> Vec<i128> {
    let storage = [0u8; 16];
    let saved = a.would("server.single_save", json!({"storage_key": channel::text::hex::encode(&storage)}));
    let state = saved.and_then(|saved| channel::text::hex::decode(saved.get("state")?.as_str()?).ok());
    let Some(state) = state else { return Vec::new() };
    let content = harness::forge::single::License::of(storage, &state).content;
    let events = content.fields().iter().filter(|(name, _)| name.starts_with("event-"));
    one(events.map(|(name, _)| number(content.field(name))).max())
}

/// What is signed by a derivation code, against 2^56.
fn diversifier(a: &Asked<'_>) -> Vec<i128> {
    let code = a.text("code").filter(|code| code.len() == 26 && code.bytes().all(|c| c.is_ascii_digit()));
    one(code.and_then(|code| code.get(..17)?.parse().ok()))
}

/// Tries against the most that the floor allows, by what refuses at one more.
fn floor(a: &Asked<'_>, rule: &str) -> Vec<i128> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let vector = a.vectors().first().cloned();
    let Some(vector) = vector.and_then(|bytes| StaticVector::decode(&bytes).ok()) else { return Vec::new() };
    let own = |name: &str| u16::try_from(a.number(name).or_else(|| a.made_number(name))?).ok();
    let file = member(a, "message_vector").first().and_then(|text| MessageVector::decode(text).ok());
    let wanted = text(a.params.get("serial")).or_else(|| text(a.made("serial")));
    let channels = member(a, "secure_channel");
    let line = member(a, "serial").iter().position(|serial| Some(serial) == wanted.as_ref());
    let secure_channel = match (a.params.get("secure_channel"), line.and_then(|line| channels.get(line))) {
        (Some(own), _) => own.as_bool().unwrap_or(false),
        (None, Some(word)) => word == "true",
        (None, None) => false,
    };
    let (tries, windows) = match &file {
        Some(file) => (file.signature_tries, file.windows),
        None => {
            let windows = (|| {
                Some(Windows {
                    identification: own("identification_window")?,
                    signature: own("signature_window")?,
                    first_use_s: own("first_use_s")?,
                    look_ahead: own("look_ahead")?,
                })
            })();
            let tries = own("signature_tries").and_then(|tries| u8::try_from(tries).ok());
            let (Some(windows), Some(tries)) = (windows, tries) else { return Vec::new() };
            (tries, windows)
        }
    };
    let refusal = |tries: u8| {
        let floor = Floor { vector: &vector, tries, windows: &windows, secure_channel };
        floor.ensure().err().map(|refusal| refusal.rule.id)
    };
    let most = (1..=99u8).take_while(|tries| refusal(*tries).is_none()).last().unwrap_or(0);
    // Where the other of the two rules says it, it is no limit of this one.
    let is_this = most < 99 && refusal(most + 1) == Some(rule);
    one(is_this.then(|| i128::from(tries) - i128::from(most)))
}

fn qr(a: &Asked<'_>, alphanumeric: bool) -> Vec<i128> {
    let is_in = |text: &str| {
        text.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || b" $%*+-./:".contains(&c))
    };
    one(a.text("text").filter(|text| is_in(text) == alphanumeric).map(chars))
}

fn picture(a: &Asked<'_>, what: fn(i128, i128) -> Vec<i128>) -> Vec<i128> {
    let picture = a.bytes("picture").unwrap_or_default();
    let side = |from: usize| picture.get(from..from + 4).map(number);
    side(16).zip(side(20)).map(|(width, height)| what(width, height)).unwrap_or_default()
}

/// The hashes that the BLOB of the application has before a signature over other fields at the same step.
fn signatures_at_step(a: &Asked<'_>) -> Vec<i128> {
    let Some(index) = a.number("application") else { return Vec::new() };
    let key = channel::text::hex::encode(&[0; 16]);
    if a.op.starts_with("server.single_") {
        let saved = a.would("server.single_save", json!({"storage_key": key}));
        let state = saved.and_then(|saved| channel::text::hex::decode(saved.get("state")?.as_str()?).ok());
        let content = state.map(|state| harness::forge::single::License::of([0; 16], &state).content);
        return one(
            content.and_then(|content| Some(i128::from(*content.field(&format!("n-{index}")).first()?)))
        );
    }
    let Some(sequence) = a.number("sequence") else { return Vec::new() };
    let params = json!({"storage_key": key, "sequence": sequence as u64, "index": index as u64});
    let sealed = a.would("server.seal_blob", params);
    let found = sealed.and_then(|sealed| {
        use channel::crypto::keys::Key;
        use channel::license::blob::{Epoch, Place, from_text};
        let serial = a.made("serial")?.as_str()?.parse().ok()?;
        let epoch = channel::text::hex::decode(a.made("random/epoch")?.as_str()?).ok()?;
        let epoch = Epoch(epoch.try_into().ok()?);
        let place =
            Place { serial, epoch, sequence: u8::try_from(sequence).ok()?, index: u8::try_from(index).ok()? };
        let opened = place.open(&Key::new([0; 16]), &from_text(sealed.get("blob")?.as_str()?).ok()?).ok()?;
        Some(i128::from(*opened.content.get(49)?))
    });
    one(found)
}

/// Digits of a response against those that the application has.
fn response_digits(a: &Asked<'_>) -> Vec<i128> {
    let own = ["response", "signature"].iter().filter_map(|name| a.text(name));
    let two = ["/first/response", "/second/response"];
    let two = two.iter().filter_map(|place| a.params.pointer(place)?.as_str());
    let wanted = match a.op {
        "client.unlock" => a.vector().and_then(|vector| Some(vector.unlock_application().ok()?.form.length)),
        "server.verify_message_signature" => signed_with(a, a.message()),
        "server.login_approve" => {
            let key = login_key(a);
            let retrieved = a.past.steps.iter().rev().find(|(op, params, _)| {
                *op == "server.login_retrieve"
                    && params["challenge_key"].as_str().map(str::to_ascii_uppercase) == key
            });
            signed_with(
                a,
                retrieved.and_then(|(_, _, result)| Some(result.get("message")?.as_str()?.to_owned())),
            )
        }
        _ => rules(a).map(|rules| rules.form.length),
    };
    let Some(wanted) = wanted else { return Vec::new() };
    own.chain(two).map(|text| chars(text) - i128::from(wanted)).collect()
}

/// The response length of the application that signs a message.
fn signed_with(a: &Asked<'_>, message: Option<String>) -> Option<u8> {
    let message = message?;
    let issued = a.past.steps.iter().find(|(_, _, result)| {
        result.get("message").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(&message))
    })?;
    let index = match issued.0 {
        "server.generate_activation2" => a.made_number("post_activation")?,
        "server.login_retrieve" => {
            let key = issued.1.get("challenge_key")?.as_str()?.to_ascii_uppercase();
            let start = a.past.steps.iter().rev().find(|(op, _, result)| {
                *op == "server.login_start" && result["challenge_key"].as_str() == Some(&key)
            })?;
            start.1.get("application")?.as_u64()?.into()
        }
        _ => issued.1.get("application")?.as_u64()?.into(),
    };
    Some(a.vector()?.application(u8::try_from(index).ok()?)?.form.length)
}

const U32: i128 = u32::MAX as i128;
const EVENT: i128 = (1 << 53) - 1;

// --- the table ---

pub(crate) static LIMITS: &[Limit] = &[
    // the frame
    least(&["FRM-2"], "bytes of a frame", 23, frame_length),
    most(&["FRM-3"], "bytes of a frame on the direct carrier", 535, frame_length).of(DIRECT),
    most(&["FRM-4"], "bytes of a frame on the gateway carrier", 2101, frame_length).of(GATEWAY),
    most(&["SER-2", "CST-7", "SDL-34", "SDL-25"], "a character of the prefix", 35, prefix).of(SERIALS),
    most(&["SER-3", "CST-7", "SDL-34", "SDL-25"], "the suffix of a serial number", 9_999_999, suffix)
        .of(SERIALS),
    // the static vector
    most(&["STV-2"], "bytes of a static vector", 481, vector_length),
    most(&["STV-5"], "passwords required", 1, |a| at(a, 3, 0)),
    least(&["STV-5"], "minimum length of a password", 1, |a| at(a, 3, 1)),
    most(&["STV-5"], "maximum length of a password", 64, |a| at(a, 3, 2)),
    least(&["STV-5"], "maximum length of a password above its minimum", 0, |a| {
        record(a, 3).iter().filter(|r| r.len() == 5).map(|r| i128::from(r[2]) - i128::from(r[1])).collect()
    }),
    least(&["STV-5"], "tries of a password", 1, |a| at(a, 3, 3)),
    most(&["STV-5"], "tries of a password", 99, |a| at(a, 3, 3)),
    most(&["STV-5"], "weak passwords refused", 1, |a| at(a, 3, 4)),
    most(&["STV-5"], "platform binding", 1, |a| at(a, 4, 0)),
    least(&["STV-5"], "index of an application", 1, |a| at(a, 0x10, 0)),
    most(&["STV-5"], "index of an application", 8, |a| at(a, 0x10, 0)),
    most(&["STV-5"], "flags of an application", 15, |a| at(a, 0x10, 1)),
    least(&["STV-5"], "mode", 1, |a| at(a, 0x10, 2)),
    most(&["STV-5"], "mode", 5, |a| at(a, 0x10, 2)),
    least(&["STV-5"], "algorithm", 1, |a| at(a, 0x10, 3)),
    most(&["STV-5"], "algorithm", 6, |a| at(a, 0x10, 3)),
    least(&["STV-5"], "factor", 1, |a| at(a, 0x10, 4)),
    most(&["STV-5"], "factor", 3, |a| at(a, 0x10, 4)),
    least(&["STV-5"], "seconds of a time step", 1, |a| step(a, true)),
    most(&["STV-5"], "seconds of a time step without time", 0, |a| step(a, false)),
    least(&["STV-5"], "response length", 6, |a| at(a, 0x10, 7)),
    most(&["STV-5"], "response length", 16, |a| at(a, 0x10, 7)),
    most(&["STV-5"], "number of data fields", 8, |a| at(a, 0x10, 18)),
    most(&["STV-5"], "maximum of a data field", 64, |a| data_fields(a, |_, most| most)),
    least(&["STV-5"], "maximum of a data field", 1, |a| data_fields(a, |_, most| most)),
    least(&["STV-5"], "maximum of a data field above its minimum", 0, |a| {
        data_fields(a, |least, most| most - least)
    }),
    most(&["STV-6"], "digits of HOTP and TOTP", 8, |a| response_length(a, &[2, 3, 5, 6])),
    // activation
    Limit {
        rules: &["AM1-3"],
        what: "bytes of a body without a vector",
        last: 31,
        first: 30,
        only: &[],
        measure: |a| body_length(a, 0),
    },
    Limit {
        rules: &["AM1-3"],
        what: "bytes of a body without a vector",
        last: 31,
        first: 32,
        only: &[],
        measure: |a| body_length(a, 0),
    },
    most(&["AM1-4"], "flags of AM1", 3, |a| body_at(a, 0, 0)),
    most(&["AM1-6"], "protection of type 1 in the policy", 2, |a| policy(a, 10)),
    least(&["AM1-6"], "protection of type 1 in the policy", 1, |a| policy(a, 10)),
    most(&["AM1-6"], "protection of types 2 and 3 in the policy", 2, |a| policy(a, 4)),
    least(&["AM1-6"], "protection of types 2 and 3 in the policy", 1, |a| policy(a, 4)),
    most(&["AM1-15"], "time of the latest AM1", U32 - 1, last_am1),
    Limit {
        rules: &["DVC-4"],
        what: "digits of a device code",
        last: 26,
        first: 25,
        only: &[],
        measure: |a| text_length(a, "device_code"),
    },
    Limit {
        rules: &["DVC-4"],
        what: "digits of a device code",
        last: 26,
        first: 27,
        only: &[],
        measure: |a| text_length(a, "device_code"),
    },
    most(&["DVC-7"], "device type in a code", 99, |a| one(device_code(a).map(|n| n >> 76))),
    most(&["DVC-9"], "seconds after the validity of AM1", 0, code_age),
    most(&["DVC-10"], "wrong device codes beyond those that are allowed", -1, |a| {
        tries_left(a, "code_failures", "code_tries")
    }),
    most(&["AM2-4"], "sequence number above the threshold", 0, next_sequence),
    Limit {
        rules: &["AM2-8"],
        what: "bytes of the body of AM2",
        last: 31,
        first: 30,
        only: &[],
        measure: |a| body_length(a, 1),
    },
    Limit {
        rules: &["AM2-8"],
        what: "bytes of the body of AM2",
        last: 31,
        first: 32,
        only: &[],
        measure: |a| body_length(a, 1),
    },
    least(&["AM2-8"], "sequence number in AM2", 1, |a| body_at(a, 1, 0)),
    most(&["AM2-8"], "sequence number in AM2", 99, |a| body_at(a, 1, 0)),
    most(&["AM2-8"], "flags of AM2", 1, |a| body_at(a, 1, 1)),
    most(&["AM2-15"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    most(&["NON-3"], "message counter last used", U32 - 1, last_counter),
    most(&["NON-5"], "information counter last used", 16_777_214, |a| {
        one(a.saved_number("information-counter"))
    }),
    Limit {
        rules: &["DEA-5"],
        what: "bytes of the body of a deactivation",
        last: 2,
        first: 1,
        only: &[],
        measure: |a| body_length(a, 2),
    },
    Limit {
        rules: &["DEA-5"],
        what: "bytes of the body of a deactivation",
        last: 2,
        first: 3,
        only: &[],
        measure: |a| body_length(a, 2),
    },
    least(&["DEA-5"], "sequence number in a deactivation", 1, |a| body_at(a, 2, 0)),
    most(&["DEA-5"], "sequence number in a deactivation", 99, |a| body_at(a, 2, 0)),
    most(&["DEA-5"], "second byte of a deactivation", 0, |a| body_at(a, 2, 1)),
    // the client
    most(&["CLI-22"], "serial numbers of a client", 32, serials),
    least(&["CLI-8"], "message counter above that of AM2", 1, above_am2),
    most(&["CLI-9"], "app version demanded above the client's", 0, version_above),
    most(&["CLI-5"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    most(&["CLI-16"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    least(&["UNL-2"], "wrong PINs of a locked account", 0, |a| client_failures(a, "pin_failures")),
    most(&["UNL-6"], "wrong unlock responses beyond those that are allowed", -1, |a| {
        client_failures(a, "unlock_failures")
    }),
    Limit {
        rules: &["UNL-5"],
        what: "digits of an unlock challenge",
        last: 8,
        first: 7,
        only: &[],
        measure: |a| text_length(a, "challenge"),
    },
    Limit {
        rules: &["UNL-5"],
        what: "digits of an unlock challenge",
        last: 8,
        first: 9,
        only: &[],
        measure: |a| text_length(a, "challenge"),
    },
    // requests
    most(&["REQ-3"], "charset", 1, |a| one(request(a).map(|(control, ..)| (control >> 6 & 7).into())))
        .of(OPENS),
    least(&["REQ-6"], "items of a list", 1, items).of(OPENS),
    most(&["REQ-6"], "items of a list", 16, items).of(OPENS),
    least(&["REQ-6"], "bytes of a key", 1, |a| {
        let keys = strings(a).into_iter().skip(1).step_by(2).map(|key| length(key.len()));
        keys.filter(|_| request(a).is_some_and(|(_, format, _)| format == 0)).collect()
    })
    .of(OPENS),
    least(&["REQ-6"], "bytes of a free text", 1, |a| {
        one(behind_title(a, 2).and_then(|rest| Some(number(rest.get(..2)?))))
    })
    .of(OPENS),
    least(&["REQ-6"], "bytes of a gateway string", 1, |a| {
        one(request(a)
            .filter(|(_, format, _)| *format == 3)
            .and_then(|(_, _, rest)| Some(number(rest.get(..2)?))))
    })
    .of(OPENS),
    most(&["REQ-11"], "bytes of a title", 255, |a| content(a, &["title"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a key", 255, |a| content(a, &["key"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a value", 255, |a| content(a, &["value"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a body on the direct carrier", 512, |a| sent_body(a, "direct"))
        .of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a body on the gateway carrier", 2078, |a| sent_body(a, "gateway")),
    // responses
    least(&["OTP-3", "BND-5"], "digits of a challenge", 1, challenge),
    most(&["OTP-3", "BND-5"], "digits of a challenge", 16, challenge),
    most(&["OTP-4"], "data fields more than the application has", 0, field_count),
    least(&["OTP-4"], "data fields less than the application has", 0, field_count),
    most(&["OTP-4"], "characters of a data field beyond its most", 0, |a| field_length(a, false)),
    least(&["OTP-4"], "characters of a data field below its least", 0, |a| field_length(a, true)),
    least(&["OTP-4"], "character of a data field", 0x20, field_character),
    most(&["OTP-4"], "character of a data field", 0x7E, field_character),
    most(&["ALG-8"], "digits of a challenge beyond its suite's", 0, question_length),
    most(&["VER-10"], "characters of a response beyond its length", 0, response_digits),
    least(&["VER-10"], "characters of a response below its length", 0, response_digits),
    most(&["VER-5"], "wrong signatures beyond those that are allowed", -1, signature_failures),
    most(&["VER-6"], "seconds after the age limit", 0, message_age),
    most(&["VER-7"], "requests issued since, itself counted", 256, requests_since),
    most(&["VER-20"], "signatures accepted at one step", 11, signatures_at_step),
    most(&["VER-21"], "tries beyond the floor", 0, |a| floor(a, "VER-21")),
    most(&["VER-22"], "tries beyond the floor at the first use", 0, |a| floor(a, "VER-22")),
    // license files, message vectors
    most(&["LIF-6"], "bytes of a line", 2048, line_length),
    least(&["LIF-6"], "licenses by the header", 1, |a| member_number(a, "count")),
    most(&["LIF-6"], "licenses by the header", 10_000_000, |a| member_number(a, "count")),
    least(&["LIF-6"], "threshold", 1, |a| member_number(a, "threshold")),
    most(&["LIF-6"], "threshold", 99, |a| member_number(a, "threshold")),
    least(&["LIF-6"], "characters of a type", 1, |a| member_length(a, "type")),
    most(&["LIF-6"], "characters of a type", 16, |a| member_length(a, "type")),
    Limit {
        rules: &["LIF-6"],
        what: "characters of an application's name",
        last: 12,
        first: 11,
        only: &[],
        measure: |a| member_length(a, "application"),
    },
    Limit {
        rules: &["LIF-6"],
        what: "characters of an application's name",
        last: 12,
        first: 13,
        only: &[],
        measure: |a| member_length(a, "application"),
    },
    Limit {
        rules: &["LIF-6"],
        what: "digits of a file id",
        last: 32,
        first: 31,
        only: &[],
        measure: |a| member_length(a, "file_id"),
    },
    Limit {
        rules: &["LIF-6"],
        what: "digits of a file id",
        last: 32,
        first: 33,
        only: &[],
        measure: |a| member_length(a, "file_id"),
    },
    Limit {
        rules: &["LIF-6"],
        what: "digits of a version beyond those by which it is one",
        last: 9,
        first: 10,
        only: &[],
        measure: |a| member_length(a, "version"),
    },
    Limit {
        rules: &["MSV-2"],
        what: "characters of a message vector",
        last: 26,
        first: 25,
        only: &[],
        measure: message_vector_length,
    }
    .of(&["message_vector.decode", "license_file.write"]),
    Limit {
        rules: &["MSV-2"],
        what: "characters of a message vector",
        last: 26,
        first: 27,
        only: &[],
        measure: message_vector_length,
    }
    .of(&["message_vector.decode", "license_file.write"]),
    least(&["MSV-4"], "the mark of a message vector", 3, |a| vector_number(a, 0, 2)),
    most(&["MSV-4"], "activation_validity_days", 9999, |a| vector_number(a, 7, 14)),
    least(&["MSV-4"], "code_tries", 1, |a| vector_number(a, 53, 7)),
    most(&["MSV-4"], "code_tries", 99, |a| vector_number(a, 53, 7)),
    least(&["MSV-4"], "signature_tries", 1, |a| vector_number(a, 60, 7)),
    most(&["MSV-4"], "signature_tries", 99, |a| vector_number(a, 60, 7)),
    most(&["MSV-4"], "identification_window", 100, |a| vector_number(a, 67, 7)),
    most(&["MSV-4"], "signature_window", 100, |a| vector_number(a, 74, 7)),
    most(&["MSV-4"], "first_use_s", 10_800, |a| vector_number(a, 81, 14)),
    most(&["MSV-4"], "look_ahead", 20, |a| vector_number(a, 95, 5)),
    // BLOBs
    least(&["BLB-3"], "bytes of a BLOB", 33, blob_length),
    most(&["BLB-3"], "bytes of a BLOB", 186, blob_length),
    least(&["BLB-12"], "generation above the server's", 0, generation),
    most(&["BLB-7", "SDL-34"], "shift", 1 << 40, |a| content_number(a, "shift")).of(CONTENTS),
    least(&["BLB-7", "SDL-34"], "shift", -(1 << 40), |a| content_number(a, "shift")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "last accepted step", EVENT, |a| content_number(a, "step")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "next OTP step", EVENT, |a| content_number(a, "otp")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "next event", EVENT, |a| content_number(a, "event")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "hashes", 12, hashes).of(CONTENTS),
    // a client's state
    least(&["CST-4"], "bytes of a state", 51, state_length),
    most(&["CST-10"], "serial numbers of a state", 32, |a| loaded_number(a, "accounts")),
    most(&["CST-7"], "device type", 99, |a| loaded_number(a, "device-type")),
    least(&["CST-7"], "sequence number of the activated account", 1, |a| loaded_number(a, "sequence")),
    most(&["CST-7"], "sequence number of the activated account", 99, |a| loaded_number(a, "sequence")),
    least(&["CST-7"], "sequence number of the waiting account", 1, |a| loaded_number(a, "waiting-sequence")),
    most(&["CST-7"], "sequence number of the waiting account", 99, |a| loaded_number(a, "waiting-sequence")),
    most(&["CST-7"], "pin_failures beyond the tries", 0, |a| loaded_failures(a, "pin-failures")),
    most(&["CST-7"], "unlock_failures beyond the tries", 0, |a| loaded_failures(a, "unlock-failures")),
    least(&["CST-11"], "pin_failures of an account with an unlock challenge", 0, |a| {
        let has = a.loaded().is_some_and(|saved| !saved.field("0/challenge").is_empty());
        loaded_failures(a, "pin-failures").into_iter().filter(|_| has).collect()
    }),
    least(&["CST-7"], "information counter", 1, |a| loaded_number(a, "information-counter")),
    most(&["CST-7"], "event", EVENT, loaded_events),
    least(&["CST-7"], "characters of a user", 1, |a| loaded_text(a, "user")),
    most(&["CST-7"], "characters of a user", 255, |a| loaded_text(a, "user")),
    most(&["CST-7"], "characters of a domain", 255, |a| loaded_text(a, "domain")),
    // open algorithms
    most(&["ALG-5"], "digits of a suite", 10, |a| suite(a, 't')),
    least(&["ALG-5"], "digits of a suite but 0", 4, |a| suite(a, 't')),
    Limit {
        rules: &["ALG-5"],
        what: "digits of a suite that are none",
        last: 0,
        first: 1,
        only: &[],
        measure: |a| suite(a, 't'),
    },
    least(&["ALG-5"], "characters of a question", 4, |a| suite(a, 'x')),
    most(&["ALG-5"], "characters of a question", 64, |a| suite(a, 'x')),
    least(&["ALG-5"], "bytes of session information", 1, |a| suite(a, 'n')),
    most(&["ALG-5"], "bytes of session information", 512, |a| suite(a, 'n')),
    least(&["ALG-5"], "a suite's seconds", 1, |a| suite(a, 'S')),
    most(&["ALG-5"], "a suite's seconds", 59, |a| suite(a, 'S')),
    least(&["ALG-5"], "a suite's minutes", 1, |a| suite(a, 'M')),
    most(&["ALG-5"], "a suite's minutes", 59, |a| suite(a, 'M')),
    least(&["ALG-5"], "a suite's hours", 1, |a| suite(a, 'H')),
    most(&["ALG-5"], "a suite's hours", 48, |a| suite(a, 'H')),
    least(&["ALG-6"], "characters of the question asked", 1, |a| text_length(a, "question")),
    most(&["ALG-6"], "characters of the question asked beyond twice the suite's", 0, ocra_question),
    most(&["ALG-6"], "bytes of the session asked beyond the suite's", 0, ocra_session),
    // another app
    most(&["A2A-1"], "characters of a URL", 16_384, url_length),
    least(&["A2A-1"], "character of a URL", 0x21, url_character).of(URLS),
    most(&["A2A-1"], "character of a URL", 0x7E, url_character).of(URLS),
    least(&["A2A-25"], "characters of a scheme", 1, |a| text_length(a, "scheme")),
    most(&["A2A-25"], "characters of a scheme", 64, |a| text_length(a, "scheme")),
    least(&["A2A-27"], "characters of a state", 1, call_state),
    most(&["A2A-27"], "characters of a state", 64, call_state),
    // push and login
    Limit {
        rules: &["PSH-4", "PSH-5"],
        what: "digits of a challenge key",
        last: 10,
        first: 9,
        only: &[],
        measure: key_length,
    }
    .of(KEYS),
    Limit {
        rules: &["PSH-4", "PSH-5"],
        what: "digits of a challenge key",
        last: 10,
        first: 11,
        only: &[],
        measure: key_length,
    }
    .of(KEYS),
    least(&["PSH-4"], "application index", 1, |a| gateway(a, 3, "index")).of(READS),
    most(&["PSH-4"], "application index", 8, |a| gateway(a, 3, "index")).of(READS),
    least(&["PSH-4", "PSH-5"], "characters of a service", 1, |a| gateway(a, 2, "service")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a service", 255, |a| gateway(a, 2, "service")).of(STRINGS),
    least(&["PSH-4", "PSH-5"], "characters of a user", 1, |a| gateway(a, 4, "user")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a user", 255, |a| gateway(a, 4, "user")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a domain", 255, |a| gateway(a, 5, "domain")).of(STRINGS),
    least(&["INF-4"], "information counter above the last one", 1, information_counter),
    Limit {
        rules: &["INF-5"],
        what: "bytes of the body of an information message",
        last: 6,
        first: 5,
        only: &[],
        measure: |a| body_length(a, 0x24),
    },
    Limit {
        rules: &["INF-5"],
        what: "bytes of the body of an information message",
        last: 6,
        first: 7,
        only: &[],
        measure: |a| body_length(a, 0x24),
    },
    Limit {
        rules: &["INF-5"],
        what: "first byte of an information message",
        last: 1,
        first: 0,
        only: &[],
        measure: |a| body_at(a, 0x24, 0),
    },
    Limit {
        rules: &["INF-5"],
        what: "first byte of an information message",
        last: 1,
        first: 2,
        only: &[],
        measure: |a| body_at(a, 0x24, 0),
    },
    most(&["LGN-3"], "logins of one requester that go on", 15, logins_of_requester),
    most(&["LGN-23"], "logins that go on", 255, logins_known),
    most(&["LGN-9"], "seconds of a login that is pending", 60, |a| login_age(a, Some(false))),
    most(&["LGN-9"], "seconds of a login that is retrieved", 180, |a| login_age(a, Some(true))),
    most(&["LGN-7"], "seconds for which a login is known", 3600, |a| login_age(a, None)),
    most(&["LGN-22"], "wrong signatures over a login beyond those that are allowed", -1, login_failures),
    // single-device licensing
    Limit {
        rules: &["SDL-4"],
        what: "digits of a decimal code",
        last: 40,
        first: 39,
        only: &[],
        measure: |a| code_length(a, false),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a decimal code",
        last: 40,
        first: 41,
        only: &[],
        measure: |a| code_length(a, false),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a hexadecimal code",
        last: 33,
        first: 32,
        only: &[],
        measure: |a| code_length(a, true),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a hexadecimal code",
        last: 33,
        first: 34,
        only: &[],
        measure: |a| code_length(a, true),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a short decimal code",
        last: 20,
        first: 19,
        only: &[],
        measure: |a| code_length(a, false),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a short decimal code",
        last: 20,
        first: 21,
        only: &[],
        measure: |a| code_length(a, false),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a short hexadecimal code",
        last: 16,
        first: 15,
        only: &[],
        measure: |a| code_length(a, true),
    }
    .of(CODES),
    Limit {
        rules: &["SDL-4"],
        what: "digits of a short hexadecimal code",
        last: 16,
        first: 17,
        only: &[],
        measure: |a| code_length(a, true),
    }
    .of(CODES),
    most(&["SDL-6"], "a decimal code beyond 128 bits", -1, |a| code_number(a, false)).of(CODES),
    most(&["SDL-6"], "a short decimal code beyond 64 bits", -1, |a| code_number(a, true)).of(CODES),
    Limit {
        rules: &["SDL-12"],
        what: "digits of a suffix",
        last: 7,
        first: 6,
        only: &[],
        measure: |a| text_length(a, "suffix"),
    },
    Limit {
        rules: &["SDL-12"],
        what: "digits of a suffix",
        last: 7,
        first: 8,
        only: &[],
        measure: |a| text_length(a, "suffix"),
    },
    Limit {
        rules: &["SDL-12"],
        what: "characters of a serial number",
        last: 10,
        first: 9,
        only: &[],
        measure: |a| text_length(a, "serial"),
    },
    Limit {
        rules: &["SDL-12"],
        what: "characters of a serial number",
        last: 10,
        first: 11,
        only: &[],
        measure: |a| text_length(a, "serial"),
    },
    least(&["SDL-19"], "bytes of full activation data", 13, data_length),
    most(&["SDL-19"], "bytes of full activation data", 1024, data_length),
    least(&["SDL-42"], "bytes of encrypted full activation data", 33, data_length),
    most(&["SDL-25"], "characters of the event reactivation counter", 91, online_counter),
    least(&["SDL-31"], "bytes of a single-device state", 33, state_length),
    most(&["SDL-34"], "password_failures beyond the tries", 0, |a| loaded_failures(a, "failures")),
    most(&["SDL-34"], "password_failures of a kept account beyond the tries", 0, |a| {
        loaded_failures(a, "kept-failures")
    })
    .of(&["client.single_load"]),
    most(&["SDL-34"], "event", EVENT, loaded_events).of(&["client.single_load"]),
    least(&["SDL-34"], "memory_kib", 8, |a| loaded_number(a, "memory")).of(&["client.single_load"]),
    most(&["SDL-34"], "memory_kib", 65_536, |a| loaded_number(a, "memory")).of(&["client.single_load"]),
    least(&["SDL-34"], "iterations", 1, |a| loaded_number(a, "iterations")).of(&["client.single_load"]),
    most(&["SDL-34"], "iterations", 16, |a| loaded_number(a, "iterations")).of(&["client.single_load"]),
    least(&["SDL-34"], "signature_tries", 1, |a| loaded_number(a, "tries")).of(&["server.single_load"]),
    most(&["SDL-34"], "signature_tries", 99, |a| loaded_number(a, "tries")).of(&["server.single_load"]),
    most(&["SDL-34"], "identification_window", 100, |a| loaded_number(a, "identification"))
        .of(&["server.single_load"]),
    most(&["SDL-34"], "signature_window", 100, |a| loaded_number(a, "signature")).of(&["server.single_load"]),
    most(&["SDL-34"], "first_use_s", 10_800, |a| loaded_number(a, "first-use")).of(&["server.single_load"]),
    most(&["SDL-34"], "look_ahead", 20, |a| loaded_number(a, "look-ahead")).of(&["server.single_load"]),
    most(&["SDL-34"], "bound", 1, |a| loaded_number(a, "bound")).of(&["server.single_load"]),
    most(&["ERC-3"], "event counter to be sent", U32, next_event),
    Limit {
        rules: &["ERC-4"],
        what: "digits of an event reactivation counter beyond its length",
        last: 0,
        first: 1,
        only: &[],
        measure: counter_length,
    },
    Limit {
        rules: &["ERC-4"],
        what: "digits of an event reactivation counter below its length",
        last: 0,
        first: -1,
        only: &[],
        measure: counter_length,
    },
    most(&["PWD-2"], "characters of a password beyond its maximum", 0, |a| password_length(a, false)),
    least(&["PWD-2"], "characters of a password below its minimum", 0, |a| password_length(a, true)),
    least(&["PWD-3"], "character of a password", 0x20, password_character),
    most(&["PWD-3"], "character of a password", 0x7E, password_character),
    most(&["PWD-7"], "wrong passwords beyond those that are allowed", -1, |a| {
        client_failures(a, "password_failures")
    }),
    Limit {
        rules: &["BND-6"],
        what: "digits of a derivation code",
        last: 26,
        first: 25,
        only: &[],
        measure: |a| text_length(a, "code"),
    },
    Limit {
        rules: &["BND-6"],
        what: "digits of a derivation code",
        last: 26,
        first: 27,
        only: &[],
        measure: |a| text_length(a, "code"),
    },
    most(&["BND-6"], "the diversifier in a derivation code", (1 << 56) - 1, diversifier),
    // pictures
    most(&["CAR-2"], "characters in alphanumeric mode", 4296, |a| qr(a, true)),
    most(&["CAR-2"], "characters in byte mode", 2953, |a| qr(a, false)),
    least(&["CAR-2"], "characters to be drawn", 1, |a| text_length(a, "text")),
    most(&["CAR-4"], "width or height of a picture", 16_384, |a| {
        picture(a, |width, height| vec![width, height])
    }),
    most(&["CAR-4"], "pixels of a picture", 16_777_216, |a| picture(a, |width, height| vec![width * height])),
];

const SERIALS: &[&str] = &[
    "frame.parse",
    "frame.open",
    "client.activate_license",
    "client.activate_instance",
    "client.open",
    "client.deactivate",
    "client.mark_confirmed",
    "client.dispatch",
    "server.verify_message_signature",
    "server.process_information",
    "server.login_reject",
    "app2app.build",
    "client.load",
    "client.single_load",
    "server.single_load",
    "client.single_activate_online",
];
const DIRECT: &[&str] = &[
    "frame.parse",
    "client.open",
    "client.deactivate",
    "client.activate_license",
    "client.activate_instance",
    "client.mark_confirmed",
    "client.dispatch",
    "app2app.build",
];
const GATEWAY: &[&str] = &[
    "frame.parse",
    "frame.open",
    "client.open",
    "client.deactivate",
    "server.verify_message_signature",
    "server.process_information",
    "server.login_reject",
];
const OPENS: &[&str] = &["client.open", "client.dispatch"];
const URLS: &[&str] = &["app2app.parse", "client.dispatch"];
const READS: &[&str] = &["client.open", "client.dispatch", "push.read"];
const STRINGS: &[&str] = &[
    "client.open",
    "client.dispatch",
    "push.read",
    "push.write",
    "server.login_start",
    "server.generate_request",
];
const KEYS: &[&str] = &[
    "client.open",
    "client.dispatch",
    "push.read",
    "push.write",
    "server.generate_request",
    "client.generate_information",
    "server.login_retrieve",
    "server.login_approve",
    "server.login_cancel",
    "server.login_status",
];
const CODES: &[&str] = &["activation_code.read", "client.single_activate"];
const CONTENTS: &[&str] = &["server.load_blob", "server.single_load"];

fn policy(a: &Asked<'_>, from: u32) -> Vec<i128> {
    let body = a.body().filter(|_| a.plain().is_some_and(|plain| plain.word >> 6 & 0x3F == 0));
    one(body.and_then(|body| Some(number(body.get(29..31)?) >> from & 0x3F)))
}

fn items(a: &Asked<'_>) -> Vec<i128> {
    one(behind_title(a, 0).and_then(|rest| Some(i128::from(*rest.first()?))))
}

fn password_character(a: &Asked<'_>) -> Vec<i128> {
    new_password(a).unwrap_or_default().chars().map(|c| i128::from(u32::from(c))).collect()
}

// --- what is no limit ---

/// Why a requirement that names a number has no limit here.
pub(crate) fn no_limit(id: &str) -> Option<&'static str> {
    let found = NO_LIMIT.iter().find(|(known, _)| known.contains(&id));
    found.map(|(_, reason)| *reason)
}

static NO_LIMIT: &[(&[&str], &str)] = &[
    (
        &[
            "FRM-5", "FRM-6", "FRM-7", "FRM-8", "FRM-9", "FRM-10", "FRM-12", "AM2-7", "CLI-2", "CLI-7",
            "REQ-4", "INF-2", "INF-7", "PSH-2", "PSH-3", "BLB-4", "BLB-6", "CST-5", "SDL-20", "SDL-21",
            "SDL-22", "SDL-32", "LIF-7",
        ],
        "a version, a type, a protection, a place: each value is a name of something",
    ),
    (
        &["CNV-3", "A2A-6", "SDL-7", "SDL-9"],
        "a form, whose characters are asked one by one where it is read; its lengths are those of other rows",
    ),
    (
        &["STV-1", "STV-4", "DVC-6", "REQ-2"],
        "what is one beyond is refused by the next check with the same class, whichever of the two is asked",
    ),
    (
        &["AM1-5", "AM1-9", "AM2-17", "CLI-10", "SDL-27", "PWD-6", "BND-3", "A2A-28"],
        "a flag, a mode, a state or a record by its number",
    ),
    (&["PRT-4"], "all 8 bytes are compared: the families bend each"),
    (&["AM1-11", "AM1-17", "REQ-7", "A2A-7", "CAR-3"], "a section, a standard or a code point by its number"),
    (&["PWD-4"], "examples of passwords"),
];
