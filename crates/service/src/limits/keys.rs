//! Attempts at API keys.
//!
//! The rules:
//! 1. Who has failed too often from an address is not looked at any more: no question to the store, whatever key it is. The
//!    limit is the address's own, so nobody elsewhere notices it.
//! 2. Except a key that was right from that address before, up to the first time that it is not any more: a neighbour behind the
//!    same address who guesses shuts nobody out who is served already.
//! 3. Failures that name one app, from however many addresses, change the answer to *wrong* keys only. A right key passes:
//!    an attacker must not be able to shut an app out by failing in its name.
//! 4. An app that does not exist is counted as one that does, by the text that names it: no answer tells the two apart.
//!
//! Keys are 256 random bits, so no rate of guessing finds one; this bounds what guessing costs the store and the log.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use facegate_domain::KeyDigest;

use super::AttemptLimits;
use super::meter::{Full, Meter};
use crate::ServiceError;

const MINUTE: Duration = Duration::from_secs(60);
/// Addresses, and apps named, whose failures are counted at once: some 5 MB.
const ROOM: usize = 65_536;
/// Keys remembered to be right, each from one address; twice as many at most.
const KNOWN: usize = 32_768;

/// Counts failures, and remembers who did not fail.
pub(crate) struct WrongKeys {
    by_address: Option<Meter>,
    by_app: Option<Meter>,
    known: Mutex<Known>,
    hasher: RandomState,
}

/// Two generations, of which the older is dropped when the newer is full. Only right keys come in, so no stranger can fill it.
#[derive(Default)]
struct Known {
    recent: HashSet<u64>,
    before: HashSet<u64>,
}

/// Who asks: the network of the client's address, if it is known, the app named and the key's digest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presented<'a> {
    pub from: Option<IpAddr>,
    pub app: &'a str,
    pub key: &'a KeyDigest,
}

impl WrongKeys {
    pub fn new(limits: &AttemptLimits) -> Self {
        let meter = |most: Option<NonZeroU32>| most.map(|most| Meter::new(most, MINUTE, ROOM));
        Self {
            by_address: meter(limits.wrong_keys_per_address),
            by_app: meter(limits.wrong_keys_per_app),
            known: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// Whether this is to be looked at: [`ServiceError::TooManyFailures`] if not.
    pub fn admit(&self, who: &Presented<'_>) -> Result<(), ServiceError> {
        let (Some(meter), Some(from)) = (&self.by_address, who.from) else { return Ok(()) };
        match meter.look(from) {
            Err(full) if !self.is_known(who) => Err(too_many(full)),
            _ => Ok(()),
        }
    }

    /// The key was right.
    pub fn right(&self, who: &Presented<'_>) {
        if self.by_address.is_none() || who.from.is_none() {
            return;
        }
        let print = self.print(who);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.recent.len() >= KNOWN && !known.recent.contains(&print) {
            known.before = std::mem::take(&mut known.recent);
        }
        known.recent.insert(print);
    }

    /// It was wrong: what to answer.
    pub fn wrong(&self, who: &Presented<'_>) -> ServiceError {
        self.forget(who);
        // Both are counted, whichever answers.
        let named = self.by_app.as_ref().map_or(Ok(()), |meter| meter.count(who.app));
        match self.count_address(who.from).and(named) {
            Ok(()) => ServiceError::Unauthorized,
            Err(full) => too_many(full),
        }
    }

    /// There was none: what to answer.
    pub fn missing(&self, from: Option<IpAddr>) -> ServiceError {
        self.count_address(from).map_or_else(too_many, |()| ServiceError::Unauthorized)
    }

    fn count_address(&self, from: Option<IpAddr>) -> Result<(), Full> {
        match (&self.by_address, from) {
            (Some(meter), Some(from)) => meter.count(from),
            _ => Ok(()),
        }
    }

    fn is_known(&self, who: &Presented<'_>) -> bool {
        let print = self.print(who);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.recent.contains(&print) || known.before.contains(&print)
    }

    /// It is not right any more: a key that was revoked, a token whose time is over. From now on it is one like any other.
    fn forget(&self, who: &Presented<'_>) {
        let print = self.print(who);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.recent.remove(&print);
        known.before.remove(&print);
    }

    /// Of a random hash: nothing of the key stays, and two that collide only cost a look.
    fn print(&self, who: &Presented<'_>) -> u64 {
        self.hasher.hash_one((who.from, who.app, who.key.0))
    }
}

fn too_many(full: Full) -> ServiceError {
    ServiceError::TooManyFailures(full.seconds)
}

#[cfg(test)]
mod tests {
    use facegate_domain::ApiKey;

    use super::*;

    const RIGHT: KeyDigest = KeyDigest([1; 32]);
    const WRONG: KeyDigest = KeyDigest([2; 32]);

    fn limits(address: u32, app: u32) -> WrongKeys {
        WrongKeys::new(&AttemptLimits {
            wrong_keys_per_address: NonZeroU32::new(address),
            wrong_keys_per_app: NonZeroU32::new(app),
            mismatches_per_subject: None,
        })
    }

    fn who<'a>(address: u8, app: &'a str, key: &'a KeyDigest) -> Presented<'a> {
        Presented { from: Some(IpAddr::from([192, 0, 2, address])), app, key }
    }

    /// What somebody with a wrong key is answered.
    fn fails(keys: &WrongKeys, who: &Presented<'_>) -> ServiceError {
        keys.admit(who).err().unwrap_or_else(|| keys.wrong(who))
    }

    #[test]
    fn an_address_is_not_looked_at_for_a_while_and_others_are() {
        let keys = limits(3, 100);
        keys.right(&who(1, "shop", &RIGHT));
        for _ in 0..3 {
            assert_eq!(fails(&keys, &who(1, "shop", &WRONG)), ServiceError::Unauthorized);
        }
        assert_eq!(fails(&keys, &who(1, "shop", &WRONG)), ServiceError::TooManyFailures(20));
        assert_eq!(keys.missing(who(1, "", &WRONG).from), ServiceError::TooManyFailures(20));
        // A right key that is new there has to wait, one that was used there has not, and elsewhere nothing has happened.
        let new = ApiKey::presented("new").digest();
        assert!(keys.admit(&who(1, "shop", &new)).is_err());
        assert_eq!(keys.admit(&who(1, "shop", &RIGHT)), Ok(()));
        assert!(keys.admit(&who(1, "bank", &RIGHT)).is_err(), "it was right for another app");
        assert_eq!(keys.admit(&who(2, "shop", &new)), Ok(()));
    }

    #[test]
    fn what_was_right_and_is_not_any_more_has_to_wait_too() {
        let keys = limits(1, 0);
        keys.right(&who(1, "shop", &RIGHT));
        assert_eq!(fails(&keys, &who(1, "shop", &WRONG)), ServiceError::Unauthorized);
        assert_eq!(keys.admit(&who(1, "shop", &RIGHT)), Ok(()));
        // It is revoked: that is seen once.
        assert_eq!(keys.wrong(&who(1, "shop", &RIGHT)), ServiceError::TooManyFailures(60));
        assert_eq!(keys.admit(&who(1, "shop", &RIGHT)), Err(ServiceError::TooManyFailures(60)));
    }

    #[test]
    fn failures_in_an_apps_name_change_the_answer_to_wrong_keys_only() {
        let keys = limits(3, 5);
        let answers: Vec<_> = (0..8).map(|address| fails(&keys, &who(address, "shop", &WRONG))).collect();
        assert_eq!(answers[..5], vec![ServiceError::Unauthorized; 5]);
        assert_eq!(answers[5..], vec![ServiceError::TooManyFailures(12); 3]);
        assert_eq!(keys.admit(&who(9, "shop", &RIGHT)), Ok(()), "a right key from anywhere is looked at");
        assert_eq!(fails(&keys, &who(9, "bank", &WRONG)), ServiceError::Unauthorized);
    }

    #[test]
    fn without_an_address_or_a_limit_nothing_is_refused() {
        let nowhere = Presented { from: None, app: "shop", key: &WRONG };
        let (by_address, none) = (limits(1, 0), limits(0, 0));
        for _ in 0..10 {
            assert_eq!(fails(&by_address, &nowhere), ServiceError::Unauthorized);
            assert_eq!(fails(&none, &who(1, "shop", &WRONG)), ServiceError::Unauthorized);
        }
    }

    #[test]
    fn what_is_known_is_bounded_and_the_latest_stay() {
        let keys = limits(1, 0);
        let apps: Vec<String> = (0..3 * KNOWN).map(|app| app.to_string()).collect();
        apps.iter().for_each(|app| keys.right(&who(1, app, &RIGHT)));
        let known = keys.known.lock().unwrap();
        assert!(known.recent.len() + known.before.len() <= 2 * KNOWN);
        drop(known);
        assert!(keys.is_known(&who(1, &apps[3 * KNOWN - 1], &RIGHT)) && !keys.is_known(&who(1, "0", &RIGHT)));
    }
}
