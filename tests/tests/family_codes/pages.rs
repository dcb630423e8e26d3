//! Pages of subjects stay right while subjects come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use facegate_tests::{App, photos, with_image};
use serde_json::json;

use crate::{bare, enroll, merged, server};

/// One page: its ids, and the cursor of the next one.
async fn page(app: &App, limit: usize, cursor: Option<&str>) -> (Vec<String>, Option<String>) {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let answer = app.get(&format!("subjects?limit={limit}{cursor}")).await;
    answer.expect(200, "");
    let records = answer.body["subjects"].as_array().unwrap();
    assert!(records.len() <= limit);
    let ids = records.iter().map(|record| record["subject_id"].as_str().unwrap().to_owned()).collect();
    (ids, answer.body["next_cursor"].as_str().map(str::to_owned))
}

/// All pages, one after the other.
async fn walk(app: &App, limit: usize) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let (ids, next) = page(app, limit, cursor.as_deref()).await;
        assert!(next.is_none() || ids.len() == limit, "only the last page is shorter");
        seen.extend(ids);
        let Some(next) = next else { return seen };
        cursor = Some(next);
    }
}

#[tokio::test]
async fn every_page_size_gives_every_subject_once() {
    let app = server().live();
    assert!(walk(&app, 3).await.is_empty());
    let ids: Vec<_> = (0..7).map(|n| format!("s{n}")).collect();
    for id in ids.iter().rev() {
        enroll(&app, id, photos::SMALL).await;
    }
    for limit in [1, 2, 3, 6, 7, 8, 500] {
        assert_eq!(walk(&app, limit).await, ids, "pages of {limit}");
    }
    // The last full page is known to be the last.
    assert_eq!(page(&app, 7, None).await.1, None);
}

#[tokio::test]
async fn a_cursor_outlives_its_subject_and_leads_past_newcomers() {
    let app = server().live();
    for id in ["b", "d", "f", "h"] {
        enroll(&app, id, photos::SMALL).await;
    }
    let (first, cursor) = page(&app, 2, None).await;
    assert_eq!(first, ["b", "d"]);
    assert_eq!(app.delete_subject("d").await.status, 200);
    for id in ["a", "c", "e"] {
        enroll(&app, id, photos::SMALL).await;
    }
    let (second, cursor) = page(&app, 2, cursor.as_deref()).await;
    assert_eq!(second, ["e", "f"], "what came before the cursor is behind, what came after is ahead");
    for id in ["f", "h"] {
        assert_eq!(app.delete_subject(id).await.status, 200);
    }
    let (last, end) = page(&app, 2, cursor.as_deref()).await;
    assert!(last.is_empty() && end.is_none(), "{last:?}");
    assert_eq!(walk(&app, 2).await, ["a", "b", "c", "e"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_there_all_the_time_is_on_every_walk_once() {
    let app = server().live();
    let permanent: Vec<_> = (0..12).map(|n| format!("p{n:02}")).collect();
    for id in &permanent {
        enroll(&app, id, photos::SMALL).await;
    }
    let (stop, changes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let churn = {
        let (app, stop, changes) = (app.clone(), stop.clone(), changes.clone());
        // Some fall between the permanent ones, before and behind all pages.
        tokio::spawn(async move {
            for n in (0..).map(|n| n * 7 % 13) {
                let payload = merged(&bare(), &json!({"subject_id": format!("p{n:02}x")}));
                app.enroll(&with_image(&photos::bytes(photos::SMALL), payload)).await.expect_enrolled();
                let gone = app.delete_subject(&format!("p{:02}x", (n + 6) % 13)).await;
                changes.fetch_add(1 + usize::from(gone.status == 200), Ordering::Relaxed);
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        })
    };
    let (mut walks, mut transients) = (0, 0);
    while walks < 20 || changes.load(Ordering::Relaxed) < 60 {
        let seen = walk(&app, 1 + walks % 4).await;
        assert!(seen.windows(2).all(|two| two[0] < two[1]), "in order and none twice: {seen:?}");
        let kept: Vec<_> = seen.iter().filter(|id| permanent.contains(id)).cloned().collect();
        assert_eq!(kept, permanent);
        transients += seen.len() - kept.len();
        walks += 1;
        assert!(!churn.is_finished(), "the coming and going has ended");
    }
    stop.store(true, Ordering::Relaxed);
    churn.await.unwrap();
    println!("{walks} walks, {transients} transient subjects met, {} changes", changes.load(Ordering::Relaxed));
    assert!(transients > 0);
}
