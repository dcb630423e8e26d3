//! Is the probability the chance that it claims to be, and would the network's own be?

use facegate_vision::Platt;
use serde_json::{Value, json};

use crate::jobs::Settings;
use crate::report::{Table, number};
use crate::stats::{Estimate, Labelled, Scored, bootstrap};

/// The served probabilities and those of the network alone; `clusters` people (or whatever is drawn as one).
pub fn calibration(served: &[Scored], clusters: usize, settings: &Settings) -> (Table, Value) {
    let Platt { slope, offset } = settings.liveness;
    let alone = |case: &Scored| Scored { score: f64::from(settings.liveness.probability(case.score as f32)), ..*case };
    let columns = ["probability", "expected calibration error", "Brier score", "log loss"];
    let mut table = Table::new("Is the probability a chance?", &columns).noted(format!(
        "0 is perfect; live people and attacks weigh the same. Calibrated: slope {slope}, offset {offset} on the logit."
    ));
    let mut value = serde_json::Map::new();
    for (name, key, cases) in [
        ("as served, calibrated", "served", served.to_vec()),
        ("of the network alone", "network", served.iter().map(alone).collect()),
    ] {
        let cases = Labelled::new(cases);
        let statistic = |w: &[f64]| {
            let found = cases.reliability(w);
            vec![found.ece, found.brier, found.log_loss]
        };
        let found = bootstrap(clusters, settings.bootstrap, settings.seed, statistic);
        let text = |e: &Estimate| format!("{} [{} – {}]", number(e.value, 4), number(e.low, 4), number(e.high, 4));
        table.row(std::iter::once(name.to_owned()).chain(found.iter().map(text)));
        if let [ece, brier, log_loss] = found.as_slice() {
            value.insert(key.to_owned(), json!({ "ece": ece, "brier": brier, "log_loss": log_loss }));
        }
    }
    (table, Value::Object(value))
}
