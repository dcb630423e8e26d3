//! `facegate eval` and `facegate calibrate` on photographs: what they say, what they keep, and that the server measures
//! the same to the last bit.

mod hostile;
mod run;

use std::path::{Path, PathBuf};

use facegate_tests::pictures::{self, Face};
use facegate_tests::{App, TestServer, answer, done, facegate, images, photos, refused, repository, shared_data};
use run::Run;
use serde_json::{Value, json};

/// Two photos of one person and two of others, each once.
const SOME: &[(&str, &str)] = &[
    (photos::OBAMA, "obama"),
    ("face_recognition/obama2.jpg", "obama"),
    (photos::BIDEN, "biden"),
    (photos::PERSON_A, "a"),
];

fn photos_folder() -> PathBuf {
    photos::path(photos::OBAMA).parent().unwrap().parent().unwrap().to_owned()
}

fn people() -> String {
    let rows: Vec<String> = SOME.iter().map(|(file, person)| format!("{file},{person}\n")).collect();
    format!("file,person\n{}", rows.concat())
}

#[test]
fn verify_reports_and_goes_on_from_its_cache() {
    let run = Run::new();
    run.labels(people());
    let html = run.path("report.html");
    let first = run.eval("verify", &photos_folder(), &["--by", "person", "--html", html.to_str().unwrap()]);
    let result = &first["result"];
    assert_eq!((&result["genuine_pairs"], &result["impostor_pairs"]), (&json!(1), &json!(5)));
    assert_eq!((&result["people"], &result["photos"]["failure_to_enrol"]["hits"]), (&json!(3), &json!(0)));
    let at_82 = result["shipped"].as_array().unwrap().iter().find(|row| row["fmr_promised"] == 1e-4).unwrap();
    assert_eq!((&at_82["fnmr"]["value"], &at_82["false_matches"]), (&json!(0.0), &json!(0)));
    assert!(at_82["fmr"]["high"].as_f64().unwrap() > 0.1, "five pairs prove little: {at_82}");
    assert!(result["by"]["person"]["errors"]["obama"]["fnmr"]["total"] == 1);
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("<svg") && page.contains(first["origin"]["model"].as_str().unwrap()));

    // A run that was cut off in the middle of a line: the rest is measured again, the result is the same.
    let cache = std::fs::read(run.path("cache")).unwrap();
    let lines = cache.iter().filter(|b| **b == b'\n').count();
    assert_eq!(lines, 1 + SOME.len());
    std::fs::write(run.path("cache"), &cache[..cache.len() - 700]).unwrap();
    let again = run.eval("verify", &photos_folder(), &["--by", "person"]);
    assert_eq!(again["result"], first["result"]);
    assert_eq!(again["details"], first["details"]);
    assert_eq!(std::fs::read(run.path("cache")).unwrap().len(), cache.len());
}

#[test]
fn every_job_runs() {
    let run = Run::new();
    let rows: Vec<String> = SOME.iter().map(|(file, person)| format!("{file},{person},0,1,1\n")).collect();
    let printed = format!("{},x,0,0,4\n", photos::GROUP);
    run.labels(format!("file,person,mask,live,faces\n{}{printed}", rows.concat()));
    let folder = photos_folder();
    let found = run.eval("identify", &folder, &[]);
    assert_eq!(found["result"]["whole_gallery"]["rank1"]["value"], 1.0);
    let live = run.eval("liveness", &folder, &["--apcer", "0.5"]);
    assert_eq!(
        (&live["result"]["bpcer"]["total"], &live["result"]["apcer"]["attack"]["total"]),
        (&json!(4), &json!(1))
    );
    let worn = run.eval("attributes", &folder, &["--by", "person"]);
    assert_eq!(worn["result"]["attributes"]["mask"]["false_alarms"]["total"], 5);
    let counted = run.eval("detect", &folder, &[]);
    assert_eq!(counted["result"]["counted"]["right"]["hits"], 5, "{}", counted["result"]);
    run.labels(people());
    let quality = run.eval("quality", &folder, &["--degrade"]);
    for copy in quality["result"]["degraded"].as_array().unwrap() {
        let named = copy["copy"].as_str().unwrap();
        if named.starts_with("Gaussian") || named == "grayscale" || named == "exposure x 0.15" {
            assert_eq!(copy["either"]["hits"], SOME.len(), "{copy}");
        }
    }
    assert_eq!(quality["result"]["flagged"]["dark"]["hits"], 0);
    let awkward = run.eval("detect", &folder, &["--degrade"]);
    let copies = awkward["result"]["degraded"].as_array().unwrap();
    assert_eq!(copies.len(), 10);
    for copy in copies.iter().filter(|copy| !copy["copy"].as_str().unwrap().starts_with("face 50 px")) {
        assert_eq!((&copy["no_face"]["hits"], &copy["below_threshold"]["hits"]), (&json!(0), &json!(0)), "{copy}");
    }
}

/// A number of an answer, and the unrounded one that it must have been made from.
fn same(answered: &Value, measured: f64, digits: i32) {
    let factor = 10f64.powi(digits);
    assert_eq!(answered.as_f64().unwrap(), (measured * factor).round() / factor);
}

/// The report holds `f32` values in their shortest form: read back as `f32` they are the same bits.
fn f32_of(value: &Value) -> f64 {
    f64::from(value.as_f64().unwrap() as f32)
}

async fn compare(app: &App, first: &str, second: &str) -> Value {
    let payload = json!({"image_1": images::base64(&photos::bytes(first)), "image_2": images::base64(&photos::bytes(second)),
                         "is_quality": true, "is_attribute": true, "is_liveness": true});
    let request = app.request("POST", "/v1/face/compare").header("Content-Type", "application/json");
    let answer = answer(request.body(payload.to_string()).send().await).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn the_server_answers_what_was_evaluated() {
    let run = Run::new();
    let mut rows = String::from("img_a,img_b,same\n");
    let mut pairs = Vec::new();
    for (i, (a, who)) in SOME.iter().enumerate() {
        for (b, other) in &SOME[i + 1..] {
            rows += &format!("{a},{b},{}\n", u8::from(who == other));
            pairs.push((*a, *b));
        }
    }
    run.labels(&rows);
    let verified = run.eval("verify", &photos_folder(), &[]);
    run.labels(format!(
        "file,live\n{},1\n{}",
        photos::GROUP,
        SOME.iter().map(|s| format!("{},0\n", s.0)).collect::<String>()
    ));
    let live = run.eval("liveness", &photos_folder(), &[]);
    let scores = |of: &Value, file: &str| -> Value {
        let all = of["details"]["photos"].as_array().unwrap();
        all.iter().find(|photo| photo["file"] == file).unwrap()["measurement"].clone()
    };
    let server = TestServer::start();
    let app = server.live();
    for (row, (a, b)) in verified["details"]["pairs"].as_array().unwrap().iter().zip(&pairs) {
        assert_eq!((row["file_a"].as_str(), row["file_b"].as_str()), (Some(*a), Some(*b)));
        let answer = compare(&app, a, b).await;
        // Rounded down, so that what misses a threshold is not shown as if it reached it.
        let shown = (row["similarity"].as_f64().unwrap() * 100.0 + 1e-3).floor() / 100.0;
        assert_eq!(answer["similarity"].as_f64().unwrap(), shown);
        for (file, part) in [(a, &answer["image_1"]), (b, &answer["image_2"])] {
            let measured = scores(&verified, file);
            same(&part["image_quality"]["blur_score"], f32_of(&measured["scores"]["blur_score"]), 4);
            same(&part["image_quality"]["dark_score"], f32_of(&measured["scores"]["dark_score"]), 4);
            for flag in ["blur", "dark", "grayscale"] {
                assert_eq!(part["image_quality"][flag], measured["flags"][flag], "{file} {flag}");
            }
            let spoof = scores(&live, file);
            same(&part["liveness"]["probability"], f32_of(&spoof["scores"]["live_score"]) * 100.0, 2);
            assert_eq!(part["liveness"]["status"], spoof["flags"]["live"], "{file}");
        }
    }
    assert_eq!(verified["details"]["pairs"].as_array().unwrap().len(), pairs.len());
}

#[tokio::test]
async fn what_is_worn_and_where_it_is_worn_is_what_was_evaluated() {
    let server = TestServer::start();
    let app = server.live();
    let plain = pictures::fitted(&photos::pixels(photos::OBAMA), 700);
    let asked = json!({"is_attribute": true, "is_quality": true});
    let found = app.face_file("detect", &images::jpeg(&plain), asked.clone()).await;
    let face = Face::of(&found.body["faces"][0]);
    let (shaded, masked) = (face.with_sunglasses(&plain), face.masked(&plain));
    let shown = [("plain.jpg", plain), ("sunglasses.jpg", shaded), ("mask.jpg", masked)];
    let run = Run::new();
    for (file, picture) in &shown {
        std::fs::write(run.path(file), images::jpeg(picture)).unwrap();
    }
    run.labels("file,sunglasses,mask\nplain.jpg,0,0\nsunglasses.jpg,1,0\nmask.jpg,0,1\n");
    let worn = run.eval("attributes", run.folder.path(), &[]);
    let quality = run.eval("quality", run.folder.path(), &[]);
    for (index, (file, picture)) in shown.iter().enumerate() {
        let answer = app.face_file("detect", &images::jpeg(picture), asked.clone()).await.body;
        let answered = &answer["faces"][0];
        let of = |report: &Value| report["details"]["photos"][index]["measurement"].clone();
        let (worn, quality) = (of(&worn), of(&quality));
        // The answer has no scores of attributes; the flags are the scores at the shipped thresholds.
        for name in ["sunglasses", "mask", "veil", "hat", "eyeglasses"] {
            let on = &answered["attributes"][format!("{name}_on")];
            assert!(on.is_boolean() && *on == worn["flags"][name], "{file} {name}: {on} {worn}");
        }
        for (name, edge) in [("top_left_x", "box_left"), ("bottom_right_y", "box_bottom")] {
            same(&answered["bounding_box"][name], f32_of(&worn["scores"][edge]), 0);
        }
        for (name, component) in answered["image_quality"]["components"].as_object().unwrap() {
            same(&component["raw"], f32_of(&quality["scores"][name]), 4);
            same(&component["score"], f32_of(&quality["scores"][format!("{name}_score")]), 1);
        }
    }
    let flag = |index: usize, name: &str| worn["details"]["photos"][index]["measurement"]["flags"][name].clone();
    assert_eq!(
        [flag(0, "sunglasses"), flag(1, "sunglasses"), flag(2, "mask")],
        [json!(false), json!(true), json!(true)]
    );
}

#[test]
fn mistakes_are_told_before_the_models_are_loaded() {
    let run = Run::new();
    let told = |job: &[&str], labels: &str, more: &[&str]| {
        run.labels(labels);
        let mut command = run.command(job, &photos_folder());
        // No models here: whoever gets as far as loading them says so.
        refused(command.args(more).arg("--models").arg(run.path("nothing")).output().unwrap())
    };
    assert!(told(&["eval", "verify"], "file,person\nnone.jpg,x\n", &[]).contains("line 2"));
    assert!(told(&["eval", "verify"], "", &[]).contains("labels"));
    assert!(told(&["eval", "liveness"], "file\na\n", &["--columns", "file=photo"]).contains("photo"));
    assert!(told(&["eval", "verify"], &people(), &["--fmr", "2"]).contains("1e-4"));
    assert!(told(&["eval", "verify"], &people(), &[]).contains("make models"));
}

/// The models with a manifest of its own, everything else linked.
fn models(folder: &Path) -> PathBuf {
    let (from, to) = (repository().join("models"), folder.join("models"));
    std::fs::create_dir(&to).unwrap();
    for part in ["weights", "heads", "runtime"] {
        std::os::unix::fs::symlink(from.join(part), to.join(part)).unwrap();
    }
    std::fs::copy(from.join("manifest.toml"), to.join("manifest.toml")).unwrap();
    to
}

#[test]
fn calibration_needs_enough_pairs_and_writes_only_when_told() {
    let run = Run::new();
    let models = models(run.folder.path());
    let manifest = || std::fs::read_to_string(models.join("manifest.toml")).unwrap();
    let before = manifest();
    let calibrate = |photos: &Path, more: &[&str]| {
        let mut command = run.command(&["calibrate"], photos);
        command.args(more).arg("--models").arg(&models).output().unwrap()
    };
    run.labels(people());
    assert!(refused(calibrate(&photos_folder(), &["--write"])).contains("100000"));
    assert_eq!(manifest(), before);

    let Some(lfw) = shared_data("verify_lfw") else { return };
    let mut names: Vec<String> = std::fs::read_dir(lfw.join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("_0001.jpg"))
        .collect();
    names.sort();
    names.truncate(460);
    // 460 people, some with a second photo: a little more than 100,000 impostor pairs.
    let second: Vec<String> = names.iter().map(|name| name.replace("_0001", "_0002")).collect();
    names.extend(second.into_iter().filter(|name| lfw.join("images").join(name).is_file()));
    let rows: String = names.iter().map(|n| format!("images/{n},{}\n", n.rsplit_once('_').unwrap().0)).collect();
    run.labels(format!("file,person\n{rows}"));
    assert!(done(calibrate(&lfw, &[])).contains("nothing was changed"));
    assert_eq!(manifest(), before);
    assert!(refused(calibrate(&lfw, &["--profile", "no-such", "--write"])).contains("no-such"));
    assert_eq!(manifest(), before);
    done(calibrate(&lfw, &["--write"]));
    let after = manifest();
    assert_ne!(after, before);
    let changed: Vec<(&str, &str)> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert!(
        matches!(changed.as_slice(), [(a, b), (c, d)] if [a, b].iter().all(|l| l.starts_with("points = "))
        && [c, d].iter().all(|l| l.starts_with("rates = "))),
        "only the numbers of one profile change: {changed:?}"
    );
    assert_eq!(after.lines().count(), before.lines().count());
    // It can be read and makes sense.
    done(facegate().args(["models", "verify", "--models"]).arg(&models).output().unwrap());
}
