//! What a store means, in memory and in as few lines as possible: the yardstick for random operations, and with a
//! [`Defect`] the proof that the suite notices.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use facegate_domain::{App, AppId, KeyDigest, KeyRecord, QuotaKind, SubjectId, Timestamp};

use super::defect::Defect;
use crate::{
    AppAdmin, AppDirectory, Commit, Committed, Enrolment, IdempotencyKey, QuotaChange, Remember, Remembered,
    StoreError, SubjectRecord,
};

mod gallery;

/// Names a subject: app, then subject id.
type Key = (String, String);

/// A subject.
struct Entry {
    /// Grows with every new subject: the order of the templates.
    number: i64,
    record: SubjectRecord,
    photo: Option<Vec<u8>>,
}

#[derive(Default)]
struct State {
    apps: BTreeMap<AppId, App>,
    subjects: BTreeMap<Key, Entry>,
    latest: i64,
    /// By app and idempotency key.
    answers: BTreeMap<(String, IdempotencyKey), Remember>,
}

/// A store in memory, for tests only.
#[derive(Default)]
pub struct ModelStore {
    state: Mutex<State>,
    defect: Option<Defect>,
}

impl ModelStore {
    /// An empty store that is broken in one way.
    pub fn broken(defect: Defect) -> Self {
        Self { defect: Some(defect), ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn key(&self, app: &AppId, id: &SubjectId) -> Key {
        let app = if self.has(Defect::SharesSubjects) { String::new() } else { app.to_string() };
        let id = if self.has(Defect::FoldsCase) { id.as_str().to_lowercase() } else { id.as_str().to_owned() };
        (app, id)
    }

    fn charge(&self, app: &mut App, commit: &Commit) -> Result<(), StoreError> {
        let slack = u64::from(self.has(Defect::OneUnitTooMany));
        let wanted = [(&mut app.enroll, commit.charge.enroll), (&mut app.liveness, commit.charge.liveness)];
        let fits = wanted.map(|(quota, units)| {
            let fits = units == 0 || quota.limit.is_none_or(|limit| quota.used + units <= limit + slack);
            (fits, quota, units)
        });
        let [(enroll_fits, enroll, enroll_units), (liveness_fits, liveness, liveness_units)] = fits;
        if !enroll_fits {
            return Err(StoreError::QuotaExhausted(QuotaKind::Enroll));
        }
        if !liveness_fits {
            enroll.used += if self.has(Defect::HalfACharge) { enroll_units } else { 0 };
            return Err(StoreError::QuotaExhausted(QuotaKind::Liveness));
        }
        enroll.used += enroll_units;
        liveness.used += liveness_units;
        Ok(())
    }

    /// The first enrolment decides the app's model; later ones must be of it.
    fn check_model(&self, app: &mut App, new: &Enrolment) -> Result<(), StoreError> {
        let model = app.model.get_or_insert_with(|| new.template.model().clone());
        let same = model == new.template.model() || self.has(Defect::MixesModels);
        if same { Ok(()) } else { Err(StoreError::OtherModel) }
    }

    fn write(&self, state: &mut State, app: &AppId, new: Enrolment) -> Committed {
        let key = self.key(app, &new.subject_id);
        let old = state.subjects.remove(&key);
        state.latest += 1;
        let number = old.as_ref().map_or(state.latest, |old| old.number);
        let mut record = SubjectRecord {
            subject_id: new.subject_id,
            created_at: new.at,
            updated_at: new.at,
            session_id: new.session_id,
            template: new.template,
            nface: new.nface,
            rotation: new.rotation,
            photo_sha256: new.photo_sha256,
            has_photo: new.photo.is_some(),
            terms: new.terms,
        };
        if self.has(Defect::RoundsTemplates) {
            let bytes: Vec<u8> = record.template.to_bytes().chunks(4).flat_map(|b| [0, b[1], b[2], b[3]]).collect();
            if let Ok(rounded) = facegate_domain::Template::from_bytes(record.template.model().clone(), &bytes) {
                record.template = rounded;
            }
        }
        let mut photo = new.photo;
        let Some(Entry { record: was, photo: old_photo, .. }) = old else {
            state.subjects.insert(key, Entry { number, record, photo });
            return Committed::Created;
        };
        if !self.has(Defect::MovesCreation) {
            record.created_at = was.created_at;
        }
        if self.has(Defect::ForgetsMetadata) {
            record = SubjectRecord { template: record.template, ..was };
        }
        if self.has(Defect::KeepsOldPhoto) {
            photo = photo.or(old_photo);
        }
        state.subjects.insert(key, Entry { number, record, photo });
        Committed::Updated
    }

    fn owner(&self, app: &AppId) -> String {
        if self.has(Defect::SharesAnswers) { String::new() } else { app.to_string() }
    }

    fn kept(&self, state: &State, app: &AppId, key: &IdempotencyKey, now: Timestamp) -> Option<Remembered> {
        let kept = state.answers.get(&(self.owner(app), key.clone()))?;
        let lasts = kept.expires_at > now || self.has(Defect::NeverExpires);
        lasts.then(|| Remembered { fingerprint: kept.fingerprint, answer: kept.answer.clone(), at: kept.at })
    }

    fn keep(&self, state: &mut State, app: &AppId, remember: Remember) {
        let place = (self.owner(app), remember.key.clone());
        if self.has(Defect::KeepsExpired) {
            state.answers.entry(place).or_insert(remember);
            return;
        }
        if !self.has(Defect::NeverExpires) {
            state.answers.retain(|_, kept| kept.expires_at > remember.at);
        }
        state.answers.insert(place, remember);
    }

    fn forget(&self, state: &mut State, app: &AppId, id: &SubjectId, enrolled: bool) {
        if self.has(Defect::LeavesAnswers) || (!enrolled && self.has(Defect::LeavesAnswersOfStrangers)) {
            return;
        }
        let (owner, all) = (self.owner(app), self.has(Defect::ForgetsNamesakes));
        state.answers.retain(|(app, _), kept| (*app != owner && !all) || kept.subject_id.as_ref() != Some(id));
    }
}

#[async_trait]
impl AppDirectory for ModelStore {
    async fn app(&self, id: &AppId) -> Result<Option<App>, StoreError> {
        Ok(self.state().apps.get(id).cloned())
    }
}

#[async_trait]
impl AppAdmin for ModelStore {
    async fn create_app(&self, app: &App) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.apps.contains_key(&app.id) && !self.has(Defect::OverwritesApp) {
            return Err(StoreError::AppExists);
        }
        state.apps.insert(app.id.clone(), app.clone());
        Ok(())
    }

    async fn apps(&self) -> Result<Vec<App>, StoreError> {
        let mut apps: Vec<App> = self.state().apps.values().cloned().collect();
        if !self.has(Defect::OrdersById) {
            apps.sort_by_key(|app| app.created_at);
        }
        Ok(apps)
    }

    async fn set_quotas(&self, id: &AppId, change: QuotaChange) -> Result<(), StoreError> {
        let mut state = self.state();
        let app = state.apps.get_mut(id).ok_or(StoreError::UnknownApp)?;
        app.enroll.limit = change.enroll.unwrap_or(app.enroll.limit);
        app.liveness.limit = change.liveness.unwrap_or(app.liveness.limit);
        Ok(())
    }

    async fn set_retention(&self, id: &AppId, days: Option<u32>) -> Result<(), StoreError> {
        self.state().apps.get_mut(id).ok_or(StoreError::UnknownApp)?.retention_days = days;
        Ok(())
    }

    async fn add_key(&self, id: &AppId, key: &KeyRecord) -> Result<(), StoreError> {
        let mut state = self.state();
        let app = state.apps.get_mut(id).ok_or(StoreError::UnknownApp)?;
        app.keys.push(key.clone());
        app.keys.sort_by_key(|key| key.created_at);
        Ok(())
    }

    async fn revoke_key(&self, id: &AppId, key: &KeyDigest, at: Timestamp) -> Result<(), StoreError> {
        let mut state = self.state();
        let app = state.apps.get_mut(id).ok_or(StoreError::UnknownKey)?;
        let twice = self.has(Defect::RevokesTwice);
        let mut in_force = app.keys.iter_mut().filter(|known| twice || known.revoked_at.is_none());
        let known = in_force.find(|known| known.digest == *key).ok_or(StoreError::UnknownKey)?;
        known.revoked_at = Some(at);
        Ok(())
    }

    async fn delete_app(&self, id: &AppId) -> Result<(), StoreError> {
        let mut state = self.state();
        state.apps.remove(id).ok_or(StoreError::UnknownApp)?;
        if !self.has(Defect::LeavesSubjects) {
            state.subjects.retain(|(app, _), _| app != id.as_str());
        }
        if !self.has(Defect::LeavesAnswersOfApps) {
            let owner = self.owner(id);
            state.answers.retain(|(app, _), _| *app != owner);
        }
        Ok(())
    }
}
