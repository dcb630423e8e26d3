//! Is the face found, and how many?

mod awkward;

use std::collections::BTreeMap;

use facegate_vision::Wants;
use serde_json::{Value, json};

use super::Settings;
use super::common::{groups, outcomes};
use crate::labels::{Labels, shortened};
use crate::report::{Report, Table, percent_of, photo_details};
use crate::stats::Proportion;
use crate::{EvaluationError, Measurement, Measurer, Outcome};

/// At most this many names are printed.
const NAMED: usize = 20;

/// Columns `file`, and `faces` (how many there are) if there is one. With `degrade`, copies in awkward frames are looked
/// at too.
pub async fn detect(
    labels: &Labels,
    measurer: &Measurer,
    settings: &Settings,
    degrade: bool,
) -> Result<Report, EvaluationError> {
    let files = labels.filled("file")?;
    let truth = counts(labels)?;
    let measured = measurer.files(&files, Wants { template: degrade, ..Wants::default() }).await?;
    let (first, photos) = outcomes(&measured);
    let mut tables = vec![first];
    let mut counted = Table::new("Faces counted", &["count", "value, 95 % interval (photos)"]);
    let known: Vec<(usize, usize)> =
        measured.iter().zip(&truth).filter_map(|(m, truth)| Some((m.faces, (*truth)?))).collect();
    let exact = Proportion::of(known.iter().map(|(found, truth)| found == truth));
    let missed = Proportion::of(known.iter().map(|(found, truth)| found < truth));
    let surplus = Proportion::of(known.iter().map(|(found, truth)| found > truth));
    if !known.is_empty() {
        counted.row(["right", &percent_of(&exact)]);
        counted.row(["too few", &percent_of(&missed)]);
        counted.row(["too many", &percent_of(&surplus)]);
        tables.push(counted);
    }
    let mut rotations: BTreeMap<u16, usize> = BTreeMap::new();
    measured.iter().filter(|m| m.outcome == Outcome::Face).for_each(|m| *rotations.entry(m.rotation).or_default() += 1);
    let mut turned = Table::new("Turned to find the face", &["degrees", "photos"]);
    rotations.iter().for_each(|(degrees, count)| turned.row([degrees.to_string(), count.to_string()]));
    tables.push(turned);
    let faceless: Vec<&str> =
        files.iter().zip(&measured).filter(|(_, m)| m.outcome != Outcome::Face).map(|(file, _)| *file).collect();
    if !faceless.is_empty() {
        let title = format!("Without a face (the first {NAMED})");
        let mut table = Table::new(&title, &["file"]);
        faceless.iter().take(NAMED).for_each(|file| table.row([*file]));
        tables.push(table);
    }
    let copies = match degrade {
        true => Some(awkward::awkward(&files, &measured, measurer, settings).await?),
        false => None,
    };
    tables.extend(copies.as_ref().map(|(table, _)| table.clone()));
    let copies = copies.map(|(_, value)| value);
    let mut by = serde_json::Map::new();
    for column in &settings.by {
        let (table, value) = breakdown(labels, column, &measured)?;
        tables.push(table);
        by.insert(column.clone(), value);
    }
    let result = json!({
        "photos": photos,
        "counted": { "right": exact, "too_few": missed, "too_many": surplus },
        "rotations": rotations, "without_face": faceless, "degraded": copies, "by": by,
    });
    Ok(Report { tables, plots: Vec::new(), result, details: json!({ "photos": photo_details(&files, &measured) }) })
}

fn counts(labels: &Labels) -> Result<Vec<Option<usize>>, EvaluationError> {
    if !labels.has("faces") {
        return Ok(vec![None; labels.len()]);
    }
    let count = |(row, text): (usize, &str)| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| labels.wrong(row, format!("faces is {:?}; a whole number is meant", shortened(text)))),
    };
    labels.texts("faces")?.into_iter().enumerate().map(count).collect()
}

fn breakdown(labels: &Labels, column: &str, measured: &[Measurement]) -> Result<(Table, Value), EvaluationError> {
    let mut table = Table::new(&format!("No face found, by {column}"), &[column, "share, 95 % interval (photos)"]);
    let mut value = serde_json::Map::new();
    for (group, rows) in groups(labels, column)? {
        let share = Proportion::of(rows.iter().map(|row| measured[*row].outcome != Outcome::Face));
        table.row([group, &percent_of(&share)]);
        value.insert(group.to_owned(), json!(share));
    }
    Ok((table, Value::Object(value)))
}
