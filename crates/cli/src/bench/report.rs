//! The numbers of a whole bench, for programs.

use anyhow::Result;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::load::Pace;
use super::machine::Machine;
use super::meter::Cost;
use super::tally::Counted;

/// Everything that one call of `facegate bench` found.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    pub command: String,
    pub date: String,
    pub version: &'static str,
    pub machine: Machine,
    /// Path on the server.
    pub path: String,
    pub photos: usize,
    /// Of a server that was started here.
    pub start: Option<Start>,
    pub runs: Vec<Run>,
    pub overload: Option<Overload>,
}

/// A server's start.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    pub ready_seconds: f64,
    /// Memory before the first request, bytes.
    pub idle_resident: Option<u64>,
    pub file_system: &'static str,
}

/// One load.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    pub name: String,
    pub concurrency: Option<u32>,
    /// Requests a second that were to be sent.
    pub rate: Option<f64>,
    /// Served answers in the measured time.
    pub completed: u64,
    pub served_per_second: f64,
    /// Server CPU milliseconds for each served request; what refusing cost is in it.
    pub cpu_ms_per_request: Option<f64>,
    pub client_cpu_ms_per_request: Option<f64>,
    pub joules_per_request: Option<f64>,
    #[serde(flatten)]
    pub counted: Counted,
    pub cost: Cost,
}

/// What three times the bearable load does.
#[derive(Clone, Debug, Serialize)]
pub struct Overload {
    /// Served a second in a closed loop.
    pub capacity: f64,
    /// Served a second under overload / capacity.
    pub goodput_ratio: f64,
    /// p99 of the served ones / p99 of one request at a time.
    pub p99_ratio: f64,
    /// p99 of the time to a refusal.
    pub refused_p99_ms: f64,
    pub refused_max_ms: f64,
    /// Share of refusals within 50 ms.
    pub refused_promptly: f64,
}

impl Run {
    pub fn new(name: &str, pace: Pace, completed: u64, counted: Counted, cost: Cost) -> Self {
        let per_request = |total: Option<f64>| total.filter(|_| completed > 0).map(|total| total / completed as f64);
        let ms = |seconds: Option<f64>| per_request(seconds).map(|seconds| seconds * 1e3);
        Self {
            name: name.to_owned(),
            concurrency: if let Pace::Closed(count) = pace { Some(count) } else { None },
            rate: if let Pace::Open(rate) = pace { Some(rate) } else { None },
            completed,
            served_per_second: completed as f64 / cost.seconds.max(1e-9),
            cpu_ms_per_request: ms(cost.cpu_seconds),
            client_cpu_ms_per_request: ms(cost.client_cpu_seconds),
            joules_per_request: per_request(cost.joules),
            counted,
            cost,
        }
    }
}

/// Now, to the second.
pub fn date() -> Result<String> {
    Ok(OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?)
}

/// The command line without its key.
pub fn command(words: impl IntoIterator<Item = String>) -> String {
    let mut hide = false;
    let shown = words.into_iter().map(|word| {
        let secret = std::mem::replace(&mut hide, word == "--api-key");
        match word {
            _ if secret => "…".to_owned(),
            word if word.starts_with("--api-key=") => "--api-key=…".to_owned(),
            word if word.contains([' ', '"', '{']) => format!("'{word}'"),
            word => word,
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_not_shown() {
        for line in ["facegate bench p --api-key secret --json f", "facegate bench p --api-key=secret --json f"] {
            let shown = command(line.split(' ').map(str::to_owned));
            assert!(!shown.contains("secret") && shown.ends_with("--json f"), "{shown}");
        }
    }

    #[test]
    fn cost_is_shared_among_the_served() {
        let cost = Cost { seconds: 2.0, cpu_seconds: Some(3.0), ..Cost::default() };
        let run = Run::new("x", Pace::Closed(4), 100, Counted::default(), cost);
        assert_eq!((run.served_per_second, run.cpu_ms_per_request, run.concurrency), (50.0, Some(30.0), Some(4)));
        assert_eq!(run.joules_per_request, None);
    }
}
