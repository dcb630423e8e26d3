//! How rows hang together: each row's MAC covers the one before, and a head tells where a chain ends.

use std::fmt;

use facegate_vault::AuditKey;

use super::{AuditEntry, AuditRow};
use crate::StoreError;

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
    pub fn empty(key: &AuditKey, app: &str, lane: u16) -> Self {
        Self::new(key, app, lane, 0, NO_MAC)
    }

    fn new(key: &AuditKey, app: &str, lane: u16, count: u64, last: [u8; 32]) -> Self {
        let mac = head_mac(key, app, lane, count, &last).to_vec();
        Self { app: app.to_owned(), lane, count, last, mac }
    }

    /// Whether it is one that was written.
    pub(super) fn is_sound(&self, key: &AuditKey) -> bool {
        head_mac(key, &self.app, self.lane, self.count, &self.last)[..] == self.mac[..]
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({:?} {}, {} rows)", self.app, self.lane, self.count)
    }
}

fn head_mac(key: &AuditKey, app: &str, lane: u16, count: u64, last: &[u8; 32]) -> [u8; 32] {
    key.mac(&[b"head", app.as_bytes(), &lane.to_le_bytes(), &count.to_le_bytes(), last])
}

/// The MAC of a row at its place in the chain.
pub(super) fn row_mac(key: &AuditKey, place: (&str, u16, u64), before: &[u8], entry: &AuditEntry) -> [u8; 32] {
    let (app, lane, number) = place;
    key.mac(&[b"row", app.as_bytes(), &lane.to_le_bytes(), &number.to_le_bytes(), before, &entry.encode()])
}

/// The row that continues the chain, and its new head.
///
/// [`StoreError::Corrupt`] if the head is not one that was written: going on would hide what was done to it.
pub fn next(key: &AuditKey, head: &Head, entry: AuditEntry) -> Result<(AuditRow, Head), StoreError> {
    if !head.is_sound(key) {
        return Err(StoreError::Corrupt("the audit log was changed: run facegate audit verify".to_owned()));
    }
    let number = head.count + 1;
    let mac = row_mac(key, (&head.app, head.lane, number), &head.last, &entry);
    let row = AuditRow { app: head.app.clone(), lane: head.lane, number, entry, mac: mac.to_vec() };
    Ok((row, Head::new(key, &head.app, head.lane, number, mac)))
}
