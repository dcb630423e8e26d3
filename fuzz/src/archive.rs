//! Archives: files of any bytes; whole archives that were damaged; and archives as somebody writes them who has the key, so
//! that what is inside is reached.
//!
//! Input: the first byte chooses; see each function for the rest.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use arbitrary::{Result, Unstructured};
use facegate_domain::AppId;
use facegate_gallery::WholeSubject;
use facegate_transfer::stages::{Kind, seal, seal_export};
use facegate_transfer::{Archive, Source, TransferError, open_backup, open_export};
use facegate_vault::{AppKeys, MasterKey, Vault};
use tempfile::TempDir;

use crate::edit::edited;

/// Between the parts of a section, each of which gets its length in front.
const BETWEEN: &[u8] = b"\n--\n";

struct World {
    folder: TempDir,
    master: MasterKey,
    vault: Vault,
    app: AppId,
    keys: std::sync::Arc<AppKeys>,
    /// A key file with the key of `app`, and an export of two subjects, both whole.
    key_file: Vec<u8>,
    export: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| world().expect("a whole archive can be written"));

/// An app and two subjects as parts of an export; also a seed.
const WHOLE: &[u8] = include_bytes!("../seeds/archive/export");

fn world() -> std::result::Result<World, TransferError> {
    let master = MasterKey::parse(&"07".repeat(32)).map_err(|_| TransferError::Damaged("key"))?;
    let vault = Vault::new(&master, &[])?;
    let app = AppId::parse("shop").map_err(|_| TransferError::Damaged("id"))?;
    let (sealed, keys) = vault.create(&app)?;
    let card = serde_json::json!({ "made_at": 0, "apps": [
        { "id": "shop", "master_key_id": sealed.master.to_string(), "sealed": hex::encode(&sealed.bytes) }
    ]});
    let outer = master.archive_key()?;
    let (mut key_file, mut export) = (Vec::new(), Vec::new());
    let content = part(card.to_string().as_bytes());
    seal(&mut key_file, Kind::Keys, (master.id(), &outer), &[(&outer, &content)], None)?;
    let (header, subjects, count) = sections(&WHOLE[1..]);
    let sections = [(&outer, header.as_slice()), (&outer, subjects.as_slice())];
    seal(&mut export, Kind::Export, (master.id(), &outer), &sections, Some(vec![count]))?;
    let folder = tempfile::tempdir().map_err(|_| TransferError::Damaged("folder"))?;
    Ok(World { folder, master, vault, app, keys, key_file, export })
}

/// Runs one input.
pub fn run(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice {
        b'r' => raw(rest),
        b'd' => drop(damaged(&mut Unstructured::new(rest))),
        b'b' => backup(rest),
        b'k' => key_file(rest),
        _ => export(rest),
    }
}

fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = WORLD.folder.path().join(format!("{name}-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("a temporary file");
    path
}

/// Opens it without more memory than its size accounts for, whatever lengths it claims.
fn bounded<T>(
    bytes: usize,
    open: impl FnOnce() -> std::result::Result<T, TransferError>,
) -> std::result::Result<T, TransferError> {
    let mut opened = Err(TransferError::Damaged("not opened"));
    let memory = measure(|| opened = open()).bytes_max;
    assert!(memory <= 8 * bytes as u64 + (4 << 20), "{memory} bytes for a file of {bytes}");
    opened
}

fn open_exported(bytes: &[u8]) -> std::result::Result<Archive, TransferError> {
    let path = write("export", bytes);
    bounded(bytes.len(), || open_export(&path, &WORLD.master, None, &|_, _| {}))
}

fn open_backed_up(archive: &[u8], keys: &[u8], without: bool) -> std::result::Result<Archive, TransferError> {
    let bytes = archive.len() + keys.len();
    let (archive, keys) = (write("backup", archive), write("keys", keys));
    bounded(bytes, || open_backup(&archive, &keys, &WORLD.vault, without, &|_, _| {}))
}

/// Bytes of somebody without the key: nothing of it opens.
fn raw(bytes: &[u8]) {
    assert!(open_exported(bytes).is_err());
    assert!(open_backed_up(bytes, &WORLD.key_file, true).is_err());
    assert!(open_backed_up(bytes, bytes, true).is_err());
}

/// A whole export, or key file, with some of its bytes changed.
fn damaged(input: &mut Unstructured<'_>) -> Result<()> {
    let bytes = edited(&WORLD.export, input)?;
    assert_eq!(open_exported(&bytes).is_ok(), bytes == WORLD.export, "a damaged export opens");
    let keys = edited(&WORLD.key_file, input)?;
    let mut backup = Vec::new();
    write_backup(&mut backup, &WHOLE[1..]);
    assert_eq!(open_backed_up(&backup, &keys, true).is_ok(), keys == WORLD.key_file, "a damaged key file opens");
    Ok(())
}

/// Parts of an export: the header, then those of its subjects, or with `raw` in front the bytes of both sections.
fn export(parts: &[u8]) {
    let outer = WORLD.master.archive_key().expect("a key");
    let (header, subjects, count) = sections(parts);
    let mut bytes = Vec::new();
    let sections = [(&outer, header.as_slice()), (&outer, subjects.as_slice())];
    seal(&mut bytes, Kind::Export, (WORLD.master.id(), &outer), &sections, Some(vec![count])).expect("written");
    if let Ok(archive) = open_exported(&bytes) {
        assert_eq!(archive.apps().map(|app| app.subjects).sum::<u64>(), count);
        written_again(&archive);
    }
}

fn backup(parts: &[u8]) {
    let mut bytes = Vec::new();
    let count = write_backup(&mut bytes, parts);
    if let Ok(archive) = open_backed_up(&bytes, &WORLD.key_file, true) {
        let (read, deleted) = (archive.apps().count(), archive.deleted().len());
        assert!(archive.apps().all(|app| app.app.id == WORLD.app), "an app opens without its key");
        assert!(read == 0 || archive.apps().map(|app| app.subjects).sum::<u64>() == count);
        assert_eq!(read + deleted, 1, "as many apps as sections");
        assert_eq!(subjects(&archive).len() as u64, if read == 1 { count } else { 0 });
    }
}

/// One app's section, sealed with its own key. How many subjects it should have.
fn write_backup(out: &mut Vec<u8>, parts: &[u8]) -> u64 {
    let outer = WORLD.master.archive_key().expect("a key");
    let own = WORLD.keys.archive_key().expect("a key");
    let (header, subjects, count) = sections(parts);
    let sections = [(&outer, header.as_slice()), (&own, subjects.as_slice())];
    seal(out, Kind::Backup, (WORLD.master.id(), &outer), &sections, Some(vec![count])).expect("written");
    count
}

/// The content of a key file.
fn key_file(content: &[u8]) {
    let outer = WORLD.master.archive_key().expect("a key");
    let mut keys = Vec::new();
    let content = part(content);
    seal(&mut keys, Kind::Keys, (WORLD.master.id(), &outer), &[(&outer, &content)], None).expect("written");
    let mut archive = Vec::new();
    write_backup(&mut archive, &WHOLE[1..]);
    let opened = open_backed_up(&archive, &keys, true);
    assert!(
        opened.is_err() || opened.is_ok_and(|archive| archive.apps().count() == 0),
        "a key from nowhere opens an app"
    );
}

/// Header section, subjects' section, and the number of subjects that the trailer is to tell: a part that begins with `{`
/// begins a subject.
fn sections(parts: &[u8]) -> (Vec<u8>, Vec<u8>, u64) {
    let (parts, plain) = parts.strip_prefix(b"raw").map_or((parts, false), |rest| (rest, true));
    let mut split = split(parts, BETWEEN).into_iter();
    let wrap = |bytes: &[u8]| if plain { bytes.to_vec() } else { part(bytes) };
    let header = wrap(split.next().unwrap_or_default());
    let rest: Vec<_> = split.collect();
    let count = rest.iter().filter(|part| part.starts_with(b"{")).count() as u64;
    (header, rest.into_iter().flat_map(wrap).collect(), count)
}

fn split<'a>(mut bytes: &'a [u8], at: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(found) = bytes.windows(at.len()).position(|window| window == at) {
        parts.push(&bytes[..found]);
        bytes = &bytes[found + at.len()..];
    }
    parts.push(bytes);
    parts
}

fn part(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes(), bytes].concat()
}

/// Subjects that were read are in order, and written again and read again they are the same.
fn written_again(archive: &Archive) {
    let app = archive.apps().next().expect("an export has one app").app.clone();
    let first = subjects(archive);
    assert!(first.is_sorted_by(|a, b| a.record.subject_id < b.record.subject_id), "not in order");
    let mut bytes = Vec::new();
    seal_export(&mut bytes, &WORLD.master, &app, &first).expect("written");
    let again = open_exported(&bytes).expect("what was written opens");
    assert!(again.apps().all(|read| read.app == app), "the app is another");
    assert!(subjects(&again) == first, "its subjects are others");
}

/// All subjects of the one app that can be read.
fn subjects(archive: &Archive) -> Vec<WholeSubject> {
    let mut source = archive.source().expect("it was read once");
    let mut all = Vec::new();
    loop {
        // Archives are read without waiting for anything.
        let page = match source.page(0, None).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(page) => page.expect("it was found sound"),
            Poll::Pending => panic!("an archive waits"),
        };
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
