//! A new app, and new limits of one.

use facegate_api::ApiError;
use facegate_domain::{ApiKey, App, AppMode, Quota};
use facegate_gallery::{MAX_RETENTION_DAYS, QuotaChange};
use serde::{Deserialize, Deserializer};

use crate::fault::Answer;

/// A new app. A quota that is absent or `null` is unlimited.
#[derive(Deserialize)]
pub(crate) struct NewApp {
    mode: String,
    #[serde(default)]
    name: String,
    enroll_quota: Option<u64>,
    liveness_quota: Option<u64>,
    retention_days: Option<u32>,
}

impl NewApp {
    /// The app with a fresh id, and its first key.
    pub fn app(&self) -> Answer<(App, ApiKey)> {
        let mode: AppMode =
            self.mode.parse().map_err(|_| ApiError::payload("mode must be live, testing or sandbox"))?;
        let name = name(&self.name)?;
        if mode == AppMode::Live && (self.enroll_quota.is_some() || self.liveness_quota.is_some()) {
            return Err(ApiError::payload("quotas do not apply to live apps"));
        }
        let quota = |limit| Ok::<_, ApiError>(Quota { limit: units(limit)?, used: 0 });
        let (app, key) = App::create(mode, &name, quota(self.enroll_quota)?, quota(self.liveness_quota)?);
        Ok((App { retention_days: days(self.retention_days)?, ..app }, key))
    }
}

/// What is to change; what is absent stays, `null` takes a limit away.
#[derive(Deserialize)]
pub(crate) struct Changes {
    #[serde(default, deserialize_with = "present")]
    enroll_quota: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    liveness_quota: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    retention_days: Option<Option<u32>>,
}

impl Changes {
    /// Limits, and days of retention if they change.
    pub fn read(self) -> Answer<(QuotaChange, Option<Option<u32>>)> {
        let limits = QuotaChange {
            enroll: self.enroll_quota.map(units).transpose()?,
            liveness: self.liveness_quota.map(units).transpose()?,
        };
        Ok((limits, self.retention_days.map(days).transpose()?))
    }
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn name(text: &str) -> Answer<String> {
    let text = text.trim();
    if !App::may_be_named(text) {
        let most = App::NAME_CHARS;
        return Err(ApiError::payload(format!("name has at most {most} characters and no control characters")));
    }
    Ok(text.to_owned())
}

/// A limit that the stores' integers hold.
fn units(limit: Option<u64>) -> Answer<Option<u64>> {
    match limit {
        Some(units) if i64::try_from(units).is_err() => Err(ApiError::payload("a quota is too large")),
        limit => Ok(limit),
    }
}

fn days(days: Option<u32>) -> Answer<Option<u32>> {
    match days {
        Some(days) if !(1..=MAX_RETENTION_DAYS).contains(&days) => {
            Err(ApiError::payload(format!("retention_days must be 1 to {MAX_RETENTION_DAYS}, or null")))
        }
        days => Ok(days),
    }
}
