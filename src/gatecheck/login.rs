//! From the website's wish to the user's decision. LGN, PSH, INF.

use channel::class::Class;
use channel::text::hex;
use channel::wire::frame::{Carrier, Frame, Nonce};
use gateway::surface::Operation;
use harness::cell::{Attacker, Goal};
use harness::trial::{Stop, fail};
use serde_json::{Value, json};

use crate::activation::device;
use crate::area::Area;
use crate::front::Front;
use crate::phone::{Phone, Registration, SERVICE, app, details, notified, requester as requester_of, wrong};

pub(crate) fn add(area: &mut Area) {
    area.follows(
        &["LGN-1", "LGN-14", "LGN-16"],
        "login-approved",
        "a user approves: notification, details, signature",
        approved,
    );
    area.against(Goal::Leave, Attacker::Caller).follows(
        &["LGN-18", "INF-8"],
        "login-rejected",
        "a user rejects what any of his devices has retrieved",
        rejected,
    );
    area.follows(
        &["LGN-19"],
        "login-cancelled",
        "a website gives up, before and after the details",
        cancelled,
    );
    area.accepts(
        &["PSH-1", "LGN-14"],
        "login-details",
        "the details are shown as the website has asked",
        shown,
    );
    area.accepts(
        &["NON-1", "NON-2"],
        "login-counters",
        "each message has the next counter, and the time",
        counted,
    );
    area.accepts(
        &["LGN-24"],
        "locked-retrieves",
        "an instance that is locked is handed the details",
        locked_retrieves,
    );
    area.refuses(&["LGN-8"], "login-retrieved", "details are handed out once", once);
    area.refuses(
        &["LGN-8"],
        "login-raced",
        "details are handed out once, though eight ask at the same time",
        raced,
    );
    area.refuses(
        &["LGN-10"],
        "approval-raced",
        "a login is approved once, though the same signature comes eight times",
        approval_raced,
    );
    area.refuses(
        &["VER-12", "LGN-16"],
        "login-wrong-signature",
        "a wrong signature is refused, and the login goes on",
        wrong_signature,
    );
    area.refuses(
        &["VER-10"],
        "login-signature-form",
        "a signature of another form is refused, and counts nothing",
        bad_signature,
    );
    area.against(Goal::Guess, Attacker::Caller).refuses(
        &["LGN-22"],
        "login-failed",
        "too many wrong signatures end a login",
        failed,
    );
    area.refuses(
        &["VER-5"],
        "login-locked",
        "an instance with too many wrong signatures may retrieve and not approve",
        locked,
    );
    area.against(Goal::Login, Attacker::Caller).refuses(
        &["LGN-15"],
        "login-other-user",
        "a login is approved by its user, and in its domain",
        other_user,
    );
    area.against(Goal::Login, Attacker::Sibling).refuses(
        &["LGN-16"],
        "login-sibling",
        "another device of the user can't approve what it hasn't retrieved",
        sibling,
    );
    area.refuses(
        &["LGN-16"],
        "login-other-details",
        "a signature over the details of another login is refused",
        other_details,
    );
    area.refuses(
        &["LGN-7"],
        "login-other-license",
        "another license's instance is told nothing, and uses nothing up",
        other_license,
    );
    area.refuses(
        &["LGN-13"],
        "login-not-retrieved",
        "what was not retrieved is neither approved nor rejected",
        not_retrieved,
    );
    area.against(Goal::Login, Attacker::Network).refuses(
        &["INF-4"],
        "rejection-twice",
        "a rejection is taken once",
        rejection_twice,
    );
    area.refuses(&["PSH-4"], "login-key-form", "a challenge key is 10 hexadecimal digits", key_form);
    area.refuses(&["PSH-5"], "login-service", "a service that can't be carried or shown is refused", service);
    area.refuses(
        &["REQ-12"],
        "login-application",
        "an application that may not sign requests is refused",
        application,
    );
    area.against(Goal::Pending, Attacker::Caller).refuses(
        &["LGN-3"],
        "login-requester",
        "one requester has 16 logins of a license, and keeps nobody else out",
        requester,
    );
    area.refuses(
        &["LGN-23"],
        "login-most",
        "a license knows 256 logins, and forgets those that are over",
        most,
    );
}

fn started(front: &mut Front<'_, '_>, body: &Value) -> Result<(String, String), Stop> {
    let result = front.does("LGN-1", Operation::StartLogin, body)?;
    let key = front.text("LGN-1", &result, "challengeKey")?;
    let message = front.text("LGN-1", &result, "notificationMessage")?;
    front.follows(&key, "pending");
    Ok((key, message))
}

fn approved(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let mut phone = Phone::activate(front, 0)?;
    let result = front.does("LGN-1", Operation::StartLogin, &phone.wish())?;
    let key = front.text("LGN-1", &result, "challengeKey")?;
    let is_key = key.len() == 10 && key.bytes().all(|byte| b"0123456789ABCDEF".contains(&byte));
    front.holds("LGN-1", is_key, "a challenge key of 10 digits in upper case", key.clone())?;
    let serial = front.text("LGN-1", &result, "serialNumber")?;
    front.holds("LGN-1", serial == about.serial, &format!("the license {}", about.serial), serial.clone())?;
    let message = front.text("LGN-1", &result, "notificationMessage")?;
    let told = phone.reads(&message)?;
    let got = notified(&told).unwrap_or("another content").to_owned();
    front.holds("LGN-1", got == key, &format!("a notification of {key}"), got.clone())?;
    let request = &told.request;
    let is_plain = !request.require_pin && request.minimum_version == 0 && request.template == 0;
    front.holds("LGN-1", is_plain, "no PIN, minimum version 0, template 0", format!("{request:?}"))?;
    front.login_is("LGN-1", &key, "pending")?;
    let displayed = phone.retrieves(front, &key)?;
    front.login_is("LGN-14", &key, "retrieved")?;
    let signature = phone.signs(front, displayed)?;
    // Keys are compared without regard to case.
    let body = phone.approves(&key.to_lowercase(), &signature);
    let result = front.does("LGN-16", Operation::Approve, &body)?;
    front.holds("GTW-1", result.is_null(), "no result of an approval", result.to_string())?;
    front.login_is("LGN-16", &key, "approved")
}

/// Two phones of one license.
fn siblings(front: &mut Front<'_, '_>) -> Result<[Phone; 2], Stop> {
    Ok([Phone::activate(front, 0)?, Phone::activate(front, 0)?])
}

/// Time and counter of a message.
fn nonce(message: &str) -> Result<Nonce, Stop> {
    let wrong = |refusal| fail("FRM-1", "a frame".to_owned(), format!("none: {refusal}"));
    let bytes = hex::decode(message).map_err(wrong)?;
    let frame = Frame::decode(&bytes, Carrier::Gateway).map_err(wrong)?;
    Ok(Nonce::decode(frame.header.nonce))
}

fn counted(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    /// Seconds by which a gateway's clock may differ from this one's.
    const CLOCKS_S: u32 = 120;
    let phone = Phone::activate(front, 0)?;
    let mut before: Option<Nonce> = None;
    for _ in 0..2 {
        let (key, notification) = started(front, &phone.wish())?;
        let prepared = front.does("LGN-14", Operation::Prepare, &phone.prepares(&key))?;
        front.follows(&key, "retrieved");
        let details = front.text("GTW-1", &prepared, "requestMessage")?;
        for message in [notification, details] {
            let now = front.now;
            let nonce = nonce(&message)?;
            let is_near = nonce.time.abs_diff(now) <= CLOCKS_S;
            front.holds("NON-1", is_near, &format!("a time near {now}"), nonce.time.to_string())?;
            if let Some(before) = before {
                let (time, counter) = (nonce.time, nonce.counter);
                front.holds(
                    "NON-1",
                    time >= before.time,
                    &format!("{} or later", before.time),
                    time.to_string(),
                )?;
                let next = before.counter.saturating_add(1);
                front.holds("NON-2", counter == next, &format!("counter {next}"), counter.to_string())?;
            }
            before = Some(nonce);
        }
    }
    Ok(())
}

fn rejected(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let [mut first, mut second] = siblings(front)?;
    let key = first.is_asked(front)?;
    first.retrieves(front, &key)?;
    let body = first.rejects(front, &key)?;
    front.does("LGN-18", Operation::Reject, &body)?;
    front.login_is("LGN-18", &key, "rejected")?;
    // By another one than has retrieved.
    let key = first.is_asked(front)?;
    first.retrieves(front, &key)?;
    let body = second.rejects(front, &key.to_lowercase())?;
    front.does("LGN-18", Operation::Reject, &body)?;
    front.login_is("LGN-18", &key, "rejected")?;
    // By one that is locked.
    lock(front, &mut second)?;
    let key = first.is_asked(front)?;
    first.retrieves(front, &key)?;
    let body = second.rejects(front, &key)?;
    front.does("INF-8", Operation::Reject, &body)?;
    front.login_is("INF-8", &key, "rejected")
}

fn cancelled(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    for is_retrieved in [false, true] {
        let key = phone.is_asked(front)?;
        if is_retrieved {
            phone.retrieves(front, &key)?;
        }
        front.does("LGN-19", Operation::CancelLogin, &json!({"challengeKey": key.to_lowercase()}))?;
        front.login_is("LGN-19", &key, "cancelled")?;
    }
    Ok(())
}

fn shown(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    // With a domain, so a license of its own.
    let about = front.about(1)?;
    let (user, domain) = (format!("日本 {}", about.serial), "Zoë".to_owned());
    let body = json!({"serialNumber": about.serial, "userID": user, "domain": domain});
    let begun = front.does("GTW-5", Operation::Register, &body)?;
    let registration = Registration {
        id: front.text("GTW-5", &begun, "registrationIdentifier")?,
        message: front.text("GTW-5", &begun, "licenseActivationMessage")?,
    };
    let client = app(front)?;
    let mut phone = Phone::through(front, &about, &registration, client)?;
    let longest = "é".repeat(255);
    for service in [SERVICE, longest.as_str()] {
        let body =
            json!({"userID": user, "domain": domain, "service": service, "application": about.application});
        let (key, _) = started(front, &body)?;
        let prepared = front.does("LGN-14", Operation::Prepare, &phone.prepares(&key))?;
        front.follows(&key, "retrieved");
        let message = front.text("GTW-1", &prepared, "requestMessage")?;
        let shown = phone.reads(&message)?;
        let got = details(&shown)
            .ok_or_else(|| fail("PSH-1", "details".to_owned(), format!("{:?}", shown.request)))?;
        let told = format!("{got:?}");
        let is_it = got.service == service && got.identity.user == user && got.identity.domain == domain;
        front.holds("PSH-1", is_it, &format!("{service}, {user}, {domain}"), told.clone())?;
        let request = &shown.request;
        let of_right = got.application == about.application && request.application == about.application;
        front.holds("PSH-1", of_right, &format!("application {}", about.application), told)?;
        let is_right = request.require_pin && request.minimum_version == 0 && request.template == 0;
        front.holds("LGN-14", is_right, "a PIN, minimum version 0, template 0", format!("{request:?}"))?;
        // Who has another domain than the details is another.
        let displayed = phone.displays(&message)?;
        let signature = phone.signs(front, displayed)?;
        let body = json!({"userID": user, "domain": domain, "challengeKey": key, "signature": signature});
        front.does("LGN-16", Operation::Approve, &body)?;
        front.login_is("LGN-16", &key, "approved")?;
    }
    Ok(())
}

fn once(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let [mut first, second] = siblings(front)?;
    let key = first.is_asked(front)?;
    let displayed = first.retrieves(front, &key)?;
    front.accepts("LGN-8");
    for phone in [&first, &second] {
        front.refuses("LGN-8", Class::AlreadyRetrieved, Operation::Prepare, &phone.prepares(&key))?;
    }
    let signature = first.signs(front, displayed)?;
    front.does("LGN-16", Operation::Approve, &first.approves(&key, &signature))?;
    Ok(())
}

/// Of what is asked at the same time, one is done, and the others are refused like this.
fn one_of(
    front: &mut Front<'_, '_>,
    aim: &'static str,
    class: Class,
    ask: (Operation, Value),
) -> Result<(), Stop> {
    const TIMES: u8 = 8;
    let answers = front.at_once(aim, ask.0, &ask.1, TIMES)?;
    let done = answers.iter().filter(|answer| answer.problem.is_none()).count();
    front.holds(aim, done == 1, "one of eight done", format!("{done} done"))?;
    for answer in answers {
        let problem = answer.problem.map(gateway::code::Problem::codes);
        let is_right = problem.is_none_or(|codes| codes == gateway::code::Problem::Refused(class).codes());
        front.holds(aim, is_right, &format!("refused with {}", class.word()), answer.words)?;
    }
    front.accepts(aim);
    // What came at the same time comes afterwards, too.
    front.refuses(aim, class, ask.0, &ask.1)
}

fn raced(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    let (key, _) = started(front, &phone.wish())?;
    front.follows(&key, "retrieved");
    one_of(front, "LGN-8", Class::AlreadyRetrieved, (Operation::Prepare, phone.prepares(&key)))
}

fn approval_raced(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    front.follows(&key, "approved");
    one_of(front, "LGN-10", Class::AlreadyApproved, (Operation::Approve, phone.approves(&key, &signature)))
}

fn wrong_signature(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    let bad = phone.approves(&key, &wrong(&signature));
    front.refuses("VER-12", Class::WrongSignature, Operation::Approve, &bad)?;
    front.refuses("LGN-16", Class::WrongSignature, Operation::Approve, &bad)?;
    front.does("LGN-16", Operation::Approve, &phone.approves(&key, &signature))?;
    front.accepts("VER-12");
    front.login_is("LGN-16", &key, "approved")
}

fn bad_signature(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    let texts = [
        String::new(),
        "x".repeat(signature.len()),
        format!("{signature}0"),
        format!(" {signature}"),
        "１２３４５６７８".into(),
    ];
    // More often than wrong ones may be.
    for text in texts.iter().cycle().take(usize::from(about.signature_tries) + texts.len()) {
        front.refuses("VER-10", Class::BadSignature, Operation::Approve, &phone.approves(&key, text))?;
    }
    front.does("VER-10", Operation::Approve, &phone.approves(&key, &signature))?;
    front.login_is("LGN-16", &key, "approved")
}

/// Wrong signatures until a login has failed, and its instance is locked: the challenge key, and the right signature.
fn fails(front: &mut Front<'_, '_>, phone: &mut Phone) -> Result<(String, String), Stop> {
    let tries = front.about(0)?.signature_tries;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    for left in (0..tries).rev() {
        if left == 0 {
            front.follows(&key, "failed");
        }
        let bad = phone.approves(&key, &wrong(&signature));
        front.refuses("VER-12", Class::WrongSignature, Operation::Approve, &bad)?;
    }
    Ok((key, signature))
}

fn lock(front: &mut Front<'_, '_>, phone: &mut Phone) -> Result<(), Stop> {
    fails(front, phone)?;
    let locked = device(front, &phone.user, &phone.name)?.get("locked").cloned().unwrap_or_default();
    front.holds("VER-5", locked == json!(true), "a device that is locked", locked.to_string())
}

fn failed(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let [mut first, mut second] = siblings(front)?;
    let (key, signature) = fails(front, &mut first)?;
    front.login_is("LGN-22", &key, "failed")?;
    let class = Class::AttemptsExhausted;
    front.refuses("LGN-22", class, Operation::Approve, &first.approves(&key, &signature))?;
    front.refuses("LGN-22", class, Operation::Prepare, &second.prepares(&key))?;
    let body = second.rejects(front, &key)?;
    front.refuses("LGN-22", class, Operation::Reject, &body)?;
    front.refuses("LGN-22", class, Operation::CancelLogin, &json!({"challengeKey": key}))?;
    // Another login, by the other instance.
    let key = second.is_asked(front)?;
    let displayed = second.retrieves(front, &key)?;
    let signature = second.signs(front, displayed)?;
    front.does("LGN-22", Operation::Approve, &second.approves(&key, &signature))?;
    front.login_is("LGN-16", &key, "approved")
}

fn locked(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let [mut first, mut second] = siblings(front)?;
    lock(front, &mut first)?;
    let key = first.is_asked(front)?;
    // LGN-24: whoever can't see a login can't reject it.
    let displayed = first.retrieves(front, &key)?;
    let signature = first.signs(front, displayed)?;
    front.refuses("VER-5", Class::Locked, Operation::Approve, &first.approves(&key, &signature))?;
    let key = second.is_asked(front)?;
    let displayed = second.retrieves(front, &key)?;
    let signature = second.signs(front, displayed)?;
    front.does("VER-5", Operation::Approve, &second.approves(&key, &signature))?;
    front.login_is("LGN-16", &key, "approved")
}

fn locked_retrieves(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    lock(front, &mut phone)?;
    let key = phone.is_asked(front)?;
    front.does("LGN-24", Operation::Prepare, &phone.prepares(&key))?;
    front.login_is("LGN-24", &key, "retrieved")
}

fn other_user(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let mut phone = Phone::activate(front, 0)?;
    let other = Phone::activate(front, 1)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    let users = [other.user, phone.user.to_uppercase(), String::new(), format!("{} ", phone.user)];
    // More often than wrong signatures may be: it counts nothing.
    for user in users.iter().cycle().take(usize::from(about.signature_tries) + users.len()) {
        let body = json!({"userID": user, "challengeKey": key, "signature": signature});
        front.refuses("LGN-15", Class::WrongUser, Operation::Approve, &body)?;
    }
    let body =
        json!({"userID": phone.user, "domain": "another", "challengeKey": key, "signature": signature});
    front.refuses("LGN-15", Class::WrongUser, Operation::Approve, &body)?;
    let body = json!({"userID": phone.user, "domain": null, "challengeKey": key, "signature": signature});
    front.does("LGN-15", Operation::Approve, &body)?;
    front.login_is("LGN-16", &key, "approved")
}

fn sibling(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let [mut first, mut second] = siblings(front)?;
    let key = first.is_asked(front)?;
    let prepared = front.does("LGN-14", Operation::Prepare, &first.prepares(&key))?;
    front.follows(&key, "retrieved");
    let message = front.text("GTW-1", &prepared, "requestMessage")?;
    // All devices of a license can read what is sent to one of them.
    let displayed = second.displays(&message)?;
    let by_second = second.signs(front, displayed)?;
    front.refuses("LGN-16", Class::WrongSignature, Operation::Approve, &first.approves(&key, &by_second))?;
    let displayed = first.displays(&message)?;
    let by_first = first.signs(front, displayed)?;
    front.does("LGN-16", Operation::Approve, &first.approves(&key, &by_first))?;
    front.login_is("LGN-16", &key, "approved")
}

fn other_details(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let [one, other] = [phone.is_asked(front)?, phone.is_asked(front)?];
    let displayed = phone.retrieves(front, &one)?;
    let of_one = phone.signs(front, displayed)?;
    let displayed = phone.retrieves(front, &other)?;
    let of_other = phone.signs(front, displayed)?;
    front.refuses("LGN-16", Class::WrongSignature, Operation::Approve, &phone.approves(&one, &of_other))?;
    for (key, signature) in [(one, of_one), (other, of_other)] {
        front.does("LGN-16", Operation::Approve, &phone.approves(&key, &signature))?;
        front.login_is("LGN-16", &key, "approved")?;
    }
    Ok(())
}

fn other_license(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let mut other = Phone::activate(front, 1)?;
    let key = phone.is_asked(front)?;
    front.refuses("LGN-7", Class::UnknownSession, Operation::Prepare, &other.prepares(&key))?;
    let displayed = phone.retrieves(front, &key)?;
    front.accepts("LGN-7");
    front.refuses("LGN-7", Class::UnknownSession, Operation::Prepare, &other.prepares(&key))?;
    let body = other.rejects(front, &key)?;
    front.refuses("LGN-7", Class::UnknownSession, Operation::Reject, &body)?;
    let signature = phone.signs(front, displayed)?;
    front.does("LGN-16", Operation::Approve, &phone.approves(&key, &signature))?;
    Ok(())
}

fn not_retrieved(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    front.refuses("LGN-13", Class::WrongState, Operation::Approve, &phone.approves(&key, "00000000"))?;
    let used = phone.rejects(front, &key)?;
    front.refuses("LGN-13", Class::WrongState, Operation::Reject, &used)?;
    phone.retrieves(front, &key)?;
    // LGN-18: the message is used up all the same.
    front.refuses("LGN-18", Class::Replayed, Operation::Reject, &used)?;
    let fresh = phone.rejects(front, &key)?;
    front.does("LGN-13", Operation::Reject, &fresh)?;
    front.login_is("LGN-18", &key, "rejected")
}

fn rejection_twice(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    phone.retrieves(front, &key)?;
    let older = phone.rejects(front, &key)?;
    let newer = phone.rejects(front, &key)?;
    front.does("INF-4", Operation::Reject, &newer)?;
    front.login_is("LGN-18", &key, "rejected")?;
    for used in [newer, older] {
        front.refuses("INF-4", Class::Replayed, Operation::Reject, &used)?;
    }
    Ok(())
}

fn key_form(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let short = key.get(1..).unwrap_or_default().to_owned();
    for bad in
        [String::new(), short, format!("{key}0"), format!(" {key}"), "GGGGGGGGGG".into(), "01;03;0123".into()]
    {
        for operation in [Operation::LoginStatus, Operation::CancelLogin] {
            front.refuses("PSH-4", Class::BadString, operation, &json!({"challengeKey": bad}))?;
        }
        front.refuses("PSH-4", Class::BadString, Operation::Prepare, &phone.prepares(&bad))?;
        front.refuses("PSH-4", Class::BadString, Operation::Approve, &phone.approves(&bad, "00000000"))?;
    }
    phone.retrieves(front, &key.to_lowercase())?;
    front.accepts("PSH-4");
    front.login_is("LGN-14", &key, "retrieved")
}

fn service(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    let long = "é".repeat(256);
    for bad in ["", "a;b", "a\nb", "a\u{0}b", "a\u{200B}b", "a\u{202E}b", "a\u{A0}b", &long] {
        let body = json!({"userID": phone.user, "service": bad});
        front.refuses("PSH-5", Class::BadString, Operation::StartLogin, &body)?;
    }
    for good in ["é".repeat(255), "a: \"b\" & <c>".to_owned()] {
        front.does("PSH-5", Operation::StartLogin, &json!({"userID": phone.user, "service": good}))?;
    }
    Ok(())
}

fn application(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let Some(unsuited) = about.unsuited else {
        return Err(Stop::NotTestable("every application of the licenses may sign logins"));
    };
    let phone = Phone::activate(front, 0)?;
    let body = |application: u8| json!({"userID": phone.user, "service": "s", "application": application});
    front.refuses("REQ-12", Class::BadApplication, Operation::StartLogin, &body(unsuited))?;
    front.does("REQ-12", Operation::StartLogin, &body(about.application))?;
    Ok(())
}

fn requester(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    let who = requester_of(&front.about(0)?);
    let by = |who: &str| json!({"userID": phone.user, "service": "s", "requester": who});
    let mut last = String::new();
    for _ in 0..16 {
        last = started(front, &by(&who))?.0;
    }
    front.refuses("LGN-3", Class::ThresholdReached, Operation::StartLogin, &by(&who))?;
    front.does("LGN-3", Operation::StartLogin, &by(&format!("{who}0")))?;
    front.does("LGN-3", Operation::StartLogin, &by(""))?;
    front.does("LGN-19", Operation::CancelLogin, &json!({"challengeKey": last}))?;
    front.follows(&last, "cancelled");
    front.does("LGN-3", Operation::StartLogin, &by(&who))?;
    Ok(())
}

fn most(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    let whose = requester_of(&front.about(0)?);
    let by =
        |who: usize| json!({"userID": phone.user, "service": "s", "requester": format!("{whose} {who}")});
    let first = front.does("LGN-23", Operation::StartLogin, &by(0))?;
    let first = front.text("LGN-1", &first, "challengeKey")?;
    // Fewer, where an earlier run left some that are pending still.
    let mut known = 1;
    let full = loop {
        let answer = front.answer("LGN-23", Operation::StartLogin, &by(known / 10))?;
        if answer.problem.is_some() || known > 256 {
            break answer;
        }
        known += 1;
    };
    front.holds("LGN-23", full.problem.is_some(), "at most 256 logins of a license", full.words)?;
    front.refuses("LGN-23", Class::ThresholdReached, Operation::StartLogin, &by(999))?;
    front.does("LGN-19", Operation::CancelLogin, &json!({"challengeKey": first}))?;
    front.login_is("LGN-19", &first, "cancelled")?;
    front.does("LGN-23", Operation::StartLogin, &by(999))?;
    let gone = front.answer("LGN-23", Operation::LoginStatus, &json!({"challengeKey": first}))?;
    let is_forgotten = gone.problem.is_some();
    front.holds("LGN-23", is_forgotten, "the login that is over forgotten for it", gone.words)
}
