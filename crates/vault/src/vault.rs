//! The vault of a store: opens and makes the keys of its apps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use facegate_domain::AppId;

use crate::cache::Cache;
use crate::derive::{self, Key};
use crate::place::encode;
use crate::sealed::Sealer;
use crate::{AppKeys, ArchiveKey, MasterKey, MasterKeyId, Rotation, SealedAppKey, VaultError};

/// Apps whose opened keys are kept; opening one takes microseconds.
const APPS: usize = 1024;
/// Bytes of rotations that are kept, of the apps used last: each 36 KiB for 128 values, 0.8 MiB for 640.
const ROTATION_BYTES: usize = 128 << 20;

type Apps = Cache<(AppId, SealedAppKey), Arc<AppKeys>>;
/// By the fingerprint of the app's keys and the number of values.
type Rotations = Cache<([u8; 16], usize), Arc<Rotation>>;

/// What a store keeps to know the right master key, also while it has no app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckValue {
    /// The key that opens it.
    pub master: MasterKeyId,
    /// The sealed value.
    pub bytes: Vec<u8>,
}

/// The master keys that were given, and what they have opened.
pub struct Vault {
    current: MasterKeyId,
    sealers: BTreeMap<MasterKeyId, Sealer>,
    archives: BTreeMap<MasterKeyId, ArchiveKey>,
    apps: Mutex<Apps>,
    rotations: Mutex<Rotations>,
}

impl Vault {
    /// With the key that seals new apps, and those that may have sealed old ones.
    pub fn new(current: &MasterKey, previous: &[MasterKey]) -> Result<Self, VaultError> {
        let (mut sealers, mut archives) = (BTreeMap::new(), BTreeMap::new());
        for key in previous.iter().chain([current]) {
            sealers.insert(key.id(), key.sealer()?);
            archives.insert(key.id(), key.archive_key()?);
        }
        let (apps, rotations) = (Mutex::new(Cache::new(APPS)), Mutex::new(Cache::new(ROTATION_BYTES)));
        Ok(Self { current: current.id(), sealers, archives, apps, rotations })
    }

    /// The master key that seals new apps.
    pub fn current(&self) -> MasterKeyId {
        self.current
    }

    /// [`VaultError::OtherMasterKey`] if this master key was not given.
    pub fn expect(&self, master: MasterKeyId) -> Result<(), VaultError> {
        self.sealer(master).map(drop)
    }

    /// A check value of the current master key.
    pub fn check_value(&self) -> Result<CheckValue, VaultError> {
        let bytes = self.sealer(self.current)?.seal(&check_place(self.current), b"")?;
        Ok(CheckValue { master: self.current, bytes })
    }

    /// Whether a store with this check value may be opened.
    pub fn admit(&self, check: &CheckValue) -> Result<(), VaultError> {
        self.sealer(check.master)?.open(&check_place(check.master), &check.bytes, "check value").map(drop)
    }

    /// New keys for an app, and the form in which to store them.
    pub fn create(&self, app: &AppId) -> Result<(SealedAppKey, Arc<AppKeys>), VaultError> {
        let keys = Arc::new(AppKeys::new(app, derive::random())?);
        let sealed = self.seal(app, &keys)?;
        Self::locked(&self.apps).put((app.clone(), sealed.clone()), keys.clone(), 1);
        Ok((sealed, keys))
    }

    /// The app's keys.
    ///
    /// [`VaultError::OtherMasterKey`] if they are sealed with a key that was not given, [`VaultError::Damaged`] if they
    /// are another app's or were changed.
    pub fn open(&self, app: &AppId, sealed: &SealedAppKey) -> Result<Arc<AppKeys>, VaultError> {
        let place = (app.clone(), sealed.clone());
        if let Some(keys) = Self::locked(&self.apps).get(&place) {
            return Ok(keys);
        }
        let opened = self.sealer(sealed.master)?.open(&key_place(app), &sealed.bytes, KIND)?;
        let opened = zeroize::Zeroizing::new(opened);
        let mut secret = Key::default();
        if opened.len() != secret.len() {
            return Err(VaultError::Damaged(KIND));
        }
        secret.copy_from_slice(&opened);
        let keys = Arc::new(AppKeys::new(app, secret)?);
        Self::locked(&self.apps).put(place, keys.clone(), 1);
        Ok(keys)
    }

    /// The same app key sealed with the current master key; `None` if it is already.
    pub fn rewrap(&self, app: &AppId, sealed: &SealedAppKey) -> Result<Option<SealedAppKey>, VaultError> {
        if sealed.master == self.current {
            return Ok(None);
        }
        self.seal(app, &*self.open(app, sealed)?).map(Some)
    }

    /// Seals what an archive of this vault's store holds beside the subjects. [`VaultError::OtherMasterKey`] if the archive
    /// was made with a master key that was not given.
    pub fn archive_key(&self, master: MasterKeyId) -> Result<ArchiveKey, VaultError> {
        let other = VaultError::OtherMasterKey { wanted: master, given: self.current };
        self.archives.get(&master).cloned().ok_or(other)
    }

    /// An app's keys, which may be another vault's, sealed with the current master key.
    pub fn adopt(&self, app: &AppId, keys: &AppKeys) -> Result<SealedAppKey, VaultError> {
        self.seal(app, keys)
    }

    /// The app's secret rotation of vectors of `values` numbers.
    pub fn rotation(&self, keys: &AppKeys, values: usize) -> Result<Arc<Rotation>, VaultError> {
        let place = (keys.fingerprint(), values);
        if let Some(rotation) = Self::locked(&self.rotations).get(&place) {
            return Ok(rotation);
        }
        let rotation = Arc::new(keys.make_rotation(values)?);
        Self::locked(&self.rotations).put(place, rotation.clone(), rotation.bytes());
        Ok(rotation)
    }

    fn seal(&self, app: &AppId, keys: &AppKeys) -> Result<SealedAppKey, VaultError> {
        let bytes = self.sealer(self.current)?.seal(&key_place(app), &**keys.secret())?;
        Ok(SealedAppKey { master: self.current, bytes })
    }

    pub(crate) fn sealer(&self, master: MasterKeyId) -> Result<&Sealer, VaultError> {
        let other = VaultError::OtherMasterKey { wanted: master, given: self.current };
        self.sealers.get(&master).ok_or(other)
    }

    fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} of {} master keys)", self.current, self.sealers.len())
    }
}

const KIND: &str = "app key";

fn key_place(app: &AppId) -> Vec<u8> {
    encode(&[KIND, app.as_str()])
}

fn check_place(master: MasterKeyId) -> Vec<u8> {
    encode(&["check", &master.to_string()])
}

#[cfg(test)]
mod tests;
