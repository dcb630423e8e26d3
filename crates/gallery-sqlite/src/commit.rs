//! The one transaction of a request: units, enrolment, kept answer, audit row.

use facegate_domain::{AppId, QuotaKind, Timestamp};
use facegate_gallery::{Action, AuditEntry, Charge, Commit, Committed, Erasure, StoreError, SubjectRow};
use facegate_vault::{AuditKey, Vault};
use rusqlite::Connection;

use crate::apps::stored;
use crate::error::Outcome;
use crate::{answers, audit, keys, moves, row, subjects, terms};

pub(crate) fn write(
    connection: &Connection,
    (vault, audit_key): (&Vault, &AuditKey),
    app: &AppId,
    commit: Commit,
    now: Timestamp,
) -> Outcome<Committed> {
    let (app_key, keys) = keys::find(connection, vault, app)?;
    // Before the units: a repetition passes a quota that the first request has used up.
    if let Some(new) = &commit.remember
        && let Some(first) = answers::find(connection, (app_key, &keys), &new.key, new.at)?
    {
        return Ok(Committed::Replayed(first));
    }
    take_units(connection, app_key, commit.charge)?;
    let committed = match commit.enrolment {
        Some(enrolment) => {
            let next = moves::settle_model(connection, app_key, enrolment.template.model())?;
            let next = enrolment.next_template.as_ref().filter(|template| Some(template.model()) == next.as_ref());
            // Who has expired is not there any more: this is a new subject.
            if terms::state(connection, app_key, &enrolment.subject_id, now)? == Some((true, true)) {
                let (id, how) = (enrolment.subject_id.clone(), Erasure::due(now));
                subjects::erase(connection, audit_key, app, (app_key, &keys), &id, &how)?;
            }
            let created = row::write(&SubjectRow::enrolled(&enrolment, next, now), connection, (app_key, &keys))?;
            let (committed, action) = match created {
                true => (Committed::Created, Action::Enrolled),
                false => (Committed::Updated, Action::Updated),
            };
            let row = AuditEntry::done(enrolment.at, &commit.by, action).in_session(Some(enrolment.session_id));
            audit::append(connection, audit_key, app.as_str(), row.about(keys.pseudonym(&enrolment.subject_id)?))?;
            committed
        }
        None => Committed::Charged,
    };
    if let Some(new) = commit.remember {
        answers::keep(connection, (app_key, &keys), new)?;
    }
    Ok(committed)
}

fn take_units(connection: &Connection, app_key: i64, charge: Charge) -> Outcome<()> {
    if charge == Charge::default() {
        return Ok(());
    }
    let (enroll, liveness) = (stored(charge.enroll), stored(charge.liveness));
    let (enroll_fits, liveness_fits): (bool, bool) = connection
        .prepare_cached(
            "SELECT ?2 = 0 OR enroll_limit IS NULL OR ?2 <= enroll_limit - enroll_used,
                    ?3 = 0 OR liveness_limit IS NULL OR ?3 <= liveness_limit - liveness_used
             FROM apps WHERE app_key = ?1",
        )?
        .query_row([app_key, enroll, liveness], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if !enroll_fits {
        return Err(StoreError::QuotaExhausted(QuotaKind::Enroll).into());
    }
    if !liveness_fits {
        return Err(StoreError::QuotaExhausted(QuotaKind::Liveness).into());
    }
    connection
        .prepare_cached(
            "UPDATE apps SET enroll_used = enroll_used + ?2, liveness_used = liveness_used + ?3 WHERE app_key = ?1",
        )?
        .execute([app_key, enroll, liveness])?;
    Ok(())
}
