//! Logs on standard error, as text for people or as JSON for machines.

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Libraries whose debug lines name the hosts of fetched photos. A filter of the operator's own that names them wins.
/// Broken connections to the database are told by the requests that they concern.
const QUIET: &str = "hyper_util=warn,reqwest=warn,deadpool=error";

/// The database's driver logs the values of statements, which are subjects and templates: no filter may ask for that.
const SILENT: &str = "tokio_postgres=warn,tokio_postgres::query=warn,tokio_postgres::connection=warn";

/// Starts logging. Once a process.
pub fn start(config: &Config) -> Result<()> {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{},{SILENT}", config.log.level)).context("configuration: log.level")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Json => log.json().flatten_event(true).with_ansi(false).init(),
        LogFormat::Text => {
            log.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init()
        }
    }
    Ok(())
}
