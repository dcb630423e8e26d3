//! Who may use the console: one operator with a password, in sessions.

mod cookie;
mod guard;
mod password;
mod setup;
mod source;

pub(crate) use cookie::{Token, cleared, cookie, is_secure};
pub(crate) use guard::Operator;
pub(crate) use password::Passwords;
pub use password::{MIN_PASSWORD, PasswordError};
pub(crate) use setup::code_digest;
pub use setup::{offer_setup, set_password};
pub(crate) use source::sources;
