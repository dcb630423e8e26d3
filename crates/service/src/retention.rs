//! Subjects whose time is over: deleted by the server itself.

use facegate_domain::{App, SubjectId};
use facegate_gallery::Erasure;

use crate::enroll::to_the_end;
use crate::{Facegate, ServiceError};

/// Subjects deleted between two looks at who else is due.
const AT_ONCE: usize = 200;

impl Facegate {
    /// Deletes every subject whose time is over, each in a transaction of its own with its row in the audit log; how many.
    /// Several servers may do so at once: each subject is deleted by one of them.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        let mut deleted = 0;
        loop {
            let due = self.gallery.due(AT_ONCE).await?;
            let mut now = 0;
            for one in &due {
                let (gallery, matcher, one) = (self.gallery.clone(), self.matcher.clone(), one.clone());
                let erasure = Erasure::due(gallery.now());
                let removed =
                    to_the_end(async move { matcher.delete(&*gallery, &one.app, &one.subject_id, &erasure).await });
                now += u64::from(removed.await??);
            }
            deleted += now;
            // Another server may be ahead of this one in the same list; it is done with it.
            if now == 0 || due.len() < AT_ONCE {
                return Ok(deleted);
            }
        }
    }

    /// Notes that subjects were used, if the app's retention depends on it. A request does not fail by it.
    pub(crate) async fn note_use(&self, app: &App, subjects: &[SubjectId]) {
        if app.retention_days.is_none() || subjects.is_empty() {
            return;
        }
        if let Err(error) = self.gallery.touch(&app.id, subjects).await {
            tracing::warn!(%error, "the use of a subject could not be written down");
        }
    }
}
