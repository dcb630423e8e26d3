//! The console's operator and the capture page's tokens. Beside the other topics: these are rights of their own.

use std::sync::Arc;

use facegate_domain::{SessionId, Timestamp};

use super::check::{CheckResult, Complaint, ensure, same};
use super::samples::{app, with_app};
use crate::audit::{AuditFilter, MAX_AUDIT_ROWS};
use crate::{
    Action, Actor, AttemptSource, AuditEntry, AuditLog, CAPTURES_KEPT, Capture, Captures, Entrant, Operators,
    SESSION_IDLE, SESSION_LIFE, Store, StoreError, Warrant,
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
    only_the_password_in_force_counts(&*make().await).await?;
    no_session_outlives_its_password(make().await).await?;
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

async fn with_password(store: &impl Operators, hash: &str) -> CheckResult {
    same!(store.set_password(hash, Warrant::CommandLine, row(Action::PasswordSet)).await?, true, "setting a password");
    Ok(())
}

/// Begins a session under this token, with the password of this hash.
async fn enter(
    store: &impl Operators,
    token: u8,
    verified: &str,
    sources: &[AttemptSource],
    now: Timestamp,
) -> Result<bool, StoreError> {
    store.sign_in(Entrant { token: &[token; 32], verified }, sources, now, row(Action::SignedIn)).await
}

async fn actions(store: &impl AuditLog) -> Result<Vec<String>, Complaint> {
    let rows = store.audit_rows(&AuditFilter::default(), None, MAX_AUDIT_ROWS).await?;
    Ok(rows.into_iter().filter(|row| row.app.is_empty()).map(|row| row.entry.action).collect())
}

async fn a_password_is_set_once_with_a_code(store: &impl Browsed) -> CheckResult {
    same!(store.operator().await?.password, None, "a new store's password");
    same!(
        store.set_password("h0", Warrant::Code(&[1; 32]), row(Action::PasswordSet)).await?,
        false,
        "a code not in force"
    );
    ensure!(store.offer_setup(&[1; 32]).await? && store.offer_setup(&[2; 32]).await?, "codes were not taken");
    same!(store.operator().await?.setup_code, Some([2; 32]), "the code in force");
    same!(store.set_password("h1", Warrant::Code(&[1; 32]), row(Action::PasswordSet)).await?, false, "an earlier code");
    same!(store.set_password("h2", Warrant::Code(&[2; 32]), row(Action::PasswordSet)).await?, true, "the code");
    let account = store.operator().await?;
    same!((account.password.as_deref(), account.setup_code), (Some("h2"), None), "the account");
    same!(store.set_password("h3", Warrant::Code(&[2; 32]), row(Action::PasswordSet)).await?, false, "a code used up");
    same!(store.offer_setup(&[3; 32]).await?, false, "a code where there is a password");
    same!(
        store.set_password("h4", Warrant::CommandLine, row(Action::PasswordSet)).await?,
        true,
        "the operator's own change"
    );
    same!(actions(store).await?, vec!["password_set"; 2], "rows");
    Ok(())
}

async fn a_password_ends_sessions(store: &impl Browsed) -> CheckResult {
    let here = [AttemptSource::Account];
    with_password(store, "h0").await?;
    same!(enter(store, 7, "h0", &here, NOW).await?, true, "signing in");
    same!(store.session(&[7; 32], NOW).await?, true, "a session");
    store.attempt(&here, NOW).await?;
    with_password(store, "h").await?;
    same!(store.session(&[7; 32], NOW).await?, false, "a session before the new password");
    Ok(())
}

async fn only_the_password_in_force_counts(store: &impl Browsed) -> CheckResult {
    let here = [AttemptSource::Address("192.0.2.1".to_owned())];
    same!(enter(store, 7, "", &here, NOW).await?, false, "signing in where there is no password");
    with_password(store, "h1").await?;
    with_password(store, "h2").await?;
    for _ in 0..5 {
        store.attempt(&here, NOW).await?;
    }
    same!(enter(store, 7, "h1", &here, NOW).await?, false, "signing in with a password of before");
    same!(store.session(&[7; 32], NOW).await?, false, "its session");
    same!(store.attempt(&here, NOW).await?, Some(later(5 * SECOND)), "its failures are not forgotten");
    let change =
        async |from: &str, to: &str| store.set_password(to, Warrant::Password(from), row(Action::PasswordSet)).await;
    same!(change("h1", "h3").await?, false, "changing a password of before");
    same!(store.operator().await?.password, Some("h2".to_owned()), "the password in force");
    same!(change("h2", "h3").await?, true, "changing the password in force");
    same!(enter(store, 7, "h2", &here, NOW).await?, false, "signing in with the one before it");
    same!(enter(store, 7, "h3", &here, NOW).await?, true, "signing in with it");
    // Rows of one moment have no order.
    let mut rows = actions(store).await?;
    rows.sort();
    same!(rows, ["password_set", "password_set", "password_set", "signed_in"], "rows");
    Ok(())
}

/// Whichever of the two is first: a session of an earlier password is ended, or does not begin.
async fn no_session_outlives_its_password<S: Browsed>(store: Arc<S>) -> CheckResult {
    with_password(&*store, "h0").await?;
    for round in 1..=24u8 {
        let (before, after) = (format!("h{}", round - 1), format!("h{round}"));
        let entering = {
            let (store, before) = (store.clone(), before.clone());
            tokio::spawn(async move { enter(&*store, round, &before, &[AttemptSource::Account], NOW).await })
        };
        let setting = {
            let store = store.clone();
            tokio::spawn(async move { with_password(&*store, &after).await })
        };
        entering.await??;
        setting.await??;
        same!(store.session(&[round; 32], NOW).await?, false, format!("a session of an earlier password ({before})"));
    }
    Ok(())
}

async fn sessions_end(store: &impl Browsed) -> CheckResult {
    same!(store.session(&[7; 32], NOW).await?, false, "no session");
    with_password(store, "h").await?;
    same!(enter(store, 7, "h", &[], NOW).await?, true, "signing in");
    same!(store.session(&[8; 32], NOW).await?, false, "another token");
    same!(store.session(&[7; 32], later(SESSION_IDLE)).await?, false, "an idle session");
    // Used every now and then it goes on, up to its end.
    let mut at = 0;
    while at + SESSION_IDLE / 2 < SESSION_LIFE {
        at += SESSION_IDLE / 2;
        same!(store.session(&[7; 32], later(at)).await?, true, format!("a session in use after {at}"));
    }
    same!(store.session(&[7; 32], later(SESSION_LIFE)).await?, false, "a session at its end");
    same!(enter(store, 9, "h", &[], NOW).await?, true, "signing in");
    same!(store.sign_out(&[9; 32], row(Action::SignedOut)).await?, true, "signing out");
    same!(store.sign_out(&[9; 32], row(Action::SignedOut)).await?, false, "signing out twice");
    same!(store.session(&[9; 32], NOW).await?, false, "after signing out");
    same!(actions(store).await?.len(), 4, "rows");
    Ok(())
}

async fn failures_make_wait(store: &impl Browsed) -> CheckResult {
    let from = |address: &str| [AttemptSource::Account, AttemptSource::Address(address.to_owned())];
    with_password(store, "h").await?;
    for _ in 0..5 {
        same!(store.attempt(&from("192.0.2.1"), NOW).await?, None, "a free attempt");
    }
    same!(store.attempt(&from("192.0.2.1"), NOW).await?, Some(later(5 * SECOND)), "after five");
    same!(store.attempt(&from("192.0.2.2"), NOW).await?, None, "another address");
    same!(store.attempt(&from("192.0.2.1"), later(5 * SECOND)).await?, None, "after the wait");
    let next = store.attempt(&from("192.0.2.1"), later(6 * SECOND)).await?;
    same!(next, Some(later(15 * SECOND)), "the wait doubles");
    same!(enter(store, 1, "h", &from("192.0.2.1"), NOW).await?, true, "signing in");
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
    with_password(store, "h").await?;
    let (ahead, from) = (later(10 * 365 * 24 * 3600 * SECOND), [AttemptSource::Address("192.0.2.1".to_owned())]);
    for _ in 0..5 {
        same!(store.attempt(&from, ahead).await?, None, "a free attempt");
    }
    same!(store.attempt(&from, NOW).await?, Some(later(5 * SECOND)), "the wait of five failures");
    same!(store.attempt(&from, later(5 * SECOND)).await?, None, "after the wait");
    same!(enter(store, 1, "h", &from, ahead).await?, true, "signing in");
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
        taken: false,
        outcome: None,
    };
    store.add_capture(&ordered, NOW, row(Action::CaptureOrdered)).await?;
    same!(store.capture(&[1; 32], NOW).await?, Some(ordered.clone()), "a token");
    same!(store.capture(&[2; 32], NOW).await?, None, "another token");
    same!(store.capture(&[1; 32], expires_at).await?, None, "an expired token");
    same!(store.take_capture(&[1; 32], 2, expires_at).await?, None, "taking an expired token");
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.take_capture(&[1; 32], 2, NOW).await })
        })
        .collect();
    let mut taken = Vec::new();
    for take in racing {
        taken.extend(take.await??);
    }
    same!(taken, [1], "of racing attempts: which it is");
    let taken = Capture { attempts: 1, taken: true, ..ordered.clone() };
    same!(store.capture(&[1; 32], NOW).await?, Some(taken), "a token that is taken");
    store.end_attempt(&[1; 32], None).await?;
    let back = store.capture(&[1; 32], NOW).await?.map(|capture| capture.attempts);
    same!(back, Some(1), "attempts of a token given back");
    same!(store.take_capture(&[1; 32], 1, NOW).await?, None, "a second attempt of one");
    same!(store.take_capture(&[1; 32], 2, NOW).await?, Some(2), "a second attempt of two");
    store.end_attempt(&[1; 32], Some("passed")).await?;
    store.end_attempt(&[1; 32], None).await?;
    same!(store.take_capture(&[1; 32], 9, NOW).await?, None, "an attempt after the end");
    let ended = Some(Capture { attempts: 2, outcome: Some("passed".to_owned()), ..ordered.clone() });
    same!(store.capture_by_id(&bank, id).await?, ended, "what its app is told");
    same!(store.capture(&[1; 32], NOW).await?, ended, "a token that was used");
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
