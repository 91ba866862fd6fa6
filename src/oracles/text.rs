//! Hexadecimal text and the charsets.

use super::slow;
use super::target::Target;
use super::verdict::{same, twice};
use channel::text::charset::{Charset, is_displayable};
use channel::text::hex;

/// Bytes as hexadecimal text.
pub const HEX_TEXT: Target = Target {
    name: "hex_text",
    run: hex_text,
    max_len: 4300,
    floor: 15_000,
    seeds: || {
        let texts = ["00C1FE", "00c1fe", "", "0", "0g", " 00", "00\n", "é0", "０0"];
        texts.map(|text| text.as_bytes().to_vec()).to_vec()
    },
    dictionary: &[b"0x", b"FF", b"aA", "\u{FF10}".as_bytes()],
    oracles: &[
        "an independent decoder agrees",
        "accepted: re-encoding gives the input in upper case",
        "any bytes survive encoding, in either case",
    ],
};

fn hex_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let decoded = twice(|| hex::decode(&text));
    same(decoded.clone(), slow::hex(&text));
    if let Ok(bytes) = decoded {
        assert_eq!(hex::encode(&bytes), text.to_uppercase());
    }
    let encoded = hex::encode(data);
    assert!(encoded.len() == 2 * data.len() && encoded == encoded.to_uppercase());
    assert_eq!(hex::decode(&encoded).as_deref(), Ok(data));
    assert_eq!(hex::decode(&encoded.to_lowercase()).as_deref(), Ok(data));
}

/// The first byte chooses the charset; the rest is bytes to decode, and text to encode.
pub const CHARSET: Target = Target {
    name: "charset",
    run: charset,
    max_len: 300,
    floor: 12_000,
    seeds: || {
        let texts = ["Zoë €12", "\u{202E}", "\u{FFFD}", "\u{E000}", "\u{1FFFE}", "ŠšŽžŒœŸ¤"];
        let edges = slow::text::refused()
            .iter()
            .flat_map(|(first, last)| [first.wrapping_sub(1), *first, *last, last + 1]);
        let edges: Vec<String> = edges.filter_map(char::from_u32).map(String::from).collect();
        let texts = texts.into_iter().chain(edges.iter().map(String::as_str));
        texts.flat_map(|text| [0u8, 1].map(|set| [&[set], text.as_bytes()].concat())).collect()
    },
    dictionary: &[
        b"\xED\xA0\x80",
        b"\xC0\x80",
        b"\xE0\x80\x80",
        b"\xF4\x90\x80\x80",
        b"\xA4",
        b"\xEF\xBF\xBD",
    ],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted bytes: re-encoding gives them back; accepted text: decoding gives it back",
        "no accepted text holds a character of the table of REQ-9",
    ],
};

fn charset(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let number = choice & 1;
    let charset = if number == 0 { Charset::Utf8 } else { Charset::Iso8859_15 };
    assert_eq!(Charset::from_number(charset.number()), Ok(charset));

    let decoded = twice(|| charset.decode(bytes));
    same(decoded.clone(), slow::text::text(bytes, number));
    if let Ok(text) = decoded {
        assert_eq!(charset.encode(&text).as_deref(), Ok(bytes));
        assert!(text.chars().all(slow::text::is_displayable));
    }

    let text = String::from_utf8_lossy(bytes);
    let expected = if number == 0 {
        Ok(text.as_bytes().to_vec())
    } else {
        text.chars().map(slow::text::latin_9_byte).collect::<Option<Vec<u8>>>().ok_or("REQ-10")
    };
    let displayable = text.chars().all(slow::text::is_displayable);
    assert_eq!(text.chars().all(is_displayable), displayable);
    let encoded = twice(|| charset.encode(&text));
    same(encoded.clone(), expected.and_then(|bytes| if displayable { Ok(bytes) } else { Err("REQ-9") }));
    if let Ok(bytes) = encoded {
        assert_eq!(charset.decode(&bytes).as_deref(), Ok(&*text));
    }
}
