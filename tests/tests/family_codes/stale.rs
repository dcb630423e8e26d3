//! A server whose models have changed under it: it refuses until the apps are moved, which the photos make possible.

use std::os::unix::fs::symlink;

use facegate_tests::{App, Setup, done, photos, refused, repository};
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

// Commands take their time, in which the client must learn that an idle connection was closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_change_of_models_an_app_is_moved_by_its_photos_or_asked_for_again() {
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
        let search = async || app.face_file("search", &photos::bytes(photos::OBAMA), json!({"threshold": 0})).await;
        // The old model is nowhere any more: nothing is compared with its templates.
        let answer = verify(photos::OBAMA_MORE[1]).await;
        answer.expect(503, "SERVER_BUSY");
        assert!(answer.headers.contains_key("retry-after"));
        search().await.expect(503, "SERVER_BUSY");
        assert_eq!(app.get("subjects/obama").await.body["model"], before);
        let to_fast = ["reembed", "--model", "fast"];
        if kept {
            let said = done(server.run(&to_fast));
            assert!(said.contains("switched to another-sface-centred@") && said.contains("1 subjects"), "{said}");
            verify(photos::OBAMA_MORE[1]).await.expect(200, "");
            verify(photos::BIDEN).await.expect(200, "FAIL_ON_16");
            assert_eq!(search().await.body["matches"][0]["subject_id"], "obama");
        } else {
            let refusal = server.run(&to_fast);
            let listed = String::from_utf8_lossy(&refusal.stdout).into_owned();
            assert!(listed.contains("no photo with a face: obama") && listed.contains("not switched"), "{listed}");
            assert!(refused(refusal).contains("1 of 1 apps were not switched"));
            verify(photos::OBAMA_MORE[1]).await.expect(503, "SERVER_BUSY");
            let said = done(server.run(&[&to_fast[..], &["--leave-behind"]].concat()));
            assert!(said.contains("1 were left behind"), "{said}");
            verify(photos::OBAMA_MORE[1]).await.expect(409, CODE);
            assert_eq!(search().await.body["matches"], json!([]));
        }
        enroll(&app, "obama", photos::OBAMA).await;
        verify(photos::OBAMA_MORE[1]).await.expect(200, "");
        assert_ne!(app.get("subjects/obama").await.body["model"], before);
    }
}

#[tokio::test]
async fn a_move_is_given_up_without_a_trace() {
    let server = Setup::default().start();
    let app = server.live();
    enroll(&app, "obama", photos::OBAMA).await;
    let said = done(server.run(&["reembed", "--abort", "--app", &app.id]));
    assert!(said.contains("is not being moved"), "{said}");
    let dry = done(server.run(&["reembed", "--model", "accurate", "--app", &app.id, "--dry-run"]));
    assert!(dry.contains("0 are there, 1 are to be made, 0 cannot be made"), "{dry}");
    assert_eq!(server.show(&app)["next_model"], json!(null));
    for wrong in [&["reembed"][..], &["reembed", "--abort"], &["reembed", "--model", "slow"]] {
        refused(server.run(wrong));
    }
    refused(server.run(&["reembed", "--model", "accurate", "--app", "nobody"]));
    let said = done(server.run(&["reembed", "--model", "fast", "--app", &app.id]));
    assert!(said.contains("uses sface-centred@") && said.contains("already"), "{said}");
}
