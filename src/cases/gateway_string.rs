//! The strings of push and login, alone: what is read, what is written, and what is not.

use super::{negative, positive};
use channel::rule::{PSH_2, PSH_3, PSH_4, PSH_5, PSH_6, REQ_9, Rule};
use harness::case::{Case, Role};
use harness::trial::{Stop, Trial};
use peer::operations::{PushContent, PushRead, TextResult};
use peer::protocol::{GatewayContent, Number};

const READ: Role = Role::Primitive("push.read");
const WRITE: Role = Role::Primitive("push.write");

/// For the application of this index all strings here are.
const INDEX: u32 = 3;
const NOTIFICATION: &str = "01;03;0123456789";
const DETAILS: &str = "01;04;myService;3;myUserID;myDomain";

type Bad = (&'static str, Rule, fn() -> String);

/// A string of so many of these characters.
fn long(c: &str, count: usize) -> String {
    c.repeat(count)
}

#[rustfmt::skip] // a table
const UNREAD: [Bad; 59] = [
    ("empty", PSH_4, String::new),
    ("version-empty", PSH_4, || ";03;0123456789".into()),
    ("version-one-digit", PSH_4, || "1;03;0123456789".into()),
    ("version-three-digits", PSH_4, || "001;03;0123456789".into()),
    ("version-hexadecimal", PSH_4, || "0A;03;0123456789".into()),
    ("version-signed", PSH_4, || "+1;03;0123456789".into()),
    ("version-blank", PSH_4, || " 1;03;0123456789".into()),
    ("version-full-width", PSH_4, || "０１;03;0123456789".into()),
    ("version-00", PSH_2, || "00;03;0123456789".into()),
    ("version-02", PSH_2, || "02;03;0123456789".into()),
    ("version-99", PSH_2, || "99;04;myService;3;myUserID;myDomain".into()),
    ("version-alone", PSH_4, || "01".into()),
    ("version-02-alone", PSH_2, || "02".into()),
    ("version-02-of-another-form", PSH_2, || "02|any".replace('|', ";")),
    ("type-empty", PSH_4, || "01;;0123456789".into()),
    ("type-one-digit", PSH_4, || "01;3;0123456789".into()),
    ("type-three-digits", PSH_4, || "01;003;0123456789".into()),
    ("type-letters", PSH_4, || "01;xx;0123456789".into()),
    ("type-00", PSH_3, || "01;00;0123456789".into()),
    ("type-01", PSH_3, || "01;01;0123456789".into()),
    ("type-02", PSH_3, || "01;02;0123456789".into()),
    ("type-05", PSH_3, || "01;05;myService;3;myUserID;myDomain".into()),
    ("type-05-alone", PSH_3, || "01;05".into()),
    ("type-99", PSH_3, || "01;99;0123456789".into()),
    ("key-missing", PSH_4, || "01;03".into()),
    ("key-empty", PSH_4, || "01;03;".into()),
    ("key-9-digits", PSH_4, || "01;03;012345678".into()),
    ("key-11-digits", PSH_4, || "01;03;01234567890".into()),
    ("key-letter-g", PSH_4, || "01;03;012345678g".into()),
    ("key-blank", PSH_4, || "01;03; 123456789".into()),
    ("key-full-width", PSH_4, || "01;03;０123456789".into()),
    ("notification-field-too-many", PSH_4, || "01;03;0123456789;".into()),
    ("notification-as-details", PSH_4, || "01;04;0123456789".into()),
    ("details-as-notification", PSH_4, || "01;03;myService;3;myUserID;myDomain".into()),
    ("service-missing", PSH_4, || "01;04;3;myUserID;myDomain".into()),
    ("index-missing", PSH_4, || "01;04;myService;myUserID;myDomain".into()),
    ("user-missing", PSH_4, || "01;04;myService;3;myDomain".into()),
    ("domain-missing", PSH_4, || "01;04;myService;3;myUserID".into()),
    ("details-field-too-many", PSH_4, || format!("{DETAILS};")),
    ("service-with-semicolon", PSH_4, || "01;04;my;Service;3;myUserID;myDomain".into()),
    ("user-with-semicolon", PSH_4, || "01;04;myService;3;my;UserID;myDomain".into()),
    ("domain-with-semicolon", PSH_4, || "01;04;myService;3;myUserID;my;Domain".into()),
    ("service-empty", PSH_4, || "01;04;;3;myUserID;myDomain".into()),
    ("index-empty", PSH_4, || "01;04;myService;;myUserID;myDomain".into()),
    ("user-empty", PSH_4, || "01;04;myService;3;;myDomain".into()),
    ("index-0", PSH_4, || "01;04;myService;0;myUserID;myDomain".into()),
    ("index-9", PSH_4, || "01;04;myService;9;myUserID;myDomain".into()),
    ("index-two-digits", PSH_4, || "01;04;myService;03;myUserID;myDomain".into()),
    ("index-30", PSH_4, || "01;04;myService;30;myUserID;myDomain".into()),
    ("index-with-letter", PSH_4, || "01;04;myService;3x;myUserID;myDomain".into()),
    ("index-letter", PSH_4, || "01;04;myService;a;myUserID;myDomain".into()),
    ("index-full-width", PSH_4, || "01;04;myService;３;myUserID;myDomain".into()),
    ("index-of-another", PSH_6, || "01;04;myService;4;myUserID;myDomain".into()),
    ("index-1", PSH_6, || "01;04;myService;1;myUserID;myDomain".into()),
    ("service-256-characters", PSH_4, || format!("01;04;{};3;u;d", long("s", 256))),
    ("user-256-characters", PSH_4, || format!("01;04;s;3;{};d", long("é", 256))),
    ("domain-256-characters", PSH_4, || format!("01;04;s;3;u;{}", long("😀", 256))),
    ("order-index-before-user", PSH_6, || "01;04;myService;4;;myDomain".into()),
    ("order-service-before-index", PSH_4, || "01;04;;4;myUserID;myDomain".into()),
];

/// Characters that REQ-9 refuses, before anything of the string's form.
const UNSEEN: [&str; 5] = [
    "01;04;my\u{202E}Service;3;myUserID;myDomain",
    "01;04;myService;3;my\u{200B}UserID;myDomain",
    "01;04;myService;3;myUserID;\u{7F}",
    "02;\n",
    "\0",
];

fn login(service: &str, user: &str, domain: &str) -> GatewayContent {
    let [service, user, domain] = [service, user, domain].map(str::to_owned);
    GatewayContent::Login { service, index: Number::from(INDEX), user, domain }
}

fn notification(key: &str) -> GatewayContent {
    GatewayContent::Notification { challenge_key: key.into() }
}

type Unwritable = (&'static str, Rule, fn() -> GatewayContent);

#[rustfmt::skip] // a table
const UNWRITTEN: [Unwritable; 16] = [
    ("key-empty", PSH_5, || notification("")),
    ("key-9-digits", PSH_5, || notification("012345678")),
    ("key-11-digits", PSH_5, || notification("01234567890")),
    ("key-letter", PSH_5, || notification("012345678G")),
    ("key-semicolon", PSH_5, || notification("01234567;9")),
    ("service-semicolon", PSH_5, || login("my;Service", "u", "d")),
    ("user-semicolon", PSH_5, || login("s", ";", "d")),
    ("domain-semicolon", PSH_5, || login("s", "u", "d;")),
    ("service-empty", PSH_5, || login("", "u", "d")),
    ("user-empty", PSH_5, || login("s", "", "d")),
    ("service-256-characters", PSH_5, || login(&long("s", 256), "u", "d")),
    ("user-256-characters", PSH_5, || login("s", &long("é", 256), "d")),
    ("domain-256-characters", PSH_5, || login("s", "u", &long("😀", 256))),
    ("service-character", PSH_5, || login("s\u{202E}", "u", "d")),
    ("user-character", PSH_5, || login("s", "\t", "d")),
    ("domain-character", PSH_5, || login("s", "u", "\u{FEFF}")),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let unread = UNREAD.into_iter().map(|(name, rule, bad)| {
        let about = format!("a gateway string with {name} is refused with {}", rule.class.word());
        negative(format!("push-read-{name}"), READ, rule, about, move |t| not_read(t, rule, &[&bad()]))
    });
    let unwritten = UNWRITTEN.into_iter().map(|(name, rule, bad)| {
        let about = format!("what has {name} is not written, but refused with {}", rule.class.word());
        negative(format!("push-write-{name}"), WRITE, rule, about, move |t| not_written(t, rule, bad()))
    });
    let others = [
        positive("push-read-published", READ, &["PSH-1"], "the published strings are read", published),
        positive(
            "push-read-limits",
            READ,
            &["PSH-1", "PSH-4"],
            "fields of 1 and of 255 characters are read, however many bytes these have; a domain of none, too",
            limits,
        ),
        positive(
            "push-read-every-index",
            READ,
            &["PSH-1", "PSH-6"],
            "each index is read for a request of its application",
            every_index,
        ),
        positive(
            "push-read-key-case",
            READ,
            &["PSH-4"],
            "a challenge key is read in either case, and told in upper case",
            key_case,
        ),
        positive(
            "push-read-blanks",
            READ,
            &["PSH-1"],
            "blanks and all that may be shown belong to the fields they stand in",
            blanks,
        ),
        negative(
            "push-read-characters",
            READ,
            REQ_9,
            "a character that must not be shown is refused before the form of the string",
            |t| not_read(t, REQ_9, &UNSEEN),
        ),
        positive(
            "push-write-strings",
            WRITE,
            &["PSH-1", "PSH-5"],
            "both strings are written, the challenge key in upper case",
            written,
        ),
    ];
    unread.chain(unwritten).chain(others).collect()
}

fn question(text: &str) -> PushRead {
    PushRead { text: text.into(), application: Number::from(INDEX) }
}

fn not_read(t: &mut Trial<'_>, rule: Rule, bad: &[&str]) -> Result<(), Stop> {
    let party = t.peer_client();
    for text in bad {
        t.refuses_stateless(rule, &party, &question(text))?;
    }
    for good in [NOTIFICATION, DETAILS] {
        t.twin(rule.id, &party, &question(good))?;
    }
    Ok(())
}

fn not_written(t: &mut Trial<'_>, rule: Rule, content: GatewayContent) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &PushContent { content })?;
    for content in [notification("0123456789"), login("s", "u", "d")] {
        t.twin(rule.id, &party, &PushContent { content })?;
    }
    Ok(())
}

/// What is read must be this.
fn reads(t: &mut Trial<'_>, aim: &'static str, text: &str, content: GatewayContent) -> Result<(), Stop> {
    let party = t.peer_client();
    let got = t.agrees(aim, &party, &question(text))?;
    t.same(aim, &got, Some(&PushContent { content }))
}

fn published(t: &mut Trial<'_>) -> Result<(), Stop> {
    reads(t, "PSH-1", NOTIFICATION, notification("0123456789"))?;
    reads(t, "PSH-1", DETAILS, login("myService", "myUserID", "myDomain"))
}

fn limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (service, user, domain) in [(1, 1, 0), (255, 1, 1), (1, 255, 1), (1, 1, 255), (255, 255, 255)] {
        for c in ["x", "é", "€", "😀"] {
            let [service, user, domain] = [service, user, domain].map(|count| long(c, count));
            let text = format!("01;04;{service};3;{user};{domain}");
            reads(t, "PSH-4", &text, login(&service, &user, &domain))?;
        }
    }
    t.implied(&["PSH-1"])
}

fn every_index(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for index in 1..=8 {
        let text = format!("01;04;s;{index};u;");
        let question = PushRead { text, application: Number::from(index) };
        t.agrees("PSH-6", &party, &question)?;
        let notification = PushRead { text: NOTIFICATION.into(), ..question };
        t.agrees("PSH-6", &party, &notification)?;
    }
    t.implied(&["PSH-1"])
}

fn key_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    for text in ["01;03;abcdef0123", "01;03;ABCDEF0123", "01;03;aBcDeF0123"] {
        reads(t, "PSH-4", text, notification("ABCDEF0123"))?;
    }
    Ok(())
}

fn blanks(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (service, user, domain) in
        [(" ", " ", " "), ("a b", "0", "01"), ("한국", "é", "\u{FFFD}"), (":", ",", "/")]
    {
        let text = format!("01;04;{service};3;{user};{domain}");
        reads(t, "PSH-1", &text, login(service, user, domain))?;
    }
    Ok(())
}

fn written(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let longest = long("😀", 255);
    for (content, text) in [
        (notification("0123456789"), NOTIFICATION.to_owned()),
        (notification("abcdefABCD"), "01;03;ABCDEFABCD".to_owned()),
        (login("myService", "myUserID", "myDomain"), DETAILS.to_owned()),
        (login("s", "u", ""), "01;04;s;3;u;".to_owned()),
        (login(" ", " ", " "), "01;04; ;3; ; ".to_owned()),
        (login(&longest, &longest, &longest), format!("01;04;{longest};3;{longest};{longest}")),
    ] {
        let got = t.agrees("PSH-5", &party, &PushContent { content })?;
        t.same("PSH-1", &got, Some(&TextResult { text }))?;
    }
    Ok(())
}
