//! A long run of a real server under mixed load with random kills: `soak MINUTES [JSON]`; see `facegate_tests::soak`.
//! `FACEGATE_TEST_DATABASE=postgres` runs it on PostgreSQL. Fails if anything was lost, leaked or miscounted.

use std::process::ExitCode;
use std::time::SystemTime;

use facegate_tests::soak::{Plan, run};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let minutes = arguments.next().and_then(|text| text.parse::<f64>().ok());
    let Some(minutes) = minutes.filter(|minutes| (0.5..=24.0 * 60.0).contains(minutes)) else {
        eprintln!("usage: soak MINUTES [FILE for the report as JSON]");
        return ExitCode::from(2);
    };
    let seed = std::env::var("FACEGATE_SOAK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed =
        seed.unwrap_or_else(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs()));
    let plan = Plan { seconds: (minutes * 60.0) as u64, measure_seconds: 20, load: 0.8, clients: 16, seed };
    println!("{} s under load; FACEGATE_SOAK_SEED={seed} repeats what chance decides", plan.seconds);
    let report = run(plan).await;
    println!("{report}");
    if let Some(path) = arguments.next() {
        std::fs::write(&path, format!("{:#}\n", report.to_json())).expect("the report is written");
    }
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
