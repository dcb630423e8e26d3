//! How much is worked on at once. A bounded number of requests and of bytes turns overload into `SERVER_BUSY` and keeps
//! memory bounded whatever clients send.
//!
//! Requests that wait for a URL are counted apart: others decide how long those take, and they must not take the place of
//! requests that have their photos with them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ErrorCode;

/// How long a request that was let in waits for room for its bytes. Its body is not read meanwhile.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);

/// Counts requests and bytes (in KiB).
pub(crate) struct Admission {
    photos: Lane,
    urls: Lane,
}

/// What one kind of requests shares.
#[derive(Clone, Debug)]
struct Lane {
    slots: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

/// A request that was let in; its share returns when this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _slot: OwnedSemaphorePermit,
    lane: Lane,
    urls: Lane,
    held: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// At most `requests` at once, holding at most `bytes` together; and as many again that wait for a URL.
    pub fn new(requests: usize, bytes: usize) -> Self {
        let lane = || Lane {
            slots: Arc::new(Semaphore::new(requests.max(1))),
            room: Arc::new(Semaphore::new(kib(bytes) as usize)),
        };
        Self { photos: lane(), urls: lane() }
    }

    /// Lets a request in, or says `SERVER_BUSY` at once.
    pub fn admit(&self) -> Result<Admitted, ErrorCode> {
        let slot = self.photos.enter()?;
        Ok(Admitted { _slot: slot, lane: self.photos.clone(), urls: self.urls.clone(), held: None })
    }
}

impl Lane {
    fn enter(&self) -> Result<OwnedSemaphorePermit, ErrorCode> {
        self.slots.clone().try_acquire_owned().map_err(|_| ErrorCode::ServerBusy)
    }
}

impl Admitted {
    /// From here on the request is one that waits for a URL, if there is a place for one more. What it held is given back.
    pub fn await_url(&mut self) -> Result<(), ErrorCode> {
        self._slot = self.urls.enter()?;
        self.lane = self.urls.clone();
        self.held = None;
        Ok(())
    }

    /// Makes room for `bytes` instead of what was held before; waits a little for it.
    pub async fn hold(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        // Given back first: a request that waits while it holds could wait for itself.
        self.held = None;
        let acquire = self.lane.room.clone().acquire_many_owned(kib(bytes));
        match tokio::time::timeout(WAIT_FOR_ROOM, acquire).await {
            Ok(Ok(held)) => {
                self.held = Some(held);
                Ok(())
            }
            _ => Err(ErrorCode::ServerBusy),
        }
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_allowed_is_busy_until_one_leaves() {
        let admission = Admission::new(2, 10_240);
        let first = admission.admit().unwrap();
        let _second = admission.admit().unwrap();
        assert_eq!(admission.admit().err(), Some(ErrorCode::ServerBusy));
        drop(first);
        assert!(admission.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_url_takes_no_other_requests_place() {
        let admission = Admission::new(2, 10_240);
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let mut admitted = admission.admit().unwrap();
            admitted.await_url().unwrap();
            admitted.hold(5_000).await.unwrap();
            waiting.push(admitted);
        }
        let mut photo = admission.admit().unwrap();
        photo.hold(10_000).await.unwrap();
        // A third one is refused, and leaves its place free as well.
        assert_eq!(admission.admit().unwrap().await_url(), Err(ErrorCode::ServerBusy));
        waiting.pop();
        assert_eq!(admission.admit().unwrap().await_url(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_waited_for_but_not_for_ever() {
        let admission = Admission::new(3, 10_240);
        let mut large = admission.admit().unwrap();
        large.hold(10_000).await.unwrap();
        let mut next = admission.admit().unwrap();
        assert_eq!(next.hold(1_000).await, Err(ErrorCode::ServerBusy));
        // Swapping does not count twice, and what is let go is there for others.
        large.hold(9_000).await.unwrap();
        next.hold(1_000).await.unwrap();
    }
}
