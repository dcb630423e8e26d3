//! From a source into a store. What is there already is compared and passed over, so that an interrupted copy is run again.

use std::collections::HashMap;

use facegate_domain::{App, AppId};
use facegate_gallery::{StoreError, WholeApp, is_same_app};
use facegate_vault::Vault;

use crate::walk::{Beside, Walk};
use crate::{Progress, Source, SourceApp, Target, TransferError};

/// What a copy did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Apps that were added.
    pub apps: u64,
    /// Subjects that were written.
    pub subjects: u64,
    /// Subjects that were there already.
    pub skipped: u64,
}

/// Refuses a target that holds something else than a part of the source. Changes nothing.
///
/// `beside_others`: other apps may be there.
pub async fn examine(
    source: &[SourceApp],
    target: &dyn Target,
    vault: &Vault,
    beside_others: bool,
) -> Result<(), TransferError> {
    let wanted: HashMap<&AppId, &SourceApp> = source.iter().map(|one| (&one.app.id, one)).collect();
    let there = target.snapshot().await?.apps().await?;
    if let Some(other) = there.iter().find(|one| !wanted.contains_key(&one.app.id)).filter(|_| !beside_others) {
        return Err(TransferError::OtherApp(other.app.id.clone()));
    }
    for one in &there {
        if let Some(wanted) = wanted.get(&one.app.id)
            && !is_same(one, wanted, vault)?
        {
            return Err(TransferError::AnotherApp(one.app.id.clone()));
        }
    }
    Ok(())
}

/// Whether the target's app is the source's.
pub(crate) fn is_same(there: &WholeApp, wanted: &SourceApp, vault: &Vault) -> Result<bool, TransferError> {
    let same_keys = match &wanted.keys {
        Some(keys) => vault.open(&there.app.id, &there.key)?.are(keys),
        None => true,
    };
    Ok(same_keys && is_same_app(&there.app, &wanted.app))
}

/// Writes what the target lacks. Call [`examine`] before, and [`compare`](crate::compare()) afterwards with the source read
/// anew. `vault` is the target's.
pub async fn copy(
    source: &mut dyn Source,
    target: &dyn Target,
    vault: &Vault,
    progress: Progress<'_>,
) -> Result<Copied, TransferError> {
    let apps = source.apps().to_vec();
    let all = apps.iter().map(|one| one.subjects).sum();
    let mut copied = Copied::default();
    progress(0, all);
    for (number, one) in apps.iter().enumerate() {
        copied.apps += u64::from(add(target, vault, one).await?);
        let id = &one.app.id;
        let mut walk = Walk::new(target, id).await?;
        let mut after = None;
        loop {
            let page = source.page(number, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record.subject_id.clone());
            let mut missing = Vec::new();
            for subject in page {
                match walk.beside(&subject.record.subject_id).await? {
                    Beside::Nobody => missing.push(subject),
                    Beside::Same(there) if *there == subject => copied.skipped += 1,
                    // Left from an interrupted copy, and changed in the source since.
                    Beside::Same(there) if there.record.updated_at < subject.record.updated_at => missing.push(subject),
                    Beside::Same(_) | Beside::Other => return Err(TransferError::Used(id.clone())),
                }
            }
            copied.subjects += missing.len() as u64;
            if !missing.is_empty() {
                target.import_subjects(id, missing).await?;
            }
            let done = copied.subjects + copied.skipped;
            progress(done, all.max(done));
        }
        if !walk.is_over().await? {
            return Err(TransferError::Used(id.clone()));
        }
    }
    Ok(copied)
}

async fn add(target: &dyn Target, vault: &Vault, one: &SourceApp) -> Result<bool, TransferError> {
    let App { id, .. } = &one.app;
    let key = one.keys.as_ref().map(|keys| vault.adopt(id, keys)).transpose()?;
    match target.import_app(&one.app, key.as_ref()).await {
        Err(StoreError::AppExists) => Err(TransferError::AnotherApp(id.clone())),
        outcome => Ok(outcome?),
    }
}
