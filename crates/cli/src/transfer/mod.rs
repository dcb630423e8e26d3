//! `facegate migrate-store`, `backup`, `restore`, `export` and `import`.

pub mod args;
mod store;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use facegate_domain::{AppId, Timestamp};
use facegate_gallery::audit::{Action, Actor, AuditEntry, AuditLog};
use facegate_transfer::{
    Archive, Copied, SnapshotSource, Source, TransferError, compare, copy, examine, open_backup, open_export,
};
use time::OffsetDateTime;

use crate::args::Settings;
use crate::config::{Config, KeySource};
use crate::keys;
use crate::output::say;
use crate::progress::bar;
use crate::wiring::For;

use args::{BackupArgs, ExportArgs, ImportArgs, MigrateArgs, RestoreArgs};
use store::Whole;

/// Copies a store into another one.
pub async fn migrate(settings: &Settings, args: MigrateArgs) -> Result<()> {
    let from = store::named(settings, &args.from, None)?;
    ensure!(
        from.database.url().is_some() || from.store_path().exists(),
        "there is no store at {}",
        from.store_path().display()
    );
    let key = keys::current(&from)?;
    let to = store::named(settings, &args.to, Some(args.to_master_key.as_ref().unwrap_or(&key)))?;
    let same_folder = from.database.url().is_none()
        && to.database.url().is_none()
        && std::fs::canonicalize(&from.data).ok() == std::fs::canonicalize(&to.data).ok();
    let same_database = from.database.url().is_some() && from.database == to.database;
    ensure!(!same_folder && !same_database, "--from and --to are the same store");
    let source = store::open(&from, For::Reading).await?;
    let target = store::open(&to, For::Creating).await?;
    note_begun(&*source.audit, None).await?;
    let mut snapshot = SnapshotSource::open(&*source.store, &source.vault).await?;
    examine(snapshot.apps(), &*target.store, &target.vault, false).await?;
    let copied = copy(&mut snapshot, &*target.store, &target.vault, &bar("copied")).await?;
    // Anew: what was changed meanwhile is found.
    let mut snapshot = SnapshotSource::open(&*source.store, &source.vault).await?;
    let compared = compare(&mut snapshot, &*target.store, &target.vault, &bar("verified")).await?;
    report("copied", copied, compared);
    let key = args.to_master_key.unwrap_or(key);
    say(&format!("The target's master key: {key}"));
    Ok(())
}

fn report(done: &str, copied: Copied, compared: u64) {
    let Copied { apps, subjects, skipped } = copied;
    let there = if skipped > 0 { format!(", {skipped} were there already") } else { String::new() };
    let (apps, subjects) = (count(apps, "app"), count(subjects, "subject"));
    say(&format!("{done} {apps} and {subjects}{there}; all {compared} were compared and are the same"));
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Writes a backup, or checks one.
pub async fn backup(config: &Config, args: BackupArgs) -> Result<()> {
    if let Some(file) = args.check {
        let keys = args.keys.unwrap_or_else(|| keys_beside(&file));
        refuse_new_key(config)?;
        let vault = keys::open(config).await?;
        let archive = open_backup(&file, &keys, &vault, true, &bar("checked"))?;
        describe(&archive)?;
        return Ok(());
    }
    let out = args.out.context("--out is missing")?;
    let keys = args.keys.unwrap_or_else(|| keys_beside(&out));
    let Whole { store, vault, audit, .. } = store::open(config, For::Reading).await?;
    note_begun(&*audit, None).await?;
    let saved = facegate_transfer::backup(&*store, &vault, &out, &keys, &bar("saved")).await?;
    note_done(&*audit, None, saved.1).await?;
    let (apps, subjects) = (count(saved.0, "app"), count(saved.1, "subject"));
    say(&format!("{apps} and {subjects} in {}; the keys in {}", out.display(), keys.display()));
    Ok(())
}

/// Who reads a whole store or app leaves a row in the log before anything is read: also what is broken off is read.
async fn note_begun(audit: &dyn AuditLog, app: Option<&AppId>) -> Result<()> {
    note(audit, app, AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::BackupBegun)).await
}

async fn note_done(audit: &dyn AuditLog, app: Option<&AppId>, subjects: u64) -> Result<()> {
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::BackedUp);
    note(audit, app, row.with("subjects", subjects)).await
}

async fn note(audit: &dyn AuditLog, app: Option<&AppId>, row: AuditEntry) -> Result<()> {
    audit.note(app, &[row]).await.context("the audit log cannot be written")
}

fn describe(archive: &Archive) -> Result<()> {
    let made_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(archive.made_at().0) * 1000)?;
    let (date, hour, minute) = (made_at.date(), made_at.hour(), made_at.minute());
    say(&format!("sound; of {date} {hour:02}:{minute:02} UTC"));
    for one in archive.apps() {
        say(&format!("{} {:?}: {}", one.app.id, one.app.name, count(one.subjects, "subject")));
    }
    for id in archive.deleted() {
        say(&format!("{id}: deleted since, cannot be read"));
    }
    Ok(())
}

/// The default of `--keys`.
fn keys_beside(archive: &Path) -> PathBuf {
    archive.with_file_name("facegate-backup.keys")
}

/// A new folder would get a master key of its own, which opens no backup.
fn refuse_new_key(config: &Config) -> Result<()> {
    let has_key = config.encryption.master_key.get().is_some() || config.data.join("master.key").exists();
    ensure!(
        config.database.url().is_some() || has_key,
        "the master key with which the backup was made is needed: name it with --master-key file:PATH, or put it into {}",
        config.data.join("master.key").display()
    );
    Ok(())
}

/// Writes a backup into an empty store.
pub async fn restore(config: &Config, args: RestoreArgs) -> Result<()> {
    let keys = args.keys.unwrap_or_else(|| keys_beside(&args.file));
    refuse_new_key(config)?;
    let vault = keys::open(config).await?;
    let archive = open_backup(&args.file, &keys, &vault, args.without_deleted_apps, &bar("checked"))?;
    let target = store::open(config, For::Creating).await?;
    let (copied, compared) = write(&archive, &target, false).await?;
    report("restored", copied, compared);
    for id in archive.deleted() {
        say(&format!("left out {id}, which was deleted after this backup"));
    }
    Ok(())
}

async fn write(archive: &Archive, target: &Whole, beside_others: bool) -> Result<(Copied, u64)> {
    let apps: Vec<_> = archive.apps().cloned().collect();
    let (store, vault) = (&*target.store, &*target.vault);
    examine(&apps, store, vault, beside_others).await?;
    let copied = copy(&mut archive.source()?, store, vault, &bar("written")).await?;
    let compared = compare(&mut archive.source()?, store, vault, &bar("verified")).await?;
    Ok((copied, compared))
}

/// Writes one app into a file.
pub async fn export(config: &Config, args: ExportArgs) -> Result<()> {
    let key = export_key(&args.key).await?;
    let Whole { store, apps, vault, audit, .. } = store::open(config, For::Reading).await?;
    if apps.app(&args.app).await?.is_none() {
        return Err(TransferError::UnknownApp(args.app).into());
    }
    note_begun(&*audit, Some(&args.app)).await?;
    let subjects = facegate_transfer::export(&*store, &vault, &args.app, &args.out, &key, &bar("exported")).await?;
    note_done(&*audit, Some(&args.app), subjects).await?;
    say(&format!("{} of {} in {}", count(subjects, "subject"), args.app, args.out.display()));
    Ok(())
}

/// Writes an export into the store.
pub async fn import(config: &Config, args: ImportArgs) -> Result<()> {
    let key = export_key(&args.key).await?;
    let archive = open_export(&args.file, &key, args.new_id.as_ref(), &bar("checked"))?;
    let target = store::open(config, For::Creating).await?;
    let (copied, compared) = write(&archive, &target, true).await?;
    report("imported", copied, compared);
    Ok(())
}

async fn export_key(source: &KeySource) -> Result<facegate_vault::MasterKey> {
    keys::read(source).await.context("the key of the export")
}
