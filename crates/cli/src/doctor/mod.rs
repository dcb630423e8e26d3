//! `facegate doctor`: each finding is one line and says what to do. Changes nothing and runs beside a server.

mod engine;
mod store;
mod system;

use crate::config::{self, Overrides};
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
            match config.database.url() {
                Some(url) => store::database(&config, url, &mut report).await,
                None => {
                    system::folder(&config, &mut report);
                    store::file(&config, &mut report).await;
                    system::disk(&config, &mut report);
                }
            }
            system::port(&config, &mut report);
        }
        Err(error) => report.fail("config", format!("{error:#}")),
    }
    !report.failed
}
