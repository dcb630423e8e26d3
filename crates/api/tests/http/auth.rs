//! Who may call.

use axum::body::Body;
use facegate_domain::AppMode;
use http::Request;
use serde_json::json;

use crate::support::{Client, World};

fn bare() -> http::request::Builder {
    Request::builder().method("POST").uri("/v1/face/enroll")
}

#[tokio::test]
async fn every_refusal_is_the_same_answer() {
    let world = World::new();
    let (a, b) = (world.sandbox().await, world.sandbox().await);
    let swapped = Client { id: a.id.clone(), key: b.key.clone() };
    let unknown = Client { id: "nobody".into(), key: a.key.clone() };
    let odd = Client { id: "not/an/id".into(), key: a.key.clone() };
    let requests = [
        bare().body(Body::from("{}")).unwrap(),
        bare().header("App-ID", &a.id).body(Body::empty()).unwrap(),
        bare().header("API-Key", &a.key).body(Body::empty()).unwrap(),
        bare().header("App-ID", &a.id).header("API-Key", b"\xff\xfe".as_slice()).body(Body::empty()).unwrap(),
        bare().header("App-ID", &a.id).header("API-Key", "").body(Body::empty()).unwrap(),
        swapped.request("POST", "/v1/face/enroll", "{}"),
        unknown.request("DELETE", "/v1/face/enroll?subject_id=SUB_EXIST", ""),
        odd.request("POST", "/v1/face/enroll", "not json"),
    ];
    for request in requests {
        let mut answer = world.send(request).await;
        assert_eq!(answer.status, 401);
        let session = answer.json.as_object_mut().unwrap().remove("session_id").unwrap();
        assert_eq!(answer.headers["x-request-id"], session.as_str().unwrap());
        assert_eq!(answer.json, json!({"message": "Unauthorized", "error_code": "UNAUTHORIZED"}));
    }
}

#[tokio::test]
async fn header_names_in_any_case_are_understood() {
    let world = World::new();
    let client = world.sandbox().await;
    let request = bare().header("app-id", &client.id).header("Api-Key", &client.key);
    let answer = world.send(request.body(Body::from(r#"{"image":"LIVE_PERSON_A_1"}"#)).unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_revoked_key_and_a_deleted_app_are_refused_at_once() {
    use facegate_domain::{ApiKey, AppId, Timestamp};
    use facegate_gallery::AppAdmin;
    let world = World::new();
    let client = world.app(AppMode::Sandbox, None, None).await;
    let id = AppId::parse(&client.id).unwrap();
    assert_eq!(world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1"}"#).await.status, 200);
    world.store.revoke_key(&id, &ApiKey::presented(&client.key).digest(), Timestamp::now()).await.unwrap();
    assert_eq!(world.enroll(&client, r#"{"image":"LIVE_PERSON_A_1"}"#).await.status, 401);
    let other = world.sandbox().await;
    world.store.delete_app(&AppId::parse(&other.id).unwrap()).await.unwrap();
    assert_eq!(world.enroll(&other, "{}").await.status, 401);
}
