//! API keys. The store keeps only digests; the key itself is shown once.

use std::fmt;

use rand::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How tokens of captures begin.
const CAPTURE: &str = "fgc_";

/// A secret key of 256 random bits in text form. `Debug` does not show it and there is no `Display`.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// A new key from the operating system's random source (through a CSPRNG seeded by it).
    pub fn generate() -> Self {
        Self::random("fg_")
    }

    /// As secret, for the capture page; told apart by how it begins.
    pub fn for_capture() -> Self {
        Self::random(CAPTURE)
    }

    /// Whether a text could be what [`ApiKey::for_capture`] makes; not whether it was made.
    pub fn is_capture_form(text: &str) -> bool {
        let digits = text.strip_prefix(CAPTURE).unwrap_or_default();
        digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    }

    fn random(prefix: &str) -> Self {
        let mut bytes = [0u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(format!("{prefix}{}", hex::encode(bytes)))
    }

    /// What a client presented, right or wrong.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the key. A fast hash is right here: the key has 256 random bits, so nothing can be guessed.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The stored form of a key. Equality takes the same time wherever the digests differ.
#[derive(Clone, Copy, Debug)]
pub struct KeyDigest(pub [u8; 32]);

impl KeyDigest {
    /// A digest that no key has been found for; comparing with it costs what a real comparison costs.
    pub const NONE: Self = Self([0; 32]);

    /// First 12 hexadecimal digits: names a key to its operator without helping to guess it.
    pub fn fingerprint(&self) -> String {
        hex::encode(&self.0[..6])
    }
}

impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyDigest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_differ_and_hide() {
        let (a, b) = (ApiKey::generate(), ApiKey::generate());
        assert_eq!(a.reveal().len(), 3 + 64);
        assert_ne!(a.reveal(), b.reveal());
        assert_ne!(a.digest(), b.digest());
        assert_eq!(ApiKey::presented(a.reveal()).digest(), a.digest());
        assert!(!format!("{a:?}").contains(&a.reveal()[3..]));
    }

    #[test]
    fn tokens_of_captures_have_a_form() {
        let token = ApiKey::for_capture();
        let text = token.reveal();
        assert!(ApiKey::is_capture_form(text));
        let key = ApiKey::generate();
        for other in
            ["", "fgc_", &text[1..], &text[..text.len() - 1], &format!("{text}0"), &text.to_uppercase(), key.reveal()]
        {
            assert!(!ApiKey::is_capture_form(other), "{other:?}");
        }
        assert!(!ApiKey::is_capture_form(&format!("fgc_{}", "g".repeat(64))));
    }
}
