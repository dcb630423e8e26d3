//! An app, with its keys by fingerprint.

use facegate_domain::{App, KeyRecord, Quota, Timestamp};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct AppView<'a> {
    app_id: &'a str,
    name: &'a str,
    mode: &'static str,
    created_at: String,
    /// Whether quotas apply.
    metered: bool,
    enroll: QuotaView,
    liveness: QuotaView,
    retention_days: Option<u32>,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct QuotaView {
    limit: Option<u64>,
    used: u64,
    left: Option<u64>,
}

#[derive(Serialize)]
struct KeyView {
    fingerprint: String,
    created_at: String,
    revoked_at: Option<String>,
}

impl<'a> AppView<'a> {
    pub fn new(app: &'a App) -> Self {
        Self {
            app_id: app.id.as_str(),
            name: &app.name,
            mode: app.mode.as_str(),
            created_at: app.created_at.to_text(),
            metered: app.is_metered(),
            enroll: QuotaView::new(app.enroll),
            liveness: QuotaView::new(app.liveness),
            retention_days: app.retention_days,
            keys: app.keys.iter().map(KeyView::new).collect(),
        }
    }
}

impl QuotaView {
    fn new(quota: Quota) -> Self {
        Self { limit: quota.limit, used: quota.used, left: quota.left() }
    }
}

impl KeyView {
    fn new(key: &KeyRecord) -> Self {
        Self {
            fingerprint: key.digest.fingerprint(),
            created_at: key.created_at.to_text(),
            revoked_at: key.revoked_at.map(Timestamp::to_text),
        }
    }
}
