//! The console's operator and the capture page's tokens. Beside the other topics: these are rights of their own.

use std::sync::Arc;

use facegate_domain::{SessionId, Timestamp};

use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{app, with_app};
use crate::audit::{AuditFilter, MAX_AUDIT_ROWS};
use crate::{
    Action, Actor, AttemptSource, AuditEntry, AuditLog, CAPTURES_KEPT, Capture, Captures, Operators, SESSION_IDLE,
    SESSION_LIFE, Store, StoreError,
};

const SECOND: i64 = 1_000_000;
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

/// What a store of browsers does.
pub trait Browsed: Store + AuditLog + Operators + Captures + 'static {}

impl<T: Store + AuditLog + Operators + Captures + 'static> Browsed for T {}

/// Every check, on one empty store each.
pub async fn run<S: Browsed>(make: impl AsyncFn() -> Arc<S>) -> CheckResult {
    a_password_is_set_once_with_a_code(&*make().await).await?;
    a_password_ends_sessions(&*make().await).await?;
    sessions_end(&*make().await).await?;
    failures_make_wait(&*make().await).await?;
    a_clock_that_was_ahead_is_forgotten(&*make().await).await?;
    of_racing_attempts_each_counts(make().await).await?;
    a_token_works_once(make().await).await
}

fn row(action: Action) -> AuditEntry {
    AuditEntry::done(NOW, &Actor::Operator, action)
}

fn later(by: i64) -> Timestamp {
    Timestamp(NOW.0 + by)
}

async fn actions(store: &impl AuditLog) -> Result<Vec<String>, Complaint> {
    let rows = store.audit_rows(&AuditFilter::default(), None, MAX_AUDIT_ROWS).await?;
    Ok(rows.into_iter().filter(|row| row.app.is_empty()).map(|row| row.entry.action).collect())
}

async fn a_password_is_set_once_with_a_code(store: &impl Browsed) -> CheckResult {
    same!(store.operator().await?.password, None, "a new store's password");
    same!(store.set_password("h0", Some(&[1; 32]), row(Action::PasswordSet)).await?, false, "a code not in force");
    ensure!(store.offer_setup(&[1; 32]).await? && store.offer_setup(&[2; 32]).await?, "codes were not taken");
    same!(store.operator().await?.setup_code, Some([2; 32]), "the code in force");
    same!(store.set_password("h1", Some(&[1; 32]), row(Action::PasswordSet)).await?, false, "an earlier code");
    same!(store.set_password("h2", Some(&[2; 32]), row(Action::PasswordSet)).await?, true, "the code");
    let account = store.operator().await?;
    same!((account.password.as_deref(), account.setup_code), (Some("h2"), None), "the account");
    same!(store.set_password("h3", Some(&[2; 32]), row(Action::PasswordSet)).await?, false, "a code used up");
    same!(store.offer_setup(&[3; 32]).await?, false, "a code where there is a password");
    same!(store.set_password("h4", None, row(Action::PasswordSet)).await?, true, "the operator's own change");
    same!(actions(store).await?, vec!["password_set"; 2], "rows");
    Ok(())
}

async fn a_password_ends_sessions(store: &impl Browsed) -> CheckResult {
    let here = [AttemptSource::Account];
    store.sign_in(&[7; 32], &here, NOW, row(Action::SignedIn)).await?;
    store.attempt(&here, NOW).await?;
    store.set_password("h", None, row(Action::PasswordSet)).await?;
    same!(store.session(&[7; 32], NOW).await?, false, "a session before the new password");
    Ok(())
}

async fn sessions_end(store: &impl Browsed) -> CheckResult {
    same!(store.session(&[7; 32], NOW).await?, false, "no session");
    store.sign_in(&[7; 32], &[], NOW, row(Action::SignedIn)).await?;
    same!(store.session(&[8; 32], NOW).await?, false, "another token");
    same!(store.session(&[7; 32], later(SESSION_IDLE)).await?, false, "an idle session");
    // Used every now and then it goes on, up to its end.
    let mut at = 0;
    while at + SESSION_IDLE / 2 < SESSION_LIFE {
        at += SESSION_IDLE / 2;
        same!(store.session(&[7; 32], later(at)).await?, true, format!("a session in use after {at}"));
    }
    same!(store.session(&[7; 32], later(SESSION_LIFE)).await?, false, "a session at its end");
    store.sign_in(&[9; 32], &[], NOW, row(Action::SignedIn)).await?;
    same!(store.sign_out(&[9; 32], row(Action::SignedOut)).await?, true, "signing out");
    same!(store.sign_out(&[9; 32], row(Action::SignedOut)).await?, false, "signing out twice");
    same!(store.session(&[9; 32], NOW).await?, false, "after signing out");
    same!(actions(store).await?.len(), 3, "rows");
    Ok(())
}

async fn failures_make_wait(store: &impl Browsed) -> CheckResult {
    let from = |address: &str| [AttemptSource::Account, AttemptSource::Address(address.to_owned())];
    for _ in 0..5 {
        same!(store.attempt(&from("192.0.2.1"), NOW).await?, None, "a free attempt");
    }
    same!(store.attempt(&from("192.0.2.1"), NOW).await?, Some(later(5 * SECOND)), "after five");
    same!(store.attempt(&from("192.0.2.2"), NOW).await?, None, "another address");
    same!(store.attempt(&from("192.0.2.1"), later(5 * SECOND)).await?, None, "after the wait");
    let next = store.attempt(&from("192.0.2.1"), later(6 * SECOND)).await?;
    same!(next, Some(later(15 * SECOND)), "the wait doubles");
    store.sign_in(&[1; 32], &from("192.0.2.1"), NOW, row(Action::SignedIn)).await?;
    same!(store.attempt(&from("192.0.2.1"), later(6 * SECOND)).await?, None, "success forgets");
    for address in 0..19 {
        store.attempt(&from(&format!("198.51.100.{address}")), later(6 * SECOND)).await?;
    }
    let everywhere = store.attempt(&from("203.0.113.1"), later(6 * SECOND)).await?;
    same!(everywhere, Some(later(11 * SECOND)), "the account as a whole");
    same!(store.attempt(&from("203.0.113.1"), later(25 * 3600 * SECOND)).await?, None, "a day later");
    Ok(())
}

async fn a_clock_that_was_ahead_is_forgotten(store: &impl Browsed) -> CheckResult {
    let (ahead, from) = (later(10 * 365 * 24 * 3600 * SECOND), [AttemptSource::Address("192.0.2.1".to_owned())]);
    for _ in 0..5 {
        same!(store.attempt(&from, ahead).await?, None, "a free attempt");
    }
    same!(store.attempt(&from, NOW).await?, Some(later(5 * SECOND)), "the wait of five failures");
    same!(store.attempt(&from, later(5 * SECOND)).await?, None, "after the wait");
    store.sign_in(&[1; 32], &from, ahead, row(Action::SignedIn)).await?;
    same!(store.session(&[1; 32], ahead).await?, true, "a session");
    same!(store.session(&[1; 32], NOW).await?, false, "a session of the future");
    Ok(())
}

async fn of_racing_attempts_each_counts<S: Browsed>(store: Arc<S>) -> CheckResult {
    let racing: Vec<_> = (0..12)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.attempt(&[AttemptSource::Address("192.0.2.1".into())], NOW).await })
        })
        .collect();
    let mut passed = 0;
    for attempt in racing {
        passed += u32::from(attempt.await??.is_none());
    }
    same!(passed, 5, "attempts that were let through");
    Ok(())
}

async fn a_token_works_once<S: Browsed>(store: Arc<S>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let expires_at = later(600 * SECOND);
    let id = SessionId::generate();
    let ordered = Capture {
        token: [1; 32],
        id,
        app: bank.clone(),
        order: "{}".to_owned(),
        expires_at,
        attempts: 0,
        outcome: None,
    };
    store.add_capture(&ordered, NOW, row(Action::CaptureOrdered)).await?;
    same!(store.capture(&[1; 32], NOW).await?, Some(ordered.clone()), "a token");
    same!(store.capture(&[2; 32], NOW).await?, None, "another token");
    same!(store.capture(&[1; 32], expires_at).await?, None, "an expired token");
    same!(store.take_capture(&[1; 32], 2, expires_at).await?, false, "taking an expired token");
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.take_capture(&[1; 32], 2, NOW).await })
        })
        .collect();
    let mut taken = 0;
    for take in racing {
        taken += u32::from(take.await??);
    }
    same!(taken, 1, "of racing attempts");
    same!(store.capture(&[1; 32], NOW).await?, None, "a token that is taken");
    store.end_attempt(&[1; 32], None).await?;
    let back = store.capture(&[1; 32], NOW).await?.map(|capture| capture.attempts);
    same!(back, Some(1), "attempts of a token given back");
    same!(store.take_capture(&[1; 32], 1, NOW).await?, false, "a second attempt of one");
    same!(store.take_capture(&[1; 32], 2, NOW).await?, true, "a second attempt of two");
    store.end_attempt(&[1; 32], Some("passed")).await?;
    store.end_attempt(&[1; 32], None).await?;
    same!(store.take_capture(&[1; 32], 9, NOW).await?, false, "an attempt after the end");
    let known = store.capture_by_id(&bank, id).await?;
    same!(
        known,
        Some(Capture { attempts: 2, outcome: Some("passed".to_owned()), ..ordered.clone() }),
        "what its app is told"
    );
    let shop = with_app(&*store, app("shop")?).await?;
    same!(store.capture_by_id(&shop, id).await?, None, "another app's capture");
    // The next one tidies up.
    let next = Capture { token: [2; 32], id: SessionId::generate(), app: shop, ..ordered.clone() };
    store.add_capture(&next, Timestamp(expires_at.0 + CAPTURES_KEPT), row(Action::CaptureOrdered)).await?;
    same!(store.capture_by_id(&bank, id).await?, None, "a capture that ended a day ago");
    let kept = Capture { token: [3; 32], ..ordered.clone() };
    store.add_capture(&kept, NOW, row(Action::CaptureOrdered)).await?;
    store.delete_app(&bank).await?;
    same!(store.capture(&[3; 32], NOW).await?, None, "a capture of an app that is gone");
    let gone = store.add_capture(&ordered, NOW, row(Action::CaptureOrdered)).await;
    same!(gone, Err(StoreError::UnknownApp), "a token for an app that is gone");
    Ok(())
}
