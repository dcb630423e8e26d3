//! What several jobs do in the same way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::labels::{Labels, shortened};
use crate::measurement::{QUALITY_FLAGS, QUALITY_MEASURES};
use crate::report::{Table, percent, percent_of};
use crate::stats::{Proportion, kept_best};
use crate::{EvaluationError, Measurement, Outcome};

/// More groups than this are no groups but names.
const MAX_GROUPS: usize = 60;

/// What became of the photos: the first table of each report.
pub fn outcomes(measured: &[Measurement]) -> (Table, Value) {
    let count = |wanted: Outcome| Proportion::of(measured.iter().map(|m| m.outcome == wanted));
    let rows = [
        ("face found", count(Outcome::Face)),
        ("no face found", count(Outcome::NoFace)),
        ("file refused", count(Outcome::Refused)),
        ("engine failed", count(Outcome::Failed)),
        ("failure to enrol (all of these)", Proportion::of(measured.iter().map(|m| m.outcome != Outcome::Face))),
    ];
    let mut table = Table::new("Photos", &["outcome", "share, 95 % interval (photos)"]);
    rows.iter().for_each(|(name, share)| table.row([*name, &percent_of(share)]));
    let value = json!({
        "photos": measured.len(), "face": rows[0].1, "no_face": rows[1].1, "refused": rows[2].1, "failed": rows[3].1,
        "failure_to_enrol": rows[4].1,
    });
    (table, value)
}

/// An error if there is nothing to measure.
pub fn some_face(measured: &[Measurement]) -> Result<(), EvaluationError> {
    if measured.iter().any(|m| m.outcome == Outcome::Face) {
        return Ok(());
    }
    let count = measured.len();
    Err(EvaluationError::TooLittle(format!("no face was found in any of the {count} photos; `eval detect` tells more")))
}

/// Rows of each value of a column.
pub fn groups<'a>(labels: &'a Labels, column: &str) -> Result<BTreeMap<&'a str, Vec<usize>>, EvaluationError> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, text) in labels.group(column)?.into_iter().enumerate() {
        groups.entry(if text.is_empty() { "(blank)" } else { text }).or_default().push(row);
    }
    if groups.len() > MAX_GROUPS {
        let count = groups.len();
        let column = shortened(column);
        let text = format!("column {column:?} has {count} different values; at most {MAX_GROUPS} make a breakdown");
        return Err(EvaluationError::TooLittle(text));
    }
    Ok(groups)
}

/// The named score of each photo, higher better; NaN where there is none. `None` if no photo has it.
pub fn worth(measured: &[Measurement], name: &str, higher_is_better: bool) -> Option<Vec<f64>> {
    let sign = if higher_is_better { 1.0 } else { -1.0 };
    let score = |m: &Measurement| m.scores.get(name).map_or(f64::NAN, |s| sign * f64::from(*s));
    let values: Vec<f64> = measured.iter().map(score).collect();
    values.iter().any(|v| !v.is_nan()).then_some(values)
}

/// Names of the measures that these photos have.
pub fn measures(measured: &[Measurement]) -> Vec<(&'static str, Vec<f64>)> {
    QUALITY_MEASURES.iter().filter_map(|(name, higher)| Some((*name, worth(measured, name, *higher)?))).collect()
}

/// Who is refused: per value of a column, no face, each quality flag, and the worst 5 % of all photos by each measure.
pub fn refusals(labels: &Labels, column: &str, measured: &[Measurement]) -> Result<(Table, Value), EvaluationError> {
    let enrolled: Vec<usize> = (0..measured.len()).filter(|i| measured[*i].outcome == Outcome::Face).collect();
    let faces: Vec<Measurement> = enrolled.iter().map(|i| measured[*i].clone()).collect();
    let mut checks: Vec<(String, Vec<bool>)> =
        vec![("no face".into(), measured.iter().map(|m| m.outcome != Outcome::Face).collect())];
    for (flag, _) in QUALITY_FLAGS {
        if faces.iter().any(|m| m.flags.contains_key(*flag)) {
            let refused = measured.iter().map(|m| m.flags.get(*flag).copied().unwrap_or_default()).collect();
            checks.push(((*flag).to_owned(), refused));
        }
    }
    for (name, values) in measures(&faces) {
        let kept = kept_best(&values, 0.05);
        let mut refused = vec![false; measured.len()];
        enrolled.iter().zip(kept).for_each(|(photo, kept)| refused[*photo] = !kept);
        checks.push((format!("worst 5 % by {name}"), refused));
    }
    let mut columns = vec![column.to_owned(), "photos".to_owned()];
    columns.extend(checks.iter().map(|(name, _)| name.clone()));
    let mut table = Table { columns, ..Table::new(&format!("Refused, by {column}"), &[]) };
    let mut value = serde_json::Map::new();
    for (group, rows) in groups(labels, column)? {
        let shares: Vec<Proportion> =
            checks.iter().map(|(_, refused)| Proportion::of(rows.iter().map(|row| refused[*row]))).collect();
        let texts = shares.iter().map(|share| percent(share.value));
        table.row([group.to_owned(), rows.len().to_string()].into_iter().chain(texts));
        let named: serde_json::Map<String, Value> =
            checks.iter().zip(&shares).map(|((name, _), share)| (name.clone(), json!(share))).collect();
        value.insert(group.to_owned(), json!({ "photos": rows.len(), "refused": named }));
    }
    Ok((table, Value::Object(value)))
}

/// A column that must be there says who is who; else every photo stands for itself.
pub fn clusters(labels: &Labels) -> Result<Vec<u32>, EvaluationError> {
    match labels.has("person") {
        true => Ok(crate::labels::numbered(labels.filled("person")?).0),
        false => Ok((0..labels.len() as u32).collect()),
    }
}

/// How far apart points of a plot must be, for thousands of them.
pub fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let last = points.last().copied();
    for point in points {
        let near = |p: &(f64, f64)| (p.0 - point.0).abs() < 1e-3 && (p.1 - point.1).abs() < 1e-3;
        if !kept.last().is_some_and(near) {
            kept.push(point);
        }
    }
    kept.extend(last);
    kept
}
