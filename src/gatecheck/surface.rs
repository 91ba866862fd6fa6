//! Paths, members, methods, lengths, keys, hosts, headers: what is judged before anybody looks at a license. GTW.

use channel::class::Class;
use gateway::code::Problem;
use gateway::surface::{Operation, Side};
use harness::trial::{Stop, fail};
use peer::protocol::Bytes;
use serde_json::{Value, json};

use crate::area::Area;
use crate::bridge::{Ask, Body, Key};
use crate::front::{Front, get, post};
use crate::phone::{Phone, user_of};

/// The headers by which replies guard themselves, and what each must say.
const GUARDS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

pub(crate) fn add(area: &mut Area) {
    area.accepts(
        &["GTW-1"],
        "document",
        "the document has every path, and the health says that it is well",
        document,
    );
    area.refuses(&["GTW-1"], "no-such-path", "what isn't on the surface is not found", no_such_path);
    area.refuses(
        &["GTW-1"],
        "other-method",
        "every path is asked by POST alone, and GET changes nothing",
        other_method,
    );
    area.refuses(
        &["GTW-2"],
        "body",
        "a body is one JSON object that has each member once, with its type",
        body,
    );
    area.refuses(
        &["GTW-2"],
        "instance-name",
        "an instance is called by serial number, hyphen and plain number",
        name,
    );
    area.accepts(&["GTW-2"], "unknown-member", "a member that isn't known is ignored", unknown_member);
    area.refuses(
        &["GTW-4"],
        "too-large",
        "a body of more than 16 KiB is refused, announced or in chunks",
        too_large,
    );
    area.refuses(&["GTW-4"], "media", "a body that isn't application/json is refused", media);
    area.refuses(&["GTW-7"], "key", "what a back end asks needs its key, whatever the body", key);
    area.refuses(&["GTW-9"], "host", "a request for another host is refused", host);
    area.refuses(&["GTW-9"], "origin", "a request of another site's page is refused", origin);
    area.accepts(&["GTW-11"], "guards", "every reply says that it is kept and shown nowhere", guards);
}

/// A request that is right and finds nothing: the twin of what isn't looked at.
fn finds_nothing(front: &mut Front<'_, '_>, aim: &'static str) -> Result<(), Stop> {
    let body = json!({"challengeKey": "0000000000"});
    let answer = front.answer(aim, Operation::LoginStatus, &body)?;
    let want = answer.problem == Some(Problem::Refused(Class::UnknownSession));
    let expected = "a right request that is looked at: STAT_UNKNOWN_SESSION of a key that no login has";
    front.holds(aim, want, expected, answer.words)?;
    front.accepts(aim);
    Ok(())
}

fn document(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let reply = front.reply("GTW-1", &get("/openapi.json"))?;
    let document: Value = serde_json::from_str(&reply.body).map_err(|error| {
        fail("GTW-1", "a document in JSON".to_owned(), format!("{}: {error}", reply.status))
    })?;
    for (_, path, ..) in Operation::TABLE {
        let is_there = document.get("paths").and_then(|paths| paths.get(path)?.get("post")).is_some();
        front.holds("GTW-1", is_there, &format!("paths with {path}, by post"), "none".to_owned())?;
    }
    let health = front.reply("GTW-1", &get("/healthz"))?;
    front.holds("GTW-1", health.status == 200, "/healthz with 200", health.status.to_string())
}

fn no_such_path(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    for path in ["/rest/v2/backend/loginstatus", "/rest/v2", "/rest/v2/backend/login/", "/%2e%2e/healthz"] {
        let ask =
            Ask { path: path.into(), ..post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"})) };
        front.errs("GTW-1", Problem::NotFound, &ask)?;
    }
    finds_nothing(front, "GTW-1")
}

fn other_method(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    for (operation, path, ..) in Operation::TABLE {
        for method in ["GET", "PUT", "DELETE"] {
            let body = match operation {
                Operation::Prepare => phone.prepares(&key),
                _ => json!({"challengeKey": key}),
            };
            let ask = Ask { method: method.into(), path: path.into(), ..post(operation, &body) };
            let reply = front.reply("GTW-1", &ask)?;
            front.is_problem("GTW-1", Problem::BadMethod, &reply)?;
        }
    }
    front.login_is("GTW-9", &key, "pending")?;
    finds_nothing(front, "GTW-1")
}

/// Bodies that are none, of a login's status.
fn wrong_bodies() -> Vec<Body> {
    let texts = [
        "",
        "{",
        "[]",
        "null",
        "\"0000000000\"",
        "{}",
        r#"["0000000000"]"#,
        r#"{"challengekey":"0000000000"}"#,
        r#"{"challengeKey":1}"#,
        r#"{"challengeKey":null}"#,
        r#"{"challengeKey":["0000000000"]}"#,
        r#"{"challengeKey":"0000000000"}{}"#,
        r#"{"challengeKey":"0000000000"} x"#,
        r#"{"challengeKey":"0000000000","challengeKey":"0000000000"}"#,
        r#"{"challengeKey":"0000000000",}"#,
        r#"{"challengeKey":"\ud800"}"#,
    ];
    let texts = texts.into_iter().map(|text| Body::Text { text: text.into() });
    let no_text = Body::Bytes { bytes: Bytes(b"{\"challengeKey\":\"\xFF\xFE00000000\"}".to_vec()) };
    let deep = Body::Text { text: "[".repeat(8_000) };
    texts.chain([no_text, deep]).collect()
}

fn body(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    for body in wrong_bodies() {
        let ask = Ask { body, ..post(Operation::LoginStatus, &Value::Null) };
        front.errs("GTW-2", Problem::BadRequest, &ask)?;
    }
    // Each member of each operation is due.
    let about = front.about(0)?;
    let id = "00112233445566778899";
    let name = format!("{}-1", about.serial);
    for (operation, whole) in [
        (Operation::Prepare, json!({"serialNumber": name, "challengeKey": "0000000000"})),
        (Operation::Approve, json!({"userID": "u", "challengeKey": "0000000000", "signature": "1"})),
        (Operation::Reject, json!({"serialNumber": name, "challengeKey": "00"})),
        (Operation::AddDevice, json!({"registrationIdentifier": id, "deviceCode": "1"})),
        (Operation::Activate, json!({"registrationIdentifier": id, "signature": "1"})),
        (Operation::Register, json!({"serialNumber": about.serial, "userID": user_of(&about)})),
        (Operation::StartLogin, json!({"userID": "u", "service": "s"})),
        (Operation::CancelLogin, json!({"challengeKey": "0000000000"})),
        (Operation::Devices, json!({"userID": "u"})),
    ] {
        let members = whole.as_object().cloned().unwrap_or_default();
        for member in members.keys() {
            let (mut missing, mut bent) = (members.clone(), members.clone());
            missing.remove(member);
            bent.insert(member.clone(), json!(7));
            for wrong in [missing, bent] {
                front.errs("GTW-2", Problem::BadRequest, &post(operation, &Value::Object(wrong)))?;
            }
        }
    }
    for id in
        ["", "0011223344556677889", "001122334455667788990", "0011223344556677889900", "0011223344556677889g"]
    {
        let wrong = json!({"registrationIdentifier": id, "signature": "1"});
        front.errs("GTW-2", Problem::BadRequest, &post(Operation::Activate, &wrong))?;
    }
    finds_nothing(front, "GTW-2")
}

fn name(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let serial = front.about(0)?.serial;
    let number = phone.name.rsplit('-').next().unwrap_or_default().to_owned();
    for name in [
        serial.clone(),
        format!("{serial}-"),
        format!("{serial}-0"),
        format!("{serial}-0{number}"),
        format!("{serial}-+{number}"),
        format!("{serial}-100"),
        format!("{serial}{number}"),
        format!("{serial}-{number} "),
        format!("{}-{number}", serial.to_lowercase()),
    ] {
        let body = json!({"serialNumber": name, "challengeKey": key});
        front.errs("GTW-2", Problem::BadRequest, &post(Operation::Prepare, &body))?;
    }
    phone.retrieves(front, &key)?;
    front.accepts("GTW-2");
    Ok(())
}

fn unknown_member(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let with = |mut body: Value| {
        if let Some(members) = body.as_object_mut() {
            members.insert("more".into(), json!({"a": [1, null], "challengeKey": "0000000000"}));
        }
        body
    };
    let started = front.does("GTW-2", Operation::StartLogin, &with(phone.wish()))?;
    let key = front.text("LGN-1", &started, "challengeKey")?;
    let prepared = front.does("GTW-2", Operation::Prepare, &with(phone.prepares(&key)))?;
    let message = front.text("GTW-1", &prepared, "requestMessage")?;
    let displayed = phone.displays(&message)?;
    let signature = phone.signs(front, displayed)?;
    front.does("GTW-2", Operation::Approve, &with(phone.approves(&key, &signature)))?;
    front.login_is("LGN-16", &key, "approved")
}

fn too_large(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let right = post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"}));
    let padded = format!("{{\"challengeKey\":\"0000000000\"}}{}", " ".repeat(16 * 1024));
    for body in [
        Body::Announced { length: 16 * 1024 + 1 },
        Body::Announced { length: 99_999_999_999 },
        Body::Chunks { length: 64 * 1024 },
        Body::Text { text: padded },
    ] {
        front.errs("GTW-4", Problem::TooLarge, &Ask { body, ..right.clone() })?;
    }
    // As large as it may be.
    let text = r#"{"challengeKey":"0000000000"}"#;
    let text = format!("{text}{}", " ".repeat(16 * 1024 - text.len()));
    let reply = front.reply("GTW-4", &Ask { body: Body::Text { text }, ..right })?;
    front.is_problem("GTW-4", Problem::Refused(Class::UnknownSession), &reply)?;
    front.accepts("GTW-4");
    Ok(())
}

fn media(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let right = post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"}));
    let header = |media: &str| vec![("content-type".to_owned(), media.to_owned())];
    let wrong = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json", "json"];
    for headers in wrong.into_iter().map(header).chain([Vec::new()]) {
        front.errs("GTW-4", Problem::BadMedia, &Ask { headers, ..right.clone() })?;
    }
    for media in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let reply = front.reply("GTW-4", &Ask { headers: header(media), ..right.clone() })?;
        front.is_problem("GTW-4", Problem::Refused(Class::UnknownSession), &reply)?;
    }
    front.accepts("GTW-4");
    Ok(())
}

fn key(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let login = phone.is_asked(front)?;
    let about = front.about(0)?;
    for (operation, _, side, _) in Operation::TABLE {
        if side == Side::App {
            continue;
        }
        let right = match operation {
            Operation::Register => json!({"serialNumber": about.serial, "userID": phone.user}),
            Operation::StartLogin => phone.wish(),
            Operation::Devices => json!({"userID": phone.user}),
            _ => json!({"challengeKey": login}),
        };
        for key in [Key::None, Key::Wrong] {
            for body in [Body::Text { text: right.to_string() }, Body::Text { text: "{".into() }, Body::None]
            {
                front.errs("GTW-7", Problem::NotAllowed, &Ask { key, body, ..post(operation, &right) })?;
            }
        }
        let basic = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), "Basic YTpi".to_owned()),
        ];
        front.errs(
            "GTW-7",
            Problem::NotAllowed,
            &Ask { key: Key::None, headers: basic, ..post(operation, &right) },
        )?;
    }
    front.does("GTW-7", Operation::CancelLogin, &json!({"challengeKey": login}))?;
    front.login_is("LGN-19", &login, "cancelled")
}

fn host(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let right = post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"}));
    for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example"] {
        front.errs("GTW-9", Problem::Misdirected, &Ask { host: Some(host.into()), ..right.clone() })?;
    }
    // Without any, HTTP itself says 400 (RFC 9112), and a gateway may come first.
    let none = front.reply("GTW-9", &Ask { host: Some(String::new()), ..right })?;
    let is_refused = [400, 421].contains(&none.status);
    front.holds("GTW-9", is_refused, "400 or 421 to a request without Host", none.status.to_string())?;
    finds_nothing(front, "GTW-9")
}

fn origin(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let right = post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"}));
    for origin in ["http://evil.example", "https://evil.example", "null", ""] {
        let mut ask = right.clone();
        ask.headers.push(("origin".into(), origin.into()));
        front.errs("GTW-9", Problem::ForeignOrigin, &ask)?;
    }
    let reply = front.reply("GTW-9", &Ask { own_origin: true, ..right })?;
    front.is_problem("GTW-9", Problem::Refused(Class::UnknownSession), &reply)?;
    finds_nothing(front, "GTW-9")
}

fn guards(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let status = post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"}));
    let asks = [
        status.clone(),
        Ask { key: Key::None, ..status.clone() },
        Ask { path: "/none".into(), ..status.clone() },
        Ask { host: Some("evil.example".into()), ..status },
        get("/healthz"),
        get("/openapi.json"),
    ];
    for ask in asks {
        let reply = front.reply("GTW-11", &ask)?;
        for (name, value) in GUARDS {
            let got = reply.headers.get(name).cloned().unwrap_or_default();
            let says = got.to_ascii_lowercase().contains(&value.to_ascii_lowercase());
            front.holds(
                "GTW-11",
                says,
                &format!("{name}: {value}, of {}", ask.path),
                format!("{name}: {got}"),
            )?;
        }
    }
    Ok(())
}
