//! Examples: what a sandbox app answers. A test sends each request and compares.

use serde_json::{Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};

/// A `session_id`.
pub(super) const SESSION: &str = "0f0c7f8e-6c3e-4a53-9b3a-3a8c6d0e2b11";
/// A `timestamp`.
pub(super) const TIME: f64 = 1_660_180_314.222_929;

/// A value as an example.
pub(super) fn example(value: Value) -> Example {
    ExampleBuilder::new().value(Some(value)).build()
}

/// The head of an answer with status 200.
pub(super) fn head(code: &str, message: &str) -> Value {
    let mut head = json!({"message": message, "status_code": code, "session_id": SESSION, "timestamp": TIME});
    if code != "SUCCESS" {
        head["error_code"] = json!(code);
    }
    head
}

/// The head of a success.
pub(super) fn success() -> Value {
    head("SUCCESS", "Request Success")
}

/// The blocks of a sandbox photo of one face.
pub(super) fn blocks(blur: bool, live: Option<bool>) -> Value {
    let mut blocks = face(blur, live);
    blocks["nface"] = json!(1);
    blocks["rotation"] = json!(0);
    blocks
}

/// The first face of a sandbox photo.
pub(super) fn face(blur: bool, live: Option<bool>) -> Value {
    let mut face = json!({
        "bounding_box": {
            "top_left_x": 40, "top_left_y": 30, "bottom_right_x": 160, "bottom_right_y": 170, "width": 120, "height": 140
        },
        "face_landmark": {
            "left_eye_x": 75, "left_eye_y": 80, "right_eye_x": 125, "right_eye_y": 80, "nose_x": 100, "nose_y": 110,
            "mouth_left_x": 80, "mouth_left_y": 140, "mouth_right_x": 120, "mouth_right_y": 140
        },
        "image_quality": {
            "blur": blur, "blur_score": if blur { 0.9 } else { 0.1 }, "dark": false, "dark_score": 0.1, "grayscale": false,
            "components": components(blur)
        },
        "attributes": {"sunglasses_on": false, "mask_on": false, "veil_on": false, "hat_on": false, "eyeglasses_on": false}
    });
    if let Some(live) = live {
        face["liveness"] = json!({
            "status": live, "probability": if live { 90.0 } else { 10.0 }, "low_confidence": false, "concerns": []
        });
    }
    face
}

/// The components of a sandbox photo's image quality.
fn components(blur: bool) -> Value {
    let (good, bad) = (json!({"raw": 0.0, "score": 90.0}), json!({"raw": 0.0, "score": 10.0}));
    let unless = |fault: bool| if fault { bad.clone() } else { good.clone() };
    json!({
        "unified": unless(blur), "sharpness": unless(blur), "illumination_uniformity": good, "under_exposure": good,
        "over_exposure": good, "inter_eye_distance": good, "head_size": good, "yaw": good, "pitch": good, "roll": good,
        "centring": good
    })
}

/// One object of the fields of both.
pub(super) fn merge(mut a: Value, b: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (a.as_object_mut(), b) {
        fields.extend(more);
    }
    a
}
