//! The check is checked: a store that broke a promise is found out.

use std::path::Path;
use std::sync::Arc;

use facegate_domain::{App, AppMode, ModelId, Quota, SessionId, SubjectId, Template, Timestamp};
use facegate_gallery::{AppAdmin, Charge, Commit, Enrolment, Gallery};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::{MasterKey, Vault};

use crate::check::{Books, reference};
use crate::load::{Event, Outcome, Picture};

/// A store with one subject, `a`, enrolled with picture 0, and what its client was told.
struct Story {
    pictures: Vec<Picture>,
    stored: Vec<Enrolment>,
    /// Units that the enrolments took.
    units: u64,
    events: Vec<Event>,
}

/// One way of breaking a promise.
type Fault = fn(&mut Story);

fn picture(name: u8) -> Picture {
    Picture { file: vec![name; 10], base64: String::new(), sha256: [name; 32] }
}

/// Each picture has a template at a right angle to the others'.
fn enrolment(subject: &str, picture: u8) -> Enrolment {
    let mut values = vec![0.0; 3];
    values[usize::from(picture)] = 1.0;
    Enrolment {
        subject_id: SubjectId::parse(subject).unwrap(),
        at: Timestamp::now(),
        session_id: SessionId::generate(),
        template: Template::new(ModelId::new("model", "00"), values).unwrap(),
        next_template: None,
        nface: 1,
        rotation: 0,
        photo_sha256: [picture; 32],
        photo: Some(vec![picture; 10]),
        terms: Default::default(),
    }
}

fn told(enrolment: &Enrolment, picture: usize, started: u64) -> Event {
    let outcome = Outcome::Acknowledged(enrolment.session_id.to_string());
    Event { subject: enrolment.subject_id.as_str().into(), picture, started, ended: started + 1, outcome }
}

impl Story {
    fn good() -> Self {
        let a = enrolment("a", 0);
        let events = vec![told(&a, 0, 1)];
        Self { pictures: vec![picture(0), picture(1)], stored: vec![a], units: 1, events }
    }

    /// Whether the check is content with it.
    async fn holds(self) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facegate.db");
        tokio::spawn(async move { self.check(&path).await }).await.is_ok()
    }

    async fn check(self, path: &Path) {
        let vault = Arc::new(Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap());
        let store = SqliteStore::open(path, vault, Options::default()).unwrap();
        let (enroll, liveness) = (Quota { limit: Some(1000), used: 0 }, Quota::default());
        let (app, _) = App::create(AppMode::Testing, "", enroll, liveness);
        let id = app.id.clone();
        store.create_app(&app).await.unwrap();
        let references = (0..2).map(|picture| enrolment(&reference(picture.into()), picture));
        for one in references.chain(self.stored) {
            store.commit(&id, Commit { enrolment: Some(one), ..Commit::default() }).await.unwrap();
        }
        let charge = Charge { enroll: 2 + self.units, ..Charge::default() };
        store.commit(&id, Commit { charge, ..Commit::default() }).await.unwrap();
        Books::new(id.as_str(), 2).check(&store, &self.pictures, self.events).await;
    }
}

#[tokio::test]
async fn broken_promises_are_found_out() {
    assert!(Story::good().holds().await);
    let faults: [(&str, Fault); 9] = [
        ("an acknowledged subject is gone", |s| {
            s.events.push(told(&enrolment("b", 1), 1, 3));
            s.units += 1;
        }),
        ("an acknowledged update is gone", |s| {
            s.events.push(told(&enrolment("a", 1), 1, 3));
            s.units += 1;
        }),
        ("the photo is another request's", |s| s.stored[0].photo = Some(vec![1; 10])),
        ("the photo's hash is another request's", |s| s.stored[0].photo_sha256 = [1; 32]),
        ("the template is another request's", |s| s.stored[0].template = enrolment("a", 1).template),
        ("the session is nobody's", |s| s.stored[0].session_id = SessionId::generate()),
        ("a subject that nobody asked for", |s| s.stored.push(enrolment("c", 0))),
        ("a unit too many", |s| s.units += 1),
        ("a unit too few", |s| s.units -= 1),
    ];
    for (what, fault) in faults {
        let mut story = Story::good();
        fault(&mut story);
        assert!(!story.holds().await, "{what}, and the check did not see it");
    }
}

#[tokio::test]
async fn what_was_lost_in_flight_may_be_there_or_not() {
    let lost = |subject: &str, picture| Event {
        subject: subject.into(),
        picture,
        started: 3,
        ended: 4,
        outcome: Outcome::Lost,
    };
    let with = |change: fn(&mut Story)| {
        let mut story = Story::good();
        story.events.extend([lost("a", 1), lost("b", 1)]);
        change(&mut story);
        story
    };
    assert!(with(|_| ()).holds().await, "neither was written");
    assert!(with(|s| s.units += 2).holds().await, "both took their unit, which the clients cannot know");
    let both = |s: &mut Story| {
        s.stored.extend([enrolment("a", 1), enrolment("b", 1)]);
        s.units += 2;
    };
    assert!(with(both).holds().await, "both were written");
    assert!(!with(|s| s.stored.push(enrolment("b", 1))).holds().await, "one was written and took no unit");
    assert!(!with(|s| s.units += 3).holds().await, "more units than requests");
}
