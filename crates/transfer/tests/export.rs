//! Exports: into another installation, and on after an interruption.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

mod support;

use std::fs;

use facegate_domain::AppId;
use facegate_gallery::{AppAdmin, AppDirectory, Gallery};
use facegate_transfer::{Copied, SnapshotSource, TransferError, compare, copy, examine, export, open_export};
use support::{app, enrol, master_key, quiet, store, template, vault};

#[tokio::test]
async fn an_app_moves_to_another_installation() {
    let folder = tempfile::tempdir().unwrap();
    let (home, abroad, key, file) = (vault(7), vault(8), master_key(9), folder.path().join("bank.export"));
    let from = store(&folder.path().join("from.db"), &home);
    let bank = app(&from, "bank", 10).await;
    app(&from, "shop", 20).await;
    enrol(&from, &bank, 0..300, 100).await;
    assert_eq!(export(&from, &home, &bank, &file, &key, &quiet).await.unwrap(), 300);
    let to = store(&folder.path().join("to.db"), &abroad);
    app(&to, "elsewhere", 5).await;
    let renamed = AppId::parse("bank-2").unwrap();
    for id in [None, Some(&renamed)] {
        for round in 0..2 {
            let archive = open_export(&file, &key, id, &quiet).unwrap();
            let apps: Vec<_> = archive.apps().cloned().collect();
            examine(&apps, &to, &abroad, true).await.unwrap();
            let copied = copy(&mut archive.source().unwrap(), &to, &abroad, &quiet).await.unwrap();
            let (new, there) = if round == 0 { (300, 0) } else { (0, 300) };
            assert_eq!(copied, Copied { apps: u64::from(round == 0), subjects: new, skipped: there });
            assert_eq!(compare(&mut archive.source().unwrap(), &to, &abroad, &quiet).await.unwrap(), 300);
        }
    }
    assert_eq!(to.app(&bank).await.unwrap(), from.app(&bank).await.unwrap());
    assert_eq!((to.count(&renamed).await.unwrap(), to.apps().await.unwrap().len()), (300, 3));
    // Another key, and every flipped byte of the beginning.
    assert!(matches!(open_export(&file, &master_key(7), None, &quiet), Err(TransferError::Vault(_))));
    let whole = fs::read(&file).unwrap();
    for place in (0..1000).chain(whole.len() - 1000..whole.len()) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&file, &bytes).unwrap();
        assert!(open_export(&file, &key, None, &quiet).is_err(), "byte {place}");
    }
    let nobody = AppId::parse("nobody").unwrap();
    let none = folder.path().join("none");
    assert!(matches!(export(&from, &home, &nobody, &none, &key, &quiet).await, Err(TransferError::UnknownApp(_))));
}

#[tokio::test]
async fn nothing_is_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let (home, key, file) = (vault(7), master_key(9), folder.path().join("bank.export"));
    let from = store(&folder.path().join("from.db"), &home);
    let bank = app(&from, "bank", 10).await;
    enrol(&from, &bank, 0..20, 100).await;
    export(&from, &home, &bank, &file, &key, &quiet).await.unwrap();
    let bytes = fs::read(&file).unwrap();
    let holds = |piece: &[u8]| bytes.windows(piece.len()).any(|window| window == piece);
    for piece in ["bank", "Bank", "subject", "photo", "sample", "testing", "digest"] {
        assert!(!holds(piece.as_bytes()), "{piece} is in the export");
    }
    for number in 0..20 {
        assert!(!holds(&template(number).to_bytes()[..8]), "template {number} is in the export");
    }
}

#[tokio::test]
async fn an_interrupted_export_goes_on_with_what_is_still_so() {
    let folder = tempfile::tempdir().unwrap();
    let (home, key) = (vault(7), master_key(9));
    let from = store(&folder.path().join("from.db"), &home);
    let bank = app(&from, "bank", 10).await;
    enrol(&from, &bank, 0..400, 100).await;
    let (file, part) = (folder.path().join("bank.export"), folder.path().join("bank.export.part"));
    export(&from, &home, &bank, &file, &key, &quiet).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let mut prefixes = Vec::new();
    for share in [0, 1, 42, 200, whole.len() / 3, whole.len() / 2, whole.len() * 9 / 10, whole.len()] {
        fs::remove_file(&file).unwrap();
        fs::write(&part, &whole[..share]).unwrap();
        assert_eq!(export(&from, &home, &bank, &file, &key, &quiet).await.unwrap(), 400, "{share}");
        assert!(!part.exists());
        let again = fs::read(&file).unwrap();
        // Sealing anew gives other bytes, so what is the same was kept.
        prefixes.push(again.iter().zip(&whole).take_while(|(one, other)| one == other).count());
        let archive = open_export(&file, &key, None, &quiet).unwrap();
        assert_eq!(archive.apps().map(|one| one.subjects).sum::<u64>(), 400);
    }
    assert!(prefixes[0] < 50 && prefixes[5] > whole.len() / 4 && prefixes[6] > whole.len() / 2, "{prefixes:?}");
    // Somebody of the kept part is gone meanwhile: the export is as the app is now.
    fs::rename(&file, &part).unwrap();
    from.delete_subject(&bank, &facegate_domain::SubjectId::parse("subject-0200").unwrap()).await.unwrap();
    assert_eq!(export(&from, &home, &bank, &file, &key, &quiet).await.unwrap(), 399);
    let archive = open_export(&file, &key, None, &quiet).unwrap();
    compare(&mut archive.source().unwrap(), &from, &home, &quiet).await.unwrap();
}

#[tokio::test]
async fn a_copy_goes_on_and_differences_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (home, abroad) = (vault(7), vault(8));
    let from = store(&folder.path().join("from.db"), &home);
    let bank = app(&from, "bank", 10).await;
    enrol(&from, &bank, 0..200, 10).await;
    let to = store(&folder.path().join("to.db"), &abroad);
    let source = async || SnapshotSource::open(&from, &home).await.unwrap();
    copy(&mut source().await, &to, &abroad, &quiet).await.unwrap();
    assert_eq!(compare(&mut source().await, &to, &abroad, &quiet).await.unwrap(), 200);
    // As after an interruption: some are missing.
    for number in [3, 150, 199] {
        let id = facegate_domain::SubjectId::parse(&format!("subject-{number:04}")).unwrap();
        to.delete_subject(&bank, &id).await.unwrap();
        let found = compare(&mut source().await, &to, &abroad, &quiet).await;
        assert!(matches!(found, Err(TransferError::Differs(_, "a subject is missing"))), "{found:?}");
    }
    let copied = copy(&mut source().await, &to, &abroad, &quiet).await.unwrap();
    assert_eq!(copied, Copied { apps: 0, subjects: 3, skipped: 197 });
    assert_eq!(compare(&mut source().await, &to, &abroad, &quiet).await.unwrap(), 200);
    // The source has gone on: updated subjects are written again.
    enrol(&from, &bank, 250..251, 10).await;
    copy(&mut source().await, &to, &abroad, &quiet).await.unwrap();
    assert_eq!(compare(&mut source().await, &to, &abroad, &quiet).await.unwrap(), 201);
    // The target has been used.
    enrol(&to, &bank, 300..301, 10).await;
    let found = compare(&mut source().await, &to, &abroad, &quiet).await;
    assert!(matches!(found, Err(TransferError::Differs(_, "a subject is too many"))), "{found:?}");
    assert!(matches!(copy(&mut source().await, &to, &abroad, &quiet).await, Err(TransferError::Used(_))));
    assert_ne!(template(1), template(2));
}
