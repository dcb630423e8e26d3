//! Logs on standard error, as text for people or as JSON for machines, and spans of requests for a collector.

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{Config, LogFormat};

/// Libraries whose debug lines name the hosts of fetched photos. A filter of the operator's own that names them wins.
/// Broken connections to the database are told by the requests that they concern.
const QUIET: &str = "hyper_util=warn,reqwest=warn,deadpool=error";

/// The database's driver logs the values of statements, which are subjects and templates: no filter may ask for that. Spans
/// are for the collector only.
const SILENT: &str =
    "tokio_postgres=warn,tokio_postgres::query=warn,tokio_postgres::connection=warn,facegate_request=off";

/// Sends what is left when it is dropped.
#[must_use]
pub struct Logging(Option<SdkTracerProvider>);

impl Drop for Logging {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.take().map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}

/// Starts logging. Once a process.
pub fn start(config: &Config) -> Result<Logging> {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{},{SILENT}", config.log.level)).context("configuration: log.level")?;
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match config.log.format {
        LogFormat::Json => log.json().flatten_event(true).with_ansi(false).with_filter(filter).boxed(),
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            log.with_target(false).with_ansi(colours).with_filter(filter).boxed()
        }
    };
    let provider = match config.log.traces.as_str() {
        "" => None,
        collector => Some(provider(collector).context("configuration: log.traces")?),
    };
    let spans = provider.as_ref().map(|provider| {
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("facegate")).with_location(false);
        spans.with_threads(false).with_filter(Targets::new().with_target(facegate_api::SPANS, Level::INFO))
    });
    tracing_subscriber::registry().with(log).with(spans).init();
    Ok(Logging(provider))
}

/// Sends spans in batches, from a thread of its own.
fn provider(collector: &str) -> Result<SdkTracerProvider> {
    // The exporter's HTTP client asks for the process's own; nobody else here does. `Err` only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder().with_http().with_endpoint(collector).build()?;
    let resource = Resource::builder().with_service_name("facegate").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
