//! From labels to compared photos.

use facegate_domain::Template;
use facegate_vision::Wants;
use serde_json::{Value, json};

use crate::jobs::Settings;
use crate::jobs::common::some_face;
use crate::labels::{Labels, numbered};
use crate::report::photo_details;
use crate::stats::{Pair, PairScores};
use crate::{EvaluationError, Measurement, Measurer};

/// Photos that were compared.
pub(crate) struct Compared {
    /// Each photo once.
    pub files: Vec<String>,
    /// The same.
    pub measured: Vec<Measurement>,
    /// Photo of each scored one: those without a face have no scores.
    pub photo: Vec<usize>,
    /// Over the scored photos.
    pub scores: PairScores,
    /// How many people the labels know; `None` if they name pairs only.
    pub people: Option<usize>,
    /// (score, genuine, fold) of the listed pairs.
    pub folds: Option<Vec<(f32, bool, u32)>>,
    /// Row of the labels and pair of each listed pair that could be scored.
    pub listed: Vec<(usize, Pair, bool)>,
}

/// What a comparison needs, and what quality says.
const WANTS: Wants =
    Wants { template: true, quality: true, attributes: false, liveness: false, every_face: false, profile: 0 };

pub(super) async fn compared(
    labels: &Labels,
    measurer: &Measurer,
    settings: &Settings,
) -> Result<Compared, EvaluationError> {
    if labels.has("file_a") && labels.has("file_b") {
        return listed_pairs(labels, measurer).await;
    }
    all_pairs(labels, measurer, settings).await
}

/// Every photo with every other.
pub(crate) async fn all_pairs(
    labels: &Labels,
    measurer: &Measurer,
    settings: &Settings,
) -> Result<Compared, EvaluationError> {
    let files = labels.filled("file")?;
    let (person, names) = numbered(labels.filled("person")?);
    let measured = measurer.files(&files, WANTS).await?;
    some_face(&measured)?;
    let (photo, templates) = scored(&measured);
    let person: Vec<u32> = photo.iter().map(|i| person[*i]).collect();
    let lowest = settings.shipped().iter().map(|(_, _, cosine)| *cosine).fold(f32::INFINITY, f32::min);
    let scores = PairScores::all(&person, lowest, |a, b| cosine(templates[a], templates[b]));
    let files = files.into_iter().map(str::to_owned).collect();
    Ok(Compared { files, measured, photo, scores, people: Some(names.len()), folds: None, listed: Vec::new() })
}

async fn listed_pairs(labels: &Labels, measurer: &Measurer) -> Result<Compared, EvaluationError> {
    let (a, b) = (labels.filled("file_a")?, labels.filled("file_b")?);
    let same = labels.flags("same")?;
    let fold = match labels.has("fold") {
        true => numbered(labels.filled("fold")?).0,
        // Ten parts of the list, as it stands.
        false => (0..labels.len()).map(|row| (row * 10 / labels.len()) as u32).collect(),
    };
    let (numbers, files) = numbered(a.iter().chain(&b).copied());
    let measured = measurer.files(&files, WANTS).await?;
    some_face(&measured)?;
    let (photo, templates) = scored(&measured);
    let mut place = vec![None; files.len()];
    photo.iter().enumerate().for_each(|(index, photo)| place[*photo] = Some(index));
    let (mut listed, mut folds) = (Vec::new(), Vec::new());
    for row in 0..labels.len() {
        let same = same[row].ok_or_else(|| labels.wrong(row, "same is blank".into()))?;
        let (first, second) = (place[numbers[row] as usize], place[numbers[labels.len() + row] as usize]);
        let (Some(first), Some(second)) = (first, second) else { continue };
        let score = cosine(templates[first], templates[second]);
        listed.push((row, Pair { score, a: first as u32, b: second as u32 }, same));
        folds.push((score, same, fold[row]));
    }
    // People are unknown: every photo is drawn on its own.
    let cluster: Vec<u32> = (0..photo.len() as u32).collect();
    let pairs: Vec<(Pair, bool)> = listed.iter().map(|(_, pair, same)| (*pair, *same)).collect();
    let scores = PairScores::listed(&cluster, &pairs);
    let files = files.into_iter().map(str::to_owned).collect();
    Ok(Compared { files, measured, photo, scores, people: None, folds: Some(folds), listed })
}

fn scored(measured: &[Measurement]) -> (Vec<usize>, Vec<&Template>) {
    measured.iter().enumerate().filter_map(|(i, m)| Some((i, m.template.as_ref()?))).unzip()
}

/// As the server compares; the templates of one run have one model.
fn cosine(a: &Template, b: &Template) -> f32 {
    a.cosine(b).unwrap_or(-1.0)
}

impl Compared {
    /// The photos that have scores.
    pub fn faces(&self) -> Vec<Measurement> {
        self.photo.iter().map(|i| self.measured[*i].clone()).collect()
    }

    /// Every photo, and every listed pair with its similarity.
    pub fn details(&self, settings: &Settings) -> Value {
        let name = |index: u32| &self.files[self.photo[index as usize]];
        let pair = |(_, pair, same): &(usize, Pair, bool)| {
            json!({
                "file_a": name(pair.a), "file_b": name(pair.b), "same": same,
                "cosine": pair.score, "similarity": settings.calibration.similarity(pair.score),
            })
        };
        let files: Vec<&str> = self.files.iter().map(String::as_str).collect();
        let pairs: Vec<Value> = self.listed.iter().map(pair).collect();
        json!({ "photos": photo_details(&files, &self.measured), "pairs": pairs })
    }
}
