//! Where apps and subjects come from.

use std::sync::Arc;

use async_trait::async_trait;
use facegate_domain::{App, SubjectId};
use facegate_gallery::{Snapshot, Snapshots, WholeApp, WholeSubject};
use facegate_vault::{AppKeys, Vault};

use crate::{AT_ONCE, TransferError};

/// One app of a source.
#[derive(Clone, Debug)]
pub struct SourceApp {
    /// The app.
    pub app: App,
    /// About how many subjects it has, for progress.
    pub subjects: u64,
    /// Its keys, if the copy is to have the same ones.
    pub keys: Option<Arc<AppKeys>>,
}

/// Apps and their subjects, in order.
#[async_trait]
pub trait Source: Send {
    /// The apps, oldest first.
    fn apps(&self) -> &[SourceApp];
    /// The subjects of the app of this number that follow the page before, in the order of their ids; empty at the end. The
    /// apps are read one after another, each to its end; `after` is the last subject of the page before.
    async fn page(&mut self, app: usize, after: Option<&SubjectId>) -> Result<Vec<WholeSubject>, TransferError>;
}

/// A store at one moment. Can be read again.
pub struct SnapshotSource {
    snapshot: Box<dyn Snapshot>,
    apps: Vec<SourceApp>,
}

impl SnapshotSource {
    /// The store as it is now.
    pub async fn open(store: &dyn Snapshots, vault: &Vault) -> Result<Self, TransferError> {
        let mut snapshot = store.snapshot().await?;
        let open = |whole: WholeApp| {
            let keys = Some(vault.open(&whole.app.id, &whole.key)?);
            Ok(SourceApp { app: whole.app, subjects: whole.subjects, keys })
        };
        let apps = snapshot.apps().await?.into_iter().map(open).collect::<Result<_, TransferError>>()?;
        Ok(Self { snapshot, apps })
    }

    /// Leaves all apps out but one; `false` if it is not there.
    pub fn only(&mut self, app: &str) -> bool {
        self.apps.retain(|one| one.app.id.as_str() == app);
        !self.apps.is_empty()
    }
}

#[async_trait]
impl Source for SnapshotSource {
    fn apps(&self) -> &[SourceApp] {
        &self.apps
    }

    async fn page(&mut self, app: usize, after: Option<&SubjectId>) -> Result<Vec<WholeSubject>, TransferError> {
        let Some(app) = self.apps.get(app) else { return Ok(Vec::new()) };
        Ok(self.snapshot.subjects(&app.app.id, after, AT_ONCE).await?)
    }
}
