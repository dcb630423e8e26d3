//! Moves to another model: the checks of every backend, and that searches of the database never mix two models.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;

use facegate_domain::{AppId, ModelId, Template};
use facegate_gallery::conformance::{MoveStore, run_moves};
use facegate_gallery::{AppAdmin, Commit, Enrolment, Gallery, ModelMoves, Moved, StoreError, Switched, VectorSearch};
use facegate_gallery_postgres::{Options, PostgresStore};
use facegate_test_postgres::Postgres;

mod support;

use support::{app, enrolment, open, options, template};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn apps_are_moved_to_another_model() {
    let Some(server) = Postgres::shared() else { return };
    let make = async || Arc::new(open(&server.database(), options()).await) as Arc<dyn MoveStore>;
    run_moves(make).await.unwrap();
}

/// The face of a number as the new model sees it.
fn better(number: u64) -> Template {
    Template::new(ModelId::new("better", "01"), template(number + 5000, 64).values().to_vec()).unwrap()
}

fn old(number: u64) -> Template {
    template(number, 128)
}

async fn finds(store: &PostgresStore, app: &AppId, probe: Template, wanted: &str) {
    let found = store.nearest(app, &probe, 1, -1.0).await.unwrap();
    assert_eq!((found[0].subject_id.as_str(), found[0].score > 0.999), (wanted, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn searches_see_one_model_at_a_time() {
    let Some(server) = Postgres::shared() else { return };
    // Once by looking at everything, once by the index of a large app.
    for exact_up_to in [1000, 100] {
        let url = server.database();
        let store = open(&url, Options { exact_up_to, ..options() }).await;
        let bank = app("bank", None);
        store.create_app(&bank).await.unwrap();
        let bank = bank.id;
        for number in 0..150 {
            let photo = Some(vec![number as u8; 40]);
            let enrolment = Enrolment { photo, ..enrolment(&format!("s{number:03}"), old(number)) };
            let commit = Commit { enrolment: Some(enrolment), ..Commit::default() };
            store.commit(&bank, commit).await.unwrap();
        }
        finds(&store, &bank, old(77), "s077").await;
        store.make_indexes().await.unwrap();
        let (from, to) = (old(0).model().clone(), better(0).model().clone());
        store.begin_move(&bank, &from, &to).await.unwrap();
        loop {
            let page = store.unmoved(&bank, None, 40).await.unwrap();
            if page.is_empty() {
                break;
            }
            let made = page.iter().map(|one| Moved {
                subject_id: one.subject_id.clone(),
                session_id: one.session_id,
                photo_sha256: one.photo_sha256,
                template: Some(better(one.photo[0].into())),
            });
            store.put_next(&bank, &to, made.collect()).await.unwrap();
            finds(&store, &bank, old(77), "s077").await;
            assert_eq!(store.nearest(&bank, &better(77), 1, -1.0).await, Err(StoreError::OtherModel));
        }
        assert_eq!(store.switch_model(&bank, &to, false).await, Ok(Switched::Done));
        for _ in 0..2 {
            finds(&store, &bank, better(77), "s077").await;
            assert_eq!(store.nearest(&bank, &old(77), 1, -1.0).await, Err(StoreError::OtherModel));
            while store.settle(&bank).await.unwrap() {}
        }
        let rows = "SELECT count(*) || ' of ' || count(DISTINCT model_key) FROM facegate.vectors";
        assert_eq!(server.sql(url.rsplit('/').next().unwrap(), rows), "150 of 1");
        let indexes = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'hnsw%'";
        let wanted = if exact_up_to < 150 { "1" } else { "0" };
        assert_eq!(server.sql(url.rsplit('/').next().unwrap(), indexes), wanted, "indexes");
    }
}
