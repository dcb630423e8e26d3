//! Photographs of people enrol. A sample of them; `FACEGATE_FULL=1` takes every one.

use std::path::{Path, PathBuf};

use facegate_tests::{App, TestServer, full, shared_data};
use serde_json::json;
use tokio::task::JoinSet;

/// A WebP file that calls itself a JPEG: the contract refuses it.
const NO_JPEG: &str = "img47.jpg";
/// Share of photographs that must enrol.
const MIN_ENROLLED: f64 = 0.995;

fn files(folder: &Path, sample: usize) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "jpg" || e == "png")).collect();
    found.sort();
    let step = if full() { 1 } else { found.len().div_ceil(sample) };
    found.into_iter().step_by(step.max(1)).collect()
}

/// Enrols them a few at a time and gives those that failed.
async fn failures(app: &App, photos: Vec<PathBuf>) -> Vec<String> {
    let mut waiting = photos.into_iter();
    let mut running = JoinSet::new();
    let mut failed = Vec::new();
    loop {
        while running.len() < 4 {
            let Some(path) = waiting.next() else { break };
            let app = app.clone();
            running.spawn(async move {
                let answer = app.enroll_file(&std::fs::read(&path).unwrap(), json!({})).await;
                (!answer.enrolled()).then(|| format!("{}: {}", path.display(), answer.body))
            });
        }
        match running.join_next().await {
            Some(outcome) => failed.extend(outcome.unwrap()),
            None => return failed,
        }
    }
}

#[tokio::test]
async fn nearly_every_photograph_enrols() {
    let sets = [("verify_deepface", usize::MAX), ("verify_lfw/images", 100)];
    let found: Vec<_> = sets.iter().filter_map(|(set, sample)| Some((set, shared_data(set)?, *sample))).collect();
    if found.is_empty() {
        return;
    }
    let server = TestServer::start();
    let app = server.live();
    for (set, folder, sample) in found {
        let (refused, photos): (Vec<_>, Vec<_>) =
            files(&folder, sample).into_iter().partition(|path| path.ends_with(NO_JPEG));
        let count = photos.len();
        let failed = failures(&app, photos).await;
        println!("{set}: {} of {count} enrolled", count - failed.len());
        assert!((count - failed.len()) as f64 >= MIN_ENROLLED * count as f64, "{set}: {failed:#?}");
        for path in refused {
            let answer = app.enroll_file(&std::fs::read(&path).unwrap(), json!({})).await;
            answer.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
        }
    }
}
