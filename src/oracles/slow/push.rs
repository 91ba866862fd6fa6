//! Push and login again: SPEC.md section 27, its strings and the body of an information message.

use super::text::is_displayable;
use super::{Verdict, must};

/// A gateway string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// 01;03: the challenge key.
    Notification(String),
    /// 01;04: service, index, user, domain.
    Details(String, u8, String, String),
}

/// PSH-4, PSH-2, PSH-3, PSH-6: a text whose characters REQ-9 allows.
pub fn read(text: &str, application: u8) -> Verdict<Gateway> {
    let mut fields = vec![String::new()];
    for c in text.chars() {
        match c {
            ';' => fields.push(String::new()),
            _ => fields.last_mut().unwrap().push(c),
        }
    }
    let two_digits = |at: usize| -> Verdict<&str> {
        let field = fields.get(at).ok_or("PSH-4")?;
        must(field.len() == 2 && field.chars().all(|c| "0123456789".contains(c)), "PSH-4")?;
        Ok(field.as_str())
    };
    must(two_digits(0)? == "01", "PSH-2")?;
    let kind = two_digits(1)?;
    must(kind == "03" || kind == "04", "PSH-3")?;
    must(fields.len() == if kind == "03" { 3 } else { 6 }, "PSH-4")?;
    if kind == "03" {
        must_be_key(&fields[2], "PSH-4")?;
        return Ok(Gateway::Notification(fields[2].to_uppercase()));
    }
    let long = |at: usize| fields[at].chars().count();
    must((1..256).contains(&long(2)), "PSH-4")?;
    let index = ["1", "2", "3", "4", "5", "6", "7", "8"].iter().position(|digit| *digit == fields[3]);
    let index = index.ok_or("PSH-4")? as u8 + 1;
    must(index == application, "PSH-6")?;
    must((1..256).contains(&long(4)), "PSH-4")?;
    must(long(5) < 256, "PSH-4")?;
    Ok(Gateway::Details(fields[2].clone(), index, fields[4].clone(), fields[5].clone()))
}

/// PSH-10 of a challenge key: its five bytes.
pub fn challenge_key(text: &str) -> Verdict<[u8; 5]> {
    must_be_key(text, "PSH-10")?;
    Ok(super::hex(text)?.try_into().unwrap())
}

fn must_be_key(text: &str, requirement: &'static str) -> Verdict<()> {
    let digits = text.chars().filter(|c| "0123456789abcdefABCDEF".contains(*c)).count();
    must(digits == 10 && text.chars().count() == 10, requirement)
}

/// PSH-5, PSH-6: the text.
pub fn write(string: &Gateway, application: u8) -> Verdict<String> {
    match string {
        Gateway::Notification(key) => {
            must_be_key(key, "PSH-5")?;
            Ok(["01", "03", &key.to_uppercase()].join(";"))
        }
        Gateway::Details(service, index, user, domain) => {
            must_be_writable(service, 1)?;
            must(*index == application, "PSH-6")?;
            must_be_writable(user, 1)?;
            must_be_writable(domain, 0)?;
            Ok(["01", "04", service, &index.to_string(), user, domain].join(";"))
        }
    }
}

/// A service, a user or a domain: PSH-5.
pub fn must_be_writable(field: &str, least: usize) -> Verdict<()> {
    must(field.chars().all(|c| c != ';'), "PSH-5")?;
    let long = field.chars().count();
    must(long >= least && long <= 255, "PSH-5")?;
    must(field.chars().all(is_displayable), "PSH-5")
}

/// INF-5: the challenge key.
pub fn information(body: &[u8]) -> Verdict<[u8; 5]> {
    must(body.len() == 6 && body[0] == 1, "INF-5")?;
    Ok(body[1..].try_into().unwrap())
}

/// Which sequence number an information message says it is from, its counter, and its time. NON-4.
pub fn information_nonce(nonce: [u8; 8]) -> (u8, u32, u32) {
    let number = u64::from_be_bytes(nonce);
    ((number >> 24 & 0xFF) as u8, (number % (1 << 24)) as u32, (number >> 32) as u32)
}
