//! Is it the same person? All photos against all, or the pairs of a list.

mod breakdown;
mod input;
mod tables;

use serde_json::json;

use input::Compared;
pub(crate) use input::all_pairs;

use super::Settings;
use super::common::{measures, outcomes, refusals};
use crate::labels::Labels;
use crate::report::{Axis, Plot, Report};
use crate::stats::{DiscardPoint, discard_curve, listed_folds, people_folds};
use crate::{EvaluationError, Measurer};

/// False match rates that are reported.
pub(super) const RATES: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/// Those of the error-versus-discard curves.
pub(super) const DISCARD_RATES: [f64; 3] = [1e-3, 1e-4, 1e-5];
/// Shares of photos discarded.
pub(super) const SHARES: [f64; 10] = [0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2];

/// Compares and reports. Columns `file`, `person`: every photo with every other. Columns `file_a`, `file_b`, `same`, and
/// `fold` if there is one: the listed pairs.
pub async fn verify(labels: &Labels, measurer: &Measurer, settings: &Settings) -> Result<Report, EvaluationError> {
    let compared = input::compared(labels, measurer, settings).await?;
    let scores = &compared.scores;
    if scores.genuine().is_empty() || scores.impostor_count() == 0 {
        return Err(EvaluationError::TooLittle(
            "genuine and impostor pairs are needed: several people, some of them with several photos".into(),
        ));
    }
    let mut report = Report { details: compared.details(settings), ..Report::default() };
    let (table, photos) = outcomes(&compared.measured);
    report.tables.push(table);
    let mut rates = RATES.to_vec();
    rates.extend(settings.wanted_rate.filter(|rate| !rates.contains(rate)));
    let (at_rates, rates_value) = tables::at_rates(scores, &rates, settings);
    let (shipped, shipped_value) = tables::shipped(scores, settings);
    report.tables.extend([at_rates, shipped]);
    let splits = (!scores.is_listed()).then(|| tables::splits(scores, settings));
    let accuracy = match &compared.folds {
        Some(folds) => listed_folds(folds),
        None => people_folds(scores, settings.seed),
    };
    report.tables.extend(splits.as_ref().map(|(table, _)| table.clone()));
    report.tables.extend(accuracy.as_ref().map(|a| tables::accuracy(a, scores.is_listed())));
    let discard_rates: Vec<f64> = DISCARD_RATES.into_iter().filter(|rate| tables::supported(scores, *rate)).collect();
    let worth = if discard_rates.is_empty() { Vec::new() } else { measures(&compared.faces()) };
    let curves: Vec<_> =
        worth.iter().map(|(name, values)| (*name, discard_curve(scores, values, &SHARES, &discard_rates))).collect();
    let refused = tables::discarded(scores, &worth, &discard_rates, settings);
    if !curves.is_empty() {
        report.tables.extend(tables::discard(&curves, &discard_rates));
        report.tables.push(refused.0);
    }
    let mut by = serde_json::Map::new();
    for column in &settings.by {
        let (errors, errors_value) = breakdown::errors(labels, column, &compared, settings)?;
        report.tables.push(errors);
        let refused = match compared.folds {
            None => Some(refusals(labels, column, &compared.measured)?),
            Some(_) => None,
        };
        let refused = refused.map(|(table, value)| {
            report.tables.push(table);
            value
        });
        by.insert(column.clone(), json!({ "errors": errors_value, "refused": refused }));
    }
    let points = scores.curve();
    report.plots = vec![
        tables::det(&points, scores.impostor_count()),
        tables::roc(&points, scores.impostor_count()),
        tables::distribution(scores),
    ];
    report.plots.extend((!curves.is_empty()).then(|| discard_plot(&curves, &discard_rates)));
    report.result = json!({
        "photos": photos,
        "people": compared.people,
        "genuine_pairs": scores.genuine().len(),
        "impostor_pairs": scores.impostor_count(),
        "at_fmr": rates_value,
        "shipped": shipped_value,
        "half_calibrated": splits.map(|(_, value)| value),
        "accuracy": accuracy,
        "error_versus_discard": curves.iter().map(|(name, curve)| json!({ "measure": name, "curve": curve })).collect::<Vec<_>>(),
        "worst_5_percent_refused": refused.1,
        "by": by,
        "curve": points,
    });
    Ok(report)
}

fn discard_plot(curves: &[(&str, Vec<DiscardPoint>)], rates: &[f64]) -> Plot {
    let at = rates.iter().position(|r| *r == 1e-4).unwrap_or_default();
    let rate = rates.get(at).copied().unwrap_or_default();
    let line =
        |curve: &[DiscardPoint]| curve.iter().filter_map(|p| Some((p.discarded, *p.fnmr.get(at)?))).collect::<Vec<_>>();
    let lines: Vec<_> = curves.iter().map(|(name, curve)| ((*name).to_owned(), line(curve))).collect();
    let top = lines.iter().flat_map(|(_, l)| l).map(|p| p.1).fold(1e-3, f64::max);
    Plot {
        title: format!("Error versus discard, FMR {rate:e}"),
        x: Axis::linear("share of photos discarded", 0.0, 0.2),
        y: Axis::linear("false non-match rate", 0.0, top * 1.05),
        lines,
    }
}
