//! One secret, many keys: HKDF-SHA-256 with a label for each purpose.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::VaultError;

/// Bytes of every key here.
pub(crate) const KEY_BYTES: usize = 32;

/// A secret key; overwritten when it is dropped.
pub(crate) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// The key for one purpose. Labels are part of the stored format: they are never changed.
pub(crate) fn key(secret: &Key, label: &str) -> Result<Key, VaultError> {
    let mut derived = Key::default();
    Hkdf::<Sha256>::new(None, &**secret).expand(label.as_bytes(), &mut *derived).map_err(|_| VaultError::Refused)?;
    Ok(derived)
}

/// A new random key: from the operating system, through a generator seeded by it.
pub(crate) fn random() -> Key {
    let mut key = Key::default();
    rand::Rng::fill_bytes(&mut rand::rng(), &mut *key);
    key
}
