//! The first password: set with a one-time code that the server printed, or at the command line.

use facegate_domain::Timestamp;
use facegate_gallery::{Action, Actor, AuditEntry, Operators, StoreError, Warrant};
use rand::Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{PasswordError, Passwords};

/// Letters and digits that are not taken for each other: 32, so each is 5 random bits.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Groups of five in a code: 100 random bits.
const GROUPS: usize = 4;

/// A new code that may set the first password, in force instead of one before it; the store keeps its hash. `None` if there
/// is a password.
pub async fn offer_setup(operators: &dyn Operators) -> Result<Option<String>, StoreError> {
    if operators.operator().await?.password.is_some() {
        return Ok(None);
    }
    let code = generate();
    Ok(operators.offer_setup(&code_digest(&code)).await?.then_some(code))
}

/// Sets the password at the command line. Every session of before is over.
///
/// Errors: the password is none, or what the store says.
pub async fn set_password(operators: &dyn Operators, password: Zeroizing<String>) -> Result<(), PasswordError> {
    let hash = Passwords::default().hash(password).await?;
    let row = AuditEntry::done(Timestamp::now(), &Actor::Operator, Action::PasswordSet).with("at", "command_line");
    let set = operators.set_password(&hash, Warrant::CommandLine, row).await;
    set.map(|_| ()).map_err(|error| PasswordError::Store(error.to_string()))
}

/// SHA-256 of a code as typed: case, white space and dashes do not matter.
pub(crate) fn code_digest(typed: &str) -> [u8; 32] {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    Sha256::digest(plain.to_ascii_uppercase().as_bytes()).into()
}

fn generate() -> String {
    let mut bytes = [0u8; GROUPS * 5];
    rand::rng().fill_bytes(&mut bytes);
    let letters: Vec<char> = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = generate();
        assert_eq!(code.len(), 23);
        assert_ne!(code, generate());
        let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
        assert_eq!(code_digest(&typed), code_digest(&code));
        assert_ne!(code_digest(&code[1..]), code_digest(&code));
    }
}
