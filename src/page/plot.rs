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
