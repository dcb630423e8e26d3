//! An app's key, and what is derived from it: one key for each purpose.

use std::fmt;

use facegate_domain::{AppId, SubjectId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::derive::{self, Key};
use crate::sealed::Sealer;
use crate::{ArchiveKey, MasterKeyId, Place, Rotation, VaultError};

/// An app's key as it is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedAppKey {
    /// The master key that opens it.
    pub master: MasterKeyId,
    /// The sealed key.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for SealedAppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAppKey(by {}, {} bytes)", self.master, self.bytes.len())
    }
}

/// The keys of one app. `Debug` shows none of them; they are overwritten when dropped.
pub struct AppKeys {
    app: AppId,
    secret: Key,
    sealer: Sealer,
    pseudonyms: Key,
    rotations: Key,
    fingerprint: [u8; 16],
}

impl AppKeys {
    pub(crate) fn new(app: &AppId, secret: Key) -> Result<Self, VaultError> {
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&derive::key(&secret, "facegate 1 app fingerprint")?[..16]);
        Ok(Self {
            app: app.clone(),
            fingerprint,
            sealer: Sealer::new(&derive::key(&secret, "facegate 1 app sealing")?),
            pseudonyms: derive::key(&secret, "facegate 1 app pseudonyms")?,
            rotations: derive::key(&secret, "facegate 1 app rotations")?,
            secret,
        })
    }

    /// Seals a value for its place in this app; sealing it again gives other bytes.
    pub fn seal(&self, place: Place<'_>, clear: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.sealer.seal(&place.encode(self.app.as_str()), clear)
    }

    /// Opens a value at the place for which it was sealed.
    ///
    /// [`VaultError::Damaged`] if a bit of it is not as it was, or if it comes from another place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        Ok(Zeroizing::new(self.sealer.open(&place.encode(self.app.as_str()), sealed, place.kind())?))
    }

    /// A name for the subject that says nothing without the app's key: HMAC-SHA-256 of the id.
    pub fn pseudonym(&self, subject: &SubjectId) -> Result<[u8; 32], VaultError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.pseudonyms).map_err(|_| VaultError::Refused)?;
        mac.update(subject.as_str().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// The app's secret rotation of vectors of `values` numbers, made anew: milliseconds. See [`Vault::rotation`].
    ///
    /// [`Vault::rotation`]: crate::Vault::rotation
    pub(crate) fn make_rotation(&self, values: usize) -> Result<Rotation, VaultError> {
        let seed = derive::key(&self.rotations, &format!("facegate 1 rotation {values}"))?;
        Ok(Rotation::new(values, &seed))
    }

    /// Whether both are the same keys.
    pub fn are(&self, others: &Self) -> bool {
        self.app == others.app && self.fingerprint == others.fingerprint
    }

    /// Seals what archives hold of the app: see [`ArchiveKey`].
    pub fn archive_key(&self) -> Result<ArchiveKey, VaultError> {
        Ok(ArchiveKey::new(&derive::key(&self.secret, "facegate 1 app backup")?))
    }

    pub(crate) fn secret(&self) -> &Key {
        &self.secret
    }

    /// Names this key among others of its app that came before or after, for caches.
    pub(crate) fn fingerprint(&self) -> [u8; 16] {
        self.fingerprint
    }
}

impl fmt::Debug for AppKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppKeys({})", self.app)
    }
}
