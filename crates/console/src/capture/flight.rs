//! One photo at a time for one token: who has a link cannot fill the server's room for bodies with halves of photos, and of
//! photos that are sent at the same time one is looked at.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use facegate_api::{ApiError, ErrorCode};

/// The tokens that have a photo on its way to this server, or worked on; not more than requests that are let in. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Flights {
    tokens: Arc<Mutex<HashSet<[u8; 32]>>>,
}

/// A photo on its way, and while it is worked on; dropped when it is done.
pub(crate) struct Flight {
    flights: Flights,
    token: [u8; 32],
}

impl Flights {
    /// Before the body is read; `TOO_MANY_REQUESTS` while there is another one for the token.
    pub fn begin(&self, token: [u8; 32]) -> Result<Flight, ApiError> {
        match self.tokens().insert(token) {
            true => Ok(Flight { flights: self.clone(), token }),
            false => Err(ApiError { retry_after: Some(1), ..ErrorCode::TooManyRequests.into() }),
        }
    }

    fn tokens(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.tokens().remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_for_each_token() {
        let flights = Flights::default();
        let first = flights.begin([1; 32]).unwrap();
        let second = flights.begin([1; 32]).map(|_| ()).unwrap_err();
        assert_eq!((second.code, second.retry_after), (ErrorCode::TooManyRequests, Some(1)));
        let _other = flights.begin([2; 32]).unwrap();
        drop(first);
        assert!(flights.begin([1; 32]).is_ok());
    }
}
