//! How often pictures are looked at for one token: looking costs as much as a request and takes no unit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use facegate_api::{ApiError, ErrorCode};

/// Least time between two pictures, a little under the half second that the page is asked to wait.
const APART: Duration = Duration::from_millis(400);
/// Most pictures for one token on one server: two minutes of guidance.
const MOST: u32 = 240;
/// A token is forgotten when it can have expired.
const FORGET: Duration = Duration::from_secs(3600);
/// Tokens remembered before those are looked for.
const REMEMBERED: usize = 1024;

/// Counts pictures by token.
#[derive(Default)]
pub(crate) struct Pace {
    seen: Mutex<HashMap<[u8; 32], (Instant, u32)>>,
}

impl Pace {
    /// Counts a picture of a token that is valid; `TOO_MANY_REQUESTS` if it comes too soon or is one too many.
    pub fn take(&self, token: &[u8; 32]) -> Result<(), ApiError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if seen.len() > REMEMBERED {
            seen.retain(|_, (last, _)| now.duration_since(*last) < FORGET);
        }
        let (last, count) = seen.entry(*token).or_insert((now, 0));
        if *count >= MOST || (*count > 0 && now.duration_since(*last) < APART) {
            return Err(ApiError { retry_after: Some(1), ..ErrorCode::TooManyRequests.into() });
        }
        (*last, *count) = (now, *count + 1);
        Ok(())
    }
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
