//! What must be in the store after a kill, given what the clients were told.

use std::collections::BTreeMap;

use facegate_domain::{AppId, SubjectId, Template};
use facegate_gallery::{AppDirectory, Gallery, SubjectRecord};
use facegate_gallery_sqlite::SqliteStore;

use crate::load::{Event, Outcome, Picture};

/// Cosine of two templates of one picture, at least: computed twice by the same code they differ by rounding only.
const SAME_PICTURE: f32 = 0.999;

/// The subject that holds a picture's own template.
pub fn reference(picture: usize) -> String {
    format!("reference-{picture}")
}

/// What the clients know, over all rounds.
pub struct Books {
    app: AppId,
    /// Quota units used, as read after the latest kill.
    used: u64,
    /// The write that each subject's record stems from.
    subjects: BTreeMap<String, Event>,
    references: u64,
    acknowledged: usize,
    lost: usize,
    lost_but_written: usize,
}

impl Books {
    /// Books of an app that has used as many units as it has references, one for each picture.
    pub fn new(app: &str, references: u64) -> Self {
        let app = AppId::parse(app).unwrap();
        let (acknowledged, lost, lost_but_written) = (0, 0, 0);
        Self { app, used: references, subjects: BTreeMap::new(), references, acknowledged, lost, lost_but_written }
    }

    /// Units used when last looked at.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Prints what happened.
    pub fn report(&self) {
        println!(
            "{} acknowledged, {} lost in flight, of which {} were written for all to see",
            self.acknowledged, self.lost, self.lost_but_written
        );
        assert!(self.acknowledged > 0, "nothing was tested");
    }

    /// Compares the store with what the clients of one round were told.
    pub async fn check(&mut self, store: &SqliteStore, pictures: &[Picture], events: Vec<Event>) {
        store.integrity().await.expect("a sound store");
        let acknowledged = events.iter().filter(|event| event.outcome != Outcome::Lost).count();
        let lost = events.len() - acknowledged;
        let mut by_subject: BTreeMap<String, Vec<Event>> =
            self.subjects.iter().map(|(subject, event)| (subject.clone(), vec![event.clone()])).collect();
        for event in events {
            by_subject.entry(event.subject.clone()).or_default().push(event);
        }
        let mut written = 0;
        self.subjects.clear();
        for (subject, events) in by_subject {
            let record = store.subject(&self.app, &SubjectId::parse(&subject).unwrap()).await.unwrap();
            let Some(record) = record else {
                let promised = events.iter().find(|event| event.outcome != Outcome::Lost);
                assert!(promised.is_none(), "{subject} is gone, but it was acknowledged: {promised:?}");
                continue;
            };
            self.whole(store, pictures, &record).await;
            let (event, was_lost) = origin(&record, pictures, &events);
            written += usize::from(was_lost);
            self.subjects.insert(subject, event);
        }
        let stored = store.count(&self.app).await.unwrap();
        assert_eq!(stored, self.subjects.len() as u64 + self.references, "subjects that nobody asked for");
        self.quota(store, acknowledged as u64, lost as u64, written as u64).await;
        self.acknowledged += acknowledged;
        self.lost += lost;
        self.lost_but_written += written;
    }

    /// Photo, template and metadata of one record belong together.
    async fn whole(&self, store: &SqliteStore, pictures: &[Picture], record: &SubjectRecord) {
        let picture = picture_of(record, pictures);
        let photo = store.photo(&self.app, &record.subject_id).await.unwrap().expect("a photo");
        assert!(photo == pictures[picture].file, "the photo is not the one whose hash is stored");
        let expected = self.reference_template(store, picture).await;
        let cosine = record.template.cosine(&expected).unwrap();
        assert!(cosine >= SAME_PICTURE, "the template is of another photo: cosine {cosine}");
        assert_eq!((record.nface, record.rotation, record.has_photo), (1, 0, true));
        assert!(record.created_at <= record.updated_at);
    }

    async fn reference_template(&self, store: &SqliteStore, picture: usize) -> Template {
        let id = SubjectId::parse(&reference(picture)).unwrap();
        store.subject(&self.app, &id).await.unwrap().expect("the reference").template
    }

    /// A unit for each acknowledged request, at most one more for each that was lost.
    async fn quota(&mut self, store: &SqliteStore, acknowledged: u64, lost: u64, written: u64) {
        let used = store.app(&self.app).await.unwrap().expect("the app").enroll.used;
        let taken = used - self.used;
        let range = acknowledged + written..=acknowledged + lost;
        assert!(range.contains(&taken), "{taken} units were taken, {range:?} is right");
        self.used = used;
    }
}

fn picture_of(record: &SubjectRecord, pictures: &[Picture]) -> usize {
    let found = pictures.iter().position(|picture| picture.sha256 == record.photo_sha256);
    found.expect("a hash of a picture that was sent")
}

/// The request that wrote the record, as an acknowledged one for the next round, and whether its answer was lost.
fn origin(record: &SubjectRecord, pictures: &[Picture], events: &[Event]) -> (Event, bool) {
    let (picture, session) = (picture_of(record, pictures), record.session_id.to_string());
    let own = |event: &&Event| event.outcome == Outcome::Acknowledged(session.clone());
    let (event, was_lost) = match events.iter().find(own) {
        Some(event) => {
            assert_eq!(event.picture, picture, "photo and session are of different requests");
            let later = |other: &&Event| other.outcome != Outcome::Lost && other.started > event.ended;
            let later = events.iter().find(later);
            assert!(later.is_none(), "{} went back to before {later:?}", event.subject);
            (event, false)
        }
        None => {
            let lost = |event: &&Event| event.outcome == Outcome::Lost && event.picture == picture;
            (events.iter().find(lost).expect("a request that wrote the record"), true)
        }
    };
    let outcome = Outcome::Acknowledged(session);
    (Event { started: 0, ended: 0, outcome, ..event.clone() }, was_lost)
}
