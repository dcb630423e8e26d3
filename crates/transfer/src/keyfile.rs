//! The key file of backups: the keys of the apps that exist, sealed by the master key.
//!
//! It is apart from the archives and replaced at every backup, so that the key of a deleted app is nowhere any more, and no
//! archive that was ever made of it can be read.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use facegate_domain::{AppId, Timestamp};
use facegate_vault::{AppKeys, MasterKeyId, SealedAppKey, Vault};
use serde::{Deserialize, Serialize};

use crate::cards::{get, put};
use crate::container::{ChunkReader, ChunkWriter, Kind};
use crate::{SourceApp, TransferError, files};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    made_at: i64,
    apps: Vec<KeyCard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyCard {
    id: String,
    master_key_id: String,
    sealed: String,
}

/// Replaces the file, unless it is another store's.
pub(crate) fn replace(path: &Path, vault: &Vault, apps: &[SourceApp]) -> Result<(), TransferError> {
    refuse_foreign(path, vault, apps)?;
    let mut cards = Vec::new();
    for SourceApp { app, keys, .. } in apps {
        let keys = keys.as_ref().ok_or(TransferError::Damaged("an app has no key"))?;
        let SealedAppKey { master, bytes } = vault.adopt(&app.id, keys)?;
        let (id, master_key_id) = (app.id.as_str().to_owned(), master.to_string());
        cards.push(KeyCard { id, master_key_id, sealed: hex::encode(bytes) });
    }
    let outer = vault.archive_key(vault.current())?;
    let part = files::part_of(path);
    let file = files::create(&part)?;
    let mut out = ChunkWriter::new(&file, Kind::Keys, vault.current()).map_err(TransferError::file(&part))?;
    put(&mut out, &outer, &KeyFile { made_at: Timestamp::now().0, apps: cards })?;
    out.end(&outer)?;
    files::finish(&file, &part, path)
}

/// A file that would be lost although other archives need it is not replaced.
pub(crate) fn refuse_foreign(path: &Path, vault: &Vault, apps: &[SourceApp]) -> Result<(), TransferError> {
    if !path.exists() {
        return Ok(());
    }
    let refusal = |why: &str| {
        let path = path.display();
        let text =
            format!("the key file {path} {why}: name another with --keys; if no backup needs it any more, remove it");
        TransferError::InTheWay(text)
    };
    let there = read(path, vault).map_err(|error| refusal(&format!("cannot be read ({error})")))?;
    if !there.is_empty() && !apps.iter().any(|one| there.contains_key(&one.app.id)) {
        return Err(refusal("is of another store: it has no app of this one"));
    }
    Ok(())
}

/// The keys of the apps that existed at the last backup.
pub(crate) fn read(path: &Path, vault: &Vault) -> Result<HashMap<AppId, Arc<AppKeys>>, TransferError> {
    let bytes = std::fs::read(path).map_err(TransferError::file(path))?;
    let mut reader = ChunkReader::new(&*bytes, Kind::Keys)?;
    let outer = vault.archive_key(reader.outer())?;
    let file: KeyFile = get(&mut reader, &outer)?;
    reader.next_section(&outer)?;
    reader.end()?;
    let damaged = || TransferError::Damaged("a key cannot be read");
    let open = |card: KeyCard| {
        let id = AppId::parse(&card.id).map_err(|_| damaged())?;
        let master = MasterKeyId::parse(&card.master_key_id).ok_or_else(damaged)?;
        let bytes = hex::decode(&card.sealed).map_err(|_| damaged())?;
        let keys = vault.open(&id, &SealedAppKey { master, bytes })?;
        Ok((id, keys))
    };
    file.apps.into_iter().map(open).collect()
}
