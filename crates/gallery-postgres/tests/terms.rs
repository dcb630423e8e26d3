//! How long subjects are kept: the checks of every backend, and searches among those who have expired.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::sync::Arc;

use facegate_domain::Timestamp;
use facegate_gallery::conformance::terms::run;
use facegate_gallery::{AppAdmin, Clock, DAY, Gallery, VectorSearch};
use facegate_gallery_postgres::{Options, PostgresStore};
use facegate_test_postgres::Postgres;

mod support;

use support::{app, enrol, open, options, template};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subjects_are_kept_as_long_as_they_may_be() {
    let Some(server) = Postgres::shared() else { return };
    let make = async |clock: Clock| {
        let url = server.database();
        let open = async || Arc::new(open(&url, Options { clock: clock.clone(), ..options() }).await);
        (open().await, open().await)
    };
    run::<PostgresStore>(make).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn searches_pass_over_who_has_expired() {
    let Some(server) = Postgres::shared() else { return };
    let clock = Clock::default();
    let store = open(&server.database(), Options { clock: clock.clone(), ..options() }).await;
    let bank = app("bank", None);
    store.create_app(&bank).await.unwrap();
    let face = template(1, 128);
    // More of them than a first look takes, and all before the one who stays.
    for number in 0..70 {
        let mut commit = enrol(&format!("gone {number:02}"), face.clone());
        commit.enrolment.as_mut().unwrap().terms.expires_at = Some(Timestamp(clock.now().0 + DAY));
        store.commit(&bank.id, commit).await.unwrap();
    }
    store.commit(&bank.id, enrol("stays", face.clone())).await.unwrap();
    assert_eq!(store.nearest(&bank.id, &face, 1, 0.9).await.unwrap()[0].subject_id.as_str(), "gone 00");
    clock.advance(2 * DAY);
    let found = store.nearest(&bank.id, &face, 1, 0.9).await.unwrap();
    assert_eq!(found[0].subject_id.as_str(), "stays");
}
