//! The command lines of whole stores.

use std::path::PathBuf;

use clap::Args;
use facegate_domain::AppId;

use crate::config::KeySource;

pub const MIGRATE_EXAMPLES: &str = "\
Examples:
  facegate migrate-store --from ./data --to postgres://facegate@db/faces --master-key file:master.key
  facegate migrate-store --from env:OLD_DATABASE --to /srv/facegate --master-key file:old.key --to-master-key file:new.key

Stop the servers of both stores before. An interrupted run is run again: what is there already is compared and passed over.
At the end every record of both stores is read again and compared. Answers kept for an Idempotency-Key are not copied.";

/// `facegate migrate-store`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The store to copy: a data folder, postgres://USER@HOST/NAME, or env:NAME of a variable that holds one of them
    #[arg(long, value_name = "STORE")]
    pub from: String,
    /// The store to copy into, which must be empty or hold a part of the same copy: as --from
    #[arg(long, value_name = "STORE")]
    pub to: String,
    /// Where the target's master key is, if it is another one than the source's
    #[arg(long, value_name = "SOURCE")]
    pub to_master_key: Option<KeySource>,
}

pub const BACKUP_EXAMPLES: &str = "\
Examples:
  facegate backup --out /backups/2026-11-23.backup          works while servers run
  facegate backup --check /backups/2026-11-23.backup        reads it to the end

Beside the archive facegate-backup.keys is replaced, the keys of the apps that exist. Copy both away, together with a copy of
the master key elsewhere. Keep archives as long as you like, but of the key file only the newest: so nobody can read from an
old archive what was deleted with its app. docs/BACKUP.md says how often, and how to try a restore.";

/// `facegate backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The archive to write
    #[arg(long, value_name = "FILE", required_unless_present = "check", conflicts_with = "check")]
    pub out: Option<PathBuf>,
    /// Read an archive to the end instead, and say what is in it
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
    /// The key file [default: facegate-backup.keys in the archive's folder]
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

pub const RESTORE_EXAMPLES: &str = "\
Examples:
  facegate restore 2026-11-23.backup --data /srv/facegate --master-key file:master.key
  facegate restore 2026-11-23.backup --database postgres://facegate@db/faces --master-key file:master.key

The store must be empty. The archive is read to the end before anything is written; an interrupted run is run again.";

/// `facegate restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The archive
    pub file: PathBuf,
    /// The key file [default: facegate-backup.keys in the archive's folder]
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Leave out the apps whose keys the key file does not have, because they were deleted after the archive was made
    #[arg(long)]
    pub without_deleted_apps: bool,
}

pub const EXPORT_EXAMPLES: &str = "\
Examples:
  facegate keys generate > export.key; chmod 600 export.key
  facegate export --app 5f0c… --out bank.export --key file:export.key
  facegate import bank.export --key file:export.key         on the other installation

Works while servers run. An interrupted export goes on in FILE.part when it is run again.";

/// `facegate export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The App-ID
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app: AppId,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the key of the export is, made by `facegate keys generate`: file:PATH, env:NAME or command:PROGRAM ARGS
    #[arg(long, value_name = "SOURCE")]
    pub key: KeySource,
}

pub const IMPORT_EXAMPLES: &str = "\
Examples:
  facegate import bank.export --key file:export.key
  facegate import bank.export --key file:export.key --as bank-copy

The app comes with its API keys, quotas and subjects. With a data folder its server must be stopped. An interrupted import is
run again: what is there already is passed over.";

/// `facegate import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The export
    pub file: PathBuf,
    /// Where the key of the export is: file:PATH, env:NAME or command:PROGRAM ARGS
    #[arg(long, value_name = "SOURCE")]
    pub key: KeySource,
    /// Give the app this App-ID instead of its own
    #[arg(long = "as", value_name = "NEW_ID", value_parser = app_id)]
    pub new_id: Option<AppId>,
}

fn app_id(text: &str) -> Result<AppId, String> {
    AppId::parse(text).map_err(|error| error.to_string())
}
