//! Captures: an app orders one, somebody in front of the capture page carries it out, the app learns how it went.

use std::net::IpAddr;

use facegate_domain::{ApiKey, App, SessionId, SubjectId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry, Capture, Captures};

use crate::{Assessed, Checks, Facegate, ImageInput, ServiceError, Shown, Tenant, TokenKind};

/// Photos that may be sent for one capture; after the last one it has failed.
pub const CAPTURE_ATTEMPTS: u32 = 5;

/// A capture that was just ordered.
#[derive(Clone, Debug)]
pub struct NewCapture {
    /// Opens the page; told this once. `Debug` does not show it.
    pub token: ApiKey,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A capture that somebody has opened with its token.
#[derive(Debug)]
pub struct OpenCapture {
    /// The app that ordered it, in the hands of whoever is before the camera.
    pub app: Tenant,
    /// What was ordered, as it was worded.
    pub order: String,
    /// Photos that may still be sent.
    pub attempts_left: u32,
}

/// How a capture went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureState {
    /// It waits for somebody or something.
    Pending,
    /// Its time is over.
    Expired,
    /// Done, in this request: enrolled, or the right face.
    Passed(SessionId),
    /// Every attempt failed; the last one was this request.
    Failed(SessionId),
}

/// A capture as its app sees it.
#[derive(Clone, Debug)]
pub struct KnownCapture {
    /// What was ordered, as it was worded.
    pub order: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// Photos that were sent.
    pub attempts: u32,
    /// How it went.
    pub state: CaptureState,
}

impl Facegate {
    /// Orders a capture for so many seconds. Its id is the request's.
    pub async fn order_capture(
        &self,
        app: &Tenant,
        request: SessionId,
        order: String,
        seconds: u32,
    ) -> Result<NewCapture, ServiceError> {
        let (token, now) = (ApiKey::for_capture(), Timestamp::now());
        let expires_at = Timestamp(now.0.saturating_add(i64::from(seconds) * 1_000_000));
        let capture = Capture {
            token: token.digest().0,
            id: request,
            app: app.id.clone(),
            order,
            expires_at,
            attempts: 0,
            taken: false,
            outcome: None,
        };
        let row = AuditEntry::done(now, &app.actor(), Action::CaptureOrdered).in_session(Some(request));
        self.captures()?.add_capture(&capture, now, row).await?;
        Ok(NewCapture { token, expires_at })
    }

    /// The capture of a token. [`ServiceError::CaptureNotFound`] if there is none, or it is used, at work or expired;
    /// [`ServiceError::TooManyFailures`] if too many from this network asked for such ones.
    pub async fn open_capture(&self, token: &str, from: Option<IpAddr>) -> Result<OpenCapture, ServiceError> {
        let shown = Shown { kind: TokenKind::Capture, digest: digest(token), from };
        let captures = self.captures()?;
        let find = async { Ok(captures.capture(&shown.digest, Timestamp::now()).await?) };
        let capture = self.recognise(&shown, find).await?.ok_or(ServiceError::CaptureNotFound)?;
        let app = self.apps.app(&capture.app).await?.ok_or(ServiceError::CaptureNotFound)?;
        let attempts_left = CAPTURE_ATTEMPTS.saturating_sub(capture.attempts);
        // The token was right all the same: it is no failure of the address.
        if attempts_left == 0 || capture.taken || capture.outcome.is_some() {
            return Err(ServiceError::CaptureNotFound);
        }
        Ok(OpenCapture { app: Tenant::by(app, Actor::Capture), order: capture.order, attempts_left })
    }

    /// Takes the token for one photo: until [`Facegate::end_attempt`] nobody else can. Photos that may still be sent after
    /// this one: counted as it is taken, since others may have taken it after it was opened.
    pub async fn begin_attempt(&self, token: &str) -> Result<u32, ServiceError> {
        let taken = self.captures()?.take_capture(&digest(token), CAPTURE_ATTEMPTS, Timestamp::now()).await?;
        let number = taken.ok_or(ServiceError::CaptureNotFound)?;
        Ok(CAPTURE_ATTEMPTS.saturating_sub(number))
    }

    /// Ends the attempt: passed, failed for good, or (`Pending`) to be tried again.
    pub async fn end_attempt(&self, token: &str, state: CaptureState) -> Result<(), ServiceError> {
        Ok(self.captures()?.end_attempt(&digest(token), state.worded().as_deref()).await?)
    }

    /// How the app's capture with this id went, until a day after its end.
    pub async fn known_capture(&self, app: &App, id: SessionId) -> Result<KnownCapture, ServiceError> {
        let found = self.captures()?.capture_by_id(&app.id, id).await?.ok_or(ServiceError::CaptureNotFound)?;
        let Capture { order, expires_at, attempts, outcome, .. } = found;
        let over = expires_at <= Timestamp::now();
        let unfinished = if over { CaptureState::Expired } else { CaptureState::Pending };
        let state = outcome.as_deref().and_then(CaptureState::parse).unwrap_or(unfinished);
        Ok(KnownCapture { order, expires_at, attempts, state })
    }

    /// What a picture shows, to guide whoever is before the camera. Takes no unit, and nothing is kept.
    pub async fn look(&self, app: &App, image: ImageInput, checks: &Checks) -> Result<Assessed, ServiceError> {
        Ok(self.assess(app, image, checks, false).await?.0)
    }

    /// Whether the subject can be verified; before somebody is asked to show their face for it.
    pub async fn expect_enrolled(&self, app: &App, subject: &SubjectId) -> Result<(), ServiceError> {
        if self.is_enrolled(app, subject).await? { Ok(()) } else { Err(ServiceError::SubjectNotFound) }
    }

    fn captures(&self) -> Result<&dyn Captures, ServiceError> {
        self.captures.as_deref().ok_or(ServiceError::CaptureNotFound)
    }
}

fn digest(token: &str) -> [u8; 32] {
    ApiKey::presented(token).digest().0
}

impl CaptureState {
    /// As the store keeps it; `None` for what goes on.
    fn worded(self) -> Option<String> {
        match self {
            Self::Pending | Self::Expired => None,
            Self::Passed(session) => Some(format!("passed {session}")),
            Self::Failed(session) => Some(format!("failed {session}")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (how, session) = text.split_once(' ')?;
        let session = SessionId::parse(session)?;
        match how {
            "passed" => Some(Self::Passed(session)),
            "failed" => Some(Self::Failed(session)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_kept_and_read_again() {
        let session = SessionId::generate();
        for state in [CaptureState::Passed(session), CaptureState::Failed(session)] {
            assert_eq!(state.worded().as_deref().and_then(CaptureState::parse), Some(state));
        }
        assert_eq!(CaptureState::Pending.worded(), None);
        assert_eq!(CaptureState::parse("passed"), None);
    }
}
