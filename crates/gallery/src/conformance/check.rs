//! How a check says no: it returns a complaint, so that one run reports every failure.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Store, StoreError};

/// What a store did wrong.
#[derive(Debug)]
pub struct Complaint(String);

impl Complaint {
    /// From a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreError> for Complaint {
    fn from(error: StoreError) -> Self {
        Self(format!("unexpected error: {error}"))
    }
}

impl From<tokio::task::JoinError> for Complaint {
    fn from(error: tokio::task::JoinError) -> Self {
        Self(format!("a task failed: {error}"))
    }
}

/// Outcome of one check.
pub type CheckResult = Result<(), Complaint>;

/// One check: gets an empty store of its own.
pub(super) type Check = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = CheckResult> + Send>>;

/// A check and its name.
pub(super) type Named = (&'static str, Check);

/// The list of a topic: `topic!("apps", [first_check, second_check])`.
macro_rules! topic {
    ($topic:literal, [$($check:ident),+ $(,)?]) => {
        /// The checks of this topic.
        pub(super) fn checks() -> Vec<super::check::Named> {
            vec![$((concat!($topic, "::", stringify!($check)), |store| Box::pin($check(store)))),+]
        }
    };
}

/// Complains unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err(super::check::Complaint::new(format!($($text)+)));
        }
    };
}

/// Complains unless both are equal.
macro_rules! same {
    ($found:expr, $wanted:expr, $what:expr) => {{
        let (found, wanted) = (&$found, &$wanted);
        if *found != *wanted {
            return Err(super::check::Complaint::new(format!("{}: found {found:?}, wanted {wanted:?}", $what)));
        }
    }};
}

pub(super) use {ensure, same, topic};
