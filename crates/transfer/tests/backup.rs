//! Backups: the way there and back, and everything that can be wrong with a file.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use facegate_domain::{App, AppId, AppMode, Quota};
use facegate_gallery::{AppAdmin, Gallery, Snapshots};
use facegate_gallery_sqlite::SqliteStore;
use facegate_transfer::{Copied, TransferError, backup, compare, copy, examine, open_backup};
use facegate_vault::Vault;
use support::{app, enrol, quiet, store, template, vault};

/// Reads an archive, writes it into the store, and compares.
async fn restore(file: &Path, keys: &Path, vault: &Arc<Vault>, to: &SqliteStore) -> Result<Copied, TransferError> {
    let archive = open_backup(file, keys, vault, false, &quiet)?;
    let mut source = archive.source()?;
    let apps: Vec<_> = archive.apps().cloned().collect();
    examine(&apps, to, vault, false).await?;
    let copied = copy(&mut source, to, vault, &quiet).await?;
    compare(&mut archive.source()?, to, vault, &quiet).await?;
    Ok(copied)
}

fn places(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("a.backup"), folder.join("facegate-backup.keys"))
}

#[tokio::test]
async fn what_was_saved_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let ((file, keys), vault) = (places(folder.path()), vault(7));
    let from = store(&folder.path().join("from.db"), &vault);
    let (bank, shop) = (app(&from, "bank", 10).await, app(&from, "shop", 20).await);
    app(&from, "bare", 30).await;
    // As older programs took them.
    let named = App { name: "n".repeat(5000), ..App::create(AppMode::Live, "", Quota::default(), Quota::default()).0 };
    from.create_app(&named).await.unwrap();
    // More than a chunk, and more than a page.
    enrol(&from, &bank, 0..300, 5000).await;
    enrol(&from, &shop, 0..2, 0).await;
    assert_eq!(backup(&from, &vault, &file, &keys, &quiet).await.unwrap(), (4, 302));
    let to = store(&folder.path().join("to.db"), &vault);
    let copied = restore(&file, &keys, &vault, &to).await.unwrap();
    assert_eq!(copied, Copied { apps: 4, subjects: 302, skipped: 0 });
    assert_eq!(to.apps().await.unwrap(), from.apps().await.unwrap());
    // Again: everything is there.
    assert_eq!(restore(&file, &keys, &vault, &to).await.unwrap(), Copied { apps: 0, subjects: 0, skipped: 302 });
    // Into a store that holds something else.
    let other = store(&folder.path().join("other.db"), &vault);
    app(&other, "bank", 10).await;
    assert!(matches!(restore(&file, &keys, &vault, &other).await, Err(TransferError::AnotherApp(_))));
    let other = store(&folder.path().join("another.db"), &vault);
    app(&other, "elsewhere", 10).await;
    assert!(matches!(restore(&file, &keys, &vault, &other).await, Err(TransferError::OtherApp(_))));
    // A backup of the copy has the same keys.
    let second = folder.path().join("b.backup");
    backup(&to, &vault, &second, &keys, &quiet).await.unwrap();
    open_backup(&file, &keys, &vault, false, &quiet).unwrap();
    // A name that is taken.
    let taken = backup(&to, &vault, &second, &keys, &quiet).await.unwrap_err();
    assert!(taken.to_string().contains("there already"), "{taken}");
}

/// A small backup of two apps.
async fn small(folder: &Path) -> (PathBuf, PathBuf, Arc<Vault>, SqliteStore, AppId) {
    let ((file, keys), vault) = (places(folder), vault(7));
    let from = store(&folder.join("from.db"), &vault);
    let bank = app(&from, "bank", 10).await;
    enrol(&from, &bank, 0..2, 20).await;
    let shop = app(&from, "shop", 20).await;
    enrol(&from, &shop, 0..1, 20).await;
    backup(&from, &vault, &file, &keys, &quiet).await.unwrap();
    (file, keys, vault, from, bank)
}

#[tokio::test]
async fn every_flipped_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys, vault, ..) = small(folder.path()).await;
    for path in [&file, &keys] {
        let whole = fs::read(path).unwrap();
        assert!(whole.len() > 300, "{}", whole.len());
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(path, &bytes).unwrap();
            assert!(open_backup(&file, &keys, &vault, true, &quiet).is_err(), "byte {place}");
        }
        for length in 0..whole.len() {
            fs::write(path, &whole[..length]).unwrap();
            assert!(open_backup(&file, &keys, &vault, true, &quiet).is_err(), "cut to {length}");
        }
        fs::write(path, [&whole[..], b"\0"].concat()).unwrap();
        assert!(open_backup(&file, &keys, &vault, true, &quiet).is_err(), "longer");
        fs::write(path, &whole).unwrap();
    }
    open_backup(&file, &keys, &vault, false, &quiet).unwrap();
}

/// Where chunks begin, and the end.
fn borders(bytes: &[u8]) -> Vec<usize> {
    let mut borders = vec![42];
    while let Some(length) = bytes.get(borders[borders.len() - 1] + 1..).and_then(|rest| rest.first_chunk::<4>()) {
        borders.push(borders[borders.len() - 1] + 5 + u32::from_le_bytes(*length) as usize);
    }
    assert_eq!(borders.last(), Some(&bytes.len()));
    borders
}

#[tokio::test]
async fn chunks_that_are_cut_off_doubled_swapped_or_foreign_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let ((file, keys), vault) = (places(folder.path()), vault(7));
    let from = store(&folder.path().join("from.db"), &vault);
    let bank = app(&from, "bank", 10).await;
    enrol(&from, &bank, 0..5, 700_000).await;
    backup(&from, &vault, &file, &keys, &quiet).await.unwrap();
    let second = folder.path().join("b.backup");
    backup(&from, &vault, &second, &keys, &quiet).await.unwrap();
    let (whole, other) = (fs::read(&file).unwrap(), fs::read(&second).unwrap());
    let at = borders(&whole);
    assert_eq!(at, borders(&other));
    assert!(at.len() > 6, "{at:?}");
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&file, bytes).unwrap();
        for without_deleted in [false, true] {
            assert!(open_backup(&file, &keys, &vault, without_deleted, &quiet).is_err(), "{what}");
        }
    };
    for pair in at.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        refused(&whole[..start], &format!("cut at {start}"));
        refused(&[&whole[..start], &whole[end..]].concat(), &format!("without {start}"));
        refused(&[&whole[..end], &whole[start..]].concat(), &format!("doubled {start}"));
        refused(&[&whole[..start], &other[start..end], &whole[end..]].concat(), &format!("foreign {start}"));
    }
    for three in at.windows(3) {
        let (a, b, c) = (three[0], three[1], three[2]);
        refused(&[&whole[..a], &whole[b..c], &whole[a..b], &whole[c..]].concat(), &format!("swapped {a}"));
    }
    fs::write(&file, &whole).unwrap();
    open_backup(&file, &keys, &vault, false, &quiet).unwrap();
}

#[tokio::test]
async fn nothing_is_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys, _, from, bank) = small(folder.path()).await;
    let stored = from.snapshot().await.unwrap().apps().await.unwrap().remove(0);
    for path in [&file, &keys] {
        let bytes = fs::read(path).unwrap();
        let holds = |piece: &[u8]| bytes.windows(piece.len()).any(|window| window == piece);
        for piece in [bank.as_str(), "Bank", "subject", "photo", "sample", "testing", "digest", "apps", "shop"] {
            assert!(!holds(piece.as_bytes()), "{piece} in {}", path.display());
        }
        assert!(!holds(&template(0).to_bytes()[..8]) && !holds(&[1; 8]) && !holds(&stored.key.bytes[..16]));
        assert!(!holds(&hex::encode(&stored.key.bytes).as_bytes()[..16]));
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_deleted_app_cannot_be_read_from_an_older_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (old, keys, vault, from, bank) = small(folder.path()).await;
    from.delete_app(&bank).await.unwrap();
    let new = folder.path().join("new.backup");
    backup(&from, &vault, &new, &keys, &quiet).await.unwrap();
    let refused = open_backup(&old, &keys, &vault, false, &quiet).unwrap_err();
    assert!(matches!(&refused, TransferError::NoKey(apps) if *apps == [bank.clone()]), "{refused}");
    let archive = open_backup(&old, &keys, &vault, true, &quiet).unwrap();
    assert_eq!(archive.deleted(), std::slice::from_ref(&bank));
    let to = store(&folder.path().join("to.db"), &vault);
    copy(&mut archive.source().unwrap(), &to, &vault, &quiet).await.unwrap();
    compare(&mut archive.source().unwrap(), &to, &vault, &quiet).await.unwrap();
    let shop = AppId::parse("shop").unwrap();
    assert_eq!((to.count(&bank).await.unwrap(), to.count(&shop).await.unwrap()), (0, 1));
    // A flipped byte is found in the section that cannot be read, too.
    let whole = fs::read(&old).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&old, &bytes).unwrap();
        assert!(open_backup(&old, &keys, &vault, true, &quiet).is_err(), "byte {place}");
    }
}

#[tokio::test]
async fn foreign_files_and_keys_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys, vault, ..) = small(folder.path()).await;
    let told = |file: &Path, keys: &Path, vault: &Vault| {
        open_backup(file, keys, vault, false, &quiet).unwrap_err().to_string()
    };
    assert!(told(&file, &keys, &support::vault(8)).contains("is sealed with the master key"));
    assert!(told(&keys, &keys, &vault).contains("this is not a backup of facegate"));
    assert!(told(&file, &file, &vault).contains("this is not a key file"));
    let text = folder.path().join("text");
    fs::write(&text, "not a backup, and long enough to be asked about it").unwrap();
    assert!(told(&text, &keys, &vault).contains("this is not a backup"));
    assert!(told(&folder.path().join("none"), &keys, &vault).contains("none"));
    // The keys of another store in the same folder are not lost.
    let other = store(&folder.path().join("other.db"), &vault);
    app(&other, "elsewhere", 10).await;
    let before = fs::read(&keys).unwrap();
    let second = folder.path().join("b.backup");
    let refused = backup(&other, &vault, &second, &keys, &quiet).await.unwrap_err().to_string();
    assert!(refused.contains("another store") && !second.exists(), "{refused}");
    assert_eq!(fs::read(&keys).unwrap(), before);
}
