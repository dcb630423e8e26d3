//! What is worn: each attribute on its own, on the photos that are labelled for it.

use facegate_vision::Wants;
use serde_json::{Value, json};

use super::Settings;
use super::common::{clusters, groups, outcomes, some_face, thinned};
use crate::labels::Labels;
use crate::measurement::ATTRIBUTES;
use crate::report::{Axis, Plot, Report, Table, estimate, number, percent_of, photo_details};
use crate::stats::{Estimate, Labelled, Proportion, Scored, bootstrap};
use crate::{EvaluationError, Measurement, Measurer};

/// The false positive rate at which the true positive rate is reported when no other is asked for.
const FPR: f64 = 0.003;

/// Columns `file` and any of `sunglasses`, `mask`, `veil`, `hat`; blank is unknown.
pub async fn attributes(labels: &Labels, measurer: &Measurer, settings: &Settings) -> Result<Report, EvaluationError> {
    let files = labels.filled("file")?;
    let person = clusters(labels)?;
    let present: Vec<_> = ATTRIBUTES.iter().filter(|(name, _)| labels.has(name)).collect();
    if present.is_empty() {
        let names: Vec<&str> = ATTRIBUTES.iter().map(|(name, _)| *name).collect();
        return Err(EvaluationError::TooLittle(format!("the labels have none of the columns {}", names.join(", "))));
    }
    let measured = measurer.files(&files, Wants { attributes: true, ..Wants::default() }).await?;
    some_face(&measured)?;
    let (first, photos) = outcomes(&measured);
    let fpr = settings.wanted_rate.unwrap_or(FPR);
    let at = format!("TPR at FPR {fpr}");
    let columns = ["attribute", "yes / no", "AUC", "F1", &at, "threshold for it"];
    let note = "Intervals: 95 %, bootstrap over people if the labels name them, else over photos.";
    let mut scores = Table::new("Attributes", &columns).noted(note);
    let mut errors = Table::new("At the shipped thresholds", &["attribute", "found", "false alarms", "precision"]);
    let mut result = serde_json::Map::new();
    let mut lines = Vec::new();
    for (name, score) in present {
        let truth = labels.flags(name)?;
        let cases = cases(&measured, &truth, &person, name, score);
        let (by_score, by_flag) = (Labelled::new(cases.0), Labelled::new(cases.1));
        let (yes, no) = (by_score.count(true), by_score.count(false));
        let statistic = |w: &[f64]| {
            // Without a counterexample no false alarm can be promised.
            let threshold = if no == 0 { f64::NAN } else { by_score.threshold_at(w, fpr) };
            vec![by_score.auc(w), by_flag.f1(w, 0.5), by_score.rate(w, true, threshold), threshold]
        };
        let found = bootstrap(by_score.clusters(), settings.bootstrap, settings.seed, statistic);
        let (hits, alarms) = (by_flag.reaching(true, 0.5), by_flag.reaching(false, 0.5));
        let (tpr, fpr_now) = (Proportion::new(hits, yes), Proportion::new(alarms, no));
        let precision = Proportion::new(hits, hits + alarms);
        let auc = |e: &Estimate| match e.value.is_finite() {
            true => format!("{} [{} – {}]", number(e.value, 4), number(e.low, 4), number(e.high, 4)),
            false => "–".to_owned(),
        };
        scores.row([
            (*name).to_owned(),
            format!("{yes} / {no}"),
            auc(&found[0]),
            auc(&found[1]),
            estimate(&found[2]),
            number(found[3].value, 3),
        ]);
        errors.row([(*name).to_owned(), percent_of(&tpr), percent_of(&fpr_now), percent_of(&precision)]);
        let mut by = serde_json::Map::new();
        for column in &settings.by {
            by.insert(column.clone(), breakdown(labels, column, &measured, &truth, name)?);
        }
        result.insert(
            (*name).to_owned(),
            json!({
                "yes": yes, "no": no, "auc": found[0], "f1": found[1], "tpr_at_fpr": found[2], "fpr": fpr,
                "threshold": found[3], "tpr": tpr, "false_alarms": fpr_now, "precision": precision, "by": by,
            }),
        );
        lines.push(((*name).to_owned(), thinned(by_score.roc())));
    }
    let plot = Plot {
        title: "Receiver operating characteristic".into(),
        x: Axis::linear("false positive rate", 0.0, 0.05),
        y: Axis::linear("true positive rate", 0.8, 1.0),
        lines,
    };
    let mut tables = vec![first, scores, errors];
    for column in &settings.by {
        tables.push(alarms_by(column, &result));
    }
    let details = json!({ "photos": photo_details(&files, &measured) });
    Ok(Report { tables, plots: vec![plot], result: json!({ "photos": photos, "attributes": result }), details })
}

/// By score, and by the shipped decision as 1 or 0.
fn cases(
    measured: &[Measurement],
    truth: &[Option<bool>],
    person: &[u32],
    flag: &str,
    score: &str,
) -> (Vec<Scored>, Vec<Scored>) {
    let one = |row: usize| {
        let (m, positive, cluster) = (&measured[row], truth[row]?, person[row]);
        let decided = f64::from(*m.flags.get(flag)?);
        let score = f64::from(*m.scores.get(score)?);
        Some((Scored { score, positive, cluster }, Scored { score: decided, positive, cluster }))
    };
    (0..measured.len()).filter_map(one).unzip()
}

fn breakdown(
    labels: &Labels,
    column: &str,
    measured: &[Measurement],
    truth: &[Option<bool>],
    flag: &str,
) -> Result<Value, EvaluationError> {
    let mut value = serde_json::Map::new();
    for (group, rows) in groups(labels, column)? {
        let of = |wanted: bool| {
            let decided = |row: &usize| measured[*row].flags.get(flag).copied().filter(|_| truth[*row] == Some(wanted));
            Proportion::of(rows.iter().filter_map(decided))
        };
        value.insert(group.to_owned(), json!({ "found": of(true), "false_alarms": of(false) }));
    }
    Ok(Value::Object(value))
}

fn alarms_by(column: &str, result: &serde_json::Map<String, Value>) -> Table {
    let mut table = Table::new(&format!("By {column}"), &["attribute", column, "found", "false alarms"]);
    let share = |p: &Value| match (p["hits"].as_u64(), p["total"].as_u64()) {
        (Some(hits), Some(total)) => percent_of(&Proportion::new(hits, total)),
        _ => String::new(),
    };
    for (name, value) in result {
        for (group, shares) in value["by"][column].as_object().into_iter().flatten() {
            table.row([name.clone(), group.clone(), share(&shares["found"]), share(&shares["false_alarms"])]);
        }
    }
    table
}
