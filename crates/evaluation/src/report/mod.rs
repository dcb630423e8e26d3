//! What a job found, in three forms: text for the terminal, JSON for programs, one HTML file for people.

mod format;
mod html;
mod plot;
mod text;

use serde::Serialize;
use serde_json::{Value, json};

pub use format::{estimate, number, percent, percent_of, rate};
pub use html::page;
pub use text::tables;

use crate::{EvaluationError, Measurement};

/// Where a report comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// `verify`, `identify` …
    pub job: String,
    /// The command line.
    pub command: String,
    /// RFC 3339.
    pub date: String,
    /// Version of the program.
    pub version: String,
    /// Model of the templates.
    pub model: String,
    /// Everything that can change a measurement, as a hash.
    pub pipeline: String,
}

/// Everything that a job found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// For people.
    pub tables: Vec<Table>,
    /// For people.
    pub plots: Vec<Plot>,
    /// For programs: the same numbers, unrounded.
    pub result: Value,
    /// Each photo's own numbers.
    pub details: Value,
}

/// A table of texts.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// What to know when reading it; may be empty.
    pub note: String,
    /// The first column names the row.
    pub columns: Vec<String>,
    /// As many texts as columns.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Without rows.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|c| (*c).to_owned()).collect();
        Self { title: title.to_owned(), note: String::new(), columns, rows: Vec::new() }
    }

    /// With a note.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, texts: impl IntoIterator<Item = T>) {
        self.rows.push(texts.into_iter().map(Into::into).collect());
    }
}

/// An axis of a plot.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows.
    pub label: String,
    /// Decades instead of a linear scale.
    pub log: bool,
    /// Both ends.
    pub range: (f64, f64),
}

impl Axis {
    /// Linear.
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        Self { label: label.to_owned(), log: false, range: (low, high) }
    }

    /// Logarithmic; both ends above 0.
    pub fn log(label: &str, low: f64, high: f64) -> Self {
        Self { label: label.to_owned(), log: true, range: (low, high) }
    }
}

/// A plot of lines.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// Horizontal.
    pub x: Axis,
    /// Vertical.
    pub y: Axis,
    /// Named lines.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Plot {
    /// The plot as SVG.
    pub fn svg(&self) -> Result<String, EvaluationError> {
        plot::svg(self)
    }
}

impl Report {
    /// The JSON form. NaN becomes null.
    pub fn json(&self, origin: &Origin, with_details: bool) -> Value {
        let mut value = json!({ "origin": origin, "result": self.result });
        if with_details && let Some(object) = value.as_object_mut() {
            object.insert("details".into(), self.details.clone());
        }
        value
    }

    /// The HTML form: one file, nothing to load.
    pub fn html(&self, origin: &Origin) -> Result<String, EvaluationError> {
        page(self, origin)
    }

    /// The text form.
    pub fn text(&self) -> String {
        tables(&self.tables)
    }
}

/// Each photo with its numbers, for the details.
pub(crate) fn photo_details(files: &[&str], measured: &[Measurement]) -> Value {
    let one = |(file, m): (&&str, &Measurement)| json!({ "file": file, "measurement": m });
    files.iter().zip(measured).map(one).collect()
}
