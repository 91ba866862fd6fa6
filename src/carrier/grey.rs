//! A picture in grey values: what is drawn, and what is looked at.

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

impl Grey {
    /// The value of a pixel; white outside.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        let inside = x < self.width && y < self.height;
        self.pixels.get(y.wrapping_mul(self.width).wrapping_add(x)).copied().filter(|_| inside).unwrap_or(255)
    }

    /// Whether a pixel is dark rather than light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        self.at(x, y) < 128
    }

    /// A picture of these sides, of which each pixel is asked for.
    pub fn drawn(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y));
        Self { width, height, pixels: pixels.collect() }
    }

    /// Turned clockwise by a quarter.
    pub fn turned(&self) -> Self {
        Self::drawn(self.height, self.width, |x, y| self.at(y, self.height - 1 - x))
    }

    /// Light where it is dark.
    pub fn inverted(&self) -> Self {
        Self { pixels: self.pixels.iter().map(|pixel| 255 - pixel).collect(), ..*self }
    }

    /// A copy of at most so many pixels: each is the average of a square of those here.
    pub(super) fn smaller(&self, most: usize) -> Self {
        let step = (1..).find(|step| (self.width / step) * (self.height / step) <= most).unwrap_or(1);
        if step == 1 {
            return self.clone();
        }
        Self::drawn(self.width / step, self.height / step, |x, y| {
            let square = (0..step * step).map(|i| self.at(x * step + i % step, y * step + i / step));
            let sum: usize = square.map(usize::from).sum();
            u8::try_from(sum / (step * step)).unwrap_or(255)
        })
    }
}
