//! Primitives and frames.

use super::super::operations::*;
use super::super::protocol::{Array, Bytes, Message};
use super::{Engine, Fail, Serve, carrier_of, fault, message_of, protection_of, serial_of};
use channel::check_digit::{Radix, check_digit};
use channel::crypto::keys::Key;
use channel::crypto::protect::{ChannelKeys, Direction, open, seal};
use channel::crypto::response::{Form, Moment, response};
use channel::crypto::{kdf, keywrap, mac, protect};
use channel::error::{Found, ensure, refuse};
use channel::rule::CLI_2;
use channel::text::hex;
use channel::wire::frame::{Carrier, Frame, Header, Kind};
use channel::wire::information::InformationNonce;

impl Serve for PrimitiveCmac {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<MacResult, Fail> {
        Ok(MacResult { mac: Array(mac::cmac(&self.key.0, &[&self.data.0])) })
    }
}

impl Serve for PrimitiveCtr {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<DataResult, Fail> {
        let Bytes(mut data) = self.data;
        protect::ctr(&self.key.0, self.block.0, &mut data);
        Ok(DataResult { data: Bytes(data) })
    }
}

impl Serve for PrimitiveKdf {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<KdfResult, Fail> {
        if !self.label.is_ascii() {
            return fault("label is ASCII");
        }
        let label = self.label.as_bytes();
        let key = match self.bits {
            Bits::B128 => kdf::kdf::<1>(&self.key.0, label, &self.context.0).as_flattened().to_vec(),
            Bits::B256 => kdf::kdf::<2>(&self.key.0, label, &self.context.0).as_flattened().to_vec(),
        };
        Ok(KdfResult { key: Bytes(key) })
    }
}

impl Serve for PrimitiveKeyWrap {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<WrapResult, Fail> {
        Ok(WrapResult { wrapped: Array(keywrap::wrap(&Key::new(self.kek.0), &Key::new(self.key.0))) })
    }
}

impl Serve for PrimitiveKeyUnwrap {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<UnwrapResult, Fail> {
        let key = keywrap::unwrap(&Key::new(self.kek.0), &self.wrapped.0)?;
        Ok(UnwrapResult { key: Array(*key.expose()) })
    }
}

fn radix_of(hexadecimal: bool) -> Radix {
    if hexadecimal { Radix::Hexadecimal } else { Radix::Decimal }
}

impl Serve for PrimitiveCheckDigit {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<DigitResult, Fail> {
        let radix = radix_of(self.hexadecimal);
        let are_digits = self.digits.chars().all(|c| c.is_digit(radix.base()));
        if !are_digits || !(1..=64).contains(&self.digits.len()) {
            return fault("digits: 1 to 64 digits");
        }
        Ok(DigitResult { digit: check_digit(&self.digits, radix).to_string() })
    }
}

impl Serve for PrimitiveResponse {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ResponseResult, Fail> {
        if self.fields.len() > 8 {
            return fault("at most 8 fields");
        }
        let form = Form {
            mode: self.mode.byte(),
            index: self.application.byte(),
            length: self.length.byte(),
            radix: radix_of(self.hexadecimal),
            check_digit: self.check_digit,
        };
        let moment = Moment { step: self.step.0, event: self.event.0 };
        let fields: Vec<&[u8]> = self.fields.iter().map(|field| field.0.as_slice()).collect();
        Ok(ResponseResult { response: response(&Key::new(self.key.0), form, moment, &fields) })
    }
}

impl Serve for FrameParse {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<FrameResult, Fail> {
        let bytes = hex::decode(&self.message)?;
        let frame = Frame::decode(&bytes, carrier_of(self.carrier))?;
        let Header { kind, protection, serial, nonce } = frame.header;
        Ok(FrameResult {
            version: 0, // FRM-5: any other is refused
            r#type: u32::from(kind.number()),
            protection: protection.map_or(0, |protection| u32::from(protection.number())),
            serial: serial.to_string(),
            nonce: Array(nonce),
            body: Bytes(frame.body.to_vec()),
            tag: Array(*frame.tag),
        })
    }
}

impl Serve for FrameSeal {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<Message, Fail> {
        let Bytes(body) = self.body;
        if body.len() > Carrier::Gateway.max_body() {
            return fault("body: at most 2078 bytes");
        }
        let kind = match u32::from(self.r#type) {
            1 => Kind::Activation2,
            2 => Kind::Deactivation,
            3 => Kind::Request,
            _ => Kind::Information,
        };
        let protection = protection_of(self.protection);
        let serial = serial_of(&self.serial)?;
        let header = Header { kind, protection: Some(protection), serial, nonce: self.nonce.0 }.encode();
        let keys = ChannelKeys::new(&Key::new(self.key.0), protection, direction_of(kind, self.nonce.0));
        let (body, tag) = seal(&keys, &header, body);
        Ok(message_of(&Frame::encode(&header, &body, &tag)))
    }
}

/// Who sends what: an information message says which instance does.
fn direction_of(kind: Kind, nonce: [u8; 8]) -> Direction {
    match kind {
        Kind::Information => Direction::ToServer(InformationNonce::decode(nonce).sequence),
        _ => Direction::ToClient,
    }
}

impl Serve for FrameOpen {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<BodyResult, Fail> {
        let bytes = hex::decode(&self.message)?;
        let frame = Frame::decode(&bytes, Carrier::Gateway)?;
        let kind = frame.header.kind;
        let found = Found::Number(u64::from(kind.number()));
        ensure(kind != Kind::Activation1, CLI_2, found)?;
        let Some(protection) = frame.header.protection else {
            return Ok(refuse(CLI_2, found)?);
        };
        let direction = direction_of(kind, frame.header.nonce);
        let keys = ChannelKeys::new(&Key::new(self.key.0), protection, direction);
        let body = open(&keys, frame.header_bytes, frame.body, frame.tag)?;
        Ok(BodyResult { body: Bytes(body.to_vec()) })
    }
}
