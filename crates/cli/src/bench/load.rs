//! Sends requests: in a closed loop (each worker waits for its answer) or at random times that nothing holds up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;

use super::client::Client;
use super::request::Requests;
use super::tally::Tally;

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many at once, each followed by the next.
    Closed(u32),
    /// So many a second on average, with exponential gaps.
    Open(f64),
}

/// Between the first requests of a closed loop.
const RAMP: Duration = Duration::from_millis(10);

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    Time(Duration),
    Requests(u64),
}

/// Which requests count, and what came of them.
pub struct Record {
    /// Requests that were to be sent before it are warm-up.
    pub start: Instant,
    end: Option<Instant>,
    most: u64,
    counted: AtomicU64,
    completed: AtomicU64,
    given_up: AtomicBool,
    tally: Mutex<Tally>,
}

impl Record {
    pub fn new(start: Instant, length: Length) -> Result<Arc<Self>> {
        let (end, most) = match length {
            Length::Time(time) => (Some(start + time), u64::MAX),
            Length::Requests(count) => (None, count),
        };
        let (counted, completed) = (AtomicU64::new(0), AtomicU64::new(0));
        let (given_up, tally) = (AtomicBool::new(false), Mutex::new(Tally::new()?));
        Ok(Arc::new(Self { start, end, most, counted, completed, given_up, tally }))
    }

    /// Whether nothing needs to be sent any more.
    pub fn over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
            || self.counted.load(Ordering::Relaxed) >= self.most
            || self.given_up.load(Ordering::Relaxed)
    }

    /// Served answers that arrived within the measured time.
    pub fn completed(&self) -> u64 {
        self.completed.load(Ordering::Relaxed)
    }

    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `sent`: when it was to be sent.
    fn take(&self, sent: Instant, status: Option<u16>) {
        let now = Instant::now();
        let inside = |time: Instant| time >= self.start && self.end.is_none_or(|end| time < end);
        if inside(now) && matches!(status, Some(200..=299)) {
            self.completed.fetch_add(1, Ordering::Relaxed);
        }
        if inside(sent) {
            self.counted.fetch_add(1, Ordering::Relaxed);
            self.tally.lock().unwrap_or_else(PoisonError::into_inner).record(status, now - sent);
        }
    }
}

/// Sends until the record is over, then waits for what is under way.
pub async fn send(client: &Client, requests: &Arc<Requests>, pace: Pace, seed: u64, record: &Arc<Record>) {
    let _stop = StopWithMe(record.clone());
    match pace {
        Pace::Closed(count) => closed(client, requests, count, record).await,
        Pace::Open(rate) => open(client, requests, rate, seed, record).await,
    }
}

/// Tells the sender's thread, which nothing else would stop, when the whole command is given up.
struct StopWithMe(Arc<Record>);

impl Drop for StopWithMe {
    fn drop(&mut self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}

async fn closed(client: &Client, requests: &Arc<Requests>, count: u32, record: &Arc<Record>) {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for number in 0..count {
        let (client, requests, record, next) = (client.clone(), requests.clone(), record.clone(), next.clone());
        workers.spawn(async move {
            // One after the other: of connections that all come at once, one process of several may take all.
            tokio::time::sleep(RAMP * number.min(100)).await;
            while !record.over() {
                let body = requests.body(next.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let status = client.send(body).await;
                record.take(sent, status);
                if status.is_none() {
                    // A server that is gone shall not be asked a million times a second.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
    workers.join_all().await;
}

async fn open(client: &Client, requests: &Arc<Requests>, rate: f64, seed: u64, record: &Arc<Record>) {
    let (client, requests, record) = (client.clone(), requests.clone(), record.clone());
    let runtime = tokio::runtime::Handle::current();
    // A thread of its own: it sleeps more finely than the runtime's clock, and requests do not hold it up.
    let sender = tokio::task::spawn_blocking(move || {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut under_way, mut due) = (JoinSet::new(), Instant::now());
        for number in 0.. {
            due += gap(&mut random, rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if record.over() {
                break;
            }
            let (client, body, record) = (client.clone(), requests.body(number), record.clone());
            under_way.spawn_on(async move { record.take(due, client.send(body).await) }, &runtime);
            while under_way.try_join_next().is_some() {}
        }
        under_way
    });
    if let Ok(under_way) = sender.await {
        under_way.join_all().await;
    }
}

/// Time to the next arrival of a Poisson process.
fn gap(random: &mut StdRng, rate: f64) -> Duration {
    let uniform: f64 = random.random_range(0.0..1.0);
    Duration::from_secs_f64(-(1.0 - uniform).ln() / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_have_the_mean_and_the_spread_of_a_poisson_process() {
        let mut random = StdRng::seed_from_u64(7);
        let gaps: Vec<f64> = (0..20_000).map(|_| gap(&mut random, 50.0).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let spread = (gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
        assert!((mean * 50.0 - 1.0).abs() < 0.03, "{mean}");
        assert!((spread / mean - 1.0).abs() < 0.05, "{spread}");
    }

    #[test]
    fn only_the_window_counts() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let record = Record::new(now - second, Length::Time(3 * second)).unwrap();
        record.take(now, Some(200));
        record.take(now - 2 * second, Some(200)); // sent in the warm-up, answered in the window
        record.take(now, Some(503));
        assert_eq!((record.completed(), record.tally().counted().served.count, record.over()), (2, 1, false));
        let record = Record::new(now, Length::Requests(1)).unwrap();
        record.take(now - second, Some(200));
        assert!(!record.over());
        record.take(now, Some(200));
        assert!(record.over());
        let past = Record::new(now - 3 * second, Length::Time(second)).unwrap();
        past.take(now - 3 * second, Some(200));
        assert_eq!((past.completed(), past.tally().counted().served.count), (0, 1), "answered after the window");
    }
}
