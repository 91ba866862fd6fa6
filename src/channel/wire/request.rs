//! The body of a request: server to client, type 3, under the payload key. SPEC section 13.
//!
//! ```text
//! 0  2  control, most significant bit first:
//!       minimum app version (2) | require PIN (1) | template (4) | charset (3) | format (2) |
//!       application index - 1 (3) | 0
//! 2  …  format 0, list:      string title || u8 items (1..=16) || items × (string key || string value)
//!       format 1, challenge: string title || string challenge
//!       format 2, free text: string title || u16 length || text in the charset
//!       format 3, gateway string: u16 length || text in UTF-8
//! string: u8 length || bytes in the charset
//! ```
//! What is displayed is what is signed: nothing that can't be displayed may be in here.

use crate::bytes::Reader;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{REQ_2, REQ_4, REQ_5, REQ_6, REQ_11};
use crate::text::charset::Charset;
use crate::text::gateway_string::GatewayString;
use crate::wire::data::ensure_challenge;
use crate::wire::frame::Carrier;

const MAX_ITEMS: usize = 16;
const FORMAT_LIST: u16 = 0;
const FORMAT_CHALLENGE: u16 = 1;
const FORMAT_FREE_TEXT: u16 = 2;
const FORMAT_GATEWAY: u16 = 3;

/// A request as the server wants it shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The oldest app that may show it, 0..=3.
    pub minimum_version: u8,
    /// Forbids a cached unlock.
    pub require_pin: bool,
    /// Layout of the display, 0..=15.
    pub template: u8,
    /// How the strings are encoded.
    pub charset: Charset,
    /// Index of the application that signs, 1..=8.
    pub application: u8,
    /// What is shown.
    pub content: Content,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Format 0: a titled list of 1..=16 keys and values.
    List {
        /// May be empty.
        title: String,
        /// Keys are not empty, values may be.
        items: Vec<(String, String)>,
    },
    /// Format 1: a challenge.
    Challenge {
        /// May be empty, and is not shown.
        title: String,
        /// 1 to 16 decimal digits.
        challenge: String,
    },
    /// Format 2: a text.
    FreeText {
        /// May be empty.
        title: String,
        /// Not empty.
        text: String,
    },
    /// Format 3: a string of push and login.
    Gateway(GatewayString),
}

impl Request {
    /// Whether it asks for a response to a challenge, which other applications give (CLI-10).
    pub fn is_challenge(&self) -> bool {
        matches!(self.content, Content::Challenge { .. })
    }

    /// The body: REQ-10, REQ-9, REQ-11 for each string, OTP-3 for a challenge, REQ-4 and then PSH-5, PSH-6 for a
    /// gateway string; then REQ-11 for the whole.
    pub fn encode(&self, carrier: Carrier) -> Result<Vec<u8>, Refusal> {
        let format = match self.content {
            Content::List { .. } => FORMAT_LIST,
            Content::Challenge { .. } => FORMAT_CHALLENGE,
            Content::FreeText { .. } => FORMAT_FREE_TEXT,
            Content::Gateway(_) => FORMAT_GATEWAY,
        };
        ensure_carried(format, carrier, self.charset)?;
        let control = u16::from(self.minimum_version & 3) << 14
            | u16::from(self.require_pin) << 13
            | u16::from(self.template & 15) << 9
            | u16::from(self.charset.number()) << 6
            | format << 4
            | u16::from(self.application.saturating_sub(1) & 7) << 1;
        let mut out = control.to_be_bytes().to_vec();
        self.content.encode(self.charset, self.application, &mut out)?;
        ensure(out.len() <= carrier.max_body(), REQ_11, Found::Length(out.len()))?;
        Ok(out)
    }

    /// From the body that came on this carrier, left to right: REQ-2 to REQ-7, REQ-9, OTP-3, PSH-2 to PSH-6.
    pub fn decode(body: &[u8], carrier: Carrier) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        let control = reader.u16(REQ_2)?;
        ensure(control & 1 == 0, REQ_2, Found::Offset(1))?;
        let bits = |shift: u32, mask: u16| u8::try_from(control >> shift & mask).unwrap_or(0);
        let charset = Charset::from_number(bits(6, 7))?;
        let application = bits(1, 7) + 1;
        let format = control >> 4 & 3;
        ensure_carried(format, carrier, charset)?;
        let content = Content::decode(&mut reader, format, charset, application)?;
        ensure(reader.left() == 0, REQ_5, Found::Offset(reader.offset()))?;
        Ok(Self {
            minimum_version: bits(14, 3),
            require_pin: bits(13, 1) == 1,
            template: bits(9, 15),
            charset,
            application,
            content,
        })
    }
}

impl Content {
    fn encode(&self, charset: Charset, application: u8, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match self {
            Content::List { title, items } => {
                encode_string(out, charset, title)?;
                let count = u8::try_from(items.len()).unwrap_or(u8::MAX);
                ensure((1..=MAX_ITEMS).contains(&items.len()), REQ_6, Found::Count(items.len(), "item"))?;
                out.push(count);
                for (key, value) in items {
                    ensure(!key.is_empty(), REQ_6, Found::Words("a key is empty"))?;
                    encode_string(out, charset, key)?;
                    encode_string(out, charset, value)?;
                }
            }
            Content::Challenge { title, challenge } => {
                encode_string(out, charset, title)?;
                ensure_challenge(challenge)?;
                encode_string(out, charset, challenge)?;
            }
            Content::FreeText { title, text } => {
                encode_string(out, charset, title)?;
                ensure(!text.is_empty(), REQ_6, Found::Words("the text is empty"))?;
                encode_text(out, &charset.encode(text)?);
            }
            Content::Gateway(string) => encode_text(out, string.write(application)?.as_bytes()),
        }
        Ok(())
    }

    fn decode(
        reader: &mut Reader<'_>,
        format: u16,
        charset: Charset,
        application: u8,
    ) -> Result<Self, Refusal> {
        if format == FORMAT_GATEWAY {
            let text = decode_text(reader, Charset::Utf8)?;
            return Ok(Content::Gateway(GatewayString::read(&text, application)?));
        }
        let title = decode_string(reader, charset)?;
        match format {
            FORMAT_CHALLENGE => {
                let challenge = decode_string(reader, charset)?;
                ensure_challenge(&challenge)?;
                Ok(Content::Challenge { title, challenge })
            }
            FORMAT_FREE_TEXT => {
                let text = decode_text(reader, charset)?;
                Ok(Content::FreeText { title, text })
            }
            // FORMAT_LIST
            _ => Ok(Content::List { title, items: decode_items(reader, charset)? }),
        }
    }
}

/// REQ-4: a gateway string needs the gateway, and is UTF-8.
fn ensure_carried(format: u16, carrier: Carrier, charset: Charset) -> Result<(), Refusal> {
    let carried = format != FORMAT_GATEWAY || carrier == Carrier::Gateway && charset == Charset::Utf8;
    ensure(carried, REQ_4, Found::Number(u64::from(format)))
}

/// A text that no body holds is refused with the body.
fn encode_text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(bytes);
}

fn decode_text(reader: &mut Reader<'_>, charset: Charset) -> Result<String, Refusal> {
    let length = reader.u16(REQ_5)?;
    ensure(length > 0, REQ_6, Found::Words("the text is empty"))?;
    charset.decode(reader.take(usize::from(length), REQ_5)?)
}

fn encode_string(out: &mut Vec<u8>, charset: Charset, text: &str) -> Result<(), Refusal> {
    let bytes = charset.encode(text)?;
    let Ok(length) = u8::try_from(bytes.len()) else {
        return refuse(REQ_11, Found::Length(bytes.len()));
    };
    out.push(length);
    out.extend(bytes);
    Ok(())
}

fn decode_string(reader: &mut Reader<'_>, charset: Charset) -> Result<String, Refusal> {
    let length = reader.u8(REQ_5)?;
    charset.decode(reader.take(usize::from(length), REQ_5)?)
}

fn decode_items(reader: &mut Reader<'_>, charset: Charset) -> Result<Vec<(String, String)>, Refusal> {
    let count = usize::from(reader.u8(REQ_5)?);
    ensure((1..=MAX_ITEMS).contains(&count), REQ_6, Found::Count(count, "item"))?;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let key = decode_string(reader, charset)?;
        ensure(!key.is_empty(), REQ_6, Found::Offset(reader.offset()))?;
        items.push((key, decode_string(reader, charset)?));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{OTP_3, PSH_6, REQ_3, REQ_7, REQ_9};

    fn decode(body: &[u8]) -> Result<Request, Refusal> {
        Request::decode(body, Carrier::Direct)
    }

    fn request() -> Request {
        Request {
            minimum_version: 2,
            require_pin: true,
            template: 5,
            charset: Charset::Iso8859_15,
            application: 4,
            content: Content::List { title: "Pay".into(), items: vec![("€".into(), "12".into())] },
        }
    }

    #[test]
    fn req_1_the_layout_spelled_out() {
        let spelled = [&[0b1010_1010, 0b0100_0110][..], &[3], b"Pay", &[1], &[1, 0xA4], &[2], b"12"].concat();
        assert_eq!(request().encode(Carrier::Direct), Ok(spelled.clone()));
        assert_eq!(decode(&spelled), Ok(request()));
        for length in 2..spelled.len() {
            assert_eq!(decode(&spelled[..length]).unwrap_err().rule, REQ_5, "{length}");
        }
        assert_eq!(decode(&[&spelled[..], &[0]].concat()).unwrap_err().rule, REQ_5);
    }

    #[test]
    fn req_2_to_req_9_refusals() {
        let body = |control: u16, rest: &[u8]| [&control.to_be_bytes(), rest].concat();
        let list = [0, 1, 1, b'k', 0];
        assert!(decode(&body(0, &list)).is_ok());
        for (control, rest, rule) in [
            (1, &list[..], REQ_2),
            (2 << 6, &list, REQ_3),
            (7 << 6, &list, REQ_3),
            (1 << 4, &[0, 2, b'1', b'x'], OTP_3),
            (2 << 4, &[0, 0, 0], REQ_6),
            (2 << 4, &[0, 0, 2, b'x'], REQ_5),
            (3 << 4, &list, REQ_4),
            (0, &[0, 0], REQ_6),
            (0, &[0, 17], REQ_6),
            (0, &[0, 1, 0, 0], REQ_6),
            (0, &[1, 0xFF, 1, 1, b'k', 0], REQ_7),
            (0, &[1, 0x07, 1, 1, b'k', 0], REQ_9),
        ] {
            assert_eq!(decode(&body(control, rest)).unwrap_err().rule, rule);
        }
        assert_eq!(decode(&[]).unwrap_err().rule, REQ_2);
        assert_eq!(decode(&[0]).unwrap_err().rule, REQ_2);
    }

    #[test]
    fn req_11_limits() {
        let with = |value: usize, carrier| {
            let items = vec![("k".to_owned(), "v".repeat(value)), ("k".to_owned(), "v".repeat(245))];
            let content = Content::List { title: String::new(), items };
            Request { content, ..request() }.encode(carrier)
        };
        assert_eq!(with(255, Carrier::Direct).unwrap().len(), 510);
        assert_eq!(with(256, Carrier::Gateway).unwrap_err().rule, REQ_11);
    }

    #[test]
    fn req_4_a_gateway_string_spelled_out() {
        let text = b"01;04;Shop;3;ann;de";
        let body = [&[0b0010_0000, 0b0011_0100, 0, 19][..], text].concat();
        let request = Request::decode(&body, Carrier::Gateway).unwrap();
        let string = GatewayString::read("01;04;Shop;3;ann;de", 3).unwrap();
        assert_eq!(request.content, Content::Gateway(string));
        assert_eq!(request.encode(Carrier::Gateway), Ok(body.clone()));
        assert_eq!(request.encode(Carrier::Direct).unwrap_err().rule, REQ_4);
        assert_eq!(decode(&body).unwrap_err().rule, REQ_4);
        let with = |at: usize, byte: u8| {
            let mut bent = body.clone();
            bent[at] = byte;
            Request::decode(&bent, Carrier::Gateway).unwrap_err().rule
        };
        assert_eq!(with(1, 0b0111_0100), REQ_4);
        assert_eq!(with(1, 0b0011_0010), PSH_6);
        assert_eq!(with(3, 20), REQ_5);
        assert_eq!(with(3, 18), REQ_5);
        assert_eq!(with(3, 0), REQ_6);
        assert_eq!(with(22, 0xFF), REQ_7);
        assert_eq!(with(22, 0x07), REQ_9);
    }
}
