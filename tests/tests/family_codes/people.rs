//! Who is who: one person's photographs match, different people's do not, and every endpoint says the same.

use facegate_tests::photos;
use serde_json::{Value, json};

use crate::{bare, enroll, merged, pair, server};

/// Each person's photographs. A photo stands alone where it is not known that another one shows the person.
const PEOPLE: [&[&str]; 5] = [
    &[photos::OBAMA, photos::OBAMA_MORE[0], photos::OBAMA_MORE[1], photos::OBAMA_MORE[2], photos::OBAMA_MORE[3]],
    &[photos::BIDEN],
    &[photos::SMALL, photos::PERSON_A],
    &[photos::PERSON_B, photos::PERSON_B_2],
    &[photos::IMPOSTOR_2],
];

fn labelled() -> Vec<(usize, &'static str)> {
    let people = PEOPLE.iter().enumerate();
    people.flat_map(|(person, photos)| photos.iter().map(move |photo| (person, *photo))).collect()
}

#[tokio::test]
async fn every_pair_is_told_right_by_verify_and_compare_alike() {
    let app = server().live();
    let all = labelled();
    for (_, photo) in &all {
        enroll(&app, photo, photo).await;
    }
    let (mut same, mut different) = (0, 0);
    for (at, (person, probe)) in all.iter().enumerate() {
        for (other, subject) in &all[..at] {
            let matches = person == other;
            let code = if matches { "" } else { "FAIL_ON_16" };
            let more = merged(&bare(), &json!({ "subject_id": subject }));
            let verified = app.face_file("verify", &photos::bytes(probe), more).await;
            println!("{subject} {probe}: {}", verified.body["similarity"]);
            verified.expect(200, code);
            assert_eq!(verified.body["similarity_status"], matches);
            let compared = app.face("compare", &pair(&photos::bytes(subject), &photos::bytes(probe))).await;
            compared.expect(200, code);
            // Two ways to one number, rounded to two digits.
            let similarity = |body: &Value| body["similarity"].as_f64().unwrap();
            assert!((similarity(&verified.body) - similarity(&compared.body)).abs() < 0.011, "{}", compared.body);
            *(if matches { &mut same } else { &mut different }) += 1;
        }
    }
    assert_eq!((same, different), (12, 43));
}

#[tokio::test]
async fn search_tells_people_apart_with_the_same_numbers() {
    let app = server().live();
    for (number, photos) in PEOPLE.iter().enumerate() {
        enroll(&app, &number.to_string(), photos[0]).await;
    }
    for (person, photo) in labelled() {
        let probe = photos::bytes(photo);
        let found = app.face_file("search", &probe, merged(&bare(), &json!({"limit": 10}))).await;
        let matches = found.body["matches"].as_array().unwrap();
        assert_eq!(matches.len(), 1, "{photo}: {matches:?}");
        assert_eq!(
            (&matches[0]["subject_id"], &matches[0]["similarity_status"]),
            (&json!(person.to_string()), &json!(true))
        );
        let claim = merged(&bare(), &json!({"subject_id": person.to_string()}));
        let verified = app.face_file("verify", &probe, claim).await;
        let difference = verified.body["similarity"].as_f64().unwrap() - matches[0]["similarity"].as_f64().unwrap();
        assert!(difference.abs() < 0.06, "{photo}: {} {}", verified.body["similarity"], matches[0]["similarity"]);
    }
}

#[tokio::test]
async fn thresholds_are_told_on_request_and_rise_as_the_false_match_rate_falls() {
    let app = server().live();
    enroll(&app, "a", photos::OBAMA).await;
    let image = facegate_tests::with_image(&photos::bytes(photos::OBAMA), json!({"subject_id": "a"}));
    let two = pair(&photos::bytes(photos::OBAMA), &photos::bytes(photos::OBAMA_MORE[0]));
    for (endpoint, payload) in [("verify", &image), ("search", &image), ("compare", &two)] {
        let answer = app.face(endpoint, &merged(payload, &json!({"return_thresholds": true}))).await;
        answer.expect(200, "");
        let thresholds = &answer.body["thresholds"];
        let told = ["fmr_1e-3", "fmr_1e-4", "fmr_1e-5", "fmr_1e-6"].map(|rate| thresholds[rate].as_f64().expect(rate));
        assert_eq!(thresholds.as_object().unwrap().len(), told.len(), "{thresholds}");
        assert!(told.windows(2).all(|two| two[0] < two[1]), "{thresholds}");
        assert!(told.iter().all(|similarity| (0.0..=100.0).contains(similarity)));
        assert_eq!(told[1], 82.0, "the contract's anchor");
        for flag in [json!(false), json!(null)] {
            let without = app.face(endpoint, &merged(payload, &json!({ "return_thresholds": flag }))).await;
            assert!(without.body.get("thresholds").is_none(), "{}", without.body);
        }
    }
}
