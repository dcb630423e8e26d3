//! The long run (`make soak`) in small: a minute, three kills or so.

use facegate_tests::soak::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_under_load_with_kills() {
    let report = run(Plan { seconds: 45, measure_seconds: 4, load: 0.8, clients: 8, seed: 20_261_123 }).await;
    println!("{report}");
    assert_eq!(report.failures, [] as [String; 0]);
    assert!(report.requests() > 50 && report.kills() >= 2 && report.checked > 0 && report.rows > 0);
}
