//! Codecs: one encoding, exact lengths, limits.

use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::error::Refusal;
use channel::rule::{FRM_2, FRM_3, FRM_4, OTP_3, REQ_6, REQ_9, REQ_11, Rule};
use channel::serial::{Serial, SerialPrefix};
use channel::text::charset::{Charset, is_displayable};
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::activation2::Activation2;
use channel::wire::deactivation::Deactivation;
use channel::wire::device_code::{DeviceCode, LENGTH as CODE_LENGTH};
use channel::wire::frame::{Carrier, Frame, Header, Nonce, OVERHEAD};
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::{MAX_LENGTH, StaticVector};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;
use crate::generators::*;
use crate::responses::is_challenge;

/// The longest body (REQ-11).
fn most(carrier: Carrier) -> usize {
    match carrier {
        Carrier::Direct => 512,
        Carrier::Gateway => 2078,
    }
}

/// The length of the request's body with this content instead.
fn encoded(request: &Request, carrier: Carrier, content: Content) -> Result<usize, Rule> {
    let encoded = Request { content, ..request.clone() }.encode(carrier);
    encoded.map(|body| body.len()).map_err(|refusal| refusal.rule)
}

fn read(body: &[u8]) -> Result<Request, Refusal> {
    Request::decode(body, Carrier::Gateway)
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn hex_decodes_what_it_encodes(bytes in vec(any::<u8>(), 0..600)) {
        let text = hex::encode(&bytes);
        prop_assert_eq!(text.len(), bytes.len() * 2);
        prop_assert_eq!(hex::decode(&text.to_lowercase()), Ok(bytes.clone()));
        prop_assert_eq!(hex::decode(&text), Ok(bytes));
    }

    #[test]
    fn hex_has_one_encoding_but_for_case(text in "[0-9A-Fa-f]{0,40}|[0-9a-fx ]{0,6}|.{0,10}") {
        let well_formed = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert_eq!(hex::decode(&text).is_ok(), well_formed);
        if let Ok(bytes) = hex::decode(&text) {
            prop_assert_eq!(hex::encode(&bytes), text.to_uppercase());
        }
    }

    #[test]
    fn nonce_round_trip(time in any::<u32>(), counter in any::<u32>(), bytes in any::<[u8; 8]>()) {
        let nonce = Nonce { time, counter };
        prop_assert_eq!(Nonce::decode(nonce.encode()), nonce);
        prop_assert_eq!(Nonce::decode(bytes).encode(), bytes);
    }

    #[test]
    fn serial_round_trip(serial in serial()) {
        prop_assert_eq!(Serial::from_bytes(serial.to_bytes()), Ok(serial));
        prop_assert_eq!(serial.to_string().parse(), Ok(serial));
    }

    #[test]
    fn serial_has_one_encoding(bytes in any::<[u8; 5]>(), p in any::<u16>(), text in "[0-9A-Za-z]{0,3}[0-9A]{5,9}|.{10}") {
        if let Ok(serial) = Serial::from_bytes(bytes) {
            prop_assert_eq!(serial.to_bytes(), bytes);
        }
        if let Ok(serial) = text.parse::<Serial>() {
            prop_assert_eq!(serial.to_string(), text);
        }
        if let Some(prefix) = SerialPrefix::from_u16(p) {
            prop_assert_eq!(prefix.to_u16(), p);
        }
    }

    #[test]
    fn header_round_trip(header in header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn frame_has_one_encoding(bytes in near(frame()), carrier in carrier()) {
        if let Ok(frame) = Frame::decode(&bytes, carrier) {
            prop_assert_eq!(&frame.header.encode(), frame.header_bytes);
            prop_assert_eq!(&Frame::encode(frame.header_bytes, frame.body, frame.tag), &bytes);
            prop_assert_eq!(frame.bytes, &bytes);
        }
    }

    #[test]
    fn frm_2_frm_3_frm_4_limits_of_any_frame(header in header(), fill in any::<u8>(), carrier in carrier()) {
        let (most, rule) = match carrier {
            Carrier::Direct => (535, FRM_3),
            Carrier::Gateway => (2101, FRM_4),
        };
        let of_length = |length| {
            let mut bytes = header.encode().to_vec();
            bytes.resize(length, fill);
            Frame::decode(&bytes, carrier).map(|frame| frame.body.len()).map_err(|refusal| refusal.rule)
        };
        prop_assert_eq!(of_length(OVERHEAD - 1), Err(FRM_2));
        prop_assert_eq!(of_length(OVERHEAD), Ok(0));
        prop_assert_eq!(of_length(OVERHEAD + 1), Ok(1));
        prop_assert_eq!(of_length(most - 1), Ok(most - OVERHEAD - 1));
        prop_assert_eq!(of_length(most), Ok(most - OVERHEAD));
        prop_assert_eq!(of_length(most + 1), Err(rule));
    }

    #[test]
    fn static_vector_round_trip(vector in static_vector()) {
        let bytes = vector.to_bytes();
        prop_assert!(bytes.len() <= MAX_LENGTH);
        prop_assert_eq!(StaticVector::decode(&bytes), Ok(vector));
    }

    #[test]
    fn static_vector_has_one_encoding(bytes in near(static_vector().prop_map(|vector| vector.to_bytes()))) {
        has_one_encoding(&bytes, StaticVector::decode, StaticVector::to_bytes);
    }

    /// Its length field mended after the mutation, so that more of them get past STV-1.
    #[test]
    fn static_vector_of_the_right_length_has_one_encoding(
        mut bytes in near(static_vector().prop_map(|vector| vector.to_bytes())),
    ) {
        if let Some(length) = bytes.len().checked_sub(4).and_then(|length| u16::try_from(length).ok()) {
            bytes[..2].copy_from_slice(&[0x38, 0x08]);
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            has_one_encoding(&bytes, StaticVector::decode, StaticVector::to_bytes);
        }
    }

    #[test]
    fn activation1_round_trip(message in activation1()) {
        let body = message.encode();
        prop_assert_eq!(body.len(), 31 + message.static_vector.as_ref().map_or(0, Vec::len));
        prop_assert_eq!(Activation1::decode(&body, message.nonce()), Ok(message));
    }

    #[test]
    fn activation1_has_one_encoding(bytes in near(activation1().prop_map(|message| message.encode())), nonce in any::<[u8; 8]>()) {
        for nonce in [nonce, [0; 8]] {
            has_one_encoding(&bytes, |body| Activation1::decode(body, nonce), Activation1::encode);
            if let Ok(message) = Activation1::decode(&bytes, nonce) {
                prop_assert_eq!(message.nonce(), nonce);
            }
        }
    }

    #[test]
    fn activation2_round_trip(message in activation2()) {
        let body = message.to_bytes();
        prop_assert_eq!(body.len(), 31);
        for length in 0..31 {
            prop_assert!(Activation2::decode(&body[..length]).is_err());
        }
        prop_assert_eq!(Activation2::decode(&body), Ok(message));
    }

    #[test]
    fn activation2_has_one_encoding(bytes in near(activation2().prop_map(|message| message.to_bytes()))) {
        has_one_encoding(&bytes, Activation2::decode, Activation2::to_bytes);
    }

    #[test]
    fn request_round_trip(request in request()) {
        let body = request.encode(Carrier::Gateway).unwrap();
        for length in 0..body.len() {
            prop_assert!(read(&body[..length]).is_err(), "cut at {}", length);
        }
        prop_assert_eq!(read(&body), Ok(request));
    }

    #[test]
    fn request_has_one_encoding(bytes in near(request().prop_map(|request| request.encode(Carrier::Gateway).unwrap()))) {
        has_one_encoding(&bytes, read, |request| request.encode(Carrier::Gateway).unwrap());
    }

    /// A title of as many bytes as are missing: 1 short of the limit, the limit, 1 too many.
    #[test]
    fn req_11_limits_of_any_list(request in request(), carrier in carrier()) {
        let with_title = |title: usize, items: usize, last: usize| {
            let mut items = vec![("k".to_owned(), "v".repeat(255)); items];
            items.push(("k".to_owned(), "v".repeat(last)));
            encoded(&request, carrier, Content::List { title: "t".repeat(title), items })
        };
        // 2 control, 1 + title, 1 count, each item 3 + value.
        let items = if carrier == Carrier::Direct { 1 } else { 7 };
        let most = most(carrier);
        let last = most - 4 - items * 258 - 3 - 100;
        prop_assert_eq!(with_title(99, items, last), Ok(most - 1));
        prop_assert_eq!(with_title(100, items, last), Ok(most));
        prop_assert_eq!(with_title(101, items, last), Err(REQ_11));
        prop_assert_eq!(with_title(255, 0, 0), Ok(2 + 256 + 1 + 3));
        prop_assert_eq!(with_title(256, 0, 0), Err(REQ_11));
        prop_assert_eq!(with_title(0, 0, 256), Err(REQ_11));
        prop_assert_eq!(with_title(0, 15, 0), Err(REQ_11));
        prop_assert_eq!(with_title(0, 16, 0), Err(REQ_6));
    }

    /// The same with a free text, which is no string and may be longer than one.
    #[test]
    fn req_11_limits_of_any_free_text(request in request(), carrier in carrier(), title in 0usize..=200) {
        let with_text = |title: usize, text: usize| {
            encoded(&request, carrier, Content::FreeText { title: "t".repeat(title), text: "x".repeat(text) })
        };
        let (most, overhead) = (most(carrier), 2 + 1 + title + 2);
        prop_assert_eq!(with_text(title, most - overhead - 1), Ok(most - 1));
        prop_assert_eq!(with_text(title, most - overhead), Ok(most));
        prop_assert_eq!(with_text(title, most - overhead + 1), Err(REQ_11));
        prop_assert_eq!(with_text(title, 256), Ok(overhead + 256));
        prop_assert_eq!(with_text(title, 1), Ok(overhead + 1));
        prop_assert_eq!(with_text(title, 0), Err(REQ_6));
        prop_assert_eq!(with_text(256, 1), Err(REQ_11));
    }

    /// And with a challenge: its own limits come before those of a string.
    #[test]
    fn otp_3_req_11_limits_of_any_challenge(request in request(), carrier in carrier(), title in 0usize..=255) {
        let with_challenge = |title: usize, challenge: usize| {
            let challenge = "7".repeat(challenge);
            encoded(&request, carrier, Content::Challenge { title: "t".repeat(title), challenge })
        };
        for digits in [1, 2, 15, 16] {
            prop_assert_eq!(with_challenge(title, digits), Ok(2 + 1 + title + 1 + digits));
        }
        for digits in [0, 17, 255, 256] {
            prop_assert_eq!(with_challenge(title, digits), Err(OTP_3));
        }
        prop_assert_eq!(with_challenge(256, 0), Err(REQ_11));
    }

    /// The same on the receiver's side: a body is spelled with any challenge in it.
    #[test]
    fn otp_3_a_challenge_is_refused_when_read(challenge in "[0-9]{0,20}|.{0,18}", title in "[a-z]{0,9}") {
        let mut body = vec![0, 1 << 4, u8::try_from(title.len()).unwrap()];
        body.extend(title.bytes());
        body.push(u8::try_from(challenge.len()).unwrap());
        body.extend(challenge.bytes());
        let was_read = read(&body).map(|request| request.content).map_err(|refusal| refusal.rule);
        match is_challenge(&challenge) {
            true => prop_assert_eq!(was_read, Ok(Content::Challenge { title, challenge })),
            // What can't be displayed is refused before.
            false if challenge.chars().all(is_displayable) => prop_assert_eq!(was_read, Err(OTP_3)),
            false => prop_assert_eq!(was_read, Err(REQ_9)),
        }
    }

    #[test]
    fn deactivation_round_trip(sequence in sequence()) {
        let body = Deactivation { sequence }.to_bytes();
        prop_assert_eq!(&body, &[sequence.number(), 0]);
        prop_assert_eq!(Deactivation::decode(&body), Ok(Deactivation { sequence }));
    }

    #[test]
    fn deactivation_has_one_encoding(bytes in near(sequence().prop_map(|sequence| Deactivation { sequence }.to_bytes()))) {
        let right = matches!(bytes[..], [1..=99, 0]);
        prop_assert_eq!(Deactivation::decode(&bytes).map_err(|refusal| refusal.rule).is_ok(), right);
        has_one_encoding(&bytes, Deactivation::decode, Deactivation::to_bytes);
    }

    #[test]
    fn device_code_round_trip(code in device_code()) {
        let text = code.encode();
        prop_assert_eq!(text.len(), CODE_LENGTH);
        prop_assert!(DeviceCode::decode(&text[1..]).is_err());
        let longer = format!("0{text}");
        prop_assert!(DeviceCode::decode(&longer).is_err());
        prop_assert_eq!(DeviceCode::decode(&text), Ok(code));
    }

    #[test]
    fn device_code_has_one_encoding(digits in "[0-9]{25}|0[0-9]{24}", other in "[0-9]{20,30}") {
        let mended = format!("{digits}{}", check_digit(&digits, Radix::Decimal));
        for text in [mended, other] {
            if let Ok(code) = DeviceCode::decode(&text) {
                prop_assert_eq!(code.encode(), text);
            }
        }
    }

    #[test]
    fn the_first_word_and_the_rest_of_a_header_have_one_encoding(header in header()) {
        let decode = |bytes: &[u8]| Header::decode(bytes.try_into().unwrap());
        has_one_encoding_wherever_bent(&header.encode(), decode, |header| header.encode().to_vec());
    }

    #[test]
    fn no_decoder_panics_on_noise(bytes in vec(any::<u8>(), 0..2200), text in ".{0,60}", nonce in any::<[u8; 8]>()) {
        let _ = Frame::decode(&bytes, Carrier::Gateway);
        let _ = StaticVector::decode(&bytes);
        let _ = Activation1::decode(&bytes, nonce);
        let _ = Activation2::decode(&bytes);
        let _ = read(&bytes);
        let _ = Deactivation::decode(&bytes);
        let _ = DeviceCode::decode(&text);
        let _ = hex::decode(&text);
    }
}

/// A text that is longer than its length field can say.
#[test]
fn req_11_no_length_wraps() {
    for length in [65_535, 65_536, 65_536 + 300] {
        let content = Content::FreeText { title: String::new(), text: "x".repeat(length) };
        let request = Request {
            minimum_version: 0,
            require_pin: false,
            template: 0,
            charset: Charset::Utf8,
            application: 1,
            content,
        };
        assert_eq!(request.encode(Carrier::Gateway).unwrap_err().rule, REQ_11);
    }
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn no_bit_of_a_body_goes_unnoticed(
        vector in static_vector(),
        am1 in activation1(),
        am2 in activation2(),
        request in request(),
    ) {
        has_one_encoding_wherever_bent(&vector.to_bytes(), StaticVector::decode, StaticVector::to_bytes);
        let nonce = am1.nonce();
        let decode = |body: &[u8]| Activation1::decode(body, nonce);
        has_one_encoding_wherever_bent(&am1.encode(), decode, Activation1::encode);
        has_one_encoding_wherever_bent(&am2.to_bytes(), Activation2::decode, Activation2::to_bytes);
        let encode = |request: &Request| request.encode(Carrier::Gateway).unwrap();
        has_one_encoding_wherever_bent(&encode(&request), read, encode);
    }
}
