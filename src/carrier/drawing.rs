//! PNGs of every kind that there is, for whoever draws a QR code or tests a reader. CAR-7, CAR-8.

use std::borrow::Cow;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use png::{BitDepth, ColorType, Encoder, Info, chunk};

use super::picture::Grey;

/// How the pixels of a PNG are written; what is drawn has two values, light and dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// What a pixel consists of.
    pub colour: ColorType,
    /// Bits of each of that.
    pub depth: BitDepth,
    /// Light pixels are transparent, black paint that nobody sees; dark ones are four fifths opaque, where they can be.
    pub clear: bool,
    /// In seven passes (Adam7).
    pub interlaced: bool,
}

impl Pixels {
    /// Black and white: the smallest file.
    pub const BIT: Pixels = Pixels::new(ColorType::Grayscale, BitDepth::One);

    /// Every colour type with every number of bits that it can have, ISO/IEC 15948, table 11.1.
    pub const ALL: [Pixels; 15] = [
        Pixels::BIT,
        Pixels::new(ColorType::Grayscale, BitDepth::Two),
        Pixels::new(ColorType::Grayscale, BitDepth::Four),
        Pixels::new(ColorType::Grayscale, BitDepth::Eight),
        Pixels::new(ColorType::Grayscale, BitDepth::Sixteen),
        Pixels::new(ColorType::Rgb, BitDepth::Eight),
        Pixels::new(ColorType::Rgb, BitDepth::Sixteen),
        Pixels::new(ColorType::Indexed, BitDepth::One),
        Pixels::new(ColorType::Indexed, BitDepth::Two),
        Pixels::new(ColorType::Indexed, BitDepth::Four),
        Pixels::new(ColorType::Indexed, BitDepth::Eight),
        Pixels::new(ColorType::GrayscaleAlpha, BitDepth::Eight),
        Pixels::new(ColorType::GrayscaleAlpha, BitDepth::Sixteen),
        Pixels::new(ColorType::Rgba, BitDepth::Eight),
        Pixels::new(ColorType::Rgba, BitDepth::Sixteen),
    ];

    /// Opaque, row by row.
    pub const fn new(colour: ColorType, depth: BitDepth) -> Self {
        Self { colour, depth, clear: false, interlaced: false }
    }

    /// The same with transparent ground.
    pub const fn clear(self) -> Self {
        Self { clear: true, ..self }
    }

    /// The same in seven passes.
    pub const fn interlaced(self) -> Self {
        Self { interlaced: true, ..self }
    }

    /// Whether its ground can be transparent: one bit has no value left for it.
    pub fn can_be_clear(self) -> bool {
        self.depth != BitDepth::One || self.colour == ColorType::Indexed
    }

    /// The samples of a pixel. Light is at least 170 and dark at most 85 (CAR-9); where both are grey, just that.
    fn samples(self, light: bool) -> Vec<u16> {
        let max = self.max();
        let (bright, dim) = (max - max / 3, max / 3);
        let opaque = max - max / 5;
        match (self.colour, light, self.clear) {
            (ColorType::Grayscale, true, false) => vec![bright],
            (ColorType::Grayscale, false, false) => vec![dim],
            (ColorType::Grayscale, true, true) => vec![0],
            (ColorType::Grayscale, false, true) => vec![dim],
            (ColorType::Indexed, ..) => vec![u16::from(light)],
            (ColorType::Rgb, true, false) => vec![max; 3],
            (ColorType::Rgb, true, true) => vec![0; 3],
            (ColorType::Rgb, false, _) => vec![0, 0, max / 2],
            (ColorType::GrayscaleAlpha, true, false) => vec![bright, max],
            (ColorType::GrayscaleAlpha, false, false) => vec![dim, max],
            (ColorType::GrayscaleAlpha, true, true) => vec![0, 0],
            (ColorType::GrayscaleAlpha, false, true) => vec![0, opaque],
            (ColorType::Rgba, true, false) => vec![max; 4],
            (ColorType::Rgba, false, false) => vec![0, 0, max / 2, max],
            (ColorType::Rgba, true, true) => vec![0; 4],
            (ColorType::Rgba, false, true) => vec![0, 0, max / 2, opaque],
        }
    }

    /// The largest sample.
    fn max(self) -> u16 {
        u16::MAX >> (16 - self.depth as u8)
    }

    /// The header, with the palette and the transparent value.
    fn info(self, picture: &Grey) -> Info<'static> {
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut info = Info::with_size(side(picture.width), side(picture.height));
        (info.color_type, info.bit_depth, info.interlaced) = (self.colour, self.depth, self.interlaced);
        if self.colour == ColorType::Indexed {
            let paper = if self.clear { [0; 3] } else { [250; 3] };
            info.palette = Some(Cow::Owned([[10, 20, 30], paper].concat()));
        }
        info.trns = match self.colour {
            ColorType::Grayscale if self.clear => Some(Cow::Borrowed(&[0; 2][..])),
            ColorType::Rgb if self.clear => Some(Cow::Borrowed(&[0; 6][..])),
            ColorType::Indexed if self.clear => Some(Cow::Borrowed(&[255, 0][..])),
            _ => None,
        };
        info
    }

    /// The bytes of pixels that stand in one row.
    fn row(self, light: impl Iterator<Item = bool>) -> Vec<u8> {
        let [dark, bright] = [false, true].map(|light| self.samples(light));
        let samples = light.flat_map(|light| if light { bright.iter() } else { dark.iter() }.copied());
        match self.depth {
            BitDepth::Sixteen => samples.flat_map(u16::to_be_bytes).collect(),
            BitDepth::Eight => samples.map(|sample| sample as u8).collect(),
            _ => packed(&samples.collect::<Vec<_>>(), usize::from(self.depth as u8)),
        }
    }
}

/// Samples of less than eight bits, the first in the highest ones of its byte.
fn packed(samples: &[u16], bits: usize) -> Vec<u8> {
    let byte = |samples: &[u16]| {
        let places = (0..8).step_by(bits).rev();
        samples.iter().zip(places).fold(0, |byte, (sample, place)| byte | (*sample as u8) << place)
    };
    samples.chunks(8 / bits).map(byte).collect()
}

/// The seven passes: column and row of the first pixel, and the steps from there. ISO/IEC 15948, section 8.2.
const PASSES: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// A PNG; none where a picture has no pixels.
pub fn encode(picture: &Grey, pixels: Pixels) -> Vec<u8> {
    let mut out = Vec::new();
    if write(&mut out, picture, pixels).is_err() {
        out.clear();
    }
    out
}

fn write(out: &mut Vec<u8>, picture: &Grey, pixels: Pixels) -> Result<(), png::EncodingError> {
    let mut writer = Encoder::with_info(out, pixels.info(picture))?.write_header()?;
    if !pixels.interlaced {
        let (mut rows, mut above, mut packed) = (Vec::new(), &[][..], Vec::new());
        for row in picture.pixels.chunks(picture.width.max(1)) {
            if row != above {
                (above, packed) = (row, pixels.row(row.iter().map(|pixel| *pixel >= 128)));
            }
            rows.extend_from_slice(&packed);
        }
        return writer.write_image_data(&rows);
    }
    let row = |x: usize, y: usize, step: usize| {
        pixels.row((x..picture.width).step_by(step).map(|x| !picture.is_dark(x, y)))
    };
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    for [x, y, right, down] in PASSES {
        let mut above = Vec::new();
        for (at, y) in (y..picture.height).step_by(down).enumerate() {
            let row = row(x, y, right);
            if !row.is_empty() {
                packer.write_all(&filtered(at % 5, &row, &above, pixels))?;
            }
            above = row;
        }
    }
    writer.write_chunk(chunk::IDAT, &packer.finish()?)
}

/// A row behind the number of its filter: none, sub, up, average, Paeth. ISO/IEC 15948, section 9.
fn filtered(filter: usize, row: &[u8], above: &[u8], pixels: Pixels) -> Vec<u8> {
    let step = (pixels.colour.samples() * usize::from(pixels.depth as u8)).div_ceil(8);
    let at = |row: &[u8], at: Option<usize>| at.and_then(|at| row.get(at)).copied().unwrap_or(0);
    let value = |(i, byte): (usize, &u8)| {
        let (left, up) = (at(row, i.checked_sub(step)), at(above, Some(i)));
        let corner = at(above, i.checked_sub(step));
        byte.wrapping_sub(match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => u8::midpoint(left, up),
            _ => paeth(left, up, corner),
        })
    };
    std::iter::once(filter as u8).chain(row.iter().enumerate().map(value)).collect()
}

/// Of the neighbours the one that is nearest to left + up - corner.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |neighbour: &u8| (guess - i16::from(*neighbour)).abs();
    [left, up, corner].into_iter().min_by_key(far).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::read;
    use crate::symbol::Symbol;

    /// Sides of all remainders of 8, so that the last byte of a row has pixels to spare, and passes are empty.
    #[test]
    fn car_7_car_8_every_kind_of_png_is_read() {
        let text = "00C1C3E40F42B8";
        let whole = Symbol::write(text).unwrap().to_grey(2);
        for pixels in Pixels::ALL {
            for more in 0..8 {
                let side = whole.width + more;
                let picture = Grey::drawn(side, side, |x, y| whole.at(x, y));
                for pixels in [pixels, pixels.interlaced()] {
                    assert_eq!(read(&encode(&picture, pixels)).as_deref(), Ok(text), "{pixels:?} + {more}");
                    if pixels.can_be_clear() {
                        let clear = pixels.clear();
                        assert_eq!(read(&encode(&picture, clear)).as_deref(), Ok(text), "{clear:?} + {more}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_smallest_interlaced_picture_has_passes_without_pixels() {
        for (width, height) in [(1, 1), (2, 1), (5, 3)] {
            let picture = Grey::drawn(width, height, |_, _| 255);
            let png = encode(&picture, Pixels::ALL[14].interlaced());
            let refusal = read(&png).unwrap_err().to_string();
            assert_eq!(refusal, "bad-picture (CAR-5): no QR code");
        }
    }
}
