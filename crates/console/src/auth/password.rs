//! The password: what it must be, and its hash.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::Rng;
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Fewest characters of a password.
pub const MIN_PASSWORD: usize = 12;
/// Most bytes of one: more would only cost time.
const MAX_BYTES: usize = 1024;
/// Hashes made at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Why a password is none, or could not be looked at.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer than [`MIN_PASSWORD`] characters.
    #[error("a password has at least {MIN_PASSWORD} characters")]
    TooShort,
    /// More than 1024 bytes.
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// The hash could not be made, or the stored one is none.
    #[error("the password could not be hashed")]
    Failed,
    /// The store refused.
    #[error("the store refused: {0}")]
    Store(String),
}

/// Makes and checks hashes, a few at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// The hash of a new password, in the PHC string format.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, PasswordError> {
        check(&password)?;
        self.run(move || {
            let mut salt = [0u8; 16];
            rand::rng().fill_bytes(&mut salt);
            let salt = SaltString::encode_b64(&salt).map_err(|_| PasswordError::Failed)?;
            let hash = hasher().hash_password(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| PasswordError::Failed)
        })
        .await
    }

    /// Whether this is the password of the hash.
    pub async fn verify(&self, password: Zeroizing<String>, hash: String) -> Result<bool, PasswordError> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|_| PasswordError::Failed)?;
            Ok(hasher().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| PasswordError::Failed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| PasswordError::Failed)?
    }
}

/// argon2id with 19 MiB, 2 passes, 1 lane: OWASP's recommendation, and the library's default.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn check(password: &str) -> Result<(), PasswordError> {
    match password {
        long if long.len() > MAX_BYTES => Err(PasswordError::TooLong),
        short if short.chars().count() < MIN_PASSWORD => Err(PasswordError::TooShort),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".to_owned().into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse battery".to_owned().into(), hash.clone()).await.unwrap());
        assert!(!passwords.verify("correct horse batterx".to_owned().into(), hash.clone()).await.unwrap());
        assert!(!passwords.verify("x".repeat(5000).into(), hash).await.unwrap());
        let again = passwords.hash("correct horse battery".to_owned().into()).await.unwrap();
        assert!(!passwords.verify("".to_owned().into(), again).await.unwrap());
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_refused() {
        let passwords = Passwords::default();
        assert_eq!(passwords.hash("é".repeat(11).into()).await, Err(PasswordError::TooShort));
        assert!(passwords.hash("é".repeat(12).into()).await.is_ok());
        assert_eq!(passwords.hash("x".repeat(1025).into()).await, Err(PasswordError::TooLong));
    }
}
