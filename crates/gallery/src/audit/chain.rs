//! How rows hang together, and what is wrong when they do not.

use std::fmt;

use super::{AuditEntry, AuditRow};
use crate::StoreError;

/// A keyed MAC over parts whose borders count.
pub trait AuditMac: Send + Sync {
    /// The MAC.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32];
}

/// What stands before the first row.
pub const NO_MAC: [u8; 32] = [0; 32];

/// The end of a chain: how many rows there are and the MAC of the last.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The app's id; empty for none.
    pub app: String,
    /// The chain.
    pub lane: u16,
    /// Rows.
    pub count: u64,
    /// MAC of the last row, or [`NO_MAC`].
    pub last: [u8; 32],
    /// MAC of all this.
    pub mac: Vec<u8>,
}

impl Head {
    /// Of a chain without rows.
    pub fn empty(key: &dyn AuditMac, app: &str, lane: u16) -> Self {
        Self::new(key, app, lane, 0, NO_MAC)
    }

    fn new(key: &dyn AuditMac, app: &str, lane: u16, count: u64, last: [u8; 32]) -> Self {
        let mac = head_mac(key, app, lane, count, &last).to_vec();
        Self { app: app.to_owned(), lane, count, last, mac }
    }

    fn is_sound(&self, key: &dyn AuditMac) -> bool {
        head_mac(key, &self.app, self.lane, self.count, &self.last)[..] == self.mac[..]
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({:?} {}, {} rows)", self.app, self.lane, self.count)
    }
}

fn head_mac(key: &dyn AuditMac, app: &str, lane: u16, count: u64, last: &[u8; 32]) -> [u8; 32] {
    key.mac(&[b"head", app.as_bytes(), &lane.to_le_bytes(), &count.to_le_bytes(), last])
}

fn row_mac(key: &dyn AuditMac, place: (&str, u16, u64), before: &[u8], entry: &AuditEntry) -> [u8; 32] {
    let (app, lane, number) = place;
    key.mac(&[b"row", app.as_bytes(), &lane.to_le_bytes(), &number.to_le_bytes(), before, &entry.encode()])
}

/// The row that continues the chain, and its new head.
///
/// [`StoreError::Corrupt`] if the head is not one that was written: going on would hide what was done to it.
pub fn next(key: &dyn AuditMac, head: &Head, entry: AuditEntry) -> Result<(AuditRow, Head), StoreError> {
    if !head.is_sound(key) {
        return Err(StoreError::Corrupt("the audit log was changed: run facegate audit verify".to_owned()));
    }
    let number = head.count + 1;
    let mac = row_mac(key, (&head.app, head.lane, number), &head.last, &entry);
    let row = AuditRow { app: head.app.clone(), lane: head.lane, number, entry, mac: mac.to_vec() };
    Ok((row, Head::new(key, &head.app, head.lane, number, mac)))
}

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
    key: &'a dyn AuditMac,
    app: String,
    lane: u16,
    number: u64,
    before: Vec<u8>,
    gap: bool,
    faults: Vec<Fault>,
}

impl<'a> ChainCheck<'a> {
    /// Of the chain of this app (empty: of none) and lane.
    pub fn new(key: &'a dyn AuditMac, app: &str, lane: u16) -> Self {
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
    use facegate_domain::Timestamp;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::audit::{Action, Actor};

    /// No secret, but every bit counts.
    struct Plain;

    impl AuditMac for Plain {
        fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
            let mut hash = Sha256::new();
            parts.iter().for_each(|part| {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            });
            hash.finalize().into()
        }
    }

    fn chain(length: i64) -> (Vec<AuditRow>, Head) {
        let mut head = Head::empty(&Plain, "bank", 3);
        let mut rows = Vec::new();
        for at in 1..=length {
            let entry = AuditEntry::done(Timestamp(at), &Actor::Operator, Action::Enrolled).about([at as u8; 32]);
            let (row, new) = next(&Plain, &head, entry.with("n", at)).unwrap();
            rows.push(row);
            head = new;
        }
        (rows, head)
    }

    fn faults(rows: &[AuditRow], head: Option<&Head>) -> Vec<(u64, FaultKind)> {
        let mut check = ChainCheck::new(&Plain, "bank", 3);
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
        assert!(matches!(next(&Plain, &cut, entry), Err(StoreError::Corrupt(_))));
    }

    use crate::audit::Details;
}
