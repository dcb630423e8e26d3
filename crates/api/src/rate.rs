//! Requests per second and app.

use std::num::NonZeroU32;

use facegate_domain::AppId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::ApiError;

/// Apps remembered before those that have been quiet are forgotten. Only apps that exist get this far, so the bound
/// matters only where apps come and go.
const REMEMBERED: usize = 4_096;

/// One bucket an app; a second's worth may come at once.
pub(crate) struct RateLimit {
    buckets: DefaultKeyedRateLimiter<AppId>,
    clock: DefaultClock,
}

impl RateLimit {
    /// `per_second` requests for each app.
    pub fn new(per_second: NonZeroU32) -> Self {
        let clock = DefaultClock::default();
        Self { buckets: RateLimiter::keyed(Quota::per_second(per_second)), clock }
    }

    /// Counts a request; `TOO_MANY_REQUESTS` with the seconds to wait if it is one too many.
    pub fn check(&self, app: &AppId) -> Result<(), ApiError> {
        if self.buckets.len() > REMEMBERED {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(app).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            ApiError::too_many("too many requests for this app", seconds)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn one_app_does_not_use_up_anothers_share() {
        let limit = RateLimit::new(NonZeroU32::new(2).unwrap());
        let (a, b) = (AppId::generate(), AppId::generate());
        assert!(limit.check(&a).is_ok() && limit.check(&a).is_ok());
        let refused = limit.check(&a).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::TooManyRequests, Some(1)));
        assert!(limit.check(&b).is_ok());
    }
}
