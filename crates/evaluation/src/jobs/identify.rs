//! Who is it? Searches among one photo of everybody.

use facegate_domain::Template;
use facegate_vision::Wants;
use serde_json::json;

use super::Settings;
use super::common::{outcomes, some_face};
use crate::labels::{Labels, numbered};
use crate::report::{Axis, Plot, Report, Table, estimate, number, percent};
use crate::stats::{Estimate, SearchScores, bootstrap, halves};
use crate::{EvaluationError, Measurer};

/// False positive identification rates that are reported.
const RATES: [f64; 2] = [0.01, 0.001];
/// Random halves of the people.
const SPLITS: u64 = 20;

/// Columns `file`, `person`. The first photo of each person is enrolled.
pub async fn identify(labels: &Labels, measurer: &Measurer, settings: &Settings) -> Result<Report, EvaluationError> {
    let files = labels.filled("file")?;
    let person = labels.filled("person")?;
    let measured = measurer.files(&files, Wants { template: true, ..Wants::default() }).await?;
    some_face(&measured)?;
    let (table, photos) = outcomes(&measured);
    let found: Vec<(&str, &Template)> =
        measured.iter().zip(&person).filter_map(|(m, person)| Some((*person, m.template.as_ref()?))).collect();
    // Numbered after photos without a face are gone, so that every number has an enrolled photo.
    let (person, _) = numbered(found.iter().map(|(person, _)| *person));
    let scores = SearchScores::new(&person, |a, b| found[a].1.cosine(found[b].1).unwrap_or(-1.0));
    let (mated, strangers) = scores.counts();
    if mated == 0 || strangers < 2 {
        return Err(EvaluationError::TooLittle(
            "a search needs people with two photos or more, and several people".into(),
        ));
    }
    let mut rates = RATES.to_vec();
    rates.extend(settings.wanted_rate.filter(|rate| !rates.contains(rate)));
    let whole = whole(&scores, &rates, settings);
    let halves = half(&scores, &rates, settings);
    let recommended = settings.calibration.search_threshold(scores.people);
    let (fpir, fnir) = at_recommended(&scores, settings.calibration.cosine(recommended));
    let mut shipped =
        Table::new("The recommended threshold of the search endpoint", &["gallery", "similarity", "FPIR", "FNIR"]);
    shipped.row([scores.people.to_string(), number(recommended, 2), percent(fpir), percent(fnir)]);
    let result = json!({
        "photos": photos, "people": scores.people, "mated_probes": mated, "strangers": strangers,
        "whole_gallery": whole.1, "half_enrolled": halves.1,
        "recommended": { "gallery": scores.people, "similarity": recommended, "fpir": fpir, "fnir": fnir },
    });
    let plots = vec![plot(&scores)];
    Ok(Report { tables: vec![table, whole.0, halves.0, shipped], plots, result, details: json!(null) })
}

fn whole(scores: &SearchScores, rates: &[f64], settings: &Settings) -> (Table, serde_json::Value) {
    let statistic = |people: &[f64]| {
        let sweep = scores.whole_gallery(people, rates);
        let cosines = sweep.thresholds.into_iter().map(f64::from);
        std::iter::once(sweep.rank1).chain(sweep.fnir).chain(cosines).collect()
    };
    let all = bootstrap(scores.people, settings.bootstrap, settings.seed, statistic);
    let (mated, strangers) = scores.counts();
    let title = format!("Everybody enrolled: {} people, {mated} mated probes, {strangers} strangers", scores.people);
    let mut table = Table::new(&title, &["measure", "value, 95 % interval", "similarity"]).noted(
        "Strangers: each enrolled photo searched for among the others. A mated probe counts as found at rank 1 with a \
         score of at least the threshold. Intervals: bootstrap over the people who are searched for.",
    );
    let empty = Estimate { value: f64::NAN, low: f64::NAN, high: f64::NAN };
    let at = |index: usize| all.get(index).copied().unwrap_or(empty);
    table.row(["rank-1 identification rate".to_owned(), estimate(&at(0)), "–".to_owned()]);
    let mut rows = Vec::new();
    for (i, rate) in rates.iter().enumerate() {
        let (fnir, cosine) = (at(1 + i), at(1 + rates.len() + i));
        let similarity = settings.calibration.similarity(cosine.value as f32);
        let supported = rate * strangers as f64 >= 1.0;
        let few = if rate * (strangers as f64) < 10.0 { " (few strangers)" } else { "" };
        let text = if supported { estimate(&fnir) + few } else { "too few strangers".to_owned() };
        table.row([format!("FNIR at FPIR {}", percent(*rate)), text, number(similarity, 2)]);
        rows.push(
            json!({ "fpir": rate, "supported": supported, "fnir": fnir, "cosine": cosine, "similarity": similarity }),
        );
    }
    (table, json!({ "rank1": at(0), "at_fpir": rows }))
}

fn half(scores: &SearchScores, rates: &[f64], settings: &Settings) -> (Table, serde_json::Value) {
    let sweeps: Vec<_> =
        (0..SPLITS).map(|round| scores.part_enrolled(&halves(scores.people, settings.seed, round), rates)).collect();
    let mean = |of: &dyn Fn(&crate::stats::SearchSweep) -> f64| {
        let values: Vec<f64> = sweeps.iter().map(of).filter(|v| v.is_finite()).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        Estimate { value: values.iter().sum::<f64>() / values.len() as f64, low, high }
    };
    let mut table = Table::new(
        &format!("A random half enrolled ({} people), all photos of the others are strangers", scores.people / 2),
        &["measure", "mean [range]", "similarity"],
    )
    .noted(format!("{SPLITS} random halves."));
    let rank1 = mean(&|s| s.rank1);
    table.row(["rank-1 identification rate".to_owned(), estimate(&rank1), "–".to_owned()]);
    let mut rows = Vec::new();
    for (i, rate) in rates.iter().enumerate() {
        let fnir = mean(&|s| s.fnir.get(i).copied().unwrap_or(f64::NAN));
        let cosine = mean(&|s| s.thresholds.get(i).copied().map_or(f64::NAN, f64::from));
        let similarity = settings.calibration.similarity(cosine.value as f32);
        table.row([format!("FNIR at FPIR {}", percent(*rate)), estimate(&fnir), number(similarity, 2)]);
        rows.push(json!({ "fpir": rate, "fnir": fnir, "similarity": similarity }));
    }
    (table, json!({ "rank1": rank1, "at_fpir": rows }))
}

/// FPIR and FNIR at a threshold, everybody enrolled.
fn at_recommended(scores: &SearchScores, threshold: f32) -> (f64, f64) {
    let best = |p: &crate::stats::Probe| p.others.first().map_or(-1.0, |o| o.0);
    let (mut strangers, mut accepted, mut mated, mut missed) = (0u32, 0u32, 0u32, 0u32);
    for probe in &scores.probes {
        match probe.own {
            None => {
                strangers += 1;
                accepted += u32::from(best(probe) >= threshold);
            }
            Some(own) => {
                mated += 1;
                missed += u32::from(own < threshold || own <= best(probe));
            }
        }
    }
    (f64::from(accepted) / f64::from(strangers), f64::from(missed) / f64::from(mated))
}

fn plot(scores: &SearchScores) -> Plot {
    let rates: Vec<f64> = (0..=60).map(|i| 10f64.powf(-3.0 + f64::from(i) / 20.0)).collect();
    let sweep = scores.whole_gallery(&vec![1.0; scores.people], &rates);
    let top = sweep.fnir.first().copied().unwrap_or(1.0).max(0.01);
    Plot {
        title: format!("Open search among {} people", scores.people),
        x: Axis::log("false positive identification rate", 1e-3, 1.0),
        y: Axis::linear("false negative identification rate", 0.0, top * 1.05),
        lines: vec![("all".into(), rates.into_iter().zip(sweep.fnir).collect())],
    }
}
