//! Passwords and the set-up code.

use serde::Deserialize;
use zeroize::Zeroizing;

/// A password for a session.
#[derive(Deserialize)]
pub(crate) struct SignIn {
    pub password: Zeroizing<String>,
}

/// The set-up code for a first password.
#[derive(Deserialize)]
pub(crate) struct SetUp {
    pub code: Zeroizing<String>,
    pub password: Zeroizing<String>,
}

/// A new password for the present one.
#[derive(Deserialize)]
pub(crate) struct Change {
    pub current: Zeroizing<String>,
    pub new: Zeroizing<String>,
}
