//! Sealed values: opened at their place they are what was sealed, and nothing else ever opens.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use facegate_domain::AppId;
use facegate_vault::{AppKeys, ArchiveKey, ChunkPlace, MasterKey, Place, SealedAppKey, Vault, VaultError};

use crate::edit::edited;

struct World {
    app: AppId,
    keys: std::sync::Arc<AppKeys>,
    other: std::sync::Arc<AppKeys>,
    sealed: SealedAppKey,
    archive: ArchiveKey,
    stranger: ArchiveKey,
    vault: Vault,
}

static WORLD: LazyLock<World> = LazyLock::new(|| world().expect("keys can be made"));

fn world() -> std::result::Result<World, VaultError> {
    let master = MasterKey::parse(&"07".repeat(32)).map_err(|_| VaultError::Refused)?;
    let vault = Vault::new(&master, &[])?;
    let app = AppId::parse("shop").map_err(|_| VaultError::Refused)?;
    let (sealed, keys) = vault.create(&app)?;
    let (_, other) = vault.create(&app)?;
    let another = MasterKey::parse(&"70".repeat(32)).map_err(|_| VaultError::Refused)?;
    let (archive, stranger) = (master.archive_key()?, another.archive_key()?);
    Ok(World { app, keys, other, sealed, archive, stranger, vault })
}

/// Runs one input.
pub fn run(data: &[u8]) {
    let _ = value(&mut Unstructured::new(data));
    let _ = chunk(&mut Unstructured::new(data));
    let _ = app_key(&mut Unstructured::new(data));
    // What comes from elsewhere does not open at all. By keys that seal nothing here: libFuzzer keeps what it saw compared,
    // and what was sealed a moment ago may come back as an input.
    assert!(WORLD.other.open(Place::Photo { subject: "a" }, data).is_err());
    assert!(WORLD.stranger.open(&place(0, 0, false), data).is_err());
}

fn place_of<'a>(kind: u8, names: &'a [String; 2]) -> Place<'a> {
    let [first, second] = names;
    match kind % 4 {
        0 => Place::Template { subject: first, model: second },
        1 => Place::Photo { subject: first },
        2 => Place::Answer { key: first, subject: None },
        _ => Place::Answer { key: first, subject: Some(second) },
    }
}

fn value(input: &mut Unstructured<'_>) -> Result<()> {
    let (kind, other_kind): (u8, u8) = input.arbitrary()?;
    let names: [String; 2] = [input.arbitrary()?, input.arbitrary()?];
    let others: [String; 2] = [input.arbitrary()?, input.arbitrary()?];
    let length = input.int_in_range(0..=64)?;
    let clear = input.bytes(input.len().min(length))?;
    let (here, there) = (place_of(kind, &names), place_of(other_kind, &others));
    let sealed = WORLD.keys.seal(here, clear).expect("a value can be sealed");
    assert_eq!(WORLD.keys.open(here, &sealed).expect("it opens at its place").as_slice(), clear);
    assert!(sealed.len() > clear.len() && WORLD.other.open(here, &sealed).is_err(), "another key opens it");
    if here != there {
        assert!(WORLD.keys.open(there, &sealed).is_err(), "{here:?} opens as {there:?}");
    }
    let changed = edited(&sealed, input)?;
    assert!(changed == sealed || WORLD.keys.open(here, &changed).is_err(), "it opens although it was changed");
    Ok(())
}

fn place(section: u64, chunk: u64, last: bool) -> ChunkPlace {
    ChunkPlace { kind: 3, archive: [7; 16], section, chunk, last }
}

fn chunk(input: &mut Unstructured<'_>) -> Result<()> {
    let (here, there) = (input.arbitrary()?, input.arbitrary()?);
    let at = |(section, chunk, last): (u64, u64, bool)| place(section, chunk, last);
    let (here, there) = (at(here), at(there));
    let clear = input.bytes(input.len().min(40))?;
    let sealed = WORLD.archive.seal(&here, clear).expect("a chunk can be sealed");
    assert_eq!(WORLD.archive.open(&here, &sealed).expect("it opens at its place").as_slice(), clear);
    assert!(here == there || WORLD.archive.open(&there, &sealed).is_err(), "a chunk opens elsewhere");
    let changed = edited(&sealed, input)?;
    assert!(changed == sealed || WORLD.archive.open(&here, &changed).is_err(), "it opens although it was changed");
    Ok(())
}

fn app_key(input: &mut Unstructured<'_>) -> Result<()> {
    let changed = edited(&WORLD.sealed.bytes, input)?;
    let same = changed == WORLD.sealed.bytes;
    let sealed = SealedAppKey { bytes: changed, ..WORLD.sealed.clone() };
    assert_eq!(WORLD.vault.open(&WORLD.app, &sealed).is_ok(), same, "an app's key opens although it was changed");
    let stranger = AppId::parse(input.arbitrary()?);
    if let Some(stranger) = stranger.ok().filter(|stranger| *stranger != WORLD.app) {
        assert!(WORLD.vault.open(&stranger, &WORLD.sealed).is_err(), "an app's key opens for another app");
    }
    Ok(())
}
