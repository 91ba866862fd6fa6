//! Pictures: PNG, and the one QR code on one. CAR-3 to CAR-10.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, DecodeOptions, Decoder, DecodingError, InterlaceInfo, Limits, Reader, Transformations};
use rqrr::{Grid, SimpleGrid};

pub use super::grey::Grey;

use super::finder;
use super::symbol::Symbol;
use channel::error::{Found, Refusal, ensure, refuse};
use channel::fault;
use channel::rule::{CAR_3, CAR_4, CAR_5, CAR_6};

/// Most pixels on a side: a screenshot of a long page.
pub const MAX_SIDE: usize = 1 << 14;

/// Most pixels: a photograph or a screenshot of any phone. What is read takes as many bytes, and a row.
pub const MAX_PIXELS: usize = 1 << 24;

/// The text of the one QR code on a PNG. CAR-3 to CAR-6.
pub fn read(png: &[u8]) -> Result<String, Refusal> {
    read_grey(&decode(png)?)
}

/// The same of a picture in grey values.
pub fn read_grey(picture: &Grey) -> Result<String, Refusal> {
    let straight = finder::straight(picture);
    let found = if straight.codes.is_empty() { finder::askew(picture) } else { straight };
    let words = match (found.codes.len(), found.broken) {
        (0, false) => "no QR code",
        (0, true) => "a QR code with more damage than its error correction restores",
        _ => "more than one QR code",
    };
    let others = found.codes.iter().skip(1).filter(|other| fault::bent("dark-codes-first", true, other.dark));
    let alone = fault::bent("first-of-two-codes", others.count() == 0, true);
    match found.codes.into_iter().next().filter(|_| alone) {
        Some(code) => text(code.content),
        None => refuse(CAR_5, Found::Words(words)),
    }
}

fn text(content: Vec<u8>) -> Result<String, Refusal> {
    ensure(content.is_ascii(), CAR_6, Found::Words("its text is not ASCII"))?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}

/// The text of a symbol given as modules, where it can be read.
pub fn text_of(symbol: &Symbol) -> Option<String> {
    let grid = SimpleGrid::from_func(symbol.size(), |x, y| symbol.is_dark(x, y));
    finder::content(&Grid::new(grid)).and_then(|content| String::from_utf8(content).ok())
}

/// What a PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Most bytes that chunks other than those of the pixels may fill, and a row.
const MAX_CHUNKS: usize = 64 << 20;

/// What the PNG library has against a picture.
fn bad<T>(error: DecodingError) -> Result<T, Refusal> {
    let is_cut = matches!(&error, DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof);
    refuse(CAR_3, Found::Words(if is_cut { "the file is cut" } else { "the file is damaged" }))
}

/// A PNG of any kind in grey values. CAR-3, CAR-4, CAR-7, CAR-8. Of what is packed in it, no more than two rows are ever
/// in memory.
pub fn decode(png: &[u8]) -> Result<Grey, Refusal> {
    if !png.starts_with(SIGNATURE) {
        return refuse(CAR_3, Found::Words("not a PNG"));
    }
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    options.set_ignore_crc(fault::bent("any-crc", false, true));
    let mut decoder = Decoder::new_with_options(Cursor::new(png), options);
    decoder.set_limits(Limits { bytes: MAX_CHUNKS });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let header = decoder.read_header_info().or_else(bad)?;
    let (width, height) = (header.width as usize, header.height as usize);
    ensure(width.max(height) <= MAX_SIDE, CAR_4, Found::Words("more than 16384 pixels wide or high"))?;
    ensure(width * height <= MAX_PIXELS, CAR_4, Found::Words("more than 16777216 pixels"))?;
    let mut reader = decoder.read_info().or_else(bad)?;
    let pixels = grey(&mut reader, width, height)?;
    reader.finish().or_else(bad)?;
    Ok(Grey { width, height, pixels })
}

/// The grey values of all pixels. CAR-8.
fn grey(reader: &mut Reader<Cursor<&[u8]>>, width: usize, height: usize) -> Result<Vec<u8>, Refusal> {
    let (colours, samples) = match reader.output_color_type().0 {
        ColorType::Grayscale | ColorType::Indexed => (1, 1),
        ColorType::GrayscaleAlpha => (1, 2),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (3, 4),
    };
    let mut pixels = Vec::with_capacity(width * height);
    if reader.info().interlaced {
        pixels.resize(width * height, 0);
    }
    while let Some(row) = reader.next_interlaced_row().or_else(bad)? {
        let values = row.data().chunks_exact(samples).map(|pixel| on_white(pixel, colours));
        match row.interlace() {
            // These are grey and opaque as they are, and there may be millions.
            InterlaceInfo::Null(_) if samples == 1 => pixels.extend_from_slice(row.data()),
            InterlaceInfo::Null(_) => pixels.extend(values),
            InterlaceInfo::Adam7(pass) => {
                png::expand_interlaced_row(&mut pixels, width, &values.collect::<Vec<_>>(), pass, 8);
            }
        }
    }
    ensure(pixels.len() == width * height, CAR_3, Found::Words("the file is damaged"))?;
    Ok(pixels)
}

/// The grey value of a pixel of so many colours, and perhaps an opacity behind them, on white paper.
fn on_white(pixel: &[u8], colours: usize) -> u8 {
    let value = |at: usize| u32::from(pixel.get(at).copied().unwrap_or(0));
    let grey = match colours {
        1 => value(0) * 1_000,
        _ => 299 * value(0) + 587 * value(1) + 114 * value(2),
    } / 1_000;
    let paper = fault::bent("black-paper", 255, 0);
    let opacity = pixel.get(colours).map_or(255, |opacity| u32::from(*opacity));
    u8::try_from((grey * opacity + paper * (255 - opacity)) / 255).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Pixels, encode};

    const TEXT: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

    fn drawn(text: &str, scale: usize) -> Grey {
        Symbol::write(text).unwrap().to_grey(scale)
    }

    fn refused(png: &[u8]) -> String {
        read(png).unwrap_err().to_string()
    }

    /// The header of a PNG with other sides, and nothing behind it.
    fn header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()));
        chunk.extend([8, 6, 0, 0, 0]);
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        [SIGNATURE, &[0, 0, 0, 13], &chunk, &sum.sum().to_be_bytes()].concat()
    }

    #[test]
    fn car_1_every_tier_at_every_scale_is_read_by_another_implementation() {
        for bytes in [23, 100, 199, 351, 535, 2_101] {
            let text: String = (0..bytes).map(|i| format!("{:02X}", i * 37 % 256)).collect();
            let symbol = Symbol::write(&text).unwrap();
            assert_eq!(text_of(&symbol).as_deref(), Some(&text[..]));
            for scale in [2, 3, 4, 8] {
                assert_eq!(
                    read(&encode(&symbol.to_grey(scale), Pixels::BIT)).as_deref(),
                    Ok(&text[..]),
                    "{bytes} × {scale}"
                );
            }
        }
        let url = "dpnopin://app2app_secure_channel?x-success=a%253Ab&x-error=a%253Ab&x-cancel=a%253Ab&secure_message=00";
        assert_eq!(read(&encode(&drawn(url, 3), Pixels::BIT)).as_deref(), Ok(url));
    }

    #[test]
    fn car_3_what_is_no_whole_png_says_why() {
        let good = encode(&drawn(TEXT, 3), Pixels::BIT);
        for no_png in [&[][..], b"\x89PNG\r\n\x1a", &good[1..], b"GIF89a"] {
            assert_eq!(refused(no_png), "bad-picture (CAR-3): not a PNG");
        }
        for length in [8, 20, good.len() / 2, good.len() - 12, good.len() - 1] {
            assert_eq!(refused(&good[..length]), "bad-picture (CAR-3): the file is cut", "{length}");
        }
        for place in [8, 16, 30, 45, good.len() - 13] {
            let mut bent = good.clone();
            bent[place] ^= 1;
            assert_eq!(read(&bent).unwrap_err().rule, CAR_3, "{place}");
        }
        assert_eq!(read(&[&good[..], b"behind it"].concat()).as_deref(), Ok(TEXT));
    }

    #[test]
    fn car_4_a_bomb_is_refused_by_its_header() {
        let (side, pixels) = ("more than 16384 pixels wide or high", "more than 16777216 pixels");
        for (width, height, words) in [
            (1 << 31, 1, side),
            ((1 << 31) - 1, (1 << 31) - 1, side),
            (16_385, 1, side),
            (1, 16_385, side),
            (16_384, 16_384, pixels),
            (4_097, 4_096, pixels),
            (4_096, 4_096, "the file is cut"),
        ] {
            assert!(refused(&header(width, height)).ends_with(words), "{width} × {height}");
        }
        assert_eq!((MAX_SIDE, MAX_PIXELS), (16_384, 16_777_216), "as the words and SPEC.md have it");
    }

    #[test]
    fn car_5_none_and_more_than_one() {
        let blank = Grey::drawn(64, 64, |_, _| 255);
        assert_eq!(refused(&encode(&blank, Pixels::BIT)), "bad-picture (CAR-5): no QR code");
        let none = Grey { width: 0, height: 0, pixels: Vec::new() };
        assert!(encode(&none, Pixels::BIT).is_empty());
        assert_eq!(read_grey(&none).unwrap_err().rule, CAR_5);
        let one = drawn(TEXT, 3);
        for other in [drawn("0123", 3), one.inverted(), one.turned()] {
            let both =
                Grey::drawn(one.width + other.width, one.height, |x, y| match x.checked_sub(one.width) {
                    None => one.at(x, y),
                    Some(x) => other.at(x, y),
                });
            for both in [both.inverted(), both] {
                let refusal = read_grey(&both).unwrap_err().to_string();
                assert_eq!(refusal, "bad-picture (CAR-5): more than one QR code");
            }
        }
    }

    #[test]
    fn car_5_damage() {
        let mut symbol = Symbol::write(TEXT).unwrap();
        symbol.flip(12, 12);
        assert_eq!(read_grey(&symbol.to_grey(2)).as_deref(), Ok(TEXT), "one module is corrected");
        for at in 9..symbol.size() {
            for y in 9..20 {
                symbol.flip(at, y);
            }
        }
        let words = "bad-picture (CAR-5): a QR code with more damage than its error correction restores";
        assert_eq!(read_grey(&symbol.to_grey(2)).unwrap_err().to_string(), words);
    }

    #[test]
    fn car_6_ascii_alone() {
        let refusal = read_grey(&drawn("caf\u{e9}", 2)).unwrap_err().to_string();
        assert_eq!(refusal, "bad-picture (CAR-6): its text is not ASCII");
        assert_eq!(read_grey(&drawn("\u{1b}[31m\u{7f}", 2)).as_deref(), Ok("\u{1b}[31m\u{7f}"));
    }

    /// Nobody is promised this, but people have it: a photograph, tilted, in uneven light.
    #[test]
    fn a_photograph_is_mostly_read() {
        let code = drawn(TEXT, 6);
        let photograph = Grey::drawn(700, 600, |x, y| {
            let (right, down) = (x as f64 - 260.0, y as f64 - 150.0);
            let (across, along) = (right * 0.94 + down * 0.34, down * 0.94 - right * 0.34);
            let inside = across >= 0.0 && along >= 0.0;
            let value = if inside { code.at(across as usize, along as usize) } else { 255 };
            40 + value / 3 + (x / 8) as u8
        });
        assert_eq!(read_grey(&photograph).as_deref(), Ok(TEXT));
        assert_eq!(read_grey(&photograph.inverted()).as_deref(), Ok(TEXT));
    }
}
