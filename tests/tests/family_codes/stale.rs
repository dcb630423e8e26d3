//! Templates of another model: never compared, made again where the photo was kept.

use std::os::unix::fs::symlink;

use facegate_tests::{App, Setup, photos, repository};
use serde_json::json;

use crate::{bare, enroll, merged};

/// The code of a subject whose template cannot be made again.
pub const CODE: &str = "SUBJECT_MUST_BE_ENROLLED_AGAIN";

/// The models of this repository under another name of the template's model.
fn renamed_models() -> tempfile::TempDir {
    let (folder, models) = (tempfile::tempdir().unwrap(), repository().join("models"));
    for part in ["weights", "runtime", "heads"] {
        symlink(models.join(part), folder.path().join(part)).unwrap();
    }
    let manifest = std::fs::read_to_string(models.join("manifest.toml")).unwrap();
    let (head, template) = manifest.split_once("[profile.fast]\nname = \"").expect("the template's name");
    std::fs::write(folder.path().join("manifest.toml"), format!("{head}[profile.fast]\nname = \"another-{template}"))
        .unwrap();
    folder
}

#[tokio::test]
async fn after_a_change_of_models_a_subject_is_verified_from_its_photo_or_asked_for_again() {
    for kept in [true, false] {
        let data = tempfile::tempdir().unwrap();
        let setup = Setup::default().data(data.path()).set("STORE__KEEP_PHOTOS", &kept.to_string());
        let mut server = setup.clone().start();
        let first = server.live();
        enroll(&first, "obama", photos::OBAMA).await;
        let before = first.get("subjects/obama").await.body["model"].clone();
        server.terminate();
        server.ended();
        drop(server);
        let models = renamed_models();
        let server = setup.models(models.path()).start();
        let app = App::new(server.base(), &first.id, &first.key);
        let verify = async |photo: &str| {
            let more = merged(&bare(), &json!({"subject_id": "obama"}));
            app.face_file("verify", &photos::bytes(photo), more).await
        };
        if kept {
            verify(photos::OBAMA_MORE[1]).await.expect(200, "");
            verify(photos::BIDEN).await.expect(200, "FAIL_ON_16");
        } else {
            verify(photos::OBAMA_MORE[1]).await.expect(409, CODE);
        }
        // The old template is not searched, in neither case.
        let search = app.face_file("search", &photos::bytes(photos::OBAMA), json!({"threshold": 0})).await;
        assert_eq!(search.body["matches"], json!([]), "{}", search.body);
        enroll(&app, "obama", photos::OBAMA).await;
        verify(photos::OBAMA_MORE[1]).await.expect(200, "");
        assert_ne!(app.get("subjects/obama").await.body["model"], before);
    }
}
