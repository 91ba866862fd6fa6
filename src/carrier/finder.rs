//! Finds the QR codes on a picture. CAR-9, CAR-10.
//!
//! Two ways. The first is exact: where the modules are squares along the edges of the picture, as on a screenshot, each
//! is looked up where it must be, and the time grows with the number of pixels, whatever is on them. The second is the
//! detector of `rqrr`, for photographs. Its time grows with the third power of what looks like a finder pattern, so it
//! gets a smaller copy, and only one with few of those.

use std::collections::BTreeSet;

use rqrr::{Grid, PreparedImage, SimpleGrid};

use super::grey::Grey;

/// What is on a picture.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The codes that could be read; no more than two, since nobody needs to know how many more.
    pub codes: Vec<Code>,
    /// Whether something that looks like a code could not be read.
    pub broken: bool,
}

/// A code that could be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// What it says.
    pub content: Vec<u8>,
    /// Whether it is dark on light rather than light on dark.
    pub dark: bool,
}

impl Found {
    fn add(&mut self, content: Option<Vec<u8>>, dark: bool) {
        match content {
            Some(content) => self.codes.push(Code { content, dark }),
            None => self.broken = true,
        }
    }
}

/// What one module after the other of a finder pattern's middle row measures: dark, light, dark, light, dark (or the
/// other way round).
const PATTERN: [usize; 5] = [1, 1, 3, 1, 1];

/// Modules of a finder pattern.
const PATTERN_MODULES: i64 = 7;

/// Grey values below are dark.
const MIDDLE: u8 = 128;

/// A finder pattern whose edges are those of pixels.
#[derive(Clone, Copy, Debug)]
struct Finder {
    /// The first pixel and the one after the last, across and down.
    across: (usize, usize),
    down: (usize, usize),
    /// Whether its ring is dark; that of a code that is light on dark is light.
    dark: bool,
}

/// Whether five runs of pixels are a finder pattern's middle row, each within half a module.
fn is_pattern(runs: [usize; 5]) -> bool {
    let total: usize = runs.iter().sum();
    let fits = |(run, modules): (usize, usize)| 2 * (7 * run).abs_diff(total * modules) <= total;
    total >= 7 && runs.into_iter().zip(PATTERN).all(fits)
}

/// All finder patterns, row by row.
fn finders(picture: &Grey) -> Vec<Finder> {
    let mut found = Vec::new();
    let (mut above, mut places) = (&[][..], Vec::new());
    for (y, row) in picture.pixels.chunks_exact(picture.width.max(1)).enumerate() {
        // Most rows of what is drawn are the row above once more.
        if row != above {
            (above, places) = (row, middle_rows(row));
        }
        found.extend(places.iter().filter_map(|across| finder(picture, *across, y)));
    }
    found
}

/// The parts of a row that can be a finder pattern's middle row.
fn middle_rows(row: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut runs, mut end) = (Vec::new(), [0; 5], 0);
    for run in row.chunk_by(|one, next| (*one < MIDDLE) == (*next < MIDDLE)) {
        end += run.len();
        runs.rotate_left(1);
        runs[4] = run.len();
        if is_pattern(runs) {
            found.push((end - runs.iter().sum::<usize>(), end));
        }
    }
    found
}

/// The finder pattern whose middle row is this part of row `y`.
fn finder(picture: &Grey, across: (usize, usize), y: usize) -> Option<Finder> {
    let x = (across.0 + across.1 - 1) / 2;
    let dark = picture.is_dark(x, y);
    // Twice as high as wide is no pattern any more: what looks like one costs no more than its own pixels.
    let most = 2 * (across.1 - across.0);
    let upward = runs((0..y).rev().take(most).map(|y| picture.is_dark(x, y)), dark);
    let downward = runs((y..picture.height).take(most).map(|y| picture.is_dark(x, y)), dark);
    let [up, down] = [upward, downward].map(|runs| runs.iter().sum::<usize>());
    let column = [upward[2], upward[1], upward[0] + downward[0], downward[1], downward[2]];
    let down = (y - up, y + down);
    // Only the row in the middle, so that each pattern is found once.
    let is_middle = (down.0 + down.1 - 1) / 2 == y;
    (is_middle && is_pattern(column)).then_some(Finder { across, down, dark })
}

/// How many pixels have this colour, then the other one, then this one again.
fn runs(pixels: impl Iterator<Item = bool>, first: bool) -> [usize; 3] {
    let (mut lengths, mut at, mut now) = ([0; 3], 0, first);
    for dark in pixels {
        if dark != now {
            (at, now) = (at + 1, dark);
        }
        match lengths.get_mut(at) {
            Some(length) => *length += 1,
            None => break,
        }
    }
    lengths
}

impl Finder {
    /// Its middle, in halves of a pixel.
    fn middle(&self) -> (i64, i64) {
        ((self.across.0 + self.across.1) as i64, (self.down.0 + self.down.1) as i64)
    }

    /// Pixels of its width and its height.
    fn sides(&self) -> (i64, i64) {
        ((self.across.1 - self.across.0) as i64, (self.down.1 - self.down.0) as i64)
    }

    /// Whether the other one may be of the same code.
    fn is_like(&self, other: &Finder) -> bool {
        let ((width, height), (other_width, other_height)) = (self.sides(), other.sides());
        let near = |one: i64, other: i64| PATTERN_MODULES * (one - other).abs() <= one;
        self.dark == other.dark && near(width, other_width) && near(height, other_height)
    }
}

/// How many modules two middles are apart, of finder patterns of these sizes, in pixels; twice the way is given.
fn modules(way: i64, one: i64, other: i64) -> f64 {
    (PATTERN_MODULES * way.abs()) as f64 / (one + other).max(1) as f64
}

/// From the middle of the first to that of the last module that three finder patterns can be apart.
const NEAREST: f64 = 12.0;
const FARTHEST: f64 = 180.0;

/// The codes whose modules are squares along the edges of the picture, upright or turned by quarters.
pub(super) fn straight(picture: &Grey) -> Found {
    let rows = finders(picture);
    let mut columns = rows.clone();
    columns.sort_by_key(|finder| finder.middle().0);
    let mut found = Found::default();
    for corner in &rows {
        let ((x, y), (width, height)) = (corner.middle(), corner.sides());
        let beside: Vec<_> = near(&rows, |finder| finder.middle().1, y, height)
            .filter(|other| corner.is_like(other))
            .map(|other| (other, modules(other.middle().0 - x, width, other.sides().0)))
            .filter(|(_, modules)| (NEAREST..FARTHEST).contains(modules))
            .collect();
        let below: Vec<_> = near(&columns, |finder| finder.middle().0, x, width)
            .filter(|other| corner.is_like(other))
            .map(|other| (other, modules(other.middle().1 - y, height, other.sides().1)))
            .filter(|(_, modules)| (NEAREST..FARTHEST).contains(modules))
            .collect();
        for (beside, across) in &beside {
            for (below, down) in &below {
                read(picture, [corner, beside, below], [*across, *down], &mut found);
                if found.codes.len() > 1 {
                    return found;
                }
            }
        }
    }
    found
}

/// Those of sorted finder patterns whose place differs by half a module at most.
fn near(
    sorted: &[Finder],
    place: impl Fn(&Finder) -> i64,
    wanted: i64,
    side: i64,
) -> impl Iterator<Item = &Finder> {
    let half = (side / PATTERN_MODULES).max(1); // of a module, in halves of a pixel
    let from = sorted.partition_point(|finder| place(finder) < wanted - half);
    let rest = sorted.get(from..).unwrap_or_default();
    rest.iter().take_while(move |finder| place(finder) <= wanted + half)
}

/// Reads the code of three finder patterns, if they are those of one.
fn read(picture: &Grey, [corner, beside, below]: [&Finder; 3], [across, down]: [f64; 2], found: &mut Found) {
    // What finder patterns measure is up to a pixel wrong, and so is the way between them by some modules.
    let wrong = 1.0 + (across + down) / 50.0;
    if (across - down).abs() > 2.0 * wrong {
        return;
    }
    let side = |version: i64| (10 + 4 * version) as f64; // from middle to middle
    let fits = |version: &i64| [across, down].iter().all(|way| (way - side(*version)).abs() <= wrong);
    let first = (((across + down) / 2.0 - wrong - 10.0) / 4.0).max(1.0) as i64;
    for version in (first..=40).take_while(|version| side(*version) <= across + wrong).filter(fits) {
        let code = Symbol::new(picture, corner, beside, below, 17 + 4 * version);
        if code.has_timing() {
            return found.add(code.content(), corner.dark);
        }
    }
}

/// A symbol on a picture, whose modules can be looked at.
struct Symbol<'a> {
    picture: &'a Grey,
    dark: bool,
    /// Modules on a side.
    size: i64,
    /// The middle of the finder pattern in the corner, and the ways to the two others, in halves of a pixel.
    corner: (i64, i64),
    right: (i64, i64),
    down: (i64, i64),
}

impl<'a> Symbol<'a> {
    fn new(picture: &'a Grey, corner: &Finder, beside: &Finder, below: &Finder, size: i64) -> Self {
        let from = corner.middle();
        let way = |to: &Finder| (to.middle().0 - from.0, to.middle().1 - from.1);
        let (beside, below) = (way(beside), way(below));
        // On the picture, "down" lies clockwise of "right", however the code is turned.
        let is_clockwise = beside.0 * below.1 > beside.1 * below.0;
        let (right, down) = if is_clockwise { (beside, below) } else { (below, beside) };
        Self { picture, dark: corner.dark, size, corner: from, right, down }
    }

    /// Whether a module is dark, or in a code that is light on dark, light.
    fn is_set(&self, column: i64, row: i64) -> bool {
        let ways = self.size - PATTERN_MODULES;
        let place = |corner: i64, right: i64, down: i64| {
            let moved = (column - 3) * right + (row - 3) * down;
            usize::try_from((corner * ways + moved).div_euclid(2 * ways)).unwrap_or(usize::MAX)
        };
        let x = place(self.corner.0, self.right.0, self.down.0);
        let y = place(self.corner.1, self.right.1, self.down.1);
        self.picture.is_dark(x, y) == self.dark
    }

    /// Whether the lines between the finder patterns alternate as they must; one module of eight may be wrong.
    fn has_timing(&self) -> bool {
        let steps = 8..self.size - 8;
        let most = steps.clone().count() / 4; // of both lines together
        let wrong = |at: i64| [(at, 6), (6, at)].map(|(x, y)| self.is_set(x, y) != (at % 2 == 0));
        steps.flat_map(wrong).filter(|wrong| *wrong).nth(most).is_none()
    }

    fn content(&self) -> Option<Vec<u8>> {
        let set = |x, y| self.is_set(i64::try_from(x).unwrap_or(-1), i64::try_from(y).unwrap_or(-1));
        content(&Grid::new(SimpleGrid::from_func(usize::try_from(self.size).unwrap_or(0), set)))
    }
}

/// What a code says, if its error correction restores it.
pub(super) fn content(grid: &Grid<impl rqrr::BitGrid>) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    grid.decode_to(&mut content).ok().map(|_| content)
}

/// Most pixels of the copy that the detector of `rqrr` gets.
const COPY: usize = 1 << 20;

/// Most finder patterns on it: a photograph of one code has few more than three, and what 24 cost, nobody notices.
const FEW: usize = 24;

/// The codes on a photograph: tilted, in uneven light, in perspective. Nobody is promised that they are found.
pub(super) fn askew(picture: &Grey) -> Found {
    let copy = picture.smaller(COPY);
    let mut found = Found::default();
    for dark in [true, false] {
        let pixel = |x: usize, y: usize| if dark { copy.at(x, y) } else { 255 - copy.at(x, y) };
        // The one that follows the light finds photographs, the other one finds large modules.
        let both = [
            PreparedImage::prepare_from_greyscale(copy.width, copy.height, pixel),
            PreparedImage::prepare_from_bitmap(copy.width, copy.height, |x, y| pixel(x, y) < MIDDLE),
        ];
        for mut image in both {
            let before = found.codes.len();
            if rings(copy.width, copy.height, |x, y| image.get_pixel_at(x, y) == 1) <= FEW {
                image.detect_grids().iter().for_each(|grid| found.add(content(grid), dark));
            }
            if found.codes.len() > before {
                break;
            }
        }
    }
    found
}

/// How many rings there are around something, with rows that look like a finder pattern's middle row: `rqrr` takes no
/// more than these for finder patterns.
fn rings(width: usize, height: usize, dark: impl Fn(usize, usize) -> bool) -> usize {
    let mut areas = Areas::default();
    let mut candidates = Vec::new();
    let mut above: Vec<(usize, usize, usize)> = Vec::new();
    for y in 0..height {
        let mut here = Vec::new();
        let (mut lengths, mut end) = ([0; 5], 0);
        let row: Vec<bool> = (0..width).map(|x| dark(x, y)).collect();
        for run in row.chunk_by(|one, next| one == next) {
            let start = end;
            end += run.len();
            lengths.rotate_left(1);
            lengths[4] = run.len();
            if run.first() != Some(&true) {
                continue;
            }
            let area = areas.new_one();
            let first = above.partition_point(|(_, end, _)| *end <= start);
            let touching = above.iter().skip(first).take_while(|(start, ..)| *start < end);
            touching.for_each(|(.., other)| areas.join(area, *other));
            here.push((start, end, area));
            if let [.., left, middle, right] = &here[..]
                && is_loose_pattern(lengths)
            {
                candidates.push([left.2, middle.2, right.2]);
            }
        }
        above = here;
    }
    let candidates = candidates.into_iter().map(|runs| runs.map(|run| areas.root(run)));
    let rings = candidates.filter(|[left, middle, right]| left == right && left != middle);
    rings.map(|[ring, ..]| ring).collect::<BTreeSet<_>>().len()
}

/// Runs of dark pixels that touch each other, as a forest: each names another one of its area, the root itself.
#[derive(Default)]
struct Areas(Vec<usize>);

impl Areas {
    fn new_one(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    fn root(&mut self, mut area: usize) -> usize {
        while let Some(next) = self.0.get(area).copied().filter(|next| *next != area) {
            let further = self.0.get(next).copied().unwrap_or(next);
            self.0.get_mut(area).into_iter().for_each(|area| *area = further);
            area = next;
        }
        area
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0.get_mut(one.max(other)).into_iter().for_each(|area| *area = one.min(other));
    }
}

/// What `rqrr` takes for the middle row of a finder pattern.
fn is_loose_pattern(runs: [usize; 5]) -> bool {
    let average = (runs[0] + runs[1] + runs[3] + runs[4]) / 4;
    let fits = |(run, modules): (usize, usize)| run.abs_diff(modules * average) <= average * 3 / 4;
    runs.into_iter().zip(PATTERN).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::Symbol as Drawn;

    fn contents(found: &Found) -> Vec<&[u8]> {
        found.codes.iter().map(|code| &code.content[..]).collect()
    }

    #[test]
    fn car_10_every_version_turned_and_scaled_is_found() {
        // Text lengths that fill the 40 versions at level L, ISO/IEC 18004, table 7.
        const FULL: [usize; 40] = [
            25, 47, 77, 114, 154, 195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938, 1_046, 1_153,
            1_249, 1_352, 1_460, 1_588, 1_704, 1_853, 1_990, 2_132, 2_223, 2_369, 2_520, 2_677, 2_840, 3_009,
            3_183, 3_351, 3_537, 3_729, 3_927, 4_087, 4_296,
        ];
        for (at, length) in FULL.into_iter().enumerate() {
            let text: String = (0..length).map(|i| char::from(b'A' + (i * i % 23) as u8)).collect();
            let symbol = Drawn::write(&text).unwrap();
            assert_eq!(symbol.size(), 21 + 4 * at);
            let mut picture = symbol.to_grey(2 + at % 3);
            for quarter in 0..4 {
                let found = straight(&picture);
                assert_eq!(contents(&found), [text.as_bytes()], "version {} turned by {quarter}", at + 1);
                assert!(!found.broken);
                picture = picture.turned();
            }
            assert_eq!(contents(&straight(&picture.inverted())), [text.as_bytes()]);
        }
    }

    #[test]
    fn car_10_modules_that_are_no_whole_number_of_pixels() {
        let symbol = Drawn::write(&"A5".repeat(351)).unwrap();
        let fine = symbol.to_grey(12);
        for side in [200, 217, 260, 333, 512] {
            let from = |at: usize| at * fine.width / side;
            let pixels = (0..side * side).map(|i| fine.at(from(i % side), from(i / side))).collect();
            let found = straight(&Grey { width: side, height: side, pixels });
            assert_eq!(contents(&found), [b"A5".repeat(351)], "{side}");
        }
    }

    /// A wall of finder patterns: the detector of `rqrr` alone would need years for it.
    #[test]
    fn car_3_a_wall_of_finder_patterns_takes_no_longer_than_another_picture() {
        let side = 1_024;
        let ring = |at: usize| at.abs_diff(3);
        let dark = |x: usize, y: usize| match ring(x / 2 % 8).max(ring(y / 2 % 8)) {
            0 | 1 | 3 => 0,
            _ => 255,
        };
        let pixels = (0..side * side).map(|i| dark(i % side, i / side)).collect();
        let wall = Grey { width: side, height: side, pixels };
        assert_eq!(finders(&wall).len(), 64 * 64);
        let started = std::time::Instant::now();
        assert!(straight(&wall).codes.is_empty() && askew(&wall).codes.is_empty());
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}
