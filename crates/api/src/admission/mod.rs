//! How much is worked on at once. A bounded number of requests and of bytes turns overload into `SERVER_BUSY` and keeps
//! memory bounded whatever clients send.
//!
//! Requests that wait for a URL are counted apart: others decide how long those take, and they must not take the place of
//! requests that have their photos with them. So are photos in answers: clients decide how long those are held. And no app takes
//! all of what waits for somebody outside, bodies, downloads and answers: who declares bodies and does not send them, or asks
//! for photos and does not read them, leaves the others their part.

mod lane;
mod reply;

use std::sync::Arc;

use facegate_domain::AppId;
use tokio::sync::OwnedSemaphorePermit;

use crate::ErrorCode;
use lane::{Lane, Share};

pub(crate) use lane::Share as AnswerShare;
pub(crate) use reply::{AnswerRoom, TIMES};

/// Most bytes of the largest request of each kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest {
    /// A body.
    pub body: usize,
    /// Downloads, with a photo that came beside a URL.
    pub downloads: usize,
    /// An answer with photos.
    pub answer: usize,
}

/// Counts requests and bytes.
pub(crate) struct Admission {
    photos: Arc<Lane>,
    urls: Arc<Lane>,
    answers: Arc<Lane>,
}

/// A request that was let in; its share returns when this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _slot: OwnedSemaphorePermit,
    photos: Arc<Lane>,
    urls: Arc<Lane>,
    app: AppId,
    share: Option<Share>,
}

impl Admission {
    /// At most `requests` at once, holding at most `bytes` together (more if two of the largest need it); as many again that wait
    /// for a URL, and as many bytes again of answers.
    pub fn new(requests: usize, bytes: usize, largest: Largest) -> Self {
        // One request of the largest kind must always fit, and one more beside it, of another app.
        let lane = |largest: usize| Lane::new(requests, bytes.max(largest.saturating_mul(2)), largest);
        Self { photos: lane(largest.body), urls: lane(largest.downloads), answers: lane(largest.answer) }
    }

    /// Lets a request of this app in, or says `SERVER_BUSY` at once.
    pub fn admit(&self, app: &AppId) -> Result<Admitted, ErrorCode> {
        let (photos, urls, slot) = (self.photos.clone(), self.urls.clone(), self.photos.enter()?);
        Ok(Admitted { _slot: slot, photos, urls, app: app.clone(), share: None })
    }

    /// Where an answer to this app holds its photos.
    pub fn answer(&self, app: &AppId) -> AnswerRoom {
        AnswerRoom::new(&self.answers, app)
    }
}

impl Admitted {
    /// Makes room for a body of `bytes` that is to come, within the app's part; waits a little for it.
    pub async fn await_body(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        self.share = Some(self.photos.share(&self.app, bytes).await?);
        Ok(())
    }

    /// The body is there, and nothing else is waited for: from here on it is not the client who decides how long it takes.
    pub fn arrived(&mut self) {
        if let Some(share) = &mut self.share {
            share.leave_part();
        }
    }

    /// Holds no more than `bytes` from here on.
    pub fn shrink(&mut self, bytes: usize) {
        if let Some(share) = &mut self.share {
            share.shrink(bytes);
        }
    }

    /// From here on the request is one that waits for a URL, if there is a place for one more, with `bytes` in all.
    pub async fn await_url(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        self._slot = self.urls.enter()?;
        // What it has counts until it counts there, within the app's part: others do not wait for its URLs. A place among photos
        // it has no more, so that the app's own photos do not wait for them either.
        if let Some(share) = &mut self.share {
            share.leave_place();
        }
        self.share = Some(self.urls.share(&self.app, bytes).await?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn admission(requests: usize, kib: usize, largest: usize) -> Admission {
        let largest = largest * KIB;
        Admission::new(requests, kib * KIB, Largest { body: largest, downloads: largest, answer: largest })
    }

    #[tokio::test]
    async fn one_more_than_allowed_is_busy_until_one_leaves() {
        let (admission, shop) = (admission(2, 10, 1), app("shop"));
        let first = admission.admit(&shop).unwrap();
        let _second = admission.admit(&shop).unwrap();
        assert_eq!(admission.admit(&shop).err(), Some(ErrorCode::ServerBusy));
        drop(first);
        assert!(admission.admit(&shop).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_url_takes_no_other_requests_place() {
        let (admission, shop) = (admission(4, 10, 10), app("shop"));
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let mut admitted = admission.admit(&shop).unwrap();
            admitted.await_url(3 * KIB).await.unwrap();
            waiting.push(admitted);
        }
        let mut photo = admission.admit(&shop).unwrap();
        photo.await_body(10 * KIB).await.unwrap();
        // One more of this app is refused, and leaves its place free as well.
        assert_eq!(admission.admit(&shop).unwrap().await_url(0).await, Err(ErrorCode::ServerBusy));
        waiting.pop();
        assert_eq!(admission.admit(&shop).unwrap().await_url(0).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_waited_for_but_not_for_ever() {
        let (admission, shop) = (admission(3, 10, 5), app("shop"));
        let [mut large, mut other, mut next] = [(), (), ()].map(|()| admission.admit(&shop).unwrap());
        for admitted in [&mut large, &mut other] {
            admitted.await_body(5 * KIB).await.unwrap();
            admitted.arrived();
        }
        assert_eq!(next.await_body(2 * KIB).await, Err(ErrorCode::ServerBusy));
        // What is let go is there for others.
        large.shrink(KIB);
        next.await_body(4 * KIB).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_app_never_takes_all_room_however_large_a_request_may_be() {
        let (admission, slow, other) = (admission(8, 10, 30), app("slow"), app("other"));
        let mut waiting = admission.admit(&slow).unwrap();
        waiting.await_body(30 * KIB).await.unwrap();
        admission.admit(&other).unwrap().await_body(30 * KIB).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn urls_that_wait_for_room_leave_their_apps_photos_their_places() {
        let (admission, shop) = (Arc::new(admission(8, 20, 10)), app("shop"));
        let mut waiting = Vec::new();
        for _ in 0..6 {
            let (admission, shop) = (admission.clone(), shop.clone());
            waiting.push(tokio::spawn(async move {
                let mut admitted = admission.admit(&shop).unwrap();
                admitted.await_body(KIB).await.unwrap();
                admitted.shrink(0);
                let room = admitted.await_url(10 * KIB).await;
                tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                room
            }));
        }
        tokio::task::yield_now().await;
        admission.admit(&shop).unwrap().await_body(KIB).await.unwrap();
        for (number, waiting) in waiting.into_iter().enumerate() {
            assert_eq!(waiting.await.unwrap().is_ok(), number == 0, "only one download has room");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_do_not_arrive_leave_others_their_room() {
        let admission = admission(8, 40, 8);
        let (slow, other) = (app("slow"), app("other"));
        let mut waiting = Vec::new();
        for expected in [Ok(()), Ok(()), Ok(()), Err(ErrorCode::ServerBusy)] {
            let mut admitted = admission.admit(&slow).unwrap();
            assert_eq!(admitted.await_body(10 * KIB).await, expected);
            waiting.push(admitted);
        }
        admission.admit(&other).unwrap().await_body(10 * KIB).await.unwrap();
        // What has arrived is worked on, and makes room for the next of the same app.
        waiting[0].arrived();
        admission.admit(&slow).unwrap().await_body(10 * KIB).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_do_not_arrive_leave_others_their_places() {
        let admission = admission(8, 40, 8);
        let (slow, other) = (app("slow"), app("other"));
        let mut waiting = Vec::new();
        // Of many at once: those beyond the part are refused at once, so that none of them keeps a place for seconds.
        for number in 0..32 {
            let mut admitted = admission.admit(&slow).unwrap();
            let asked = tokio::time::Instant::now();
            let let_in = admitted.await_body(0).await.is_ok();
            assert_eq!((let_in, asked.elapsed().as_secs()), (number < 6, 0), "request {number}");
            if let_in {
                waiting.push(admitted);
            }
        }
        admission.admit(&other).unwrap().await_body(8 * KIB).await.unwrap();
    }
}
