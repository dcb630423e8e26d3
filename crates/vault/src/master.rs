//! The master key: comes from the operator, is never stored, and is named in public by a number derived from it.

use std::fmt;

use base64_simd::STANDARD;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::derive::{self, KEY_BYTES, Key};
use crate::sealed::Sealer;
use crate::{ArchiveKey, VaultError};

/// Names a master key without helping to guess it: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MasterKeyId([u8; 8]);

impl MasterKeyId {
    /// From its text; `None` if it is not 16 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The text is not a master key. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a master key is 64 hexadecimal digits, or 44 characters of base64; `facegate keys generate` makes one")]
pub struct InvalidMasterKey;

/// The key that seals the keys of apps: 256 random bits. `Debug` shows its id only; it is overwritten when dropped.
#[derive(Clone)]
pub struct MasterKey {
    secret: Key,
    id: MasterKeyId,
}

impl MasterKey {
    /// A new random key.
    pub fn generate() -> Result<Self, VaultError> {
        Self::new(derive::random())
    }

    /// Parses 64 hexadecimal digits or 44 characters of base64; white space around them is not part of it.
    pub fn parse(text: &str) -> Result<Self, InvalidMasterKey> {
        let text = text.trim();
        let mut secret = Key::default();
        match text.len() {
            64 => hex::decode_to_slice(text, &mut *secret).map_err(|_| InvalidMasterKey)?,
            44 => {
                let mut decoded = STANDARD.decode_to_vec(text).map_err(|_| InvalidMasterKey)?;
                let fits = decoded.len() == KEY_BYTES;
                if fits {
                    secret.copy_from_slice(&decoded);
                }
                decoded.zeroize();
                if !fits {
                    return Err(InvalidMasterKey);
                }
            }
            _ => return Err(InvalidMasterKey),
        }
        Self::new(secret).map_err(|_| InvalidMasterKey)
    }

    fn new(secret: Key) -> Result<Self, VaultError> {
        let derived = derive::key(&secret, "facegate 1 master id")?;
        let mut id = [0; 8];
        id.copy_from_slice(&derived[..8]);
        Ok(Self { secret, id: MasterKeyId(id) })
    }

    /// Its public name.
    pub fn id(&self) -> MasterKeyId {
        self.id
    }

    /// The key itself as 64 hexadecimal digits, for its owner.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(*self.secret))
    }

    /// Seals what archives hold beside the subjects, or everything in an archive that is to be read elsewhere: see
    /// [`ArchiveKey`].
    pub fn archive_key(&self) -> Result<ArchiveKey, VaultError> {
        Ok(ArchiveKey::new(&derive::key(&self.secret, "facegate 1 master archives")?))
    }

    /// Seals keys of apps and check values.
    pub(crate) fn sealer(&self) -> Result<Sealer, VaultError> {
        Ok(Sealer::new(&derive::key(&self.secret, "facegate 1 master sealing")?))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_both_texts_and_shown_in_none() {
        let key = MasterKey::generate().unwrap();
        let text = key.reveal();
        let base64 = STANDARD.encode_to_string(hex::decode(&*text).unwrap());
        for form in [text.to_string(), text.to_uppercase(), format!(" {}\r\n", *text), base64] {
            assert_eq!(MasterKey::parse(&form).unwrap().id(), key.id());
        }
        assert_ne!(MasterKey::generate().unwrap().id(), key.id());
        let shown = format!("{key:?} {:?}", key.id());
        assert!(!shown.contains(&text[..8]) && shown.contains(&key.id().to_string()), "{shown}");
        assert_eq!(MasterKeyId::parse(&key.id().to_string()), Some(key.id()));
    }

    #[test]
    fn other_texts_are_refused_without_repeating_them() {
        let almost = "0".repeat(63);
        for text in ["", "secret", &almost, &format!("{almost}g"), &"A".repeat(44), &"=".repeat(44), &"é".repeat(32)] {
            assert_eq!(MasterKey::parse(text).unwrap_err(), InvalidMasterKey, "{text}");
        }
        assert!(!InvalidMasterKey.to_string().contains("secret"));
    }

    #[test]
    fn ids_stay_the_same_over_versions() {
        // Written into stores: a change of this value would lock everybody out.
        assert_eq!(MasterKey::parse(&"07".repeat(32)).unwrap().id().to_string(), "c9e2cc0bb97ca809");
    }
}
