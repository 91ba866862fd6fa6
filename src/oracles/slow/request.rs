//! The body of a request again: SPEC.md section 13, decoded and built.

use super::data::is_challenge;
use super::push::{self, Gateway};
use super::text::{is_displayable, latin_9_byte, text};
use super::{Verdict, bits, must};

/// A request: control fields, and what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// 0..=3.
    pub minimum_version: u8,
    /// Whether a cached unlock is not enough.
    pub require_pin: bool,
    /// 0..=15.
    pub template: u8,
    /// 0 or 1.
    pub charset: u8,
    /// 1..=8.
    pub application: u8,
    /// By format.
    pub content: Content,
}

/// What the formats 0, 1 and 2 hold behind their title, and format 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Title, keys and values.
    List(String, Vec<(String, String)>),
    /// Title and challenge.
    Challenge(String, String),
    /// Title and text.
    Text(String, String),
    /// A string of push and login.
    Gateway(Gateway),
}

impl Content {
    /// The number of the format.
    pub fn format(&self) -> u8 {
        match self {
            Content::List(..) => 0,
            Content::Challenge(..) => 1,
            Content::Text(..) => 2,
            Content::Gateway(_) => 3,
        }
    }

    /// All texts, in order.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Content::Challenge(title, other) | Content::Text(title, other) => vec![title, other],
            Content::Gateway(Gateway::Notification(key)) => vec![key],
            Content::Gateway(Gateway::Details(service, _, user, domain)) => vec![service, user, domain],
            Content::List(title, items) => {
                let items = items.iter().flat_map(|(key, value)| [key.as_str(), value]);
                std::iter::once(title.as_str()).chain(items).collect()
            }
        }
    }
}

/// REQ-2 to REQ-7, REQ-9, OTP-3, PSH-2 to PSH-6, left to right.
pub fn decode(body: &[u8], is_gateway: bool) -> Verdict<Request> {
    must(body.len() >= 2 && body[1].is_multiple_of(2), "REQ-2")?;
    let charset = bits(body, 7, 3) as u8;
    must(charset <= 1, "REQ-3")?;
    let format = bits(body, 10, 2);
    must(format != 3 || is_gateway && charset == 0, "REQ-4")?;
    let application = bits(body, 12, 3) as u8 + 1;
    let mut at = 2;
    let title = if format == 3 { String::new() } else { string(body, &mut at, charset)? };
    let content = match format {
        0 => Content::List(title, items(body, &mut at, charset)?),
        1 => {
            let challenge = string(body, &mut at, charset)?;
            must(is_challenge(&challenge), "OTP-3")?;
            Content::Challenge(title, challenge)
        }
        _ => {
            let length = body.get(at..at + 2).ok_or("REQ-5")?;
            let length = usize::from(length[0]) * 256 + usize::from(length[1]);
            must(length > 0, "REQ-6")?;
            at += 2 + length;
            let text = text(body.get(at - length..at).ok_or("REQ-5")?, charset)?;
            if format == 2 {
                Content::Text(title, text)
            } else {
                Content::Gateway(push::read(&text, application)?)
            }
        }
    };
    must(at == body.len(), "REQ-5")?;
    Ok(Request {
        minimum_version: bits(body, 0, 2) as u8,
        require_pin: bits(body, 2, 1) == 1,
        template: bits(body, 3, 4) as u8,
        charset,
        application,
        content,
    })
}

fn items(body: &[u8], at: &mut usize, charset: u8) -> Verdict<Vec<(String, String)>> {
    let count = *body.get(*at).ok_or("REQ-5")?;
    must((1..=16).contains(&count), "REQ-6")?;
    *at += 1;
    let mut items = Vec::new();
    for _ in 0..count {
        let key = string(body, at, charset)?;
        must(!key.is_empty(), "REQ-6")?;
        items.push((key, string(body, at, charset)?));
    }
    Ok(items)
}

fn string(body: &[u8], at: &mut usize, charset: u8) -> Verdict<String> {
    let length = usize::from(*body.get(*at).ok_or("REQ-5")?);
    let bytes = body.get(*at + 1..*at + 1 + length).ok_or("REQ-5")?;
    *at += 1 + length;
    text(bytes, charset)
}

/// The builder's: title, keys and values, challenge or text in order, each for REQ-10, REQ-9, REQ-11 (not the
/// text), a challenge for OTP-3 alone, then the length of the body.
pub fn encode(request: &Request, is_gateway: bool) -> Verdict<Vec<u8>> {
    let Request { minimum_version, require_pin, template, charset, application, content } = request;
    let sum = u32::from(*minimum_version) << 14
        | u32::from(*require_pin) << 13
        | u32::from(*template) << 9
        | u32::from(*charset) << 6
        | u32::from(content.format()) << 4
        | u32::from(application - 1) << 1;
    let mut body = vec![(sum / 256) as u8, (sum % 256) as u8];
    if let Content::Gateway(string) = content {
        must(is_gateway && *charset == 0, "REQ-4")?;
        let text = push::write(string, *application)?;
        body.extend([(text.len() / 256) as u8, (text.len() % 256) as u8]);
        body.extend(text.as_bytes());
    }
    let texts = if content.format() == 3 { vec![] } else { content.texts() };
    for (number, part) in texts.into_iter().enumerate() {
        if let (Content::List(_, items), 1) = (content, number) {
            body.push(items.len() as u8);
        }
        let bytes = match (content, number) {
            (Content::Challenge(..), 1) => {
                must(is_challenge(part), "OTP-3")?;
                part.as_bytes().to_vec()
            }
            _ => displayed(part, *charset)?,
        };
        let is_text = matches!((content, number), (Content::Text(..), 1));
        must(is_text || bytes.len() <= 255, "REQ-11")?;
        body.extend(is_text.then_some((bytes.len() / 256) as u8));
        body.push((bytes.len() % 256) as u8);
        body.extend(bytes);
    }
    must(body.len() <= if is_gateway { 2078 } else { 512 }, "REQ-11")?;
    Ok(body)
}

/// The bytes of a text: REQ-10, then REQ-9.
pub fn displayed(text: &str, charset: u8) -> Verdict<Vec<u8>> {
    let bytes = match charset {
        0 => text.as_bytes().to_vec(),
        _ => text.chars().map(latin_9_byte).collect::<Option<Vec<u8>>>().ok_or("REQ-10")?,
    };
    must(text.chars().all(is_displayable), "REQ-9")?;
    Ok(bytes)
}
