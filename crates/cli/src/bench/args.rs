//! The arguments of `bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

pub const EXAMPLES: &str = "\
Examples:
  facegate bench photos                                   a server of its own, as much load as it bears
  facegate bench photos --rate 50 --duration 60           50 requests a second, at random times
  facegate bench photos --overload                        what happens at three times the load that it bears
  facegate bench photos --requests 100000 --plots out     memory over many requests
  facegate bench photos --endpoint search --field limit=10
  facegate bench photos --url http://10.0.0.5:8080 --app-id ID --api-key KEY
  facegate bench photos --url http://127.0.0.1:9000 --path /represent --body '{\"img\": \"{image}\"}' --pid 4711

Without --url a server of this same program is started on a free port with an empty, temporary store.
Under --rate a request's time runs from when it was to be sent, so that a server that stalls cannot hide it.
docs/PERFORMANCE.md explains the numbers.";

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endpoint {
    Enroll,
    Verify,
    Compare,
    Search,
    Liveness,
    Detect,
}

/// `facegate bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Photos to send in turn: files, and folders whose .jpg, .jpeg and .png files are taken
    #[arg(value_name = "PHOTO", required = true)]
    pub photos: Vec<PathBuf>,
    /// A running server (http only); without it one is started
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// App-ID at that server
    #[arg(long, value_name = "ID", requires = "url", env = "BENCH_APP_ID")]
    pub app_id: Option<String>,
    /// API-Key at that server
    #[arg(long, value_name = "KEY", requires = "url", env = "BENCH_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    /// Process of that server: its CPU time and memory are measured with those of its children
    #[arg(long, value_name = "PID", requires = "url")]
    pub pid: Option<u32>,
    /// What is asked
    #[arg(long, value_enum, default_value = "enroll")]
    pub endpoint: Endpoint,
    /// Another field of each request, such as is_liveness=true; may be repeated
    #[arg(long = "field", value_name = "NAME=JSON", value_parser = field)]
    pub fields: Vec<(String, serde_json::Value)>,
    /// Path of another kind of server
    #[arg(long, value_name = "PATH", requires_all = ["url", "body"], conflicts_with_all = ["endpoint", "fields"])]
    pub path: Option<String>,
    /// Body for --path; {image} becomes the photo in base64
    #[arg(long, value_name = "JSON", requires = "path")]
    pub body: Option<String>,
    /// Enrol this many subjects over and over instead of a new one with each request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub subjects: Option<u64>,
    /// Closed loop: requests under way at once, each followed by the next [default: two for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,
    /// Open loop: requests a second on average, at random times (Poisson), whether the server keeps up or not
    #[arg(long, value_name = "PER_SECOND", value_parser = rate, conflicts_with = "concurrency")]
    pub rate: Option<f64>,
    /// Seconds that are measured
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub duration: Duration,
    /// Measure this many requests, however long they take
    #[arg(long, value_name = "N", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: Option<u64>,
    /// Seconds of the same load before that, which do not count
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "2")]
    pub warm_up: Duration,
    /// Find what the server bears, then send three times as much
    #[arg(long, conflicts_with_all = ["rate", "requests"])]
    pub overload: bool,
    /// Seed of the random times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Folder in which the temporary store is made [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub store_in: Option<PathBuf>,
    /// Write the numbers as JSON; "-" is standard output, which then holds nothing else
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Draw plots (SVG) into this folder
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
}

fn field(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=JSON")?;
    let value = serde_json::from_str(value).map_err(|_| format!("{value:?} is not JSON; a text needs quotes"))?;
    Ok((name.to_owned(), value))
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1e6).contains(rate));
    rate.ok_or_else(|| "a number from 0.001 to 1000000".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=1e6).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds".to_owned())
}
