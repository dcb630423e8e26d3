//! Faces that lean, fill the picture or are tiny in it: found all the same, and still the same person?

use facegate_domain::DEFAULT_THRESHOLD;
use facegate_vision::Wants;
use serde_json::{Value, json};

use crate::degrade::{AWKWARD, Change};
use crate::jobs::Settings;
use crate::measure::Task;
use crate::report::{Table, number, percent_of};
use crate::stats::{Proportion, quantile};
use crate::{EvaluationError, Measurement, Measurer};

/// Copies of the photos in which a face was found, and how like the photo's own template theirs are.
pub async fn awkward(
    files: &[&str],
    measured: &[Measurement],
    measurer: &Measurer,
    settings: &Settings,
) -> Result<(Table, Value), EvaluationError> {
    let threshold = settings.calibration.cosine(DEFAULT_THRESHOLD);
    let columns =
        ["copy", "no face found, 95 % interval (copies)", "cosine, median", "5 % quantile", "below similarity 82"];
    let mut table = Table::new("Awkward copies", &columns).noted(format!(
        "Of photos with a face. Cosine of the copy's template with the photo's own; similarity {DEFAULT_THRESHOLD} is a \
         cosine of {}.",
        number(threshold.into(), 4)
    ));
    let mut rows = Vec::new();
    for kind in AWKWARD {
        let (mut tasks, mut originals) = (Vec::new(), Vec::new());
        for (file, m) in files.iter().zip(measured) {
            if let Some(change) = Change::new(*kind, m) {
                tasks.push(Task { file, change: Some(change) });
                originals.push(m);
            }
        }
        let copies = measurer.tasks(&tasks, Wants { template: true, ..Wants::default() }).await?;
        let missed = Proportion::of(copies.iter().map(|m| m.template.is_none()));
        let pairs = originals.iter().zip(&copies);
        let cosine = |(a, b): (&&Measurement, &Measurement)| a.template.as_ref()?.cosine(b.template.as_ref()?).ok();
        let mut cosines: Vec<f64> = pairs.filter_map(cosine).map(f64::from).collect();
        cosines.sort_by(f64::total_cmp);
        let [median, low] = [0.5, 0.05].map(|share| quantile(&cosines, share).unwrap_or(f64::NAN));
        let strangers = Proportion::of(cosines.iter().map(|c| *c < f64::from(threshold)));
        let texts = [percent_of(&missed), number(median, 3), number(low, 3), percent_of(&strangers)];
        table.row([kind.name()].into_iter().chain(texts));
        rows.push(json!({
            "copy": kind.name(), "no_face": missed, "cosine_median": median, "cosine_5_percent": low,
            "below_threshold": strangers,
        }));
    }
    Ok((table, Value::Array(rows)))
}
