//! A row of the audit log.

use std::collections::BTreeMap;

use facegate_gallery::audit::AuditRow;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct AuditView<'a> {
    at: String,
    app: &'a str,
    chain: u16,
    row: u64,
    actor: &'a str,
    action: &'a str,
    outcome: &'a str,
    session_id: Option<&'a str>,
    /// The subject's pseudonym.
    subject: Option<String>,
    details: BTreeMap<&'a str, &'a str>,
}

impl<'a> AuditView<'a> {
    pub fn new(row: &'a AuditRow) -> Self {
        let entry = &row.entry;
        Self {
            at: entry.at.to_text(),
            app: &row.app,
            chain: row.lane,
            row: row.number,
            actor: &entry.actor,
            action: &entry.action,
            outcome: &entry.outcome,
            session_id: entry.session.as_deref(),
            subject: entry.pseudonym.as_ref().map(hex::encode),
            details: entry.details.all().collect(),
        }
    }
}
