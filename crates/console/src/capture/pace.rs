//! How often pictures are looked at for one token: looking costs as much as a request and takes no unit.

use std::num::NonZeroU32;
use std::time::Duration;

use facegate_api::{ApiError, ErrorCode};
use facegate_service::{Full, Meter};

/// Least time between two pictures, a little under the half second that the page is asked to wait.
const APART: Duration = Duration::from_millis(400);
const ONE: NonZeroU32 = NonZeroU32::MIN;
/// Pictures for one token on one server: two minutes of guidance.
const MOST: NonZeroU32 = ONE.saturating_add(239);
/// In which they are forgotten, one by one: much longer than a token lives, so that there are hardly more.
const FORGET: Duration = Duration::from_secs(24 * 3600);
/// Tokens that are counted at once, some 5 MB.
const ROOM: usize = 65_536;

/// Counts pictures by token.
pub(crate) struct Pace {
    apart: Meter,
    all: Meter,
}

impl Default for Pace {
    fn default() -> Self {
        Self { apart: Meter::new(ONE, APART, ROOM), all: Meter::new(MOST, FORGET, ROOM) }
    }
}

impl Pace {
    /// Counts a picture of a token that is valid; `TOO_MANY_REQUESTS` if it comes too soon or is one too many.
    pub fn take(&self, token: &[u8; 32]) -> Result<(), ApiError> {
        self.all.look(token).and_then(|()| self.apart.count(token)).map_err(refused)?;
        self.all.count(token).map_err(refused)
    }
}

fn refused(full: Full) -> ApiError {
    ApiError { retry_after: Some(full.seconds), ..ErrorCode::TooManyRequests.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_one_after_the_other() {
        let pace = Pace::default();
        assert!(pace.take(&[1; 32]).is_ok());
        assert!(pace.take(&[2; 32]).is_ok(), "another token has a pace of its own");
        let soon = pace.take(&[1; 32]).unwrap_err();
        assert_eq!((soon.code, soon.retry_after), (ErrorCode::TooManyRequests, Some(1)));
    }
}
