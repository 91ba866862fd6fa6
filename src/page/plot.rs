//! Plots, as SVG. Their colours are only names: the style sheet has a rule for each (`[fill="#2E7D32"]`), so that a plot is
//! dark where the page is, and prints.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::Error;

/// What passed, what failed, and the rest; and what a plot is drawn on.
const PASS: RGBColor = RGBColor(0x2E, 0x7D, 0x32);
const FAIL: RGBColor = RGBColor(0xB7, 0x1C, 0x1C);
const OTHER: RGBColor = RGBColor(0x8A, 0x6D, 0x00);
const BAR: RGBColor = RGBColor(0x34, 0x5B, 0x8C);
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);

/// The size of a bar that stands in a table.
const SHARES: (u32, u32) = (120, 8);
/// The height of a bar of a chart, its width, and the space for what stands left of and below the bars.
const ROW: u32 = 16;
const WIDTH: u32 = 640;
const LEFT: u32 = 56;
const BELOW: u32 = 44;
/// A small plot: it is drawn larger than it is shown, since a point has whole coordinates only.
const SMALL: (i32, i32) = (320, 80);
const EDGE: i32 = 6;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn drawn(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Result<(), Error>) -> Result<String, Error> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    draw(&area)?;
    area.present().map_err(failed)?;
    drop(area);
    Ok(svg)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error(error.to_string())
}

/// A bar of three shares: passed, failed, other. It has its whole length where they are `largest` together.
pub(crate) fn shares(shares: [usize; 3], largest: u64) -> Result<String, Error> {
    drawn(SHARES, |area| {
        let scale = f64::from(SHARES.0) / (largest.max(1) as f64);
        let mut from = 0;
        let mut sum = 0;
        for (share, colour) in shares.into_iter().zip([PASS, FAIL, OTHER]) {
            sum += share;
            // What is there is seen, however small its share is.
            let to = ((sum as f64 * scale).round() as i32).max(from + i32::from(share > 0) * 2);
            if share > 0 {
                let corners = [(from, 0), (to, SHARES.1 as i32)];
                area.draw(&Rectangle::new(corners, colour.filled())).map_err(failed)?;
            }
            from = to;
        }
        Ok(())
    })
}

/// A chart with a horizontal bar for each row, in the order of the rows.
pub(crate) fn bars(rows: &[(String, f64)], unit: &str) -> Result<String, Error> {
    let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    let largest = rows.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let height = ROW.saturating_mul(count.unsigned_abs()).saturating_add(BELOW);
    drawn((WIDTH, height), |area| {
        let mut chart = ChartBuilder::on(area)
            .y_label_area_size(LEFT)
            .x_label_area_size(BELOW)
            .margin_right(16)
            .build_cartesian_2d(0.0..largest.max(1e-3) * 1.02, (0..count.max(1)).into_segmented())
            .map_err(failed)?;
        // The first row is on top, where the axis ends.
        let row = |place: i32| usize::try_from(count - 1 - place).ok().and_then(|row| rows.get(row));
        let name = |place: &SegmentValue<i32>| match place {
            SegmentValue::CenterOf(place) => row(*place).map_or(String::new(), |(name, _)| name.clone()),
            _ => String::new(),
        };
        let text = ("sans-serif", 14).into_font().color(&INK);
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(text.clone())
            .axis_desc_style(text)
            .y_labels(rows.len())
            .y_label_formatter(&name)
            .x_labels(6)
            .x_desc(unit)
            .draw()
            .map_err(failed)?;
        let bar = |place: i32| {
            let value = row(place).map_or(0.0, |(_, value)| *value);
            let corners = [(0.0, SegmentValue::Exact(place)), (value, SegmentValue::Exact(place + 1))];
            let mut bar = Rectangle::new(corners, BAR.filled());
            bar.set_margin(3, 3, 0, 0);
            bar
        };
        chart.draw_series((0..count).map(bar)).map_err(failed)?;
        Ok(())
    })
}

/// Values night by night as a line, between the lowest and the highest of the scale; with a goal, or a limit, across it.
/// Where a night has no value the line has a gap.
pub(crate) fn line(values: &[Option<f64>], scale: (f64, f64), across: Option<f64>) -> Result<String, Error> {
    small(|area| {
        let height = |value: f64| height(value, scale);
        if let Some(across) = across.filter(|across| (scale.0..=scale.1).contains(across)) {
            let ends = [(0, height(across)), (SMALL.0, height(across))];
            area.draw(&PathElement::new(ends, OTHER.stroke_width(2))).map_err(failed)?;
        }
        let point = |(place, value): (usize, &Option<f64>)| {
            value.map(|value| (across_at(place, values.len()), height(value)))
        };
        let points: Vec<_> = values.iter().enumerate().map(point).collect();
        for run in points.split(Option::is_none) {
            let run: Vec<_> = run.iter().copied().flatten().collect();
            match run.as_slice() {
                [] => {}
                [alone] => area.draw(&Circle::new(*alone, 4, BAR.filled())).map_err(failed)?,
                _ => area.draw(&PathElement::new(run, BAR.stroke_width(3))).map_err(failed)?,
            }
        }
        // Tonight's is seen at once.
        if let Some(last) = points.last().copied().flatten() {
            area.draw(&Circle::new(last, 5, BAR.filled())).map_err(failed)?;
        }
        Ok(())
    })
}

/// Numbers night by night, of things that had better not be: a column each.
pub(crate) fn columns(values: &[Option<f64>], colour: Column) -> Result<String, Error> {
    let scale = from_zero(values, 1.0);
    let colour = match colour {
        Column::Bad => FAIL,
        Column::Neutral => BAR,
    };
    small(|area| {
        let width = (SMALL.0 / i32::try_from(values.len().max(1)).unwrap_or(i32::MAX) * 2 / 3).clamp(2, 16);
        for (place, value) in values.iter().enumerate() {
            let Some(value) = value.filter(|value| *value > 0.0) else { continue };
            let middle = across_at(place, values.len());
            let corners = [(middle - width / 2, height(value, scale)), (middle + width / 2, SMALL.1 - EDGE)];
            area.draw(&Rectangle::new(corners, colour.filled())).map_err(failed)?;
        }
        Ok(())
    })
}

/// What columns say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// That something is wrong.
    Bad,
    /// How much there was.
    Neutral,
}

fn small(draw: impl FnOnce(&Area<'_>) -> Result<(), Error>) -> Result<String, Error> {
    drawn((SMALL.0.unsigned_abs(), SMALL.1.unsigned_abs()), |area| {
        let ground = [(0, SMALL.1 - EDGE), (SMALL.0, SMALL.1 - EDGE)];
        area.draw(&PathElement::new(ground, GRID.stroke_width(2))).map_err(failed)?;
        draw(area)
    })
}

/// Where a night is, of so many.
fn across_at(place: usize, of: usize) -> i32 {
    let [place, last] = [place, of.saturating_sub(1).max(1)].map(|number| number as f64);
    let room = f64::from(SMALL.0 - 4 * EDGE);
    2 * EDGE + (room * place / last).round() as i32
}

fn height(value: f64, (low, high): (f64, f64)) -> i32 {
    let room = f64::from(SMALL.1 - 2 * EDGE);
    let share = ((value - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    SMALL.1 - EDGE - (room * share).round() as i32
}

/// A scale that shows what changes. What hardly changes looks so: it spans a tenth of the largest value at least.
pub(crate) fn close(values: &[Option<f64>]) -> (f64, f64) {
    close_to(values, None)
}

/// The same, with another value in sight.
pub(crate) fn close_to(values: &[Option<f64>], also: Option<f64>) -> (f64, f64) {
    let all = || values.iter().copied().chain([also]).flatten();
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    if !high.is_finite() {
        return (0.0, 1.0);
    }
    let low = all().fold(high, f64::min).min(high * 0.9);
    (low, if high > low { high } else { low + 1.0 })
}

/// A scale from zero to the largest value, or to what it must show at least.
pub(crate) fn from_zero(values: &[Option<f64>], least: f64) -> (f64, f64) {
    let high = values.iter().flatten().copied().fold(least, f64::max);
    (0.0, if high > 0.0 { high } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_shows_what_changes_and_no_more() {
        assert_eq!(close(&[Some(100.0), None, Some(300.0)]), (100.0, 300.0));
        assert_eq!(close(&[Some(1000.0), Some(999.0)]), (900.0, 1000.0));
        assert_eq!(close_to(&[Some(97.0)], Some(50.0)), (50.0, 97.0));
        assert_eq!((close(&[]), close(&[Some(0.0)])), ((0.0, 1.0), (0.0, 1.0)));
        assert_eq!((from_zero(&[Some(3.0)], 5.0), from_zero(&[None], 0.0)), ((0.0, 5.0), (0.0, 1.0)));
        let floor = SMALL.1 - EDGE;
        assert_eq!(
            (height(0.0, (0.0, 2.0)), height(2.0, (0.0, 2.0)), height(9.0, (0.0, 2.0))),
            (floor, EDGE, EDGE)
        );
        assert_eq!((across_at(0, 1), across_at(0, 3), across_at(2, 3)), (12, 12, SMALL.0 - 12));
    }

    #[test]
    fn a_line_has_gaps_and_its_last_point() {
        let svg = line(&[Some(1.0), Some(2.0), None, Some(1.0)], (0.0, 2.0), Some(1.5)).unwrap();
        // The ground, the goal, one run; and a point that stands alone, drawn again as tonight's.
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (3, 2), "{svg}");
        let svg = line(&[Some(1.0), Some(2.0), None], (0.0, 2.0), Some(9.0)).unwrap();
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (2, 0), "{svg}");
        let svg = columns(&[Some(0.0), Some(3.0), None, Some(1.0)], Column::Bad).unwrap();
        assert_eq!(svg.matches("<rect").count(), 2, "{svg}");
    }
}
