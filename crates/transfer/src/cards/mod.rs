//! What is in the sections, as bytes: apps and totals as JSON, subjects as JSON with template and photo behind it.
//!
//! Unknown fields are refused: an older version must not lose what a later one has written.

mod subject;

use std::io::{Read, Write};

use facegate_domain::{App, AppId, KeyDigest, KeyRecord, ModelId, Quota, Timestamp};
use facegate_gallery::MAX_RETENTION_DAYS;
use facegate_vault::ArchiveKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::TransferError;
use crate::container::{CHUNK, ChunkReader, ChunkWriter};

pub(crate) use subject::{get_subject, put_subject};

/// More than any part of a record: what is longer is no record, although it was sealed.
const MOST_BYTES: u32 = 1 << 30;

/// The first section.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// Microseconds since 1970.
    pub made_at: i64,
    pub apps: Vec<AppCard>,
}

/// The last section.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trailer {
    /// Subjects of each app.
    pub subjects: Vec<u64>,
    /// Of everything before this section.
    pub sha256: String,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppCard {
    id: String,
    name: String,
    mode: String,
    created_at: i64,
    enroll: QuotaCard,
    liveness: QuotaCard,
    keys: Vec<KeyCard>,
    retention_days: Option<u32>,
    /// Archives of before have none.
    #[serde(default)]
    model: Option<String>,
    /// When the archive was begun; the trailer's figure is the one that counts.
    pub subjects: u64,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct QuotaCard {
    limit: Option<u64>,
    used: u64,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct KeyCard {
    digest: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl AppCard {
    pub(crate) fn new(app: &App, subjects: u64) -> Self {
        let quota = |quota: Quota| QuotaCard { limit: quota.limit, used: quota.used };
        let key = |key: &KeyRecord| KeyCard {
            digest: hex::encode(key.digest.0),
            created_at: key.created_at.0,
            revoked_at: key.revoked_at.map(|at| at.0),
        };
        Self {
            id: app.id.as_str().to_owned(),
            name: app.name.clone(),
            mode: app.mode.as_str().to_owned(),
            created_at: app.created_at.0,
            enroll: quota(app.enroll),
            liveness: quota(app.liveness),
            keys: app.keys.iter().map(key).collect(),
            retention_days: app.retention_days,
            model: app.model.as_ref().map(|model| model.as_str().to_owned()),
            subjects,
        }
    }

    pub(crate) fn app(&self) -> Result<App, TransferError> {
        let damaged = || TransferError::Damaged("an app cannot be read");
        let storable = |units: u64| i64::try_from(units).is_ok();
        let quotas = [&self.enroll, &self.liveness];
        let sound = quotas.iter().all(|quota| storable(quota.used) && quota.limit.is_none_or(storable))
            && self.retention_days.is_none_or(|days| (1..=MAX_RETENTION_DAYS).contains(&days))
            && self.keys.iter().flat_map(|key| [Some(key.created_at), key.revoked_at]).flatten().all(is_moment)
            && is_moment(self.created_at)
            // However long: older programs took names of any length.
            && !self.name.contains('\0')
            && self.model.as_deref().is_none_or(is_text);
        if !sound {
            return Err(damaged());
        }
        let quota = |quota: &QuotaCard| Quota { limit: quota.limit, used: quota.used };
        let key = |key: &KeyCard| {
            let mut digest = [0; 32];
            hex::decode_to_slice(&key.digest, &mut digest).map_err(|_| damaged())?;
            let revoked_at = key.revoked_at.map(Timestamp);
            Ok(KeyRecord { digest: KeyDigest(digest), created_at: Timestamp(key.created_at), revoked_at })
        };
        Ok(App {
            id: AppId::parse(&self.id).map_err(|_| damaged())?,
            name: self.name.clone(),
            mode: self.mode.parse().map_err(|_| damaged())?,
            created_at: Timestamp(self.created_at),
            enroll: quota(&self.enroll),
            liveness: quota(&self.liveness),
            keys: self.keys.iter().map(key).collect::<Result<_, TransferError>>()?,
            retention_days: self.retention_days,
            model: self.model.as_deref().map(ModelId::from_stored),
            next_model: None,
        })
    }
}

/// A day after the year 9999, which no clock and no date of a request passes in any zone: stores count on from moments, and
/// their integers end.
const LAST: i64 = 253_402_387_200_000_000;

/// Whether every store can count with it. Archives come from other machines: what no server writes is refused here.
pub(super) fn is_moment(at: i64) -> bool {
    (0..=LAST).contains(&at)
}

/// Whether every store can keep it.
pub(super) fn is_text(text: &str) -> bool {
    text.len() <= 4096 && !text.contains('\0')
}

/// Writes a value with its length.
pub(crate) fn put<W: Write>(
    out: &mut ChunkWriter<W>,
    key: &ArchiveKey,
    value: &impl Serialize,
) -> Result<(), TransferError> {
    let json = serde_json::to_vec(value).map_err(|_| TransferError::Damaged("a value cannot be written"))?;
    part(out, key, &Zeroizing::new(json))
}

/// The inverse of [`put`].
pub(crate) fn get<R: Read, T: DeserializeOwned>(
    input: &mut ChunkReader<R>,
    key: &ArchiveKey,
) -> Result<T, TransferError> {
    serde_json::from_slice(&read_part(input, key)?).map_err(|_| {
        TransferError::Damaged("a part has fields that this version does not know, or lacks some; try a later version")
    })
}

pub(super) fn part<W: Write>(out: &mut ChunkWriter<W>, key: &ArchiveKey, bytes: &[u8]) -> Result<(), TransferError> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MOST_BYTES);
    let length = length.ok_or(TransferError::Damaged("a part is too long"))?;
    out.write(key, &length.to_le_bytes())?;
    out.write(key, bytes)
}

pub(super) fn read_part<R: Read>(
    input: &mut ChunkReader<R>,
    key: &ArchiveKey,
) -> Result<Zeroizing<Vec<u8>>, TransferError> {
    let mut length = [0; 4];
    input.read(key, &mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MOST_BYTES {
        return Err(TransferError::Damaged("a part is too long"));
    }
    read_bytes(input, key, length as usize)
}

/// Takes memory for what is there, not for what is claimed. What was read is never left behind in memory that is given back.
fn read_bytes<R: Read>(
    input: &mut ChunkReader<R>,
    key: &ArchiveKey,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, TransferError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(CHUNK)));
    while bytes.len() < length {
        let whole = bytes.len();
        if whole == bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.min(2 * whole)));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        let room = bytes.capacity().min(length);
        bytes.resize(room, 0);
        let (_, new) = bytes.split_at_mut(whole);
        input.read(key, new)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use facegate_domain::AppMode;

    use super::*;

    #[test]
    fn an_app_that_no_server_writes_is_refused() {
        let (app, _) = App::create(AppMode::Testing, "shop", Quota { limit: Some(5), used: 1 }, Quota::default());
        let card = |change: fn(&mut AppCard)| {
            let mut card = AppCard::new(&app, 0);
            change(&mut card);
            card.app()
        };
        assert!(card(|_| ()).is_ok());
        let changes: [fn(&mut AppCard); 8] = [
            |card| card.retention_days = Some(106_751_992),
            |card| card.retention_days = Some(0),
            |card| card.name = "a\0b".to_owned(),
            |card| card.enroll.used = u64::MAX,
            |card| card.liveness.limit = Some(1 << 63),
            |card| card.created_at = i64::MAX,
            |card| card.keys[0].created_at = -1,
            |card| card.model = Some("x".repeat(5000)),
        ];
        assert!(changes.into_iter().all(|change| card(change).is_err()));
    }
}
