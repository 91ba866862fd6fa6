//! Pictures: PNG, and the one QR code on one. CAR-3.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Encoder, Limits, Transformations};
use rqrr::{MetaData, PreparedImage, SimpleGrid};

use super::symbol::Symbol;
use crate::error::{Found, Refusal, ensure, fault, refuse};
use crate::rule::CAR_3;

/// Most pixels on a side.
pub const MAX_SIDE: usize = 2_048;

/// A picture in grey values, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 0 is black; `width` × `height` of them.
    pub pixels: Vec<u8>,
}

/// The text of the one QR code on a PNG. CAR-3.
pub fn read(png: &[u8]) -> Result<String, Refusal> {
    read_grey(&decode(png)?)
}

/// The same of a picture in grey values.
pub fn read_grey(picture: &Grey) -> Result<String, Refusal> {
    let pixel = |x: usize, y: usize| picture.pixels.get(y * picture.width + x).copied().unwrap_or(255);
    // The one that follows the light finds photographs, the other one finds large modules.
    let mut smooth = PreparedImage::prepare_from_greyscale(picture.width, picture.height, pixel);
    let found = smooth.detect_grids().iter().filter_map(|grid| grid.decode().ok()).collect();
    only_text(found).or_else(|_| {
        let dark = |x: usize, y: usize| pixel(x, y) < 128;
        let mut sharp = PreparedImage::prepare_from_bitmap(picture.width, picture.height, dark);
        only_text(sharp.detect_grids().iter().filter_map(|grid| grid.decode().ok()).collect())
    })
}

fn only_text(found: Vec<(MetaData, String)>) -> Result<String, Refusal> {
    let count = found.len();
    let one = fault::bent("first-of-two-codes", count == 1, count > 0);
    match found.into_iter().next().filter(|_| one) {
        Some((_, text)) if text.is_ascii() => Ok(text),
        _ => refuse(CAR_3, Found::Number(count as u64)),
    }
}

/// The text of a symbol given as modules, where it can be read.
pub fn text_of(symbol: &Symbol) -> Option<String> {
    let grid = SimpleGrid::from_func(symbol.size(), |x, y| symbol.is_dark(x, y));
    rqrr::Grid::new(grid).decode().ok().map(|(_, text)| text)
}

/// How the pixels of a PNG are written; what is drawn has two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// Grey, 1 bit.
    Bit,
    /// Grey, 8 bits.
    Grey,
    /// The places of light and dark in a palette, 8 bits.
    Palette,
    /// Dark blue on white, 24 bits.
    Rgb,
    /// Black on nothing, 32 bits.
    Rgba,
}

impl Pixels {
    /// Every way.
    pub const ALL: [Pixels; 5] = [Pixels::Bit, Pixels::Grey, Pixels::Palette, Pixels::Rgb, Pixels::Rgba];

    fn colour(self) -> ColorType {
        match self {
            Pixels::Bit | Pixels::Grey => ColorType::Grayscale,
            Pixels::Palette => ColorType::Indexed,
            Pixels::Rgb => ColorType::Rgb,
            Pixels::Rgba => ColorType::Rgba,
        }
    }

    /// The bytes of a pixel that fills some.
    fn bytes(self, light: bool) -> &'static [u8] {
        match (self, light) {
            (Pixels::Bit | Pixels::Grey, true) => &[230],
            (Pixels::Bit | Pixels::Grey, false) => &[25],
            (Pixels::Palette, _) => {
                if light {
                    &[1]
                } else {
                    &[0]
                }
            }
            (Pixels::Rgb, true) => &[255, 255, 255],
            (Pixels::Rgb, false) => &[0, 0, 139],
            (Pixels::Rgba, true) => &[0, 0, 0, 0],
            (Pixels::Rgba, false) => &[0, 0, 0, 255],
        }
    }
}

/// A PNG.
pub fn encode(picture: &Grey, pixels: Pixels) -> Vec<u8> {
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let rows = picture.pixels.chunks(picture.width.max(1));
    let is_light = |pixel: &u8| *pixel >= 128;
    let data: Vec<u8> = match pixels {
        Pixels::Bit => rows.flat_map(|row| row.chunks(8)).map(|eight| packed(eight, is_light)).collect(),
        _ => rows.flatten().flat_map(|pixel| pixels.bytes(is_light(pixel))).copied().collect(),
    };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, side(picture.width), side(picture.height));
    encoder.set_color(pixels.colour());
    encoder.set_depth(if pixels == Pixels::Bit { BitDepth::One } else { BitDepth::Eight });
    if pixels == Pixels::Palette {
        encoder.set_palette(&[10, 20, 30, 250, 250, 250][..]);
    }
    // It fails where a picture has no pixels, or not as many as its sides say.
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&data));
    if written.is_err() {
        out.clear();
    }
    out
}

/// Eight pixels in a byte, the first in its highest bit.
fn packed(eight: &[u8], is_light: impl Fn(&u8) -> bool) -> u8 {
    eight.iter().zip((0..8).rev()).fold(0, |byte, (pixel, bit)| byte | u8::from(is_light(pixel)) << bit)
}

/// What the PNG library has against a picture is no business of a peer.
fn bad<T>(_: DecodingError) -> Result<T, Refusal> {
    refuse(CAR_3, Found::Nothing)
}

/// What CAR-3 allows: grey or palette of 1 or 8 bits, RGB of 24, RGBA of 32 (laid on white), not interlaced.
fn decode(png: &[u8]) -> Result<Grey, Refusal> {
    let most = Limits { bytes: 4 * MAX_SIDE * MAX_SIDE };
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), most);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().or_else(bad)?;
    let (width, height) = (header.width as usize, header.height as usize);
    let depth = match header.color_type {
        ColorType::Grayscale | ColorType::Indexed => {
            matches!(header.bit_depth, BitDepth::One | BitDepth::Eight)
        }
        ColorType::Rgb | ColorType::Rgba => header.bit_depth == BitDepth::Eight,
        ColorType::GrayscaleAlpha => false,
    };
    ensure(depth && !header.interlaced, CAR_3, Found::Nothing)?;
    ensure(width <= MAX_SIDE && height <= MAX_SIDE, CAR_3, Found::Length(width.max(height)))?;
    let mut reader = decoder.read_info().or_else(bad)?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut pixels).or_else(bad)?;
    pixels.truncate(info.buffer_size());
    let pixels = match info.color_type {
        ColorType::Grayscale | ColorType::Indexed => pixels,
        ColorType::GrayscaleAlpha => pixels.chunks(2).map(|pixel| on_white(pixel, 1)).collect(),
        ColorType::Rgb => pixels.chunks(3).map(|pixel| on_white(pixel, 3)).collect(),
        ColorType::Rgba => pixels.chunks(4).map(|pixel| on_white(pixel, 3)).collect(),
    };
    ensure(pixels.len() == width * height, CAR_3, Found::Length(pixels.len()))?;
    Ok(Grey { width, height, pixels })
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

    const TEXT: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

    fn drawn(text: &str, scale: usize) -> Grey {
        Symbol::write(text).unwrap().to_grey(scale)
    }

    #[test]
    fn car_1_every_tier_at_every_scale_is_read_by_another_implementation() {
        for bytes in [23, 100, 199, 351, 535, 2_101] {
            let text: String = (0..bytes).map(|i| format!("{:02X}", i * 37 % 256)).collect();
            let symbol = Symbol::write(&text).unwrap();
            assert_eq!(text_of(&symbol).as_deref(), Some(&text[..]));
            for scale in [2, 3, 4, 8] {
                assert_eq!(
                    read(&encode(&symbol.to_grey(scale), Pixels::Bit)).as_deref(),
                    Ok(&text[..]),
                    "{bytes} × {scale}"
                );
            }
        }
        let url = "dpnopin://app2app_secure_channel?x-success=a%253Ab&x-error=a%253Ab&x-cancel=a%253Ab&secure_message=00";
        assert_eq!(read(&encode(&drawn(url, 3), Pixels::Bit)).as_deref(), Ok(url));
    }

    #[test]
    fn car_3_colours() {
        for pixels in Pixels::ALL {
            assert_eq!(read(&encode(&drawn(TEXT, 3), pixels)).as_deref(), Ok(TEXT), "{pixels:?}");
        }
    }

    #[test]
    fn car_3_what_is_no_picture() {
        let good = encode(&drawn(TEXT, 3), Pixels::Bit);
        for bad in [&[][..], b"\x89PNG\r\n\x1a\n", &good[..good.len() / 2], &good[1..], b"GIF89a"] {
            assert_eq!(read(bad).unwrap_err().rule, CAR_3);
        }
        let blank = Grey { width: 64, height: 64, pixels: vec![255; 64 * 64] };
        assert_eq!(read(&encode(&blank, Pixels::Bit)).unwrap_err().rule, CAR_3);
        let none = Grey { width: 0, height: 0, pixels: Vec::new() };
        assert!(encode(&none, Pixels::Bit).is_empty());
        assert_eq!(read_grey(&none).unwrap_err().rule, CAR_3);
    }

    #[test]
    fn car_3_damage() {
        let mut symbol = Symbol::write(TEXT).unwrap();
        symbol.flip(12, 12);
        assert_eq!(read_grey(&symbol.to_grey(2)).as_deref(), Ok(TEXT), "one module is corrected");
        for at in 9..symbol.size() {
            for y in 9..20 {
                symbol.flip(at, y);
            }
        }
        assert_eq!(read_grey(&symbol.to_grey(2)).unwrap_err().rule, CAR_3);
    }

    #[test]
    fn car_3_two_codes() {
        let (one, other) = (drawn(TEXT, 3), drawn("0123", 3));
        let width = one.width + other.width;
        let mut pixels = vec![255; width * one.height];
        for (from, left) in [(&one, 0), (&other, one.width)] {
            for y in 0..from.height {
                let row = &from.pixels[y * from.width..][..from.width];
                pixels[y * width + left..][..from.width].copy_from_slice(row);
            }
        }
        let both = Grey { width, height: one.height, pixels };
        assert_eq!(read_grey(&both).unwrap_err().rule, CAR_3);
    }
}
