//! The layout of every sealed value: version byte, nonce, ciphertext with its tag.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::VaultError;
use crate::derive::Key;

/// The first byte. Another cipher or layout gets another number.
const VERSION: u8 = 1;
/// 192 random bits: no two values ever get the same, however many there are.
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Bytes that sealing adds.
pub(crate) const OVERHEAD: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// A key that seals.
#[derive(Clone)]
pub(crate) struct Sealer(XChaCha20Poly1305);

impl Sealer {
    pub(crate) fn new(key: &Key) -> Self {
        Self(XChaCha20Poly1305::new(&(**key).into()))
    }

    /// Seals `clear`, bound to `place`.
    pub(crate) fn seal(&self, place: &[u8], clear: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        rand::Rng::fill_bytes(&mut rand::rng(), &mut nonce);
        let payload = Payload { msg: clear, aad: place };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Refused)?;
        let mut value = Vec::with_capacity(clear.len() + OVERHEAD);
        value.push(VERSION);
        value.extend_from_slice(&nonce);
        value.extend_from_slice(&sealed);
        Ok(value)
    }

    /// The inverse; `what` names the kind in errors.
    pub(crate) fn open(&self, place: &[u8], value: &[u8], what: &'static str) -> Result<Vec<u8>, VaultError> {
        match value.first() {
            Some(&VERSION) => {}
            Some(&later) if later > VERSION => return Err(VaultError::Newer(what)),
            _ => return Err(VaultError::Damaged(what)),
        }
        let Some((nonce, sealed)) = value.get(1..).and_then(|rest| rest.split_first_chunk::<NONCE_BYTES>()) else {
            return Err(VaultError::Damaged(what));
        };
        let payload = Payload { msg: sealed, aad: place };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Damaged(what))
    }
}
