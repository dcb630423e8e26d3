//! What the quality checks refuse: of the photos as they are, and of copies made worse on purpose.

use facegate_vision::Wants;
use serde_json::{Value, json};

use super::Settings;
use super::common::{outcomes, refusals, some_face};
use crate::degrade::{COPIES, Change};
use crate::labels::Labels;
use crate::measure::Task;
use crate::measurement::QUALITY_FLAGS;
use crate::report::{Report, Table, percent_of, photo_details};
use crate::stats::{Labelled, Proportion, Scored};
use crate::{EvaluationError, Measurement, Measurer};

/// Columns `file` and any of `blur`, `dark`, `grayscale`. With `degrade`, worse copies of every photo are measured too.
pub async fn quality(
    labels: &Labels,
    measurer: &Measurer,
    settings: &Settings,
    degrade: bool,
) -> Result<Report, EvaluationError> {
    let files = labels.filled("file")?;
    let wants = Wants { template: true, quality: true, ..Wants::default() };
    let measured = measurer.files(&files, wants).await?;
    some_face(&measured)?;
    let (first, photos) = outcomes(&measured);
    let mut tables = vec![first];
    let (flagged, flags) = flags(&measured);
    tables.push(flagged);
    let (labelled, against) = against_labels(labels, &measured)?;
    tables.extend(labelled);
    let copies = if degrade { Some(copies(&files, &measured, measurer, settings.seed).await?) } else { None };
    tables.extend(copies.as_ref().map(|(table, _)| table.clone()));
    let mut by = serde_json::Map::new();
    for column in &settings.by {
        let (table, value) = refusals(labels, column, &measured)?;
        tables.push(table);
        by.insert(column.clone(), value);
    }
    let details = json!({ "photos": photo_details(&files, &measured) });
    let copies = copies.map(|(_, value)| value);
    let result = json!({ "photos": photos, "flagged": flags, "labelled": against, "degraded": copies, "by": by });
    Ok(Report { tables, plots: Vec::new(), result, details })
}

fn flag_share<'a>(measured: impl IntoIterator<Item = &'a Measurement>, flag: &str) -> Proportion {
    Proportion::of(measured.into_iter().filter_map(|m| m.flags.get(flag).copied()))
}

fn flags(measured: &[Measurement]) -> (Table, Value) {
    let mut table = Table::new("Photos as they are", &["flag", "raised, 95 % interval (photos with a face)"]);
    let mut value = serde_json::Map::new();
    for (flag, _) in QUALITY_FLAGS {
        let share = flag_share(measured, flag);
        table.row([*flag, &percent_of(&share)]);
        value.insert((*flag).to_owned(), json!(share));
    }
    (table, Value::Object(value))
}

fn against_labels(labels: &Labels, measured: &[Measurement]) -> Result<(Option<Table>, Value), EvaluationError> {
    let mut table = Table::new("Against the labels", &["flag", "caught", "false alarms", "AUC of the score"]);
    let mut value = serde_json::Map::new();
    for (flag, score) in QUALITY_FLAGS {
        if !labels.has(flag) {
            continue;
        }
        let truth = labels.flags(flag)?;
        let of = |wanted: bool| {
            let rows = measured.iter().zip(&truth).filter(|(_, truth)| **truth == Some(wanted));
            flag_share(rows.map(|(m, _)| m), flag)
        };
        let case = |(m, truth): (&Measurement, &Option<bool>)| {
            let score = f64::from(*m.scores.get((*score)?)?);
            Some(Scored { score, positive: (*truth)?, cluster: 0 })
        };
        let auc = Labelled::new(measured.iter().zip(&truth).filter_map(case).collect()).auc(&[1.0]);
        let text = crate::report::number(auc, 4);
        table.row([(*flag).to_owned(), percent_of(&of(true)), percent_of(&of(false)), text]);
        value.insert((*flag).to_owned(), json!({ "caught": of(true), "false_alarms": of(false), "auc": auc }));
    }
    Ok(((!table.rows.is_empty()).then_some(table), Value::Object(value)))
}

async fn copies(
    files: &[&str],
    measured: &[Measurement],
    measurer: &Measurer,
    seed: u64,
) -> Result<(Table, Value), EvaluationError> {
    let columns = ["copy", "flag", "caught, 95 % interval (copies with a face)", "no face found in the copy", "either"];
    let mut table = Table::new("Copies made worse", &columns)
        .noted("Of photos with a face. Blur in pixels of the aligned face (112 x 112, eyes 35 apart).");
    let mut rows = Vec::new();
    for (made, flag) in COPIES {
        let mut tasks = Vec::new();
        for (index, (file, m)) in files.iter().zip(measured).enumerate() {
            if let Some(change) = Change::new(made.kind(seed, index as u64), m) {
                tasks.push(Task { file, change: Some(change) });
            }
        }
        let copies = measurer.tasks(&tasks, Wants { quality: true, ..Wants::default() }).await?;
        let caught = flag_share(&copies, flag);
        let faceless = Proportion::of(copies.iter().map(|m| !m.flags.contains_key(*flag)));
        let either = Proportion::of(copies.iter().map(|m| m.flags.get(*flag).copied().unwrap_or(true)));
        let texts = [&caught, &faceless, &either].map(percent_of);
        table.row([made.name(), (*flag).to_owned()].into_iter().chain(texts));
        rows.push(json!({
            "copy": made.name(), "flag": flag, "caught": caught, "no_face": faceless, "either": either,
        }));
    }
    Ok((table, Value::Array(rows)))
}
