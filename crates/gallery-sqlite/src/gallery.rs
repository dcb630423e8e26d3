//! The gallery's trait: hands each call to the thread that writes or to those that read.

use std::time::Duration;

use async_trait::async_trait;
use facegate_domain::{AppId, SubjectId, Timestamp};
use facegate_gallery::{
    AppTemplates, Commit, Committed, Due, Erasure, Gallery, IdempotencyKey, Remembered, StoreError, StoredTemplate,
    SubjectRecord, SubjectSummary, TemplateCursor,
};
use rusqlite::Connection;

use crate::error::Outcome;
use crate::{SqliteStore, answers, commit, pages, subjects, terms};

/// A commit not longer ago than this shows that the store can be written.
const FRESH: Duration = Duration::from_secs(5);

#[async_trait]
impl Gallery for SqliteStore {
    async fn commit(&self, app: &AppId, commit: Commit) -> Result<Committed, StoreError> {
        let app = app.clone();
        let photo = commit.enrolment.as_ref().and_then(|new| new.photo.as_ref()).map_or(0, Vec::len);
        let weight = photo + commit.remember.as_ref().map_or(0, |new| new.answer.len());
        let (vault, audit_key, now) = (self.vault.clone(), self.audit_key.clone(), self.clock.now());
        self.writer
            .run(weight, move |connection| commit::write(connection, (&vault, &audit_key), &app, commit, now))
            .await
    }

    async fn subject(&self, app: &AppId, id: &SubjectId) -> Result<Option<SubjectRecord>, StoreError> {
        let (vault, app, id, now) = (self.vault.clone(), app.clone(), id.clone(), self.clock.now());
        self.readers.run(move |connection| subjects::read(connection, &vault, &app, id, now)).await
    }

    async fn photo(&self, app: &AppId, id: &SubjectId) -> Result<Option<Vec<u8>>, StoreError> {
        let (vault, app, id, now) = (self.vault.clone(), app.clone(), id.clone(), self.clock.now());
        self.readers.run(move |connection| subjects::read_photo(connection, &vault, &app, &id, now)).await
    }

    async fn photo_bytes(&self, app: &AppId, id: &SubjectId) -> Result<Option<usize>, StoreError> {
        let (app, id, now) = (app.clone(), id.clone(), self.clock.now());
        self.readers.run(move |connection| subjects::photo_bytes(connection, &app, &id, now)).await
    }

    async fn remembered(
        &self,
        app: &AppId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<Remembered>, StoreError> {
        let (vault, app, key) = (self.vault.clone(), app.clone(), key.clone());
        self.readers.run(move |connection| answers::read(connection, &vault, &app, &key, now)).await
    }

    async fn subjects(
        &self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectSummary>, StoreError> {
        let (app, after, now) = (app.clone(), after.cloned(), self.clock.now());
        self.readers.run(move |connection| pages::subjects(connection, &app, after.as_ref(), limit, now)).await
    }

    async fn templates(&self, after: Option<&TemplateCursor>, limit: usize) -> Result<Vec<StoredTemplate>, StoreError> {
        let (vault, after, now) = (self.vault.clone(), after.copied(), self.clock.now());
        self.readers.run(move |connection| pages::templates(connection, &vault, after, limit, now)).await
    }

    async fn templates_of(
        &self,
        app: &AppId,
        after: Option<&TemplateCursor>,
        limit: usize,
    ) -> Result<AppTemplates, StoreError> {
        let (vault, app, after, now) = (self.vault.clone(), app.clone(), after.copied(), self.clock.now());
        self.readers.run(move |connection| pages::templates_of(connection, &vault, &app, after, limit, now)).await
    }

    async fn erase(&self, app: &AppId, id: &SubjectId, how: &Erasure) -> Result<bool, StoreError> {
        let (vault, audit_key, now) = (self.vault.clone(), self.audit_key.clone(), self.clock.now());
        let (app, id, how) = (app.clone(), id.clone(), how.clone());
        self.writer
            .run(0, move |connection| subjects::delete(connection, (&vault, &audit_key), &app, &id, &how, now))
            .await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn due(&self, limit: usize) -> Result<Vec<Due>, StoreError> {
        let now = self.clock.now();
        self.readers.run(move |connection| terms::due(connection, now, limit)).await
    }

    async fn touch(&self, app: &AppId, ids: &[SubjectId]) -> Result<(), StoreError> {
        let (app, ids, now) = (app.clone(), ids.to_vec(), self.clock.now());
        let of = app.clone();
        let stale = self.readers.run(move |connection| terms::stale(connection, &of, &ids, now)).await?;
        if stale.is_empty() {
            return Ok(());
        }
        self.writer.run(0, move |connection| terms::touch(connection, &app, &stale, now)).await
    }

    async fn count(&self, app: &AppId) -> Result<u64, StoreError> {
        let (app, now) = (app.clone(), self.clock.now());
        self.readers.run(move |connection| subjects::count(connection, &app, now)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readers.run(probe_read).await?;
        // Probes may come often and from anybody: they cost a write only when no request has shown that writing works.
        if self.writer.wrote_within(FRESH) {
            return Ok(());
        }
        self.writer.run(0, probe_write).await
    }
}

fn probe_read(connection: &Connection) -> Outcome<()> {
    connection.prepare_cached("SELECT count(*) FROM sqlite_schema")?.query_row([], |row| row.get::<_, i64>(0))?;
    Ok(())
}

/// Writes the schema's version again: a real write, all the way to the disk, that changes nothing.
fn probe_write(connection: &Connection) -> Outcome<()> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)?;
    Ok(())
}
