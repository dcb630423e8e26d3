//! What the operator does with an app in the console: the same use cases, under the operator's name.

use bytes::Bytes;
use facegate_domain::{AppId, SessionId, SubjectId, Timestamp};
use facegate_gallery::{Action, Actor, AuditEntry};

use crate::{Facegate, ServiceError, Tenant};

impl Facegate {
    /// The app in its operator's hands; who asks must have been asked for the operator's password.
    /// [`ServiceError::Unauthorized`] if there is no such app.
    pub async fn as_operator(&self, app: &AppId) -> Result<Tenant, ServiceError> {
        let found = self.apps.app(app).await?.ok_or(ServiceError::Unauthorized)?;
        Ok(Tenant::by(self.with_model(found).await?, Actor::Operator))
    }

    /// The photo that a subject was enrolled with, if it is kept. It is given out only when the audit log says so.
    pub async fn show_photo(
        &self,
        app: &Tenant,
        session: SessionId,
        subject: &SubjectId,
    ) -> Result<Option<Bytes>, ServiceError> {
        let Some(photo) = self.photo_of(app, subject).await? else { return Ok(None) };
        let row = AuditEntry::done(Timestamp::now(), &app.actor(), Action::PhotoShown).in_session(Some(session));
        let pseudonym = self.audit.pseudonym(&app.id, subject).await?.ok_or(ServiceError::Unauthorized)?;
        self.audit.note(Some(&app.id), &[row.about(pseudonym)]).await?;
        Ok(Some(photo.into()))
    }

    /// How many subjects the app has.
    pub async fn count(&self, app: &AppId) -> Result<u64, ServiceError> {
        Ok(self.gallery.count(app).await?)
    }
}
