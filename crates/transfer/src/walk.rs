//! Walking along the subjects of a target beside those of a source.

use std::cmp::Ordering;
use std::collections::VecDeque;

use facegate_domain::{AppId, SubjectId};
use facegate_gallery::{Snapshot, Snapshots, WholeSubject};

use crate::{AT_ONCE, TransferError};

/// What the target has at the place of a subject of the source.
pub(crate) enum Beside {
    /// Nothing.
    Nobody,
    /// This subject.
    Same(Box<WholeSubject>),
    /// Another one, which the source does not have.
    Other,
}

/// The subjects of one app of a target, in order. Lets go of its snapshot at their end, so that what is written afterwards
/// is not held up by it.
pub(crate) struct Walk {
    snapshot: Option<Box<dyn Snapshot>>,
    app: AppId,
    page: VecDeque<WholeSubject>,
    after: Option<SubjectId>,
}

impl Walk {
    pub(crate) async fn new(target: &(impl Snapshots + ?Sized), app: &AppId) -> Result<Self, TransferError> {
        let snapshot = Some(target.snapshot().await?);
        Ok(Self { snapshot, app: app.clone(), page: VecDeque::new(), after: None })
    }

    /// What there is beside this subject of the source, whose subjects come in order.
    pub(crate) async fn beside(&mut self, id: &SubjectId) -> Result<Beside, TransferError> {
        self.fill().await?;
        let Some(next) = self.page.front() else { return Ok(Beside::Nobody) };
        match next.record.subject_id.cmp(id) {
            Ordering::Greater => Ok(Beside::Nobody),
            Ordering::Less => Ok(Beside::Other),
            Ordering::Equal => {
                Ok(self.page.pop_front().map_or(Beside::Nobody, |subject| Beside::Same(Box::new(subject))))
            }
        }
    }

    /// Whether nobody is left.
    pub(crate) async fn is_over(&mut self) -> Result<bool, TransferError> {
        self.fill().await?;
        Ok(self.page.is_empty())
    }

    async fn fill(&mut self) -> Result<(), TransferError> {
        if self.page.is_empty()
            && let Some(snapshot) = &mut self.snapshot
        {
            self.page = snapshot.subjects(&self.app, self.after.as_ref(), AT_ONCE).await?.into();
            match self.page.back() {
                Some(last) => self.after = Some(last.record.subject_id.clone()),
                None => self.snapshot = None,
            }
        }
        Ok(())
    }
}
