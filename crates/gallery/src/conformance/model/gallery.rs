//! The model's subjects, pages and kept answers.

use async_trait::async_trait;
use facegate_domain::{AppId, SubjectId, Timestamp};

use super::{Entry, Key, ModelStore};
use crate::conformance::Defect;
use crate::{
    AppTemplates, Commit, Committed, Due, Erasure, Gallery, IdempotencyKey, MAX_SUBJECTS, MAX_TEMPLATES, Remembered,
    StoreError, StoredTemplate, SubjectRecord, SubjectSummary, TemplateCursor,
};

#[async_trait]
impl Gallery for ModelStore {
    async fn commit(&self, app: &AppId, commit: Commit) -> Result<Committed, StoreError> {
        let mut state = self.state();
        let state = &mut *state;
        let account = state.apps.get_mut(app).ok_or(StoreError::UnknownApp)?;
        let taken_first = self.has(Defect::ChargesReplays).then(|| self.charge(account, &commit)).transpose()?;
        let kept = commit.remember.as_ref().and_then(|new| {
            let mut kept = self.kept(state, app, &new.key, new.at)?;
            if self.has(Defect::LosesFingerprint) {
                kept.fingerprint = new.fingerprint;
            }
            Some(kept)
        });
        if let Some(kept) = kept.filter(|_| !self.has(Defect::ReplacesAnswers)) {
            if let Some(enrolment) = commit.enrolment.filter(|_| self.has(Defect::WritesReplays)) {
                self.write(state, app, enrolment);
            }
            return Ok(Committed::Replayed(kept));
        }
        let account = state.apps.get_mut(app).ok_or(StoreError::UnknownApp)?;
        if let Some(new) = &commit.enrolment {
            self.check_model(&mut account.clone(), new)?;
        }
        let charged = if taken_first.is_some() { Ok(()) } else { self.charge(account, &commit) };
        if let Some(remember) = commit.remember.filter(|_| charged.is_ok() || self.has(Defect::RemembersRefusals)) {
            self.keep(state, app, remember);
        }
        if charged.is_err() && !self.has(Defect::WritesWhenExhausted) {
            return charged.map(|()| Committed::Charged);
        }
        let committed = match commit.enrolment {
            Some(enrolment) => {
                if let Some(account) = state.apps.get_mut(app).filter(|_| charged.is_ok()) {
                    self.check_model(account, &enrolment)?;
                }
                self.write(state, app, enrolment)
            }
            None => Committed::Charged,
        };
        charged.map(|()| committed)
    }

    async fn subject(&self, app: &AppId, id: &SubjectId) -> Result<Option<SubjectRecord>, StoreError> {
        Ok(self.state().subjects.get(&self.key(app, id)).map(|entry| entry.record.clone()))
    }

    async fn photo(&self, app: &AppId, id: &SubjectId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().subjects.get(&self.key(app, id)).and_then(|entry| entry.photo.clone()))
    }

    async fn photo_bytes(&self, app: &AppId, id: &SubjectId) -> Result<Option<usize>, StoreError> {
        Ok(self.photo(app, id).await?.map(|photo| photo.len()))
    }

    async fn remembered(
        &self,
        app: &AppId,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<Remembered>, StoreError> {
        Ok(self.kept(&self.state(), app, key, now))
    }

    async fn subjects(
        &self,
        app: &AppId,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectSummary>, StoreError> {
        let state = self.state();
        let owner = if self.has(Defect::SharesSubjects) { String::new() } else { app.to_string() };
        let mut records: Vec<&SubjectRecord> =
            state.subjects.iter().filter(|((app, _), _)| *app == owner).map(|(_, entry)| &entry.record).collect();
        if self.has(Defect::ListsLikeADictionary) {
            records.sort_by_key(|record| record.subject_id.as_str().to_lowercase());
        } else {
            records.sort_by(|a, b| a.subject_id.as_str().as_bytes().cmp(b.subject_id.as_str().as_bytes()));
        }
        let there = |id: &SubjectId| records.iter().any(|record| record.subject_id == *id);
        if self.has(Defect::LosesItsPlace) && after.is_some_and(|id| !there(id)) {
            return Ok(Vec::new());
        }
        let limit = if self.has(Defect::IgnoresPageLimits) { usize::MAX } else { limit.clamp(1, MAX_SUBJECTS) };
        let repeats = self.has(Defect::RepeatsTheCursor);
        let follows = |id: &SubjectId| after.is_none_or(|after| id > after || (repeats && id == after));
        Ok(records.into_iter().filter(|record| follows(&record.subject_id)).take(limit).map(summary).collect())
    }

    async fn templates(&self, after: Option<&TemplateCursor>, limit: usize) -> Result<Vec<StoredTemplate>, StoreError> {
        let state = self.state();
        let mut entries: Vec<(&Key, &Entry)> = state.subjects.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.number);
        let there = |cursor: &TemplateCursor| entries.iter().any(|(_, entry)| entry.number == cursor.number());
        let anew = self.has(Defect::BeginsTemplatesAnew) && after.is_some_and(|cursor| !there(cursor));
        let after = after.filter(|_| !anew).map_or(0, |cursor| cursor.number());
        if self.has(Defect::TemplatesOfOneApp)
            && let Some(first) = state.apps.keys().next()
        {
            entries.retain(|((app, _), _)| app == first.as_str());
        }
        let limit = if self.has(Defect::IgnoresPageLimits) { usize::MAX } else { limit.clamp(1, MAX_TEMPLATES) };
        let read = |((app, _), entry): (&Key, &Entry)| {
            Ok(StoredTemplate {
                app: AppId::parse(app).map_err(|_| StoreError::Corrupt("App-ID".to_owned()))?,
                subject_id: entry.record.subject_id.clone(),
                template: entry.record.template.clone(),
                expires_at: entry.record.terms.expires_at,
                cursor: TemplateCursor::new(entry.number),
            })
        };
        entries.into_iter().filter(|(_, entry)| entry.number > after).take(limit).map(read).collect()
    }

    async fn templates_of(
        &self,
        app: &AppId,
        after: Option<&TemplateCursor>,
        limit: usize,
    ) -> Result<AppTemplates, StoreError> {
        let model = self.state().apps.get(app).and_then(|app| app.model.clone());
        let mut templates = self.templates(after, usize::MAX).await?;
        templates.retain(|found| found.app == *app);
        templates.truncate(limit.clamp(1, MAX_TEMPLATES));
        Ok(AppTemplates { model, templates })
    }

    async fn erase(&self, app: &AppId, id: &SubjectId, _: &Erasure) -> Result<bool, StoreError> {
        let (key, mut state) = (self.key(app, id), self.state());
        let enrolled = state.subjects.contains_key(&key);
        self.forget(&mut state, app, id, enrolled);
        if !self.has(Defect::LeavesPhoto) {
            return Ok(state.subjects.remove(&key).is_some());
        }
        Ok(state.subjects.get_mut(&key).is_some_and(|entry| std::mem::take(&mut entry.record.has_photo)))
    }

    async fn due(&self, _: usize) -> Result<Vec<Due>, StoreError> {
        // The model knows no time: the suite of terms runs on stores only.
        Ok(Vec::new())
    }

    async fn touch(&self, _: &AppId, _: &[SubjectId]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn count(&self, app: &AppId) -> Result<u64, StoreError> {
        let app = if self.has(Defect::SharesSubjects) { "" } else { app.as_str() };
        Ok(self.state().subjects.keys().filter(|(owner, _)| owner == app).count() as u64)
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn summary(record: &SubjectRecord) -> SubjectSummary {
    SubjectSummary {
        subject_id: record.subject_id.clone(),
        created_at: record.created_at,
        updated_at: record.updated_at,
        session_id: record.session_id,
        model: record.template.model().clone(),
        nface: record.nface,
        rotation: record.rotation,
        has_photo: record.has_photo,
        terms: record.terms.clone(),
    }
}
