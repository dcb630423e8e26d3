//! What one kind of requests shares: places, and room for bytes. No app takes all of either.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use facegate_domain::AppId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::ErrorCode;

/// How long a request that was let in waits for room for its bytes. Its body is not read meanwhile.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);

/// Places and room (in KiB).
#[derive(Clone, Debug)]
struct Pair {
    slots: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

/// What all apps share, and what each of them may take of it.
#[derive(Debug)]
pub(super) struct Lane {
    whole: Pair,
    /// Of apps with requests only.
    parts: Mutex<HashMap<AppId, Pair>>,
    /// Places and KiB of an app.
    part: (usize, usize),
}

/// One place of an app's part.
#[derive(Debug)]
struct Part {
    lane: Arc<Lane>,
    app: AppId,
    /// `None` only while this is dropped.
    pair: Option<Pair>,
    /// `None` while it is made and dropped, and when the share left it.
    slot: Option<OwnedSemaphorePermit>,
}

/// Bytes that are held, of everybody's room and of an app's part.
#[derive(Debug)]
pub(crate) struct Share {
    whole: OwnedSemaphorePermit,
    // The room before the part, which forgets the app when nothing is held any more.
    part: Option<(OwnedSemaphorePermit, Part)>,
}

impl Lane {
    /// `slots` requests with `bytes` in all. An app takes at most three quarters of each, and leaves others room for the
    /// largest request there is, as far as it can have one itself.
    pub fn new(slots: usize, bytes: usize, largest: usize) -> Arc<Self> {
        let (all, largest) = (kib(bytes) as usize, kib(largest) as usize);
        let most = |all: usize| (all - all.div_ceil(4)).max(1);
        let room = most(all).min(all.saturating_sub(largest)).max(largest).min(all.max(1));
        Arc::new(Self { whole: Pair::new(slots, all), parts: Mutex::default(), part: (most(slots), room) })
    }

    /// A place, or `SERVER_BUSY` at once.
    pub fn enter(&self) -> Result<OwnedSemaphorePermit, ErrorCode> {
        self.whole.slots.clone().try_acquire_owned().map_err(|_| ErrorCode::ServerBusy)
    }

    /// Room for so many bytes within the app's part, waiting a little for it. `SERVER_BUSY` if it does not come in time, and
    /// at once if the app has all of its places: whoever waited would have one of everybody's meanwhile.
    pub async fn share(self: &Arc<Self>, app: &AppId, bytes: usize) -> Result<Share, ErrorCode> {
        let part = self.part(app)?;
        let room = tokio::time::timeout(WAIT_FOR_ROOM, self.room(part, kib(bytes)));
        room.await.map_err(|_| ErrorCode::ServerBusy)?.map_err(|_| ErrorCode::ServerBusy)
    }

    fn part(self: &Arc<Self>, app: &AppId) -> Result<Part, ErrorCode> {
        let pair = {
            let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.entry(app.clone()).or_insert_with(|| Pair::new(self.part.0, self.part.1)).clone()
        };
        let slot = pair.slots.clone().try_acquire_owned().map_err(|_| ErrorCode::ServerBusy);
        let mut part = Part { lane: self.clone(), app: app.clone(), pair: Some(pair), slot: None };
        part.slot = Some(slot?);
        Ok(part)
    }

    /// In the app's part first, so that nobody waits behind what an app may not have yet.
    async fn room(&self, part: Part, kib: u32) -> Result<Share, AcquireError> {
        let of_part = part.pair.as_ref().map(|pair| pair.room.clone());
        let of_part = match of_part {
            Some(room) => Some((room.acquire_many_owned(kib).await?, part)),
            None => None,
        };
        Ok(Share { whole: self.whole.room.clone().acquire_many_owned(kib).await?, part: of_part })
    }
}

impl Pair {
    fn new(slots: usize, kib: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(slots.max(1))), room: Arc::new(Semaphore::new(kib)) }
    }
}

impl Share {
    /// Gives back all but so much.
    pub fn shrink(&mut self, bytes: usize) {
        let most = kib(bytes) as usize;
        let more = |held: &mut OwnedSemaphorePermit| drop(held.split(held.num_permits().saturating_sub(most)));
        more(&mut self.whole);
        if let Some((room, _)) = &mut self.part {
            more(room);
        }
    }

    /// Keeps its room, and leaves its place in the app's part to another request.
    pub fn leave_place(&mut self) {
        if let Some((_, part)) = &mut self.part {
            part.slot = None;
        }
    }

    /// Counts for all apps' room only from here on.
    pub fn leave_part(&mut self) {
        self.part = None;
    }
}

impl Drop for Part {
    /// An app without requests is forgotten: there may be many.
    fn drop(&mut self) {
        let mut parts = self.lane.parts.lock().unwrap_or_else(PoisonError::into_inner);
        (self.slot, self.pair) = (None, None);
        let unused = |pair: &Pair| Arc::strong_count(&pair.slots) == 1 && Arc::strong_count(&pair.room) == 1;
        if parts.get(&self.app).is_some_and(unused) {
            parts.remove(&self.app);
        }
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    #[tokio::test(start_paused = true)]
    async fn an_app_leaves_a_quarter_to_others_and_is_forgotten_afterwards() {
        let lane = Lane::new(4, 40 * KIB, 10 * KIB);
        let [one, other] = ["one", "other"].map(|id| AppId::parse(id).unwrap());
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(lane.share(&one, 10 * KIB).await.unwrap());
        }
        let asked = tokio::time::Instant::now();
        assert_eq!(lane.share(&one, 0).await.err(), Some(ErrorCode::ServerBusy), "a fourth place");
        assert_eq!(asked.elapsed(), Duration::ZERO, "a place is not waited for");
        let share = lane.share(&other, 10 * KIB).await.unwrap();
        assert_eq!(lane.parts.lock().unwrap().len(), 2);
        drop(share);
        held.pop();
        assert_eq!(lane.share(&one, 11 * KIB).await.err(), Some(ErrorCode::ServerBusy), "more than its part");
        held[0].shrink(2 * KIB);
        drop(lane.share(&one, 18 * KIB).await.unwrap());
        drop(held);
        assert!(lane.parts.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_app_leaves_room_for_the_largest_request_of_another() {
        for (all, largest) in [(40, 16), (40, 20), (40, 30), (16, 16), (8, 8)] {
            let lane = Lane::new(8, all * KIB, largest * KIB);
            let [one, other] = ["one", "other"].map(|id| AppId::parse(id).unwrap());
            let mut held = vec![lane.share(&one, largest * KIB).await.unwrap()];
            while let Ok(share) = lane.share(&one, KIB).await {
                held.push(share);
            }
            let left = lane.share(&other, largest * KIB).await;
            assert_eq!(left.is_ok(), all >= 2 * largest, "{largest} of {all}");
        }
    }
}
