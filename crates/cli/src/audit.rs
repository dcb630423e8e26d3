//! `facegate audit …`: checks the audit log and prints it.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::AuditLog;
use facegate_gallery::audit::{AuditCursor, AuditFilter, AuditReport, AuditRow, MAX_AUDIT_ROWS};
use serde_json::{Map, Value, json};

use crate::args::AuditCommand;
use crate::config::Config;
use crate::output::say;
use crate::wiring::{self, For};

/// Runs one command; fails where the log is not as it was written.
pub async fn run(config: &Config, command: AuditCommand) -> Result<ExitCode> {
    let stores = wiring::open_store(config, For::Reading).await?;
    match command {
        AuditCommand::Verify { json } => {
            let report = stores.audit.verify_audit().await?;
            if json {
                say(&as_json(&report).to_string())
            } else {
                print(&report)
            }
            Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        AuditCommand::Export { app, since, subject } => {
            let filter = filter(&*stores.audit, app, since, subject).await?;
            export(&*stores.audit, &filter).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn print(report: &AuditReport) {
    for fault in &report.faults {
        say(&format!("wrong  {fault}"));
    }
    let AuditReport { rows, chains, .. } = report;
    match report.faults.len() {
        0 => say(&format!("ok     {rows} rows in {chains} chains: every one as it was written, none missing")),
        faults => say(&format!("fail   {faults} faults among {rows} rows in {chains} chains")),
    }
}

fn as_json(report: &AuditReport) -> Value {
    let faults: Vec<Value> = report
        .faults
        .iter()
        .map(|fault| json!({"app": fault.app, "chain": fault.lane, "row": fault.number, "fault": fault.to_string()}))
        .collect();
    let heads: Vec<Value> = report
        .heads
        .iter()
        .map(|head| json!({"app": head.app, "chain": head.lane, "rows": head.count, "mac": hex::encode(head.last)}))
        .collect();
    json!({"rows": report.rows, "chains": report.chains, "faults": faults, "heads": heads})
}

async fn filter(
    audit: &dyn AuditLog,
    app: Option<String>,
    since: Option<String>,
    subject: Option<String>,
) -> Result<AuditFilter> {
    let app = app.map(|app| AppId::parse(&app)).transpose()?;
    let since = match since {
        Some(text) => Some(Timestamp::parse(&text).ok_or_else(|| anyhow!("--since is a date, like 2027-01-31"))?),
        None => None,
    };
    let pseudonym = match (&app, subject) {
        (Some(app), Some(subject)) => {
            let subject = SubjectId::parse(&subject)?;
            let found = audit.pseudonym(app, &subject).await?;
            Some(found.with_context(|| format!("there is no app {app} any more, and without its key no pseudonyms"))?)
        }
        _ => None,
    };
    Ok(AuditFilter { app, since, pseudonym, newest_first: false })
}

async fn export(audit: &dyn AuditLog, filter: &AuditFilter) -> Result<()> {
    let mut after: Option<AuditCursor> = None;
    let mut out = std::io::stdout().lock();
    loop {
        let rows = audit.audit_rows(filter, after.as_ref(), MAX_AUDIT_ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.cursor());
        for row in &rows {
            // A reader that went away wants no more.
            if writeln!(out, "{}", line(row)).is_err() {
                return Ok(());
            }
        }
    }
    let _ = out.flush();
    Ok(())
}

fn line(row: &AuditRow) -> Value {
    let entry = &row.entry;
    let details: Map<String, Value> =
        entry.details.all().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut line = json!({
        "at": entry.at.to_text(), "app": row.app, "chain": row.lane, "row": row.number, "actor": entry.actor,
        "action": entry.action, "outcome": entry.outcome, "mac": hex::encode(&row.mac),
    });
    let optional = [("session_id", entry.session.clone()), ("subject", entry.pseudonym.as_ref().map(hex::encode))];
    for (name, value) in optional {
        if let Some(value) = value {
            line[name] = value.into();
        }
    }
    if !details.is_empty() {
        line["details"] = details.into();
    }
    line
}
