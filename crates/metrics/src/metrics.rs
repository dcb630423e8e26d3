//! The registry and everything in it.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::{Levels, MetricsError, Stage};

/// Upper bounds in seconds for whole requests: a small photo takes about 20 ms, a download its time-out.
const REQUEST_BUCKETS: [f64; 14] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds in seconds for stages: the shortest take fractions of a millisecond.
const STAGE_BUCKETS: [f64; 13] = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 5.0];

/// Counts and times of one server. Shared; every call is cheap and blocks nobody.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    stages: [Histogram; Stage::ALL.len()],
    waiting: IntGauge,
    workers: IntGauge,
    busy: IntGauge,
    /// Without labels; a family only because one that has no value is then left out.
    templates: GaugeVec,
    model_load: Gauge,
    info: GaugeVec,
}

impl Metrics {
    /// With nothing counted yet.
    ///
    /// # Errors
    /// Names or labels that Prometheus does not allow.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Registry::new();
        #[cfg(target_os = "linux")]
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        let stage_seconds =
            HistogramOpts::new("facegate_stage_seconds", "Time that the work on a photo took, by stage")
                .buckets(STAGE_BUCKETS.into());
        let stage_seconds = put(&registry, HistogramVec::new(stage_seconds, &["stage"])?)?;
        let request_seconds =
            HistogramOpts::new("facegate_request_seconds", "Time from a request's head to its answer")
                .buckets(REQUEST_BUCKETS.into());
        Ok(Self {
            requests: put(
                &registry,
                IntCounterVec::new(
                    Opts::new("facegate_requests_total", "Requests answered, by route, status and error code"),
                    &["route", "status", "code"],
                )?,
            )?,
            request_seconds: put(&registry, HistogramVec::new(request_seconds, &["route"])?)?,
            stages: Stage::ALL.map(|stage| stage_seconds.with_label_values(&[stage.as_str()])),
            waiting: put(&registry, IntGauge::new("facegate_waiting_photos", "Photos that wait for a worker")?)?,
            workers: put(&registry, IntGauge::new("facegate_workers", "Threads that analyse photos")?)?,
            busy: put(&registry, IntGauge::new("facegate_busy_workers", "Workers at work")?)?,
            templates: put(
                &registry,
                GaugeVec::new(Opts::new("facegate_gallery_templates", "Templates held in memory for searches"), &[])?,
            )?,
            model_load: put(
                &registry,
                Gauge::new("facegate_model_load_seconds", "Time that loading the models took")?,
            )?,
            info: put(
                &registry,
                GaugeVec::new(
                    Opts::new("facegate_info", "Always 1: version, model of new templates, what the networks run in"),
                    &["version", "model", "runtime"],
                )?,
            )?,
            registry,
        })
    }

    /// A request was answered. `route` and `code` are from lists that do not grow; `code` is empty for a plain success.
    pub fn request(&self, route: &str, status: u16, code: &str, took: Duration) {
        self.requests.with_label_values(&[route, &status.to_string(), code]).inc();
        self.request_seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// A stage of one photo was done.
    pub fn stage(&self, stage: Stage, took: Duration) {
        if let Some(histogram) = self.stages.get(stage as usize) {
            histogram.observe(took.as_secs_f64());
        }
    }

    /// What this server is, told once.
    pub fn started(&self, version: &str, model: &str, runtime: &str, model_load: Duration) {
        self.info.with_label_values(&[version, model, runtime]).set(1.0);
        self.model_load.set(model_load.as_secs_f64());
    }

    /// Everything, with these levels, in Prometheus' text format 0.0.4.
    ///
    /// # Errors
    /// A value that the format cannot hold.
    pub fn text(&self, levels: Levels) -> Result<String, MetricsError> {
        let level = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.waiting.set(level(levels.waiting));
        self.workers.set(level(levels.workers));
        self.busy.set(level(levels.busy));
        if let Some(templates) = levels.templates {
            self.templates.with_label_values::<&str>(&[]).set(templates as f64);
        }
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }

    pub(crate) fn families(&self) -> Vec<prometheus::proto::MetricFamily> {
        let mut families = self.requests.collect();
        families.extend(self.request_seconds.collect());
        families
    }
}

/// Registers a metric and gives it back.
fn put<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> Result<C, MetricsError> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new().unwrap();
        metrics.started("1.2.3", "sface", "a runtime", Duration::from_millis(700));
        metrics.request("/v1/face/enroll", 200, "", Duration::from_millis(12));
        metrics.request("/v1/face/enroll", 400, "FACE_NOT_DETECTED", Duration::from_millis(40));
        for stage in Stage::ALL {
            metrics.stage(stage, Duration::from_millis(3));
        }
        let levels = Levels { waiting: 3, workers: 2, busy: 1, templates: Some(7) };
        let text = metrics.text(levels).unwrap();
        for line in [
            r#"facegate_requests_total{code="",route="/v1/face/enroll",status="200"} 1"#,
            r#"facegate_requests_total{code="FACE_NOT_DETECTED",route="/v1/face/enroll",status="400"} 1"#,
            r#"facegate_request_seconds_bucket{route="/v1/face/enroll",le="0.02"} 1"#,
            r#"facegate_stage_seconds_count{stage="fetch"} 1"#,
            r#"facegate_stage_seconds_bucket{stage="store",le="0.002"} 0"#,
            r#"facegate_stage_seconds_bucket{stage="store",le="0.004"} 1"#,
            "facegate_waiting_photos 3",
            "facegate_workers 2",
            "facegate_busy_workers 1",
            "facegate_gallery_templates 7",
            "facegate_model_load_seconds 0.7",
            r#"facegate_info{model="sface",runtime="a runtime",version="1.2.3"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!cfg!(target_os = "linux") || text.contains("process_resident_memory_bytes"), "{text}");
    }

    #[test]
    fn a_size_that_is_not_known_is_left_out() {
        assert!(!Metrics::new().unwrap().text(Levels::default()).unwrap().contains("gallery_templates"));
    }
}
