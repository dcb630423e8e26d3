//! The numbers of a comparison, worded.

use serde_json::{Value, json};

use super::{RATES, SHARES};
use crate::jobs::Settings;
use crate::report::{Axis, Plot, Table, estimate, number, percent, rate};
use crate::stats::{Accuracy, CurvePoint, DiscardPoint, PairScores, Proportion, bootstrap, halves, kept_best};

/// Fewer false matches than this make a rate an order of magnitude only.
const FEW: f64 = 10.0;
/// Splits into halves.
const SPLITS: u64 = 20;

fn drawn_note(scores: &PairScores) -> &'static str {
    match scores.is_listed() {
        false => "Intervals: 95 %, bootstrap over people; the threshold is found anew in each round.",
        true => "Intervals: 95 %, bootstrap over photos; the threshold is found anew in each round.",
    }
}

/// False non-match rates at wanted false match rates, thresholds from these photos.
pub fn at_rates(scores: &PairScores, rates: &[f64], settings: &Settings) -> (Table, Value) {
    let statistic = |people: &[f64]| {
        let sweep = scores.sweep(&scores.photo_weights(people), rates);
        sweep.fnmr.into_iter().chain(sweep.thresholds.into_iter().map(f64::from)).collect()
    };
    let all = bootstrap(scores.clusters(), settings.bootstrap, settings.seed, statistic);
    let (fnmr, thresholds) = all.split_at(rates.len());
    let columns = ["FMR", "FNMR", "cosine", "similarity today", "false matches"];
    let mut table = Table::new("False non-matches at false match rates (thresholds from these photos)", &columns);
    let (mut rows, mut unsupported) = (Vec::new(), Vec::new());
    for ((wanted, fnmr), threshold) in rates.iter().zip(fnmr).zip(thresholds) {
        if !supported(scores, *wanted) {
            unsupported.push(format!("{wanted:e}"));
            rows.push(json!({ "fmr": wanted, "supported": false }));
            continue;
        }
        let expected = wanted * scores.impostor_count() as f64;
        let fnmr = fnmr.or_wilson(missed(scores, threshold.value as f32));
        let similarity = settings.calibration.similarity(threshold.value as f32);
        let few = if expected < FEW { " (few)" } else { "" };
        table.row([
            rate(*wanted),
            estimate(&fnmr),
            format!("{} [{} – {}]", number(threshold.value, 4), number(threshold.low, 4), number(threshold.high, 4)),
            number(similarity, 2),
            format!("{}{few}", expected.floor()),
        ]);
        rows.push(json!({
            "fmr": wanted, "supported": true, "fnmr": fnmr, "cosine": threshold, "similarity": similarity,
            "false_matches": expected.floor(),
        }));
    }
    let mut note = drawn_note(scores).to_owned();
    if !unsupported.is_empty() {
        note += &format!(" Too few impostor pairs for FMR {}.", unsupported.join(", "));
    }
    (table.noted(note), Value::Array(rows))
}

/// Whether there are impostor pairs enough that one of them can be a false match at this rate.
pub fn supported(scores: &PairScores, rate: f64) -> bool {
    rate * scores.impostor_count() as f64 >= 1.0
}

/// Genuine pairs below a threshold.
fn missed(scores: &PairScores, threshold: f32) -> Proportion {
    let below = scores.genuine().partition_point(|pair| pair.score < threshold) as u64;
    Proportion::new(below, scores.genuine().len() as u64)
}

/// What the shipped thresholds give on these photos.
pub fn shipped(scores: &PairScores, settings: &Settings) -> (Table, Value) {
    let shipped = settings.shipped();
    let statistic = |people: &[f64]| {
        let photos = scores.photo_weights(people);
        let rates = |t: &(f64, f64, f32)| [scores.fmr(&photos, t.2), scores.fnmr(&photos, t.2)];
        shipped.iter().flat_map(rates).collect()
    };
    let all = bootstrap(scores.clusters(), settings.bootstrap, settings.seed, statistic);
    let columns = ["similarity", "cosine", "FMR promised", "FMR obtained", "obtained ÷ promised", "FNMR"];
    let mut table = Table::new("The shipped thresholds", &columns);
    let mut rows = Vec::new();
    for ((promised, similarity, cosine), pair) in shipped.iter().zip(all.chunks_exact(2)) {
        let [fmr, fnmr] = pair else { continue };
        let matched = Proportion::new(scores.false_matches(*cosine), scores.impostor_count());
        let (fmr, fnmr) = (fmr.or_wilson(matched), fnmr.or_wilson(missed(scores, *cosine)));
        let ratio = fmr.value / promised;
        let obtained = format!("{} [{} – {}]", rate(fmr.value), rate(fmr.low), rate(fmr.high));
        table.row([
            number(*similarity, 2),
            number((*cosine).into(), 4),
            rate(*promised),
            obtained,
            number(ratio, 2),
            estimate(&fnmr),
        ]);
        rows.push(json!({
            "similarity": similarity, "cosine": cosine, "fmr_promised": promised, "fmr": fmr, "ratio": ratio,
            "fnmr": fnmr, "false_matches": matched.hits,
        }));
    }
    (table, Value::Array(rows))
}

/// Does a threshold from some people hold for others? From a random half of them, tried on the other half.
pub fn splits(scores: &PairScores, settings: &Settings) -> (Table, Value) {
    let rates: Vec<f64> = RATES.iter().copied().filter(|r| r * scores.impostor_count() as f64 / 4.0 >= 1.0).collect();
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); rates.len()];
    let mut misses = ratios.clone();
    for round in 0..SPLITS {
        let half = halves(scores.clusters(), settings.seed, round);
        let weights = |wanted: bool| {
            let people: Vec<f64> = half.iter().map(|h| f64::from(*h == wanted)).collect();
            scores.photo_weights(&people)
        };
        let (calibrate, test) = (weights(true), weights(false));
        for (i, threshold) in scores.sweep(&calibrate, &rates).thresholds.into_iter().enumerate() {
            ratios[i].push(scores.fmr(&test, threshold) / rates[i]);
            misses[i].push(scores.fnmr(&test, threshold));
        }
    }
    let mut table = Table::new(
        "Calibrated on half of the people, tried on the other half",
        &["FMR promised", "FMR obtained ÷ promised", "FNMR"],
    )
    .noted(format!("Mean and range of {SPLITS} random splits."));
    let mut rows = Vec::new();
    for ((wanted, ratios), misses) in rates.iter().zip(&ratios).zip(&misses) {
        let summary = |v: &[f64]| {
            let (low, high) = v.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
            (v.iter().sum::<f64>() / v.len() as f64, low, high)
        };
        let (r, m) = (summary(ratios), summary(misses));
        table.row([
            rate(*wanted),
            format!("{} [{} – {}]", number(r.0, 2), number(r.1, 2), number(r.2, 2)),
            format!("{} [{} – {}]", percent(m.0), percent(m.1), percent(m.2)),
        ]);
        rows.push(json!({ "fmr": wanted, "ratio": r, "fnmr": m }));
    }
    (table, Value::Array(rows))
}

/// Balanced accuracy over folds.
pub fn accuracy(accuracy: &Accuracy, listed: bool) -> Table {
    let over = if listed { "folds of the list" } else { "folds of people" };
    let title = format!("Balanced accuracy over {} {over}, threshold from the others", accuracy.folds.len());
    let mut table = Table::new(&title, &["mean", "standard error", "worst fold"]);
    let worst = accuracy.folds.iter().copied().fold(f64::INFINITY, f64::min);
    table.row([percent(accuracy.mean), percent(accuracy.standard_error), percent(worst)]);
    table
}

/// Error-versus-discard curves of all measures: one table for each rate.
pub fn discard(curves: &[(&str, Vec<DiscardPoint>)], rates: &[f64]) -> Vec<Table> {
    let table = |(at, wanted): (usize, &f64)| {
        let mut columns = vec!["worst photos discarded by".to_owned()];
        columns.extend(curves.iter().map(|(name, _)| (*name).to_owned()));
        let mut table = Table { columns, ..Table::new(&format!("Error versus discard: FNMR at FMR {wanted:e}"), &[]) };
        for (row, share) in SHARES.iter().enumerate() {
            let cell = |curve: &[DiscardPoint]| curve.get(row).and_then(|p| p.fnmr.get(at)).map(|f| percent(*f));
            let cells = curves.iter().map(|(_, curve)| cell(curve).unwrap_or_default());
            table.row(std::iter::once(percent(*share)).chain(cells));
        }
        table
    };
    rates.iter().enumerate().map(table).collect()
}

/// The worst 5 % by each measure discarded, with intervals.
pub fn discarded(
    scores: &PairScores,
    worth: &[(&str, Vec<f64>)],
    rates: &[f64],
    settings: &Settings,
) -> (Table, Value) {
    let mut columns = vec!["measure".to_owned()];
    columns.extend(rates.iter().map(|r| format!("FNMR at FMR {r:e}")));
    let mut table = Table { columns, ..Table::new("Worst 5 % refused", &[]) }.noted(drawn_note(scores));
    let mut value = serde_json::Map::new();
    for (name, worth) in worth {
        let kept = kept_best(worth, 0.05);
        let statistic = |people: &[f64]| {
            let weights = scores.photo_weights(people);
            let weights: Vec<f64> = weights.iter().zip(&kept).map(|(w, k)| w * f64::from(*k)).collect();
            scores.sweep(&weights, rates).fnmr
        };
        let all = bootstrap(scores.clusters(), settings.bootstrap, settings.seed, statistic);
        table.row(std::iter::once((*name).to_owned()).chain(all.iter().map(estimate)));
        let rows: Vec<Value> = rates.iter().zip(&all).map(|(r, e)| json!({ "fmr": r, "fnmr": e })).collect();
        value.insert((*name).to_owned(), json!(rows));
    }
    (table, Value::Object(value))
}

/// Error rates against each other.
pub fn det(points: &[CurvePoint], impostors: u64) -> Plot {
    let lowest = lowest(impostors);
    Plot {
        title: "Detection error trade-off".into(),
        x: Axis::log("false match rate", lowest, 1.0),
        y: Axis::log("false non-match rate", 1e-4, 1.0),
        lines: vec![("all".into(), points.iter().map(|p| (p.fmr, p.fnmr)).collect())],
    }
}

/// True matches against false ones.
pub fn roc(points: &[CurvePoint], impostors: u64) -> Plot {
    let shown = points.iter().filter(|p| p.fmr >= lowest(impostors)).map(|p| 1.0 - p.fnmr);
    let floor = shown.fold(1.0, f64::min).min(0.99);
    Plot {
        title: "Receiver operating characteristic".into(),
        x: Axis::log("false match rate", lowest(impostors), 1.0),
        y: Axis::linear("true match rate", floor, 1.0),
        lines: vec![("all".into(), points.iter().map(|p| (p.fmr, 1.0 - p.fnmr)).collect())],
    }
}

/// Where genuine and impostor scores lie.
pub fn distribution(scores: &PairScores) -> Plot {
    let [genuine, impostor] = scores.densities();
    let top = genuine.iter().chain(&impostor).map(|p| p.1).fold(0.0, f64::max);
    Plot {
        title: "Scores".into(),
        x: Axis::linear("cosine", -0.5, 1.0),
        y: Axis::linear("share per 0.02", 0.0, top.max(1e-6)),
        lines: vec![("genuine".into(), genuine), ("impostor".into(), impostor)],
    }
}

/// The lowest rate that this many pairs can show, a whole decade.
fn lowest(impostors: u64) -> f64 {
    10f64.powf(-(impostors.max(10) as f64).log10().floor()).max(1e-7)
}
