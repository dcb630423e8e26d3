//! What a server does with more than it can bear: three loads, and how the last compares with the first two.

use anyhow::{Result, ensure};

use super::args::BenchArgs;
use super::load::{Length, Pace};
use super::report::{Overload, Run};
use super::run::{Bench, Load, concurrency};

/// How much more than it bears.
const TIMES: f64 = 3.0;

/// One at a time, as much as it bears, three times that.
pub async fn run(bench: &Bench, args: &BenchArgs) -> Result<(Vec<Run>, Overload)> {
    let (warm_up, length) = (args.warm_up, Length::Time(args.duration));
    let unloaded = bench.put(Load { name: "one at a time", pace: Pace::Closed(1), warm_up, length }).await?;
    let pace = Pace::Closed(concurrency(args));
    let capacity = bench.put(Load { name: "as much as it bears", pace, warm_up, length }).await?;
    ensure!(unloaded.completed > 0 && capacity.completed > 0, "the server serves none of these requests");
    let pace = Pace::Open(TIMES * capacity.served_per_second);
    let over = bench.put(Load { name: "three times that", pace, warm_up, length }).await?;
    let overload = Overload {
        capacity: capacity.served_per_second,
        goodput_ratio: over.served_per_second / capacity.served_per_second,
        p99_ratio: over.counted.served.p99 / unloaded.counted.served.p99.max(1e-3),
        refused_p99_ms: over.counted.refused.p99,
        refused_max_ms: over.counted.refused.max,
        refused_promptly: over.counted.refused_promptly,
    };
    Ok((vec![unloaded, capacity, over], overload))
}
