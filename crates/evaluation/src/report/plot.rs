//! Plots as SVG.

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use super::{Axis, Plot};
use crate::EvaluationError;

const SIZE: (u32, u32) = (620, 420);

/// Draws a plot.
pub fn svg(plot: &Plot) -> Result<String, EvaluationError> {
    let mut text = String::new();
    let drawn = match (plot.x.log, plot.y.log) {
        (false, false) => draw(plot, &mut text, linear(&plot.x), linear(&plot.y)),
        (true, false) => draw(plot, &mut text, log(&plot.x), linear(&plot.y)),
        (false, true) => draw(plot, &mut text, linear(&plot.x), log(&plot.y)),
        (true, true) => draw(plot, &mut text, log(&plot.x), log(&plot.y)),
    };
    drawn.map_err(EvaluationError::Plot)?;
    Ok(text)
}

fn linear(axis: &Axis) -> std::ops::Range<f64> {
    axis.range.0..axis.range.1
}

fn log(axis: &Axis) -> impl AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>> {
    (axis.range.0..axis.range.1).log_scale()
}

fn draw<X, Y>(plot: &Plot, text: &mut String, x: X, y: Y) -> Result<(), String>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(|e| e.to_string())?;
    let mut chart = ChartBuilder::on(&area)
        .caption(&plot.title, ("sans-serif", 17))
        .margin(10)
        .x_label_area_size(42)
        .y_label_area_size(62)
        .build_cartesian_2d(x, y)
        .map_err(|e| e.to_string())?;
    // A linear mark is rounded first: a hair below 0 would be "-0.000".
    let label = |log: bool| {
        move |value: &f64| match log {
            true => format!("{value:.0e}"),
            false => format!("{:.3}", (value * 1e3).round() / 1e3 + 0.0),
        }
    };
    chart
        .configure_mesh()
        .x_desc(&plot.x.label)
        .y_desc(&plot.y.label)
        .x_label_formatter(&label(plot.x.log))
        .y_label_formatter(&label(plot.y.log))
        .light_line_style(WHITE)
        .draw()
        .map_err(|e| e.to_string())?;
    for (index, (name, points)) in plot.lines.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let line = LineSeries::new(points.iter().filter_map(|p| inside(plot, *p)), colour.stroke_width(2));
        let drawn = chart.draw_series(line).map_err(|e| e.to_string())?;
        drawn.label(name).legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    if plot.lines.len() > 1 {
        let mut labels = chart.configure_series_labels();
        labels.background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.2)).position(SeriesLabelPosition::UpperRight);
        labels.draw().map_err(|e| e.to_string())?;
    }
    area.present().map_err(|e| e.to_string())
}

/// The point moved to the nearest place in the plot; none for what is no number.
fn inside(plot: &Plot, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    let clamp = |value: f64, axis: &Axis| value.clamp(axis.range.0, axis.range.1);
    (x.is_finite() && y.is_finite()).then(|| (clamp(x, &plot.x), clamp(y, &plot.y)))
}
