//! Is it a live person? In the words of ISO/IEC 30107-3.

mod calibration;

use std::collections::BTreeMap;

use facegate_vision::Wants;
use serde_json::{Value, json};

use super::Settings;
use super::common::{clusters, groups, outcomes, some_face, thinned};
use crate::labels::Labels;
use crate::measurement::LIVENESS;
use crate::report::{Axis, Plot, Report, Table, estimate, number, percent, percent_of, photo_details};
use crate::stats::{Labelled, Proportion, Scored, bootstrap};
use crate::{EvaluationError, Measurement, Measurer, Outcome};

/// Attack presentations whose kind is not labelled.
const UNNAMED: &str = "attack";
/// The false acceptance at which a threshold is recommended when none is asked for.
const APCER: f64 = 0.01;

/// Columns `file`, `live`, and `attack` if there is one.
pub async fn liveness(labels: &Labels, measurer: &Measurer, settings: &Settings) -> Result<Report, EvaluationError> {
    let files = labels.filled("file")?;
    let live = labels.flags("live")?;
    let kinds = if labels.has("attack") { labels.texts("attack")? } else { vec![""; labels.len()] };
    let person = clusters(labels)?;
    let measured = measurer.files(&files, Wants { liveness: true, ..Wants::default() }).await?;
    some_face(&measured)?;
    let (first, photos) = outcomes(&measured);
    let mut bona_fide = Vec::new();
    let mut attacks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, live) in live.iter().enumerate() {
        match live {
            Some(true) => bona_fide.push(row),
            Some(false) => {
                let kind = if kinds[row].is_empty() { UNNAMED } else { kinds[row] };
                attacks.entry(kind).or_default().push(row);
            }
            None => {}
        }
    }
    if bona_fide.is_empty() || attacks.is_empty() {
        return Err(EvaluationError::TooLittle("live and attack photos are needed (column live, 1 and 0)".into()));
    }
    let passes =
        |rows: &[usize], wanted: bool| Proportion::of(answered(&measured, rows).map(|(_, _, live)| live == wanted));
    let bpcer = passes(&bona_fide, false);
    let apcer: BTreeMap<&str, Proportion> = attacks.iter().map(|(kind, rows)| (*kind, passes(rows, true))).collect();
    let worst = apcer.values().map(|p| p.value).fold(f64::NAN, f64::max);
    let silent = |rows: &[usize]| Proportion::of(rows.iter().map(|row| measured[*row].outcome != Outcome::Face));

    let mut table =
        Table::new("At the shipped threshold", &["measure", "value, 95 % interval (photos)", "no face found"]).noted(
            "APCER: attacks taken for live, by kind; BPCER: live people refused; both of the photos with a face.",
        );
    for (kind, rows) in &attacks {
        let share = apcer.get(kind).map_or_else(String::new, percent_of);
        table.row([format!("APCER, {kind}"), share, percent_of(&silent(rows))]);
    }
    table.row(["APCER, worst kind".into(), percent(worst), String::new()]);
    table.row(["BPCER".into(), percent_of(&bpcer), percent_of(&silent(&bona_fide))]);
    table.row(["ACER (worst APCER and BPCER, mean)".into(), percent((worst + bpcer.value) / 2.0), String::new()]);

    let scored = |rows: &[usize], positive: bool| -> Vec<Scored> {
        let case = |(row, score, _)| Scored { score, positive, cluster: person[row] };
        answered(&measured, rows).map(case).collect()
    };
    let against: Vec<Labelled> =
        attacks.values().map(|rows| Labelled::new([scored(&bona_fide, true), scored(rows, false)].concat())).collect();
    let everyone = person.iter().max().map_or(0, |most| *most as usize + 1);
    let wanted = settings.wanted_rate.unwrap_or(APCER);
    let statistic = |w: &[f64]| {
        // The strictest threshold that any kind asks for.
        let threshold = against.iter().map(|l| l.threshold_at(w, wanted)).fold(f64::MIN, f64::max);
        let refused = against.first().map_or(f64::NAN, |l| 1.0 - l.rate(w, true, threshold));
        vec![threshold, refused]
    };
    let recommended = bootstrap(everyone, settings.bootstrap, settings.seed, statistic);
    let mut other = Table::new("Another threshold", &["APCER of the worst kind", "probability (of 100)", "BPCER"]);
    other.row([percent(wanted), number(recommended[0].value * 100.0, 2), estimate(&recommended[1])]);
    let all = [scored(&bona_fide, true), attacks.values().flat_map(|rows| scored(rows, false)).collect()].concat();
    let (reliable, reliability) = calibration::calibration(&all, everyone, settings);
    let all = Labelled::new(all);
    let auc = bootstrap(everyone, settings.bootstrap, settings.seed, |w| vec![all.auc(w)]);
    other.row(["area under the ROC curve".into(), String::new(), estimate(&auc[0])]);

    let mut tables = vec![first, table, other, reliable];
    let mut by = serde_json::Map::new();
    for column in &settings.by {
        let (table, value) = breakdown(labels, column, &measured, &live)?;
        tables.push(table);
        by.insert(column.clone(), value);
    }
    let result = json!({
        "photos": photos, "apcer": apcer, "worst_apcer": worst, "bpcer": bpcer, "acer": (worst + bpcer.value) / 2.0,
        "no_face": { "live": silent(&bona_fide), "attack": attacks.iter().map(|(k, r)| (*k, silent(r))).collect::<BTreeMap<_, _>>() },
        "at_apcer": { "apcer": wanted, "threshold": recommended[0], "bpcer": recommended[1] },
        "auc": auc[0], "calibration": reliability, "by": by,
    });
    let lines = attacks.keys().zip(&against).map(|(kind, l)| ((*kind).to_owned(), det(l))).collect();
    let plot = Plot {
        title: "Attacks accepted against live people refused".into(),
        x: Axis::linear("APCER", 0.0, 0.2),
        y: Axis::linear("BPCER", 0.0, 0.5),
        lines,
    };
    let details = json!({ "photos": photo_details(&files, &measured) });
    Ok(Report { tables, plots: vec![plot], result, details })
}

/// (row, probability, decision) of the photos with a face.
fn answered<'a>(measured: &'a [Measurement], rows: &'a [usize]) -> impl Iterator<Item = (usize, f64, bool)> + 'a {
    rows.iter().filter_map(|row| {
        let m = &measured[*row];
        Some((*row, f64::from(*m.scores.get(LIVENESS.1)?), *m.flags.get(LIVENESS.0)?))
    })
}

fn det(cases: &Labelled) -> Vec<(f64, f64)> {
    thinned(cases.roc().into_iter().map(|(wrong, hit)| (wrong, 1.0 - hit)).collect())
}

fn breakdown(
    labels: &Labels,
    column: &str,
    measured: &[Measurement],
    live: &[Option<bool>],
) -> Result<(Table, Value), EvaluationError> {
    let columns = [column, "live people refused (BPCER)", "attacks accepted", "no face found"];
    let mut table = Table::new(&format!("By {column}"), &columns);
    let mut value = serde_json::Map::new();
    for (group, rows) in groups(labels, column)? {
        let side = |wanted: bool| -> Vec<usize> { rows.iter().copied().filter(|r| live[*r] == Some(wanted)).collect() };
        let bpcer = Proportion::of(answered(measured, &side(true)).map(|(_, _, live)| !live));
        let apcer = Proportion::of(answered(measured, &side(false)).map(|(_, _, live)| live));
        let silent = Proportion::of(rows.iter().map(|row| measured[*row].outcome != Outcome::Face));
        table.row([group.to_owned(), percent_of(&bpcer), percent_of(&apcer), percent_of(&silent)]);
        value.insert(group.to_owned(), json!({ "bpcer": bpcer, "apcer": apcer, "no_face": silent }));
    }
    Ok((table, Value::Object(value)))
}
