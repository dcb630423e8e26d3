//! The Rust client against a real server, with photographs and with the scenarios of a sandbox app.

use std::collections::BTreeSet;

use facegate_client::{
    CaptureStatus, Client, Compare, Enroll, Error, Flags, Gates, Image, Observe, OrderCapture, Purpose, Search,
    SubjectId, Verify,
};
use facegate_tests::photos::{BIDEN, GROUP, OBAMA, bytes};
use facegate_tests::{App, TestServer};
use futures_util::TryStreamExt;

const OBAMA_2: &str = "face_recognition/obama2.jpg";

fn client(server: &TestServer, app: &App) -> Client {
    Client::new(server.base(), &app.id, &app.key).unwrap()
}

fn photo(name: &str) -> Image {
    Image::bytes(bytes(name))
}

fn enroll(name: &str, subject: &str) -> Enroll {
    Enroll { subject_id: Some(subject.into()), ..Enroll::new(photo(name)) }
}

/// The code of a refusal.
fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    answer.unwrap_err().code().expect("a refusal with a code").to_owned()
}

#[tokio::test]
async fn photographs_go_through_every_endpoint() {
    let server = TestServer::start();
    let client = client(&server, &server.live());
    let id = SubjectId::from("né/44 ?&%");

    let strict = Flags { validate_quality: Some(true), validate_nface: Some(true), ..Flags::default() };
    let enrolled = client.enroll(&Enroll { flags: strict, ..enroll(OBAMA, id.as_str()) }).await.unwrap();
    assert!(enrolled.outcome.passed());
    assert_eq!(enrolled.outcome.message, "Request Success");
    assert_eq!((enrolled.subject_id, enrolled.blocks.nface), (Some(id.clone()), 1));
    let measures = &enrolled.blocks.measures;
    assert!(!measures.image_quality.as_ref().unwrap().blur && measures.liveness.is_none());
    let face = &enrolled.blocks.bounding_box;
    assert_eq!(face.width, face.bottom_right_x - face.top_left_x);

    let verify = Verify { return_thresholds: true, ..Verify::new(photo(OBAMA_2), id.clone()) };
    let verified = client.verify(&verify).await.unwrap();
    assert!(verified.outcome.passed() && verified.resemblance.similarity_status);
    assert_eq!(verified.resemblance.thresholds.unwrap()["fmr_1e-4"], 82.0);
    assert!(verified.blocks.measures.liveness.is_some());
    let other = client.verify(&Verify::new(photo(BIDEN), id.clone())).await.unwrap();
    assert_eq!(other.outcome.failed_gates(), Gates::MATCH);
    assert!(!other.resemblance.similarity_status && other.resemblance.thresholds.is_none());

    let compared = client.compare(&Compare::new(photo(OBAMA), photo(GROUP))).await.unwrap();
    assert!(!compared.resemblance.similarity_status);
    assert!(compared.image_1.nface == 1 && compared.image_2.nface > 1);
    let anybody = Compare { threshold: Some(0.0), ..Compare::new(photo(OBAMA), photo(BIDEN)) };
    assert!(client.compare(&anybody).await.unwrap().resemblance.similarity_status);

    let search = Search { limit: Some(10), return_image: true, ..Search::new(photo(OBAMA_2)) };
    let found = client.search(&search).await.unwrap();
    assert_eq!(found.matches.len(), 1);
    assert_eq!(found.matches[0].subject_id, id);
    assert_eq!(found.matches[0].image.clone().unwrap().into_bytes(), bytes(OBAMA));
    assert!(client.search(&Search::new(photo(BIDEN))).await.unwrap().matches.is_empty());

    let live = client.liveness(&Observe::new(photo(OBAMA))).await.unwrap();
    assert!((0.0..=100.0).contains(&live.blocks.measures.liveness.unwrap().probability));
    let no_more = Flags { validate_nface: Some(true), is_attribute: Some(false), ..Flags::default() };
    let detected = client.detect(&Observe { flags: no_more, ..Observe::new(photo(GROUP)) }).await.unwrap();
    assert_eq!(detected.outcome.failed_gates(), Gates::NFACE);
    assert_eq!(detected.faces.len(), detected.nface as usize);
    assert!(detected.faces.iter().all(|face| face.confidence > 0.5 && face.measures.attributes.is_none()));

    let subject = client.subject(&id).await.unwrap();
    assert!(subject.subject_id == id && subject.has_image && subject.created_at > 1e9);
    let deleted = client.delete(&id).await.unwrap();
    assert!(deleted.timestamp >= subject.updated_at);
    let receipt = client.erasure(&deleted.erasure_id).await.unwrap();
    assert_eq!((receipt.erasure_id, receipt.removed["templates"]), (deleted.erasure_id, 1));
    assert_eq!(code(client.delete(&id).await), "INVALID_PAYLOAD_SUBJECT_ID");
    assert_eq!(code(client.subject(&id).await), "SUBJECT_NOT_FOUND");
    assert!(matches!(client.subject(&"..".into()).await, Err(Error::Request(_))));
}

#[tokio::test]
async fn a_capture_is_ordered_and_asked_for() {
    let server = TestServer::start();
    let client = client(&server, &server.live());
    let order = OrderCapture { subject_id: Some("budi".into()), expires_in: Some(60), ..OrderCapture::default() };
    let ordered = client.order_capture(&order).await.unwrap();
    assert!(ordered.url.ends_with(&ordered.token) && !format!("{ordered:?}").contains(&ordered.token));
    let capture = client.capture(&ordered.capture_id).await.unwrap();
    assert_eq!((capture.status, capture.purpose, capture.attempts), (CaptureStatus::Pending, Purpose::Enroll, 0));
    let nobody = OrderCapture { purpose: Purpose::Verify, ..order };
    assert_eq!(code(client.order_capture(&nobody).await), "INVALID_PAYLOAD_SUBJECT_ID");
    assert_eq!(code(client.capture("none").await), "CAPTURE_NOT_FOUND");
}

#[tokio::test]
async fn duplicates_are_named_and_repetitions_harmless() {
    let server = TestServer::start();
    let client = client(&server, &server.live());
    client.enroll(&enroll(OBAMA, "first")).await.unwrap();
    let again = Enroll { check_duplicate: true, ..enroll(OBAMA_2, "second") };
    let Err(Error::Refused(refusal)) = client.enroll(&again).await else { panic!("the duplicate was enrolled") };
    assert_eq!((refusal.status, refusal.code.as_str()), (409, "DUPLICATE_FACE"));
    assert_eq!(refusal.duplicate_subject_id, Some("first".into()));
    assert!(refusal.session_id.is_some());

    let once = Enroll { idempotency_key: Some("once".into()), ..Enroll::new(photo(BIDEN)) };
    let answer = client.enroll(&once).await.unwrap();
    assert_eq!(client.enroll(&once).await.unwrap(), answer);
    let broken = Enroll { idempotency_key: Some("a\nb".into()), ..once };
    assert!(matches!(client.enroll(&broken).await, Err(Error::Request(_))));
}

#[tokio::test]
async fn subjects_stream_over_pages() {
    let server = TestServer::start();
    let client = client(&server, &server.live());
    let ids: BTreeSet<SubjectId> = (0..5).map(|number| format!("subject-{number}").into()).collect();
    assert_eq!(client.subjects(2).try_collect::<Vec<_>>().await.unwrap(), []);
    for id in &ids {
        client.enroll(&enroll(OBAMA, id.as_str())).await.unwrap();
    }
    for size in [1, 2, 5, 500] {
        let found: Vec<_> = client.subjects(size).map_ok(|subject| subject.subject_id).try_collect().await.unwrap();
        assert!(found.iter().eq(&ids), "pages of {size}: {} of {} subjects", found.len(), ids.len());
    }
    let page = client.subjects_page(4, None).await.unwrap();
    let rest = client.subjects_page(4, page.next_cursor.as_deref()).await.unwrap();
    assert_eq!((page.subjects.len(), rest.subjects.len(), rest.next_cursor), (4, 1, None));
    assert_eq!(code(client.subjects_page(0, None).await), "INVALID_PAYLOAD_LIMIT");
}

#[tokio::test]
async fn sandbox_scenarios_fail_the_gates_that_they_name() {
    let server = TestServer::start();
    let client = client(&server, &server.app(&["--mode", "sandbox"]));
    let all = Flags {
        is_liveness: Some(true),
        validate_liveness: Some(true),
        validate_attribute: Some(true),
        validate_quality: Some(true),
        validate_nface: Some(true),
        ..Flags::default()
    };
    for (scenario, failed) in [
        ("LIVE_PERSON_A_1", Gates::empty()),
        ("SPOOF_PERSON_A_1", Gates::LIVENESS),
        ("LIVE_PERSON_BLUR_M_A_3", Gates::QUALITY | Gates::ATTRIBUTE | Gates::NFACE),
        ("SPOOF_PERSON_DARK_S_A_2", Gates::all() - Gates::MATCH),
    ] {
        let request = Enroll { flags: all.clone(), ..Enroll::new(Image::text(scenario)) };
        let answer = client.enroll(&request).await.unwrap();
        assert_eq!(answer.outcome.failed_gates(), failed, "{scenario}");
        assert_eq!(answer.subject_id.is_some(), failed.is_empty(), "{scenario}");
    }
    assert_eq!(code(client.detect(&Observe::new(Image::text("NO_FACE_PHOTO"))).await), "FACE_NOT_DETECTED");
    let dependent = Flags { is_quality: Some(false), validate_quality: Some(true), ..Flags::default() };
    let refused = client.liveness(&Observe { flags: dependent, ..Observe::new(Image::text("LIVE_PERSON_A_1")) }).await;
    assert_eq!(code(refused), "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY");

    let stranger = Client::new(server.base(), "app", "secret-key").unwrap();
    let error = stranger.delete(&"SUB_EXIST".into()).await.unwrap_err();
    assert_eq!(error.code(), Some("UNAUTHORIZED"));
    assert!(!format!("{error} {error:?}").contains("secret-key"));
}
