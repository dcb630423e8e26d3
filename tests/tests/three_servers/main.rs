//! Three servers on one PostgreSQL, while servers are killed and the database restarts and fails over: what was
//! acknowledged is there once, quotas are exact, and all servers answer alike.
//!
//! Some hundred requests with every kind of fault; `FACEGATE_FULL=1` makes it two thousand with more of them.

mod check;
mod cluster;
mod load;
mod operations;

use std::sync::Arc;
use std::time::Instant;

use facegate_tests::{chance, full, images, photos, pictures};

use cluster::{Cluster, Fault};
use load::Load;

/// Everything that chance decides follows from it.
const SEED: u64 = 20_261_123;

/// Small photos of different people, as base64: an enrolment is quick and a mix-up shows.
fn people() -> Vec<String> {
    let names = [photos::OBAMA, photos::SMALL, photos::PERSON_B, photos::IMPOSTOR_1, photos::IMPOSTOR_2];
    names.map(|name| images::base64(&images::jpeg_of(&pictures::fitted(&photos::pixels(name), 260), 85))).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_or_done_twice_whatever_ends() {
    let (operations, faults): (u64, &[(u64, Fault)]) = match full() {
        true => (2000, &[(500, Fault::Crash), (1000, Fault::Restart), (1500, Fault::Failover)]),
        false => (300, &[(100, Fault::Crash), (200, Fault::Failover)]),
    };
    let Some(cluster) = tokio::task::spawn_blocking(Cluster::start).await.unwrap() else { return };
    let (cluster, started) = (Arc::new(cluster), Instant::now());
    let load = Arc::new(Load::new(cluster.clone(), people(), operations));
    let killing = std::thread::spawn({
        let load = load.clone();
        move || load.cluster.kill_servers(|| load.done())
    });
    let failing = std::thread::spawn({
        let load = load.clone();
        let faults = faults.to_vec();
        move || load.cluster.fail(&faults, || load.begun())
    });
    let told = load.run().await;
    let took = started.elapsed();
    let kills =
        tokio::task::spawn_blocking(move || (killing.join().unwrap(), failing.join().unwrap()).0).await.unwrap();
    println!("{operations} operations in {took:.1?}; {kills} servers killed, database: {faults:?}");
    assert!(kills > 0, "nothing was tested");
    check::everything(&load, told).await;
}
