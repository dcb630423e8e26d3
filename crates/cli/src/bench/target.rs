//! The server that is measured: one that runs, or one of this program's own with a temporary store.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use facegate_domain::{App, AppMode, Quota};
use tempfile::TempDir;

use super::args::BenchArgs;
use super::process::Family;
use crate::args::Settings;
use crate::wiring::For;
use crate::{config, wiring};

/// Loading the networks takes a second or so; busy machines take longer.
const START: Duration = Duration::from_secs(120);
/// What is under way may finish; nothing that is stored is needed any more.
const STOP: Duration = Duration::from_secs(5);

/// Where requests go.
pub struct Target {
    /// `http://host:port`.
    pub base: String,
    /// App-ID and API-Key.
    pub credentials: Option<(String, String)>,
    /// Its processes, if they can be watched.
    pub family: Option<Family>,
    /// Present if it was started here.
    pub own: Option<OwnServer>,
}

/// A server of this program; ends with its folder when this is dropped.
pub struct OwnServer {
    child: Child,
    folder: TempDir,
    /// From the start of the process to the line that says it serves.
    pub ready: Duration,
}

impl Target {
    /// The one that the arguments name.
    pub async fn find(settings: &Settings, args: &BenchArgs) -> Result<Self> {
        let Some(url) = &args.url else { return Self::start(settings, args.store_in.as_deref()).await };
        let credentials = args.app_id.clone().zip(args.api_key.clone());
        Ok(Self { base: url.clone(), credentials, family: args.pid.map(Family), own: None })
    }

    async fn start(settings: &Settings, store_in: Option<&Path>) -> Result<Self> {
        let builder = |parent: &Path| tempfile::Builder::new().prefix("facegate-bench-").tempdir_in(parent);
        let parent = store_in.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = builder(&parent).with_context(|| format!("no folder can be made in {}", parent.display()))?;
        let settings = Settings { data: Some(folder.path().to_owned()), ..settings.clone() };
        let config = config::load(&settings.clone().overrides(None))?;
        let store = wiring::open_store(&config, For::Creating).await?;
        let (app, key) = App::create(AppMode::Live, "bench", Quota::default(), Quota::default());
        store.apps.create_app(&app).await?;
        drop(store);
        let (base, own) = OwnServer::start(&settings, folder)?;
        let family = Some(Family(own.child.id()));
        Ok(Self { base, credentials: Some((app.id.to_string(), key.reveal().to_owned())), family, own: Some(own) })
    }
}

impl OwnServer {
    fn start(settings: &Settings, folder: TempDir) -> Result<(String, Self)> {
        let log = folder.path().join("server.log");
        let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        for (flag, value) in [("--config", &settings.config), ("--models", &settings.models)] {
            if let Some(value) = value {
                command.arg(flag).arg(value);
            }
        }
        // The line that names the port is looked for in the log.
        command.env("FACEGATE_LOG__LEVEL", "info").env("FACEGATE_LOG__FORMAT", "text");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).context("the server's log")?);
        let started = Instant::now();
        let child = command.spawn().context("the server cannot be started")?;
        let mut own = Self { child, folder, ready: Duration::ZERO };
        let base = own.wait(&log, started)?;
        own.ready = started.elapsed();
        Ok((base, own))
    }

    fn wait(&mut self, log: &Path, started: Instant) -> Result<String> {
        loop {
            let text = std::fs::read_to_string(log).unwrap_or_default();
            // Only a whole line: half a port is a wrong one.
            let whole = &text[..text.rfind('\n').unwrap_or(0)];
            if let Some((_, url)) = whole.split_once("listening on ") {
                return Ok(url.lines().next().unwrap_or_default().trim().to_owned());
            }
            if self.child.try_wait()?.is_some() || started.elapsed() > START {
                bail!("the server did not start:\n{}", text.trim());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Kind of file system of its store; durable commits cost nothing on one in memory.
    pub fn file_system(&self) -> &'static str {
        match rustix::fs::statfs(self.folder.path()).map(|fs| fs.f_type as u64) {
            Ok(0x0102_1994) => "tmpfs: in memory, nothing is really written",
            Ok(0x794c_7630) => "overlayfs",
            Ok(0xef53) => "ext4",
            Ok(0x5846_5342) => "xfs",
            Ok(0x9123_683e) => "btrfs",
            _ => "another file system",
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id() as i32) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let told = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if told.elapsed() > STOP || cfg!(not(unix)) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
