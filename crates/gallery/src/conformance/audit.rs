//! The audit log: a row for every change, and none can be changed or removed unseen.
//!
//! Beside the other topics, since not every store has a log, and since a backend must be tampered with behind its back.

use facegate_domain::{AppId, SessionId, Timestamp};

use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{app, enrolment, free, key, metered, remember, subject, with_app};
use crate::audit::{AuditFilter, AuditRow, FaultKind, MAX_AUDIT_ROWS};
use crate::{Action, Actor, AuditEntry, AuditLog, Commit, Erasure, QuotaChange, Store};

/// Runs SQL on the store's tables (`audit`, `audit_heads`) behind its back.
pub trait Tamper {
    /// Runs it.
    fn sql(&self, sql: &str);
}

/// Every check, on one empty store each.
pub async fn run<S: Store + AuditLog>(make: impl AsyncFn() -> (S, Box<dyn Tamper>)) -> CheckResult {
    every_change_has_its_row(&make().await.0).await?;
    rows_are_found_by_app_time_and_subject(&make().await.0).await?;
    deletions_leave_receipts(&make().await.0).await?;
    let (store, tamper) = make().await;
    tampering_is_found(&store, &*tamper).await
}

async fn all(store: &impl AuditLog, filter: &AuditFilter) -> Result<Vec<AuditRow>, Complaint> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        // Small pages, so that their borders are tested too.
        let page = store.audit_rows(filter, after.as_ref(), 3).await?;
        ensure!(page.len() <= 3 && MAX_AUDIT_ROWS > 3, "a page of {} rows", page.len());
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.cursor());
        all.extend(page);
    }
}

async fn of_app(store: &impl AuditLog, app: &AppId) -> Result<Vec<AuditEntry>, Complaint> {
    let rows = all(store, &AuditFilter { app: Some(app.clone()), ..AuditFilter::default() }).await?;
    Ok(rows.into_iter().map(|row| row.entry).collect())
}

/// The newest row of an app, of those that are not about its subjects' times.
async fn newest(store: &impl AuditLog, app: &AppId, action: Action) -> Result<AuditEntry, Complaint> {
    let rows = of_app(store, app).await?;
    let found = rows.into_iter().rev().find(|row| row.action == action.as_str());
    found.ok_or_else(|| Complaint::new(format!("there is no row of {}", action.as_str())))
}

async fn fact(store: &impl AuditLog, app: &AppId, action: Action, name: &str) -> Result<Option<String>, Complaint> {
    Ok(newest(store, app, action).await?.details.get(name).map(str::to_owned))
}

async fn every_change_has_its_row<S: Store + AuditLog>(store: &S) -> CheckResult {
    let bank = with_app(store, metered("bank", Some(100), None)?).await?;
    same!(newest(store, &bank, Action::AppCreated).await?.actor, "operator", "who made the app");
    store.set_quotas(&bank, QuotaChange { enroll: Some(Some(50)), ..QuotaChange::default() }).await?;
    let limit = fact(store, &bank, Action::AppChanged, "enroll_limit").await?;
    same!(limit.as_deref(), Some("50"), "a new limit");
    let new = key(5);
    store.add_key(&bank, &new).await?;
    let fingerprint = new.digest.fingerprint();
    let named = fact(store, &bank, Action::KeyAdded, "key").await?;
    same!(named.as_ref(), Some(&fingerprint), "a new key");
    store.revoke_key(&bank, &new.digest, Timestamp(6)).await?;
    let named = fact(store, &bank, Action::KeyRevoked, "key").await?;
    same!(named.as_ref(), Some(&fingerprint), "a revoked key");
    // An enrolment, an update, a deletion: in the requests' names, about one subject.
    let (id, by) = (subject("budi")?, Actor::Key("0123456789ab".to_owned()));
    let pseudonym = store.pseudonym(&bank, &id).await?.ok_or_else(|| Complaint::new("no pseudonym"))?;
    for (seed, action) in [(1, Action::Enrolled), (2, Action::Updated)] {
        let new = enrolment(&id, seed)?;
        let (at, session) = (new.at, new.session_id);
        store.commit(&bank, Commit { by: by.clone(), ..free(new) }).await?;
        let wanted = AuditEntry::done(at, &by, action).in_session(Some(session)).about(pseudonym);
        same!(newest(store, &bank, action).await?, wanted, action.as_str());
    }
    let erasure = Erasure::requested(by.clone(), SessionId::generate(), Timestamp(1_720_000_000_000_000));
    same!(store.erase(&bank, &id, &erasure).await?, true, "a deletion");
    let row = newest(store, &bank, Action::Deleted).await?;
    same!((row.at, row.actor), (erasure.at, by.to_string()), "who deleted, and when");
    same!((row.session, row.pseudonym), (Some(erasure.session.to_string()), Some(pseudonym.to_vec())), "of whom");
    // What changes nothing leaves nothing.
    let before = of_app(store, &bank).await?.len();
    same!(store.erase(&bank, &id, &erasure).await?, false, "a deletion again");
    let failed = store.commit(&bank, Commit { ..super::samples::units(51, 0) }).await;
    ensure!(failed.is_err(), "a quota was exceeded");
    store.commit(&bank, super::samples::units(1, 0)).await?;
    let once = Commit { remember: Some(remember("k", 9, None)?), ..free(enrolment(&subject("siti")?, 9)?) };
    store.commit(&bank, once.clone()).await?;
    store.commit(&bank, once).await?;
    same!(of_app(store, &bank).await?.len(), before + 1, "rows after one more enrolment that was sent twice");
    store.delete_app(&bank).await?;
    same!(newest(store, &bank, Action::AppDeleted).await?.actor, "operator", "who deleted the app");
    same!(store.pseudonym(&bank, &id).await?, None, "a pseudonym without the app's key");
    // An app of the same id later goes on with the same chains.
    with_app(store, app("bank")?).await?;
    let report = store.verify_audit().await?;
    same!(report.faults, vec![], "faults of a log that nobody touched");
    same!(report.rows, all(store, &AuditFilter::default()).await?.len() as u64, "rows");
    Ok(())
}

async fn rows_are_found_by_app_time_and_subject<S: Store + AuditLog>(store: &S) -> CheckResult {
    let (bank, shop) = (with_app(store, app("bank")?).await?, with_app(store, app("shop")?).await?);
    for seed in 0..6 {
        let id = subject(["budi", "siti"][seed as usize % 2])?;
        store.commit(&bank, free(enrolment(&id, seed)?)).await?;
        store.commit(&shop, free(enrolment(&id, seed)?)).await?;
    }
    let unknown = AppId::parse("nobody").map_err(|error| Complaint::new(error.to_string()))?;
    let refused = |at| AuditEntry::done(Timestamp(at), &Actor::Stranger, Action::Refused);
    store.note(Some(&bank), &[refused(1), refused(2)]).await?;
    store.note(Some(&unknown), &[refused(3)]).await?;
    store.note(None, &[refused(4)]).await?;
    let everything = all(store, &AuditFilter::default()).await?;
    ensure!(everything.is_sorted_by_key(|row| row.entry.at), "rows are not in the order of time");
    let refusals = |app: &str| {
        let own = everything.iter().filter(|row| row.app == app && row.entry.action == "refused");
        own.map(|row| row.entry.at.0).collect::<Vec<_>>()
    };
    same!((refusals("bank"), refusals("")), (vec![1, 2], vec![3, 4]), "refusals of an app and of none");
    let id = subject("budi")?;
    let pseudonym = store.pseudonym(&bank, &id).await?;
    ensure!(pseudonym != store.pseudonym(&shop, &id).await?, "one pseudonym in two apps");
    let since = Some(Timestamp(1_710_000_000_000_001));
    let filter = AuditFilter { app: Some(bank.clone()), pseudonym, since, newest_first: false };
    let found: Vec<i64> = all(store, &filter).await?.iter().map(|row| row.entry.at.0 - 1_710_000_000_000_000).collect();
    same!(found, vec![2, 4], "rows about a subject since a moment");
    for filter in [AuditFilter::default(), filter] {
        let forwards = all(store, &filter).await?;
        let mut backwards = all(store, &AuditFilter { newest_first: true, ..filter }).await?;
        backwards.reverse();
        same!(backwards, forwards, "rows from the newest on");
    }
    Ok(())
}

async fn deletions_leave_receipts<S: Store + AuditLog>(store: &S) -> CheckResult {
    let (bank, shop) = (with_app(store, app("bank")?).await?, with_app(store, app("shop")?).await?);
    let (id, session) = (subject("budi")?, SessionId::generate());
    let commit = Commit { remember: Some(remember("k", 1, Some(&id))?), ..free(enrolment(&id, 1)?) };
    store.commit(&bank, commit).await?;
    same!(store.erasure(&bank, session).await?, None, "a receipt before the deletion");
    store.erase(&bank, &id, &Erasure::requested(Actor::Server, session, Timestamp(7))).await?;
    let receipt = store.erasure(&bank, session).await?.ok_or_else(|| Complaint::new("no receipt"))?;
    for (what, count) in [("templates", "1"), ("photos", "1"), ("index_entries", "1"), ("answers", "1")] {
        same!(receipt.details.get(what), Some(count), what);
    }
    same!(store.erasure(&shop, session).await?, None, "another app's receipt");
    same!(store.erasure(&bank, SessionId::generate()).await?, None, "a receipt of nothing");
    Ok(())
}

async fn tampering_is_found<S: Store + AuditLog>(store: &S, tamper: &dyn Tamper) -> CheckResult {
    let bank = with_app(store, app("bank")?).await?;
    for seed in 0..50 {
        store.commit(&bank, free(enrolment(&subject(&format!("subject {seed}"))?, seed)?)).await?;
    }
    let rows = all(store, &AuditFilter { app: Some(bank), ..AuditFilter::default() }).await?;
    let length = |lane| rows.iter().filter(|row| row.lane == lane).count() as u64;
    let lane = rows.iter().map(|row| row.lane).max_by_key(|lane| length(*lane)).unwrap_or(0);
    let last = length(lane);
    ensure!(last > 4, "a chain of {last} rows only");
    tamper.sql("CREATE TABLE kept_rows AS SELECT * FROM audit; CREATE TABLE kept_heads AS SELECT * FROM audit_heads");
    let at = |number: u64| format!("app_id = 'bank' AND lane = {lane} AND number = {number}");
    let chain = format!("app_id = 'bank' AND lane = {lane}");
    let (second, end) = (at(2), at(last));
    let swap = |from: u64, to: u64| {
        let of = |column: &str| format!("{column} = (SELECT {column} FROM kept_rows WHERE {})", at(from));
        let columns = ["at", "session_id", "pseudonym", "mac"].map(of).join(", ");
        format!("UPDATE audit SET {columns} WHERE {}", at(to))
    };
    let columns = "at, actor, action, outcome, session_id, pseudonym, details, mac";
    // A true row once more, elsewhere: its MAC is right, its place is not.
    let copied = |lane: u16, number: u64| {
        format!(
            "INSERT INTO audit (app_id, lane, number, {columns})
             SELECT app_id, {lane}, {number}, {columns} FROM kept_rows WHERE {second}"
        )
    };
    // Stores have fewer.
    let free = 999;
    let in_lane = [
        ("a removed row", format!("DELETE FROM audit WHERE {second}"), (2, FaultKind::Missing(2))),
        ("a changed time", format!("UPDATE audit SET at = at + 1 WHERE {second}"), (2, FaultKind::Changed)),
        ("a changed actor", format!("UPDATE audit SET actor = 'operator' WHERE {second}"), (2, FaultKind::Changed)),
        ("a changed action", format!("UPDATE audit SET action = 'x' WHERE {second}"), (2, FaultKind::Changed)),
        ("a changed outcome", format!("UPDATE audit SET outcome = 'x' WHERE {second}"), (2, FaultKind::Changed)),
        ("a removed request", format!("UPDATE audit SET session_id = NULL WHERE {second}"), (2, FaultKind::Changed)),
        ("a removed subject", format!("UPDATE audit SET pseudonym = NULL WHERE {second}"), (2, FaultKind::Changed)),
        ("changed details", format!("UPDATE audit SET details = 'a=1' WHERE {second}"), (2, FaultKind::Changed)),
        ("a swapped pair", format!("{}; {}", swap(2, 3), swap(3, 2)), (2, FaultKind::Changed)),
        ("a cut tail", format!("DELETE FROM audit WHERE {end}"), (last, FaultKind::Missing(last))),
        (
            "a cut tail whose head was moved",
            format!(
                "DELETE FROM audit WHERE {end};
                 UPDATE audit_heads SET count = count - 1, last = (SELECT mac FROM audit WHERE {}) WHERE {chain}",
                at(last - 1)
            ),
            (last - 1, FaultKind::HeadChanged),
        ),
        ("a removed head", format!("DELETE FROM audit_heads WHERE {chain}"), (last, FaultKind::HeadMissing)),
        (
            "a removed app",
            "DELETE FROM audit WHERE app_id = 'bank'; DELETE FROM audit_heads WHERE app_id = 'bank'".to_owned(),
            (0, FaultKind::HeadMissing),
        ),
        (
            "an added row in the chain",
            format!(
                "DELETE FROM audit WHERE {chain} AND number > 2; {};
                 INSERT INTO audit (app_id, lane, number, {columns})
                 SELECT app_id, lane, number + 1, {columns} FROM kept_rows WHERE {chain} AND number > 2",
                copied(lane, 3)
            ),
            (3, FaultKind::Changed),
        ),
        ("an added row at the end", copied(lane, last + 1), (last + 1, FaultKind::Changed)),
    ];
    let added =
        format!("{}; INSERT INTO audit_heads SELECT app_id, {free}, 1, last, mac FROM kept_heads", copied(free, 1));
    let in_a_new_one = [
        ("an added row in a new chain", copied(free, 1), (1, FaultKind::HeadMissing)),
        ("an added row in a new chain with a head", format!("{added} WHERE {chain}"), (1, FaultKind::HeadChanged)),
    ];
    let cases = in_lane.into_iter().map(|case| (lane, case));
    for (lane, (what, sql, wanted)) in cases.chain(in_a_new_one.into_iter().map(|case| (free, case))) {
        same!(store.verify_audit().await?.faults, vec![], format!("faults before {what}"));
        tamper.sql(&sql);
        let faults = store.verify_audit().await?.faults;
        let own = faults
            .iter()
            .any(|fault| fault.app == "bank" && fault.lane == lane && (fault.number, fault.kind) == wanted);
        ensure!(own, "{what}: {wanted:?} of chain {lane} is not among {faults:?}");
        tamper.sql(
            "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept_rows;
             DELETE FROM audit_heads; INSERT INTO audit_heads SELECT * FROM kept_heads",
        );
    }
    Ok(())
}
