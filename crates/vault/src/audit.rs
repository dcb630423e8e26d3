//! The key of an audit log: MACs that only who has the master key can compute.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::derive::{self, KEY_BYTES, Key};
use crate::place::encode;
use crate::{SealedAppKey, Vault, VaultError};

const KIND: &str = "audit key";

/// Computes the MACs of one store's audit log. It stays the same when the master key is changed.
pub struct AuditKey(Hmac<Sha256>);

impl AuditKey {
    fn new(secret: &Key) -> Result<Self, VaultError> {
        let key = derive::key(secret, "facegate 1 audit chain")?;
        Ok(Self(Hmac::new_from_slice(&*key).map_err(|_| VaultError::Refused)?))
    }

    /// HMAC-SHA-256 of the parts, each with its length before it.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey")
    }
}

impl Vault {
    /// A new key, and the form in which to store it.
    pub fn create_audit_key(&self) -> Result<(SealedAppKey, AuditKey), VaultError> {
        let secret = derive::random();
        Ok((self.seal_audit_key(&secret)?, AuditKey::new(&secret)?))
    }

    /// The stored key. Errors as those of [`Vault::open`].
    pub fn open_audit_key(&self, sealed: &SealedAppKey) -> Result<AuditKey, VaultError> {
        AuditKey::new(&self.audit_secret(sealed)?)
    }

    /// The same key sealed with the current master key; `None` if it is already.
    pub fn rewrap_audit_key(&self, sealed: &SealedAppKey) -> Result<Option<SealedAppKey>, VaultError> {
        if sealed.master == self.current() {
            return Ok(None);
        }
        self.seal_audit_key(&self.audit_secret(sealed)?).map(Some)
    }

    fn seal_audit_key(&self, secret: &Key) -> Result<SealedAppKey, VaultError> {
        let bytes = self.sealer(self.current())?.seal(&encode(&[KIND]), &**secret)?;
        Ok(SealedAppKey { master: self.current(), bytes })
    }

    fn audit_secret(&self, sealed: &SealedAppKey) -> Result<Key, VaultError> {
        let opened = Zeroizing::new(self.sealer(sealed.master)?.open(&encode(&[KIND]), &sealed.bytes, KIND)?);
        let mut secret = Key::default();
        if opened.len() != KEY_BYTES {
            return Err(VaultError::Damaged(KIND));
        }
        secret.copy_from_slice(&opened);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterKey;

    #[test]
    fn a_key_stays_the_same_under_another_master_key() {
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let vault = Vault::new(&old, &[]).unwrap();
        let (sealed, key) = vault.create_audit_key().unwrap();
        let mac = key.mac(&[b"a", b"b"]);
        assert_eq!(vault.open_audit_key(&sealed).unwrap().mac(&[b"a", b"b"]), mac);
        assert!(vault.rewrap_audit_key(&sealed).unwrap().is_none());
        let both = Vault::new(&new, &[old]).unwrap();
        let rewrapped = both.rewrap_audit_key(&sealed).unwrap().unwrap();
        let after = Vault::new(&new, &[]).unwrap();
        assert_eq!(after.open_audit_key(&rewrapped).unwrap().mac(&[b"a", b"b"]), mac);
        assert!(matches!(after.open_audit_key(&sealed), Err(VaultError::OtherMasterKey { .. })));
        let (_, other) = vault.create_audit_key().unwrap();
        assert_ne!(other.mac(&[b"a", b"b"]), mac);
        assert_ne!(key.mac(&[b"ab"]), mac);
        assert_ne!(key.mac(&[b"", b"ab"]), mac);
    }

    #[test]
    fn a_changed_key_does_not_open() {
        let vault = Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap();
        let (sealed, _) = vault.create_audit_key().unwrap();
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1;
            assert!(vault.open_audit_key(&changed).is_err(), "byte {at}");
        }
    }
}
