//! The image field in all its spellings, and photos that lie on their side.

use facegate_tests::{images, photos, pictures};
use serde_json::{Value, json};

use crate::{MAX_IMAGE, server, small};

#[tokio::test]
async fn every_spelling_of_an_image_is_read() {
    let app = server().live();
    let photo = small();
    let standard = images::base64(&photo);
    let lines: Vec<_> = standard.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let png = images::png(&pictures::fitted(&photos::pixels(photos::SMALL), 200));
    let unpadded = standard.trim_end_matches('=').to_owned();
    for (what, image) in [
        ("data URI", format!("data:image/jpeg;base64,{standard}")),
        ("data URI with a wrong type", format!("data:image/gif;base64,{standard}")),
        ("PNG", images::base64(&png)),
        ("URL-safe", images::url_safe(&photo)),
        ("without padding", unpadded),
        ("line breaks", lines.join("\r\n")),
        ("white space around and inside", format!(" \n{}\t", lines.join(" "))),
        ("PNG with alpha", images::base64(&photos::bytes(photos::PNG))),
    ] {
        println!("{what}");
        app.enroll(&json!({ "image": image })).await.expect_enrolled();
    }
    let escaped = json!({ "image": standard }).to_string().replace('/', "\\/");
    app.post(escaped).await.expect_enrolled();
    let exactly = images::grown_to(photo, MAX_IMAGE);
    app.enroll_file(&exactly, json!({})).await.expect_enrolled();
}

#[tokio::test]
async fn exif_orientation_is_honoured_and_a_lying_photo_is_turned() {
    let app = server().live();
    let upright = pictures::fitted(&photos::pixels(photos::PERSON_A), 400);
    let reference = app.enroll_file(&images::jpeg(&upright), json!({})).await;
    reference.expect_enrolled();
    let near = |body: &Value, name: &str| {
        let value = |body: &Value| body["face_landmark"][name].as_f64().unwrap();
        (value(body) - value(&reference.body)).abs() <= 6.0
    };
    let landmarks = ["left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y", "nose_x", "nose_y"];
    // Stored lying, marked so by EXIF: upright, nothing to turn.
    for (stored, orientation) in
        [(upright.turned(270), 6), (upright.turned(180), 3), (upright.turned(90), 8), (pictures::mirrored(&upright), 2)]
    {
        let answer = app.enroll_file(&images::exif_jpeg(&stored, orientation), json!({})).await;
        answer.expect_enrolled();
        assert_eq!(answer.body["rotation"], 0, "EXIF {orientation}");
        assert!(landmarks.iter().all(|name| near(&answer.body, name)), "EXIF {orientation}: {}", answer.body);
    }
    // Stored lying without a mark: turned, and coordinates are those of the upright picture.
    for degrees in [90, 180, 270] {
        let answer = app.enroll_file(&images::jpeg(&upright.turned(degrees)), json!({})).await;
        answer.expect_enrolled();
        assert_eq!(answer.body["rotation"], 360 - degrees, "lying by {degrees}");
        assert!(landmarks.iter().all(|name| near(&answer.body, name)), "lying by {degrees}: {}", answer.body);
    }
}
