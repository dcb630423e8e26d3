//! What is wrong with a chain that is not as it was written.

use std::fmt;

use facegate_vault::AuditKey;

use super::chain::row_mac;
use super::{AuditRow, Head, NO_MAC};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The app's id; empty for none.
    pub app: String,
    /// The chain.
    pub lane: u16,
    /// The (first) row concerned.
    pub number: u64,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The row is not as it was written, or not where.
    Changed,
    /// Rows from this one up to the second number are not there.
    Missing(u64),
    /// The head is not as it was written.
    HeadChanged,
    /// There is no head.
    HeadMissing,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.app.is_empty() { "no app".to_owned() } else { format!("app {}", self.app) };
        let number = self.number;
        write!(f, "chain {} of {whose}: ", self.lane)?;
        match self.kind {
            FaultKind::Changed => write!(f, "row {number} is not as it was written there"),
            FaultKind::Missing(to) if to == number => write!(f, "row {number} is missing"),
            FaultKind::Missing(to) => write!(f, "rows {number} to {to} are missing"),
            FaultKind::HeadChanged => write!(f, "the head is not as it was written"),
            FaultKind::HeadMissing => write!(f, "the head is missing"),
        }
    }
}

/// Checks one chain, row by row in the order of their numbers.
pub struct ChainCheck<'a> {
    key: &'a AuditKey,
    app: String,
    lane: u16,
    number: u64,
    before: Vec<u8>,
    gap: bool,
    faults: Vec<Fault>,
}

impl<'a> ChainCheck<'a> {
    /// Of the chain of this app (empty: of none) and lane.
    pub fn new(key: &'a AuditKey, app: &str, lane: u16) -> Self {
        let (app, before) = (app.to_owned(), NO_MAC.to_vec());
        Self { key, app, lane, number: 0, before, gap: false, faults: Vec::new() }
    }

    fn fault(&mut self, number: u64, kind: FaultKind) {
        self.faults.push(Fault { app: self.app.clone(), lane: self.lane, number, kind });
    }

    /// The next row.
    pub fn row(&mut self, row: &AuditRow) {
        if row.number > self.number + 1 {
            self.fault(self.number + 1, FaultKind::Missing(row.number - 1));
            self.gap = true;
        }
        let wanted = row_mac(self.key, (&self.app, self.lane, row.number), &self.before, &row.entry);
        // After a gap it is not known what stood before.
        if !self.gap && wanted[..] != row.mac[..] {
            self.fault(row.number, FaultKind::Changed);
        }
        self.gap = false;
        self.number = row.number;
        self.before.clone_from(&row.mac);
    }

    /// The end; what was wrong.
    pub fn end(mut self, head: Option<&Head>) -> Vec<Fault> {
        match head {
            None => self.fault(self.number, FaultKind::HeadMissing),
            Some(head) if !head.is_sound(self.key) => self.fault(self.number, FaultKind::HeadChanged),
            Some(head) if head.count > self.number => self.fault(self.number + 1, FaultKind::Missing(head.count)),
            Some(head) if head.count < self.number || head.last[..] != self.before[..] => {
                self.fault(self.number, FaultKind::Changed);
            }
            Some(_) => {}
        }
        self.faults
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use facegate_domain::Timestamp;
    use facegate_vault::{MasterKey, Vault};

    use super::*;
    use crate::StoreError;
    use crate::audit::{Action, Actor, AuditEntry, Details, next};

    static KEY: LazyLock<AuditKey> = LazyLock::new(|| {
        let vault = Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap();
        vault.create_audit_key().unwrap().1
    });

    fn chain(length: i64) -> (Vec<AuditRow>, Head) {
        let mut head = Head::empty(&KEY, "bank", 3);
        let mut rows = Vec::new();
        for at in 1..=length {
            let entry = AuditEntry::done(Timestamp(at), &Actor::Operator, Action::Enrolled).about([at as u8; 32]);
            let (row, new) = next(&KEY, &head, entry.with("n", at)).unwrap();
            rows.push(row);
            head = new;
        }
        (rows, head)
    }

    fn faults(rows: &[AuditRow], head: Option<&Head>) -> Vec<(u64, FaultKind)> {
        let mut check = ChainCheck::new(&KEY, "bank", 3);
        rows.iter().for_each(|row| check.row(row));
        check.end(head).into_iter().map(|fault| (fault.number, fault.kind)).collect()
    }

    #[test]
    fn a_chain_as_it_was_written_is_sound() {
        for length in [0, 1, 5] {
            let (rows, head) = chain(length);
            assert_eq!(faults(&rows, Some(&head)), []);
        }
    }

    #[test]
    fn every_change_is_found_where_it_is() {
        let (rows, head) = chain(5);
        let with = |change: &dyn Fn(&mut Vec<AuditRow>)| {
            let mut rows = rows.clone();
            change(&mut rows);
            faults(&rows, Some(&head))
        };
        assert_eq!(with(&|rows| drop(rows.remove(1))), [(2, FaultKind::Missing(2))]);
        assert_eq!(with(&|rows| drop(rows.drain(1..3))), [(2, FaultKind::Missing(3))]);
        assert_eq!(with(&|rows| rows.truncate(3)), [(4, FaultKind::Missing(5))]);
        let changed = [(3, FaultKind::Changed)];
        assert_eq!(with(&|rows| rows[2].entry.at = Timestamp(9)), changed);
        assert_eq!(with(&|rows| rows[2].entry.actor = "operato".into()), changed);
        assert_eq!(with(&|rows| rows[2].entry.action = "deleted".into()), changed);
        assert_eq!(with(&|rows| rows[2].entry.outcome = "x".into()), changed);
        assert_eq!(with(&|rows| rows[2].entry.session = Some("x".into())), changed);
        assert_eq!(with(&|rows| rows[2].entry.pseudonym = None), changed);
        assert_eq!(with(&|rows| rows[2].entry.details = Details::default()), changed);
        // Later rows hang on a MAC, so that the next is not right either.
        assert_eq!(with(&|rows| rows[2].mac[0] ^= 1), [(3, FaultKind::Changed), (4, FaultKind::Changed)]);
        let swapped = with(&|rows| {
            let (a, b) = (rows[1].entry.clone(), rows[2].entry.clone());
            (rows[1].entry, rows[2].entry) = (b, a);
        });
        assert_eq!(swapped, [(2, FaultKind::Changed), (3, FaultKind::Changed)]);
    }

    #[test]
    fn a_head_cannot_be_moved() {
        let (rows, head) = chain(5);
        let cut = Head { count: 4, last: rows[3].mac.clone().try_into().unwrap(), ..head.clone() };
        assert_eq!(faults(&rows[..4], Some(&cut)), [(4, FaultKind::HeadChanged)]);
        assert_eq!(faults(&rows, None), [(5, FaultKind::HeadMissing)]);
        let (_, before) = chain(4);
        assert_eq!(faults(&rows, Some(&before)), [(5, FaultKind::Changed)]);
        // Nor does the log go on after one that was.
        let entry = AuditEntry::done(Timestamp(6), &Actor::Server, Action::Expired);
        assert!(matches!(next(&KEY, &cut, entry), Err(StoreError::Corrupt(_))));
    }
}
