//! What clients are told, and when: enough to say afterwards what must be there.

/// A change of one subject as its client saw it. Moments are ticks of one clock of the test; the change happened once,
/// somewhere between the two.
#[derive(Clone, Debug)]
pub struct Change {
    /// When it was first sent.
    pub started: u64,
    /// When an answer had come.
    pub ended: u64,
    /// How often it was sent.
    pub sent: u32,
    /// What it did.
    pub effect: Effect,
}

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Enrolled or replaced, under this session id.
    Enrolled(String),
    /// Deleted.
    Deleted,
    /// A deletion that found nothing there, perhaps since an attempt before had done it.
    Absent,
}

impl Change {
    /// Whether it wrote.
    pub fn enrolled(&self) -> bool {
        matches!(self.effect, Effect::Enrolled(_))
    }
}

/// What may be true of a subject after all these changes: the session ids, and whether it may be absent.
pub fn outcomes(changes: &[Change]) -> (Vec<&str>, bool) {
    // The last one is any after which no other began: a deletion that found nothing also says what was there.
    let last = |one: &&Change| !changes.iter().any(|other| other.started > one.ended);
    let mut sessions = Vec::new();
    let mut absent = changes.is_empty();
    for change in changes.iter().filter(last) {
        match &change.effect {
            Effect::Enrolled(session) => sessions.push(session.as_str()),
            Effect::Deleted | Effect::Absent => absent = true,
        }
    }
    (sessions, absent)
}

#[test]
fn the_last_change_decides_and_overlapping_ones_leave_it_open() {
    let change = |started, ended, effect| Change { started, ended, sent: 1, effect };
    let enrolled = |name: &str| Effect::Enrolled(name.to_owned());
    let first = change(1, 2, enrolled("a"));
    assert_eq!(outcomes(&[]), (vec![], true));
    assert_eq!(outcomes(std::slice::from_ref(&first)), (vec!["a"], false));
    assert_eq!(outcomes(&[first.clone(), change(3, 4, enrolled("b"))]), (vec!["b"], false));
    assert_eq!(outcomes(&[first.clone(), change(3, 4, Effect::Deleted)]), (vec![], true));
    assert_eq!(outcomes(&[first.clone(), change(3, 4, Effect::Absent)]), (vec![], true));
    let open = [change(1, 4, enrolled("a")), change(3, 5, Effect::Deleted)];
    assert_eq!(outcomes(&open), (vec!["a"], true));
}
