//! The rows of the messages that are sealed: what they have alike, the requests, the deactivation.

use super::license::{Example, MULTI, POLICY};
use super::table::Table;
use channel::bytes::Wire;
use channel::crypto::kdf;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::protect::{self, ChannelKeys, Direction, Protection};
use channel::text::charset::Charset;
use channel::wire::deactivation::Deactivation;
use channel::wire::frame::{Carrier, Frame, Header, Kind, Nonce};
use channel::wire::request::{Content, Request};

const REQUEST_TIME: u32 = 1_800_003_600;
const CHALLENGE_REQUEST_TIME: u32 = 1_800_007_200;
const DEACTIVATION_TIME: u32 = 1_800_086_400;

/// A message that is sealed.
pub(super) struct Message {
    /// Of its rows.
    pub name: &'static str,
    /// The name of the last of them.
    pub frame: &'static str,
    pub kind: Kind,
    pub protection: Protection,
    /// In its nonce.
    pub time: u32,
    /// In its nonce.
    pub counter: u32,
}

impl Example {
    /// From the nonce to the frame.
    pub(super) fn sealed(
        &self,
        table: &mut Table,
        message: &Message,
        channel: &Key<Channel>,
        (layout, clear): (&'static str, Vec<u8>),
    ) -> Vec<u8> {
        let &Message { name, kind, protection, time, counter, .. } = message;
        let nonce = Nonce { time, counter }.encode();
        let header = Header { kind, protection: Some(protection), serial: self.serial, nonce }.encode();
        let encryption = kdf::encryption(channel, protection, Direction::ToClient);
        table.bytes(format!("{name} nonce"), nonce, "NON-1");
        table.bytes(format!("{name} header"), header, "FRM-1");
        table.bytes(format!("{name} encryption key"), *encryption, "KEY-3");
        let (mac_key, formula, tag_formula) = match protection {
            Protection::HmacSha256 => {
                (kdf::hmac_key(channel, Direction::ToClient).as_flattened().to_vec(), "KEY-5", "PRT-2")
            }
            Protection::Cmac => (kdf::cmac_key(channel, Direction::ToClient).to_vec(), "KEY-4", "PRT-3"),
        };
        table.bytes(format!("{name} MAC key"), mac_key, formula);
        table.bytes(format!("{name} body in clear"), &clear, layout);
        let [w0, w1, ..] = header;
        let mut block = [0; 16];
        for (to, from) in block.iter_mut().zip(nonce.into_iter().chain([w0, w1])) {
            *to = from;
        }
        let mut keystream = vec![0; clear.len()];
        protect::ctr(&encryption, block, &mut keystream);
        table.bytes(format!("{name} keystream"), &keystream, "PRT-1");
        let sent: Vec<u8> = clear.iter().zip(&keystream).map(|(a, b)| a ^ b).collect();
        table.bytes(format!("{name} body as sent"), &sent, "PRT-1");
        let tag = ChannelKeys::new(channel, protection, Direction::ToClient).tag(&header, &sent);
        table.bytes(format!("{name} tag"), tag, tag_formula);
        let frame = Frame::encode(&header, &sent, &tag);
        table.bytes(message.frame, &frame, "FRM-1");
        frame
    }

    /// The frame.
    pub(super) fn list_request(&self, table: &mut Table) -> Vec<u8> {
        let items = vec![("Amount".into(), "12.50 EUR".into()), ("To".into(), "Zoë".into())];
        let request = Request {
            minimum_version: 0,
            require_pin: true,
            template: 0,
            charset: Charset::Utf8,
            application: POLICY.post_activation,
            content: Content::List { title: "Transfer".into(), items },
        };
        let (kind, protection, time) = (Kind::Request, POLICY.messages, REQUEST_TIME);
        let (name, frame) = ("request", "request frame");
        self.request(table, &request, &Message { name, frame, kind, protection, time, counter: 2 })
    }

    /// The frame.
    pub(super) fn challenge_request(&self, table: &mut Table) -> Vec<u8> {
        let request = Request {
            minimum_version: 1,
            require_pin: false,
            template: 2,
            charset: Charset::Iso8859_15,
            application: MULTI,
            content: Content::Challenge { title: "Login".into(), challenge: "20301".into() },
        };
        let (kind, protection, time) = (Kind::Request, POLICY.messages, CHALLENGE_REQUEST_TIME);
        let (name, frame) = ("challenge request", "challenge request frame");
        self.request(table, &request, &Message { name, frame, kind, protection, time, counter: 3 })
    }

    fn request(&self, table: &mut Table, request: &Request, message: &Message) -> Vec<u8> {
        let name = message.name;
        table.text(format!("{name} minimum version"), request.minimum_version, "input");
        table.text(format!("{name} requires PIN"), u8::from(request.require_pin), "input");
        table.text(format!("{name} template"), request.template, "input");
        table.text(format!("{name} charset"), request.charset.number(), "input");
        table.text(format!("{name} application"), request.application, "input");
        match &request.content {
            Content::List { title, items } => {
                table.text(format!("{name} title"), title, "input");
                table.text(format!("{name} items"), serde_json::json!(items), "input");
            }
            Content::Challenge { title, challenge } => {
                table.text(format!("{name} title"), title, "input");
                table.text(format!("{name} challenge"), challenge, "input");
            }
            Content::FreeText { title, text } => {
                table.text(format!("{name} title"), title, "input");
                table.text(format!("{name} text"), text, "input");
            }
            Content::Gateway(_) => {} // not in this example
        }
        table.text(format!("{name} time"), message.time, "input");
        table.text(format!("{name} counter"), message.counter, "NON-2");
        let body = request.encode(Carrier::Direct).unwrap_or_default();
        self.sealed(table, message, &self.payload_key, ("REQ-1", body))
    }

    pub(super) fn deactivation(&self, table: &mut Table) {
        table.text("deactivation time", DEACTIVATION_TIME, "input");
        table.text("deactivation counter", 4, "NON-2");
        let body = Deactivation { sequence: self.sequence }.to_bytes();
        let (kind, protection, time) = (Kind::Deactivation, POLICY.messages, DEACTIVATION_TIME);
        let (name, frame) = ("deactivation", "deactivation frame");
        let message = Message { name, frame, kind, protection, time, counter: 4 };
        self.sealed(table, &message, &self.payload_key, ("DEA-1", body));
    }
}
