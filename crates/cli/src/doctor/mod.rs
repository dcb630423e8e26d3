//! `facegate doctor`: each finding is one line and says what to do. Changes nothing and runs beside a server.

mod engine;
mod system;

use facegate_gallery_sqlite::{Options, SqliteStore};

use crate::args::Overrides;
use crate::config::{self, Config};
use crate::output::say;

/// Collects findings; a failed one makes the whole examination fail.
#[derive(Debug, Default)]
pub struct Report {
    failed: bool,
}

impl Report {
    fn ok(&mut self, what: &str, text: impl AsRef<str>) {
        say(&format!("ok    {what}: {}", text.as_ref()));
    }

    fn warn(&mut self, what: &str, text: impl AsRef<str>) {
        say(&format!("warn  {what}: {}", text.as_ref()));
    }

    fn fail(&mut self, what: &str, text: impl AsRef<str>) {
        self.failed = true;
        say(&format!("fail  {what}: {}", text.as_ref()));
    }
}

/// Examines everything; whether nothing failed.
pub async fn run(flags: &Overrides) -> bool {
    let mut report = Report::default();
    match config::load(flags) {
        Ok(config) => {
            report.ok("config", "understood");
            engine::examine(&config, &mut report);
            system::folder(&config, &mut report);
            store(&config, &mut report).await;
            system::disk(&config, &mut report);
            system::port(&config, &mut report);
        }
        Err(error) => report.fail("config", format!("{error:#}")),
    }
    !report.failed
}

async fn store(config: &Config, report: &mut Report) {
    let path = config.store_path();
    if !path.exists() {
        return report.ok("store", format!("none yet at {}; the first start makes one", path.display()));
    }
    let facts = match SqliteStore::open(&path, Options::default()) {
        Ok(store) => store.integrity().await,
        Err(error) => Err(error),
    };
    match facts {
        Err(error) => report.fail("store", error.to_string()),
        Ok(facts) => {
            let (apps, subjects, photos) = (facts.apps, facts.subjects, facts.photos);
            let mib = facts.file_bytes.saturating_add(facts.log_bytes) >> 20;
            report.ok("store", format!("sound: {apps} apps, {subjects} subjects, {photos} photos, {mib} MiB"));
            if apps == 0 {
                report.warn("store", "there is no app, so nobody can call; run `facegate app create --mode live`");
            }
            if !facts.private {
                let path = path.display();
                report.warn(
                    "store",
                    format!("others may read {path}, which holds biometric data; run `chmod 600 {path}`"),
                );
            }
        }
    }
}
