//! What limits attempts: at keys by where they come from and which app they name, at faces by the subject they are held
//! against. Counts are this process's: of several servers on one database each has its own.

mod keys;
mod meter;
mod mismatches;

use std::num::NonZeroU32;

pub(crate) use keys::{Presented, WrongKeys};
pub use meter::{Full, Meter};
pub(crate) use mismatches::{Mismatches, Way};

/// What the operator chooses about attempts that fail; `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptLimits {
    /// Requests without a valid key, per address and minute; as many again with wrong tokens of captures and sessions.
    pub wrong_keys_per_address: Option<NonZeroU32>,
    /// Requests without a valid key, per app named (whether it exists or not) and minute.
    pub wrong_keys_per_app: Option<NonZeroU32>,
    /// Faces that were held against a subject and were not its own, per subject and hour.
    pub mismatches_per_subject: Option<NonZeroU32>,
}
