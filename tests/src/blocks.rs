//! What the blocks of an answer must look like: every documented field with its type and range, and nothing else.

use serde_json::Value;

use crate::names;

/// The blocks that a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// `is_quality`.
    pub quality: bool,
    /// `is_attribute`.
    pub attributes: bool,
    /// `is_liveness`.
    pub liveness: bool,
}

impl Asked {
    /// What every endpoint but enrol does by default.
    pub const ALL: Self = Self { quality: true, attributes: true, liveness: true };

    /// The names of these blocks, and of those that are always there.
    pub fn names(self) -> Vec<&'static str> {
        let optional = [("image_quality", self.quality), ("attributes", self.attributes), ("liveness", self.liveness)];
        let asked = optional.into_iter().filter_map(|(name, asked)| asked.then_some(name));
        ["bounding_box", "face_landmark"].into_iter().chain(asked).collect()
    }
}

/// Demands exactly these names, in any order.
pub fn expect_names(object: &Value, expected: &[&[&str]]) {
    let mut expected = expected.concat();
    expected.sort_unstable();
    assert_eq!(names(object), expected, "{object}");
}

/// Demands the head of an answered request: `SUCCESS` or `FAIL_ON_n`.
pub fn expect_head(body: &Value) {
    let code = body["status_code"].as_str().expect("status_code");
    match body.get("error_code") {
        None => assert_eq!((code, body["message"].as_str()), ("SUCCESS", Some("Request Success"))),
        Some(error) => {
            assert_eq!(error, code);
            assert!(body["message"].as_str().expect("a message").starts_with("fail on "), "{body}");
        }
    }
    assert!(body["timestamp"].as_f64().expect("a number") > 1.7e9, "Unix seconds");
    assert!(body["session_id"].is_string());
}

/// Demands the blocks of a photo whose first face is told at the top: `nface`, `rotation`, and the face's.
pub fn expect_photo(object: &Value, asked: Asked) {
    assert!(object["nface"].as_u64().expect("nface") >= 1);
    expect_rotation(object);
    expect_face(object, asked);
}

/// Demands a documented rotation.
pub fn expect_rotation(object: &Value) {
    assert!([0, 90, 180, 270].contains(&object["rotation"].as_u64().expect("rotation")), "{object}");
}

/// Demands the blocks of one face, those that were asked for and no others.
pub fn expect_face(object: &Value, asked: Asked) {
    for (name, wanted) in
        [("image_quality", asked.quality), ("attributes", asked.attributes), ("liveness", asked.liveness)]
    {
        assert_eq!(object.get(name).is_some(), wanted, "{name}: {object}");
    }
    expect_box(&object["bounding_box"]);
    expect_landmarks(&object["face_landmark"]);
    if asked.quality {
        let quality = &object["image_quality"];
        expect_names(quality, &[&["blur", "blur_score", "dark", "dark_score", "grayscale", "components"]]);
        expect_components(&quality["components"]);
        expect_flags(quality, &["blur", "dark", "grayscale"]);
        ["blur_score", "dark_score"].iter().for_each(|name| expect_number(quality, name, 1.0));
    }
    if asked.attributes {
        let worn = ["sunglasses_on", "mask_on", "veil_on", "hat_on", "eyeglasses_on"];
        expect_names(&object["attributes"], &[&worn]);
        expect_flags(&object["attributes"], &worn);
    }
    if asked.liveness {
        expect_names(&object["liveness"], &[&["probability", "status", "low_confidence", "concerns"]]);
        expect_flags(&object["liveness"], &["status", "low_confidence"]);
        let concerns = object["liveness"]["concerns"].as_array().expect("a list of concerns");
        assert_eq!(object["liveness"]["low_confidence"], !concerns.is_empty());
        expect_number(&object["liveness"], "probability", 100.0);
    }
}

fn expect_components(found: &Value) {
    let names = [
        "unified",
        "sharpness",
        "illumination_uniformity",
        "under_exposure",
        "over_exposure",
        "inter_eye_distance",
        "head_size",
        "yaw",
        "pitch",
        "roll",
        "centring",
    ];
    expect_names(found, &[&names]);
    for name in names {
        expect_names(&found[name], &[&["raw", "score"]]);
        assert!(found[name]["raw"].is_number(), "{name}: {found}");
        expect_number(&found[name], "score", 100.0);
    }
}

fn expect_box(found: &Value) {
    expect_names(found, &[&["top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y", "width", "height"]]);
    let n = |name: &str| found[name].as_u64().unwrap_or_else(|| panic!("{name} is a whole number: {found}"));
    assert_eq!(n("top_left_x") + n("width"), n("bottom_right_x"));
    assert_eq!(n("top_left_y") + n("height"), n("bottom_right_y"));
    assert!(n("width") > 0 && n("height") > 0);
}

fn expect_landmarks(found: &Value) {
    let points = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"];
    let all: Vec<_> = points.iter().flat_map(|point| [format!("{point}_x"), format!("{point}_y")]).collect();
    expect_names(found, &[&all.iter().map(String::as_str).collect::<Vec<_>>()]);
    assert!(all.iter().all(|name| found[name].is_u64()), "whole numbers: {found}");
    // Left is the image's left. Only the eyes: a mouth can be anywhere in a face that leans.
    assert!(found["left_eye_x"].as_u64() <= found["right_eye_x"].as_u64(), "{found}");
}

fn expect_flags(object: &Value, flags: &[&str]) {
    assert!(flags.iter().all(|name| object[name].is_boolean()), "{object}");
}

/// Demands a number in 0..=`most`.
pub fn expect_number(object: &Value, name: &str, most: f64) {
    let number = object[name].as_f64().unwrap_or_else(|| panic!("{name} is a number: {object}"));
    assert!((0.0..=most).contains(&number), "{name}: {number}");
}
