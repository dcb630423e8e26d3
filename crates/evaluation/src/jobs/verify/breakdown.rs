//! Who bears the errors: the shipped threshold, value by value of a column.

use facegate_domain::DEFAULT_THRESHOLD;
use serde_json::{Value, json};

use super::Compared;
use crate::EvaluationError;
use crate::jobs::Settings;
use crate::jobs::common::groups;
use crate::labels::Labels;
use crate::report::{Table, percent_of, rate};
use crate::stats::{Pair, Proportion};

/// False matches and non-matches at similarity 82, of pairs whose two photos (or whose row) have the value.
pub fn errors(
    labels: &Labels,
    column: &str,
    compared: &Compared,
    settings: &Settings,
) -> Result<(Table, Value), EvaluationError> {
    let threshold = settings.calibration.cosine(DEFAULT_THRESHOLD);
    let columns =
        [column, "genuine pairs", "FNMR at 82, 95 % interval", "impostor pairs", "FMR at 82", "false matches"];
    let mut table = Table::new(&format!("Errors at the shipped threshold, by {column}"), &columns)
        .noted("Pairs within each group. Intervals take pairs as independent and are too narrow.");
    let mut value = serde_json::Map::new();
    for (group, rows) in groups(labels, column)? {
        let (fnmr, fmr) = match &compared.folds {
            Some(_) => of_rows(compared, &rows, threshold),
            None => of_photos(compared, &rows, threshold),
        };
        table.row([
            group.to_owned(),
            fnmr.total.to_string(),
            percent_of(&fnmr),
            fmr.total.to_string(),
            rate(fmr.value),
            fmr.hits.to_string(),
        ]);
        value.insert(group.to_owned(), json!({ "fnmr": fnmr, "fmr": fmr }));
    }
    Ok((table, Value::Object(value)))
}

fn of_rows(compared: &Compared, rows: &[usize], threshold: f32) -> (Proportion, Proportion) {
    let inside = |wanted: bool| {
        let of = move |(row, pair, same): &(usize, Pair, bool)| {
            (*same == wanted && rows.binary_search(row).is_ok()).then_some(*pair)
        };
        compared.listed.iter().filter_map(of)
    };
    let missed = Proportion::of(inside(true).map(|p| p.score < threshold));
    (missed, Proportion::of(inside(false).map(|p| p.score >= threshold)))
}

fn of_photos(compared: &Compared, rows: &[usize], threshold: f32) -> (Proportion, Proportion) {
    let weights: Vec<f64> = compared.photo.iter().map(|row| f64::from(rows.binary_search(row).is_ok())).collect();
    let inside = |pair: &Pair| weights[pair.a as usize] * weights[pair.b as usize] > 0.0;
    let scores = &compared.scores;
    let missed = Proportion::of(scores.genuine().iter().filter(|p| inside(p)).map(|p| p.score < threshold));
    let all = scores.impostor_weight(&weights).round() as u64;
    let matched = scores.highest_impostors().iter().take_while(|p| p.score >= threshold).filter(|p| inside(p));
    (missed, Proportion::new(matched.count() as u64, all))
}
