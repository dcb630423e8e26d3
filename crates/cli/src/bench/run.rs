//! From arguments to loads, one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal;
use tokio::sync::oneshot;

use super::args::BenchArgs;
use super::client::Client;
use super::load::{self, Length, Pace, Record};
use super::machine::Machine;
use super::process::Family;
use super::report::{self, Outcome, Run, Start};
use super::request::Requests;
use super::target::Target;
use super::{meter, overload, show};
use crate::args::Settings;

/// What loads are put on.
pub struct Bench {
    client: Client,
    requests: Arc<Requests>,
    family: Option<Family>,
    seed: u64,
}

/// One load to put on it.
pub struct Load<'a> {
    pub name: &'a str,
    pub pace: Pace,
    pub warm_up: Duration,
    pub length: Length,
}

/// Runs the command. Interrupted, it still stops its server and removes the store.
pub async fn bench(settings: Settings, args: BenchArgs) -> Result<()> {
    let outcome = tokio::select! {
        outcome = measure(&settings, &args) => outcome?,
        _ = signal::ctrl_c() => bail!("interrupted"),
        () = terminated() => bail!("interrupted"),
    };
    show::give(&outcome, &args)
}

async fn measure(settings: &Settings, args: &BenchArgs) -> Result<Outcome> {
    let requests = Arc::new(Requests::new(args)?);
    let target = Target::find(settings, args).await?;
    let start = start(&target).await;
    let credentials = target.credentials.as_ref().map(|(id, key)| (id.as_str(), key.as_str()));
    let client = Client::new(&target.base, &requests.path, credentials)?;
    prepare(&client, args).await?;
    let photos = requests.photos();
    let path = requests.path.clone();
    let bench = Bench { client, requests, family: target.family, seed: args.seed };
    let (runs, overload) = match args.overload {
        true => overload::run(&bench, args).await.map(|(runs, overload)| (runs, Some(overload)))?,
        false => (vec![bench.put(single(args)).await?], None),
    };
    Ok(Outcome {
        command: report::command(std::env::args()),
        date: report::date()?,
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::here(),
        path,
        photos,
        start,
        runs,
        overload,
    })
}

/// The one load that the arguments ask for.
fn single(args: &BenchArgs) -> Load<'static> {
    let pace = args.rate.map_or_else(|| Pace::Closed(concurrency(args)), Pace::Open);
    let length = args.requests.map_or(Length::Time(args.duration), Length::Requests);
    let name = if matches!(pace, Pace::Open(_)) { "open loop" } else { "closed loop" };
    Load { name, pace, warm_up: args.warm_up, length }
}

/// Requests under way at once that keep every core busy while answers travel.
pub fn concurrency(args: &BenchArgs) -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    args.concurrency.unwrap_or(2 * cores as u32)
}

async fn start(target: &Target) -> Option<Start> {
    let own = target.own.as_ref()?;
    // What only the start needed has been given back by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let idle_resident = target.family.and_then(Family::usage).map(|usage| usage.resident);
    Some(Start { ready_seconds: own.ready.as_secs_f64(), idle_resident, file_system: own.file_system() })
}

/// Stores what the endpoint compares with, and tries the server before the clock runs.
async fn prepare(client: &Client, args: &BenchArgs) -> Result<()> {
    if let Some(enrolments) = Requests::enrolments(args)? {
        let client = client.at(&enrolments.path)?;
        let mut enrolled = 0;
        for number in 0..enrolments.photos() as u64 {
            enrolled += u64::from(client.send(enrolments.body(number)).await == Some(200));
        }
        ensure!(enrolled > 0, "none of the photos can be enrolled; is there a face on them?");
        return Ok(());
    }
    let first = client.send(Requests::new(args)?.body(0)).await.context("the server does not answer")?;
    ensure!(first != 401, "the server does not accept this App-ID and API-Key");
    ensure!(first != 404, "the server has no such endpoint");
    Ok(())
}

impl Bench {
    /// Puts a load on the server and measures.
    pub async fn put(&self, load: Load<'_>) -> Result<Run> {
        let start = Instant::now() + load.warm_up;
        let record = Record::new(start, load.length)?;
        let end = if let Length::Time(time) = load.length { Some(start + time) } else { None };
        let (tell, stop) = oneshot::channel();
        let watching = tokio::spawn(meter::watch(self.family, start, end, stop));
        let bar = progress(&load, record.clone());
        load::send(&self.client, &self.requests, load.pace, self.seed, &record).await;
        let _ = tell.send(());
        bar.abort();
        let cost = watching.await.context("the meter stopped")?;
        Ok(Run::new(load.name, load.pace, record.completed(), record.tally().counted(), cost))
    }
}

/// A line on standard error, when somebody looks.
fn progress(load: &Load<'_>, record: Arc<Record>) -> tokio::task::JoinHandle<()> {
    let bar = match load.length {
        Length::Time(time) => ProgressBar::new(time.as_secs()),
        Length::Requests(count) => ProgressBar::new(count),
    };
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(load.name.to_owned());
    let time = matches!(load.length, Length::Time(_));
    tokio::spawn(async move {
        let bar = Clear(bar);
        loop {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let elapsed = record.start.elapsed().as_secs_f64();
            let served = record.completed();
            bar.0.set_position(if time { elapsed as u64 } else { served });
            bar.0.set_message(match elapsed > 0.0 {
                true => format!("{:.1} served/s", served as f64 / elapsed),
                false => "warming up".to_owned(),
            });
        }
    })
}

/// Leaves no half bar behind, however it ends.
struct Clear(ProgressBar);

impl Drop for Clear {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(unix)]
async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
