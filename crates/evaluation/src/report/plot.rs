//! Plots as SVG.

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use super::{Axis, Plot};
use crate::EvaluationError;

const SIZE: (u32, u32) = (620, 420);
/// Width of the names beside a plot of several lines: on the plot they would hide some of them.
const LEGEND: u32 = 210;
/// Okabe and Ito's colours, which people with any kind of colour vision tell apart, and a grey.
const COLOURS: [RGBColor; 9] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(120, 110, 20),
    RGBColor(150, 150, 150),
];

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
    // A hair wider: the marks at the ends are found by a logarithm that is rounded.
    (axis.range.0 * (1.0 - 1e-9)..axis.range.1 * (1.0 + 1e-9)).log_scale()
}

fn draw<X, Y>(plot: &Plot, text: &mut String, x: X, y: Y) -> Result<(), String>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let several = plot.lines.len() > 1;
    let width = SIZE.0 + if several { LEGEND } else { 0 };
    let whole = SVGBackend::with_string(text, (width, SIZE.1)).into_drawing_area();
    whole.fill(&WHITE).map_err(|e| e.to_string())?;
    let (area, beside) = whole.split_horizontally(SIZE.0);
    let mut chart = ChartBuilder::on(&area)
        .caption(&plot.title, ("sans-serif", 17))
        .margin(10)
        // Half of the last mark's text is beyond the axis.
        .margin_right(30)
        .x_label_area_size(42)
        .y_label_area_size(62)
        .build_cartesian_2d(x, y)
        .map_err(|e| e.to_string())?;
    // A linear mark is rounded first: a hair below 0 would be "-0.000".
    let label = |log: bool| {
        move |value: &f64| match log {
            true if *value > 0.99 => format!("{value:.0}"),
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
        let style = colour(index).stroke_width(2);
        let line = LineSeries::new(points.iter().filter_map(|p| inside(plot, *p)), style);
        chart.draw_series(line).map_err(|e| e.to_string())?;
        if several {
            let y = 40 + 20 * i32::try_from(index).unwrap_or_default();
            beside.draw(&PathElement::new([(0, y), (22, y)], style)).map_err(|e| e.to_string())?;
            let name = name.replace('_', " ");
            beside.draw(&Text::new(name, (28, y - 6), ("sans-serif", 13))).map_err(|e| e.to_string())?;
        }
    }
    whole.present().map_err(|e| e.to_string())
}

fn colour(index: usize) -> RGBColor {
    COLOURS.get(index % COLOURS.len()).copied().unwrap_or(BLACK)
}

/// The point moved to the nearest place in the plot; none for what is no number.
fn inside(plot: &Plot, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    let clamp = |value: f64, axis: &Axis| value.clamp(axis.range.0, axis.range.1);
    (x.is_finite() && y.is_finite()).then(|| (clamp(x, &plot.x), clamp(y, &plot.y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(x: Axis, y: Axis, names: &[&str]) -> String {
        let lines = names.iter().map(|name| ((*name).to_owned(), vec![(1e-6, 0.5), (1.0, 0.0)])).collect();
        svg(&Plot { title: "T".into(), x, y, lines }).unwrap()
    }

    /// The texts of a plot.
    fn texts(svg: &str) -> Vec<&str> {
        svg.split("<text").skip(1).filter_map(|t| Some(t.split_once('>')?.1.split_once('<')?.0.trim())).collect()
    }

    #[test]
    fn both_ends_of_a_logarithmic_axis_are_marked() {
        for decade in 1..=7 {
            let low = 10f64.powi(-decade);
            for low in [low, 10f64.powf(-f64::from(decade)), format!("1e-{decade}").parse().unwrap()] {
                let plot = drawn(Axis::log("rate", low, 1.0), Axis::linear("y", 0.0, 1.0), &["all"]);
                let texts = texts(&plot);
                assert!(texts.contains(&format!("1e-{decade}").as_str()) && texts.contains(&"1"), "{low:e}: {texts:?}");
            }
        }
    }

    #[test]
    fn several_lines_are_named_beside_the_plot_in_colours_of_their_own() {
        let names: Vec<String> = (0..COLOURS.len()).map(|i| format!("line_{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let axis = || Axis::linear("share", 0.0, 1.0);
        let plot = drawn(axis(), axis(), &names);
        assert!(texts(&plot).contains(&"line 0") && texts(&plot).contains(&"line 8"), "{plot}");
        for colour in COLOURS {
            let RGBColor(r, g, b) = colour;
            assert!(plot.contains(&format!("#{r:02X}{g:02X}{b:02X}")), "{r} {g} {b}");
        }
        assert!(plot.contains(&format!("width=\"{}\"", SIZE.0 + LEGEND)));
        let one = drawn(axis(), axis(), &["line_0"]);
        assert!(!texts(&one).contains(&"line 0") && one.contains(&format!("width=\"{}\"", SIZE.0)));
    }
}
