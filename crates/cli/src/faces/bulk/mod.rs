//! `facegate enroll`: many photos, one after the other or rather several at once, and a line about each.

mod list;
mod progress;
mod report;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::signal;
use tokio::sync::Notify;

use self::list::Item;
use self::progress::Progress;
use self::report::Report;
use super::args::EnrollArgs;
use super::reply::Reply;
use super::target::{Needs, Target, flags, image};
use super::{NO, show};
use crate::config::Config;
use crate::output::{complain, say};

/// As shells have it: 128 and SIGINT.
const INTERRUPTED: u8 = 130;

/// What is asked about every photo.
struct Job {
    target: Target,
    payload: Map<String, Value>,
    endpoint: &'static str,
    run: String,
}

/// `facegate enroll DIR|CSV`.
pub async fn enroll(config: &Config, args: EnrollArgs) -> Result<ExitCode> {
    let items = list::items(&args)?;
    let name = if args.dry_run { "facegate-enroll-dry-run.csv" } else { "facegate-enroll.csv" };
    let path = args.report.clone().unwrap_or_else(|| list::folder(&args.source).join(name));
    let mut report = Report::open(&path)?;
    let waiting: Vec<Item> = items.iter().filter(|item| !report.has(item)).cloned().collect();
    if report.len() > 0 {
        complain(&format!("{} answers for {} files already; {} are left", path.display(), report.len(), waiting.len()));
    }
    let needs = if args.dry_run { Needs::Models } else { Needs::Writing };
    let job = Job::new(Target::open(config, &args.place, needs).await?, &args, report.run());
    let parallel = args.parallel.map_or_else(|| job.target.parallel(config), usize::from);
    let end = job.work(waiting, parallel, &mut report).await?;
    job.target.finish().await;
    say(&show::codes(report.codes()));
    say(&format!("the report: {}", path.display()));
    match end {
        End::Done => {
            report.finish()?;
            let all = report.codes().keys().all(|code| code == "SUCCESS");
            Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(NO) })
        }
        End::Interrupted => {
            complain("interrupted; the same command again goes on from here");
            Ok(ExitCode::from(INTERRUPTED))
        }
        End::Refused(reply) => {
            complain(&format!("stopped: {} ({}); the same command again goes on from here", reply.message, reply.code));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// How it ended.
enum End {
    Done,
    Interrupted,
    /// Nothing more would have been answered.
    Refused(Reply),
}

impl Job {
    fn new(target: Target, args: &EnrollArgs, run: &str) -> Self {
        let mut payload = flags(&args.gates.gates);
        if args.check_duplicate && !args.dry_run {
            payload.insert("check_duplicate".into(), json!(true));
        }
        Self { target, payload, endpoint: if args.dry_run { "detect" } else { "enroll" }, run: run.to_owned() }
    }

    /// Sends the photos until they are done, somebody presses Ctrl-C, or nothing more will be answered. What is on its
    /// way then is waited for.
    async fn work(&self, items: Vec<Item>, parallel: usize, report: &mut Report) -> Result<End> {
        let progress = Progress::start(items.len() as u64);
        let (stop, mut end) = (Arc::new(Notify::new()), End::Done);
        let mut interrupted = false;
        let stopped = stop.clone();
        let asked = stream::iter(items).take_until(Box::pin(async move { stopped.notified().await }));
        let mut replies = asked.map(|item| self.one(item)).buffer_unordered(parallel.max(1));
        let mut signal = Box::pin(signal::ctrl_c());
        loop {
            let next = tokio::select! {
                biased;
                _ = &mut signal, if !interrupted => {
                    interrupted = true;
                    stop.notify_one();
                    progress.say("stopping: what is on its way is finished first");
                    continue;
                }
                next = replies.next() => next,
            };
            let Some((item, reply)) = next else { break };
            let reply = reply?;
            if reply.is_the_end() || reply.retry.is_some() {
                // Not in the report, so that it is asked again.
                stop.notify_one();
                end = End::Refused(reply);
                continue;
            }
            report.add(&item, &reply)?;
            progress.one(reply.passed());
        }
        progress.finish();
        Ok(if interrupted && matches!(end, End::Done) { End::Interrupted } else { end })
    }

    async fn one(&self, item: Item) -> (Item, Result<Reply>) {
        let reply = self.ask(&item).await;
        (item, reply)
    }

    async fn ask(&self, item: &Item) -> Result<Reply> {
        let image = match image(&item.path) {
            Ok(image) => image,
            Err(error) => {
                let body = json!({"error_code": "FILE_NOT_READABLE", "message": format!("{error:#}")});
                return Ok(Reply::new(400, body));
            }
        };
        let mut payload = self.payload.clone();
        let once = self.once(item, &image);
        payload.insert("image".into(), image);
        payload.insert("subject_id".into(), item.subject.clone().into());
        self.target.ask(self.endpoint, &payload.into(), (self.endpoint == "enroll").then_some(&once)).await
    }

    /// The same for the same photo of the same subject in the same run: then it is enrolled once.
    fn once(&self, item: &Item, image: &Value) -> String {
        let mut hash = Sha256::new();
        for part in [&self.run, &item.subject, image.as_str().unwrap_or_default()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
}
