//! Every payload code of enrol, and which one comes first.

use facegate_tests::{images, pictures, with_image};
use serde_json::{Value, json};

use crate::{MAX_IMAGE, server, small, with_photo};

#[tokio::test]
async fn every_payload_code_of_enrol() {
    let app = server().live();
    let long = "x".repeat(256);
    let landscape = images::jpeg(&pictures::landscape(320, 240));
    let too_large = images::grown_to(small(), MAX_IMAGE + 1);
    let rows: Vec<(&str, String, &str)> = vec![
        ("empty body", String::new(), "INVALID_PAYLOAD"),
        ("white space", " \n".into(), "INVALID_PAYLOAD"),
        ("empty object", "{}".into(), "INVALID_PAYLOAD"),
        ("nothing that is known", json!({"foto": "x", "id": 1}).to_string(), "INVALID_PAYLOAD"),
        ("nulls only", json!({"image": null, "subject_id": null}).to_string(), "INVALID_PAYLOAD"),
        ("two empty strings", json!({"image": "", "subject_id": ""}).to_string(), "INVALID_PAYLOAD"),
        ("broken JSON", r#"{"image": "AAAA""#.into(), "INVALID_PAYLOAD"),
        ("an array", "[]".into(), "INVALID_PAYLOAD"),
        ("a text", r#""image""#.into(), "INVALID_PAYLOAD"),
        ("image is a number", json!({"image": 1}).to_string(), "INVALID_PAYLOAD"),
        ("subject_id is a number", with_photo(json!({"subject_id": 1})).to_string(), "INVALID_PAYLOAD"),
        ("flag is a text", with_photo(json!({"is_quality": "true"})).to_string(), "INVALID_PAYLOAD"),
        ("flag is a number", with_photo(json!({"validate_nface": 1})).to_string(), "INVALID_PAYLOAD"),
        ("no image", json!({"subject_id": "a"}).to_string(), "MISSING_PAYLOAD_IMAGE"),
        ("image null", json!({"image": null, "is_quality": true}).to_string(), "MISSING_PAYLOAD_IMAGE"),
        ("image empty", json!({"image": "", "subject_id": "a"}).to_string(), "INVALID_PAYLOAD_IMAGE_MISSING"),
        ("neither base64 nor URL", json!({"image": "hello, world"}).to_string(), "INVALID_PAYLOAD_IMAGE_MISSING"),
        ("another scheme", json!({"image": "file:///etc/passwd"}).to_string(), "INVALID_PAYLOAD_IMAGE_MISSING"),
        ("subject empty", with_photo(json!({"subject_id": ""})).to_string(), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("subject blank", with_photo(json!({"subject_id": " \t"})).to_string(), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        ("subject too long", with_photo(json!({"subject_id": long})).to_string(), "INVALID_PAYLOAD_SUBJECT_ID"),
        ("subject with NUL", with_photo(json!({"subject_id": "a\u{0}b"})).to_string(), "INVALID_PAYLOAD_SUBJECT_ID"),
        ("subject of two lines", with_photo(json!({"subject_id": "a\nb"})).to_string(), "INVALID_PAYLOAD_SUBJECT_ID"),
        (
            "quality gate without quality",
            with_photo(json!({"validate_quality": true, "is_quality": false})).to_string(),
            "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY",
        ),
        (
            "attribute gate without attributes",
            with_photo(json!({"validate_attribute": true, "is_attribute": false})).to_string(),
            "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY",
        ),
        (
            "liveness gate without liveness, which is off by default",
            with_photo(json!({"validate_liveness": true})).to_string(),
            "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY",
        ),
        ("5 MiB and one byte", with_image(&too_large, json!({})).to_string(), "INVALID_PAYLOAD_IMAGE_SIZE"),
        (
            "a body larger than any image",
            json!({"image": "A".repeat(12 << 20)}).to_string(),
            "INVALID_PAYLOAD_IMAGE_SIZE",
        ),
        ("not an image", with_image(b"this is no photo", json!({})).to_string(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (
            "another format",
            with_image(b"GIF89a\x01\0\x01\0\0\0\0;", json!({})).to_string(),
            "INVALID_PAYLOAD_IMAGE_FORMAT",
        ),
        ("half a photo", with_image(&small()[..300], json!({})).to_string(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        ("no face", with_image(&landscape, json!({})).to_string(), "FACE_NOT_DETECTED"),
    ];
    for (what, body, code) in rows {
        println!("{what}");
        app.post(body).await.expect(400, code);
    }
}

#[tokio::test]
async fn the_first_fault_in_the_contracts_order_is_the_answer() {
    let app = server().live();
    let no_quota = server().app(&["--mode", "testing", "--enroll-quota", "0", "--liveness-quota", "0"]);
    let flags = json!({"is_quality": false, "validate_quality": true, "is_attribute": false, "validate_attribute": true,
                       "validate_liveness": true});
    let without = |names: &[&str]| {
        let mut payload = flags.clone();
        names.iter().for_each(|name| {
            payload.as_object_mut().unwrap().remove(*name);
        });
        payload
    };
    let merged = |image: &str, subject: &str, flags: Value| {
        let mut payload = json!({"image": image, "subject_id": subject});
        payload.as_object_mut().unwrap().extend(flags.as_object().unwrap().clone());
        payload
    };
    let rubbish = images::base64(b"rubbish");
    for (payload, code) in [
        (json!({"subject_id": "", "is_quality": 3}), "INVALID_PAYLOAD"),
        (json!({"subject_id": "", "validate_liveness": true}), "MISSING_PAYLOAD_IMAGE"),
        (merged("?", "", flags.clone()), "INVALID_PAYLOAD_IMAGE_MISSING"),
        (merged(&rubbish, " ", flags.clone()), "INVALID_PAYLOAD_SUBJECT_ID_MISSING"),
        (merged(&rubbish, "a\tb", flags.clone()), "INVALID_PAYLOAD_SUBJECT_ID"),
        (merged(&rubbish, "a", flags.clone()), "INVALID_PAYLOAD_QUALITY_VALIDATION_DEPENDENCY"),
        (merged(&rubbish, "a", without(&["is_quality"])), "INVALID_PAYLOAD_ATTRIBUTE_VALIDATION_DEPENDENCY"),
        (
            merged(&rubbish, "a", without(&["is_quality", "is_attribute"])),
            "INVALID_PAYLOAD_LIVENESS_VALIDATION_DEPENDENCY",
        ),
    ] {
        app.enroll(&payload).await.expect(400, code);
        no_quota.enroll(&payload).await.expect(400, code);
    }
    // Quotas come after the payload and before the image.
    no_quota.enroll(&json!({"image": rubbish, "is_liveness": true})).await.expect(403, "INSUFFICIENT_QUOTA_ENROLL");
    let no_liveness = server().app(&["--mode", "testing", "--enroll-quota", "5", "--liveness-quota", "0"]);
    let payload = json!({"image": rubbish, "is_liveness": true});
    no_liveness.enroll(&payload).await.expect(403, "INSUFFICIENT_QUOTA_LIVENESS");
    no_liveness.enroll(&json!({"image": rubbish})).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
    app.enroll(&payload).await.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
}

#[tokio::test]
async fn null_is_absent_and_what_is_unknown_is_ignored() {
    let app = server().live();
    let payload = with_photo(json!({
        "subject_id": null, "is_quality": null, "is_attribute": null, "is_liveness": null, "validate_quality": null,
        "validate_attribute": null, "validate_liveness": null, "validate_nface": null,
        "callback": {"url": ["http://127.0.0.1/"]}, "IMAGE": 5, "": null
    }));
    let answer = app.enroll(&payload).await;
    let generated = answer.expect_enrolled().to_owned();
    let id = uuid::Uuid::parse_str(&generated).expect("a generated id is a UUID");
    assert_eq!(id.get_version_num(), 4);
    assert!(answer.body.get("image_quality").is_some() && answer.body.get("attributes").is_some());
    assert!(answer.body.get("liveness").is_none());
    let other = app.enroll(&with_photo(json!({}))).await;
    assert_ne!(other.expect_enrolled(), generated);
    assert_eq!(app.delete_subject(&generated).await.status, 200);
}
