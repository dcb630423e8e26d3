//! Watches the server's process while it works.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::oneshot;

use super::energy::Energy;
use super::process::{Family, Usage};

/// What the work cost, as far as the system tells.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cost {
    /// Seconds that were measured.
    pub seconds: f64,
    /// CPU seconds of the server.
    pub cpu_seconds: Option<f64>,
    /// CPU seconds of the program that sends.
    pub client_cpu_seconds: Option<f64>,
    /// The most memory that the server has ever had, bytes.
    pub peak_resident: Option<u64>,
    /// Its memory at the end, bytes.
    pub resident: Option<u64>,
    /// The same with shared pages divided among those that share them, bytes.
    pub proportional: Option<u64>,
    /// Joules of the whole machine.
    pub joules: Option<f64>,
    /// Seconds since the start, bytes.
    pub resident_curve: Vec<(f64, u64)>,
}

/// Measures from `start` until `end`, or until told to stop, or for ever.
pub async fn watch(server: Option<Family>, start: Instant, end: Option<Instant>, stop: oneshot::Receiver<()>) -> Cost {
    tokio::time::sleep_until(start.into()).await;
    let client = Family(std::process::id());
    let own = client.cpu();
    let (before, energy) = (server.and_then(Family::usage), Energy::start());
    let mut curve = Curve::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        if let Some(usage) = server.and_then(Family::usage) {
            curve.push(start.elapsed().as_secs_f64(), usage.resident);
        }
        let next = Instant::now() + curve.interval();
        let until = end.map_or(next, |end| end.min(next));
        tokio::select! {
            _ = &mut stop => break,
            () = tokio::time::sleep_until(until.into()) => {}
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = server.and_then(Family::usage);
    let spent = |before: Usage, after: Usage| after.cpu - before.cpu;
    Cost {
        seconds,
        cpu_seconds: before.zip(after).map(|(before, after)| spent(before, after)),
        client_cpu_seconds: own.zip(client.cpu()).map(|(before, after)| after - before),
        peak_resident: after.map(|usage| usage.peak),
        resident: after.map(|usage| usage.resident),
        proportional: server.and_then(Family::proportional),
        joules: energy.and_then(|energy| energy.joules()),
        resident_curve: curve.points,
    }
}

/// Points at even distances, at most `MOST` of them however long it takes.
struct Curve {
    points: Vec<(f64, u64)>,
    interval: Duration,
}

const MOST: usize = 400;

impl Default for Curve {
    fn default() -> Self {
        Self { points: Vec::new(), interval: Duration::from_millis(100) }
    }
}

impl Curve {
    fn interval(&self) -> Duration {
        self.interval
    }

    fn push(&mut self, at: f64, value: u64) {
        self.points.push((at, value));
        if self.points.len() >= MOST {
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
            self.interval *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_is_thinned_not_cut() {
        let mut curve = Curve::default();
        (0..5000u64).for_each(|n| curve.push(n as f64, n));
        assert!(curve.points.len() < MOST && curve.points.len() > MOST / 4);
        assert_eq!(curve.points[0], (0.0, 0));
        assert!(curve.points.last().unwrap().1 > 4900);
    }

    #[tokio::test]
    async fn it_stops_when_told() {
        let (tell, stop) = oneshot::channel();
        let watching = tokio::spawn(watch(Some(Family(std::process::id())), Instant::now(), None, stop));
        tokio::time::sleep(Duration::from_millis(150)).await;
        tell.send(()).unwrap();
        let cost = watching.await.unwrap();
        assert!(cost.seconds >= 0.1 && cost.resident_curve.len() >= 2);
    }
}
