//! Which rows of the audit log are wanted.

use facegate_api::ErrorCode;
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::audit::{AuditCursor, AuditFilter, AuditRow};
use serde::Deserialize;

use crate::fault::{Answer, missing};

/// Of one app, since a moment, the newest first, before a row; what is empty is absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    app: String,
    since: String,
    before: String,
}

impl Page {
    /// Which rows, and beyond which.
    pub fn read(&self) -> Answer<(AuditFilter, Option<AuditCursor>)> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let app = some(&self.app).map(|id| AppId::parse(&id)).transpose();
        let since =
            some(&self.since).map(|text| Timestamp::parse(&text).ok_or(ErrorCode::InvalidPayload)).transpose()?;
        let app = app.map_err(|_| missing("there is no such app"))?;
        let filter = AuditFilter { app, since, newest_first: true, ..AuditFilter::default() };
        Ok((filter, some(&self.before).map(|text| cursor(&text).ok_or(ErrorCode::Cursor)).transpose()?))
    }
}

/// The place of a row. App-IDs hold no dot.
pub(crate) fn cursor_text(row: &AuditRow) -> String {
    format!("{}.{}.{}.{}", row.entry.at.0, row.app, row.lane, row.number)
}

/// Only what a row can have: stores take neither every text nor every number.
fn cursor(text: &str) -> Option<AuditCursor> {
    let mut parts = text.splitn(4, '.');
    let at = Timestamp(parts.next()?.parse().ok()?);
    let app = parts.next().filter(|app| app.is_empty() || AppId::parse(app).is_ok())?.to_owned();
    let lane = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok().filter(|number| i64::try_from(*number).is_ok())?;
    Some(AuditCursor { at, app, lane, number })
}
