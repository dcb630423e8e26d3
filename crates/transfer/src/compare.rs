//! The verification pass: both sides are read again, record by record.

use facegate_domain::{App, KeyRecord};
use facegate_gallery::is_same_app;
use facegate_vault::Vault;

use crate::copy::is_same;
use crate::walk::{Beside, Walk};
use crate::{Progress, Source, Target, TransferError};

/// How many subjects were compared. [`TransferError::Differs`] at the first difference. `vault` is the target's.
pub async fn compare(
    source: &mut dyn Source,
    target: &dyn Target,
    vault: &Vault,
    progress: Progress<'_>,
) -> Result<u64, TransferError> {
    let apps = source.apps().to_vec();
    let there = target.snapshot().await?.apps().await?;
    let all = apps.iter().map(|one| one.subjects).sum();
    let mut done = 0;
    progress(0, all);
    for (number, one) in apps.iter().enumerate() {
        let id = &one.app.id;
        let differs = |what| TransferError::Differs(id.clone(), what);
        let copy = there.iter().find(|copy| copy.app.id == *id).ok_or_else(|| differs("it is missing"))?;
        if !is_same(copy, one, vault)? || !is_alike(&copy.app, &one.app) {
            return Err(differs("its settings, quotas or keys"));
        }
        let mut walk = Walk::new(target, id).await?;
        let mut after = None;
        loop {
            let page = source.page(number, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record.subject_id.clone());
            for subject in &page {
                match walk.beside(&subject.record.subject_id).await? {
                    Beside::Same(copy) if *copy == *subject => {}
                    Beside::Same(_) => return Err(differs("a subject")),
                    Beside::Nobody => return Err(differs("a subject is missing")),
                    Beside::Other => return Err(differs("a subject is too many")),
                }
            }
            done += page.len() as u64;
            progress(done, all.max(done));
        }
        if !walk.is_over().await? {
            return Err(differs("a subject is too many"));
        }
    }
    Ok(done)
}

/// Whether everything of two apps is the same but the order of keys of one microsecond, which is a store's own.
fn is_alike(one: &App, other: &App) -> bool {
    let revoked = |key: &KeyRecord| (key.created_at, key.digest.0, key.revoked_at);
    let keys = |app: &App| {
        let mut keys: Vec<_> = app.keys.iter().map(revoked).collect();
        keys.sort_unstable();
        keys
    };
    is_same_app(one, other)
        && keys(one) == keys(other)
        && one.name == other.name
        && one.enroll == other.enroll
        && one.liveness == other.liveness
        && one.retention_days == other.retention_days
        && one.model == other.model
}
