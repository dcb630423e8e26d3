//! Whose faces are enrolled.

use std::sync::OnceLock;

use serde_json::json;

use crate::{App, images, photos, pictures};

/// People, one small picture each: a mix-up shows.
pub(super) fn faces() -> &'static [String] {
    static FACES: OnceLock<Vec<String>> = OnceLock::new();
    FACES.get_or_init(|| {
        let names = [photos::OBAMA, photos::BIDEN, photos::PERSON_A, photos::PERSON_B, photos::IMPOSTOR_2];
        let small = |name: &str| images::jpeg_of(&pictures::fitted(&photos::pixels(name), 400), 88);
        names.iter().map(|name| images::base64(&small(name))).collect()
    })
}

/// No face is taken for another: else the checks would be of no use.
pub(crate) async fn expect_different(app: &App) {
    for (number, first) in faces().iter().enumerate() {
        for second in &faces()[..number] {
            let pair = json!({"image_1": first, "image_2": second, "is_liveness": false});
            let compared = app.face("compare", &pair).await;
            assert_eq!(compared.body["similarity_status"], false, "faces like each other: {}", compared.body);
        }
    }
}
