//! What browsers show to be recognised by: tokens of captures and of the console's sessions. Like keys they have 256 random
//! bits and are guessed by nobody; wrong ones are limited as wrong keys are, so that they cost the store no reads without end.

use std::future::Future;
use std::net::IpAddr;

use facegate_domain::KeyDigest;

use crate::limits::Presented;
use crate::{Facegate, ServiceError};

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The capture page.
    Capture,
    /// The console.
    Session,
}

/// A token that a request shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// What it should open.
    pub kind: TokenKind,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// The network that the request comes from, if it is known.
    pub from: Option<IpAddr>,
}

impl Facegate {
    /// What `find` finds in the store for the token; `None` counts as a failure of the address.
    /// [`ServiceError::TooManyFailures`], and nothing is looked for, if there were too many, unless the token was right from
    /// there before.
    pub async fn recognise<T>(
        &self,
        shown: &Shown,
        find: impl Future<Output = Result<Option<T>, ServiceError>>,
    ) -> Result<Option<T>, ServiceError> {
        let key = KeyDigest(shown.digest);
        let who = shown.presented(&key);
        self.wrong_tokens.admit(&who)?;
        if let Some(found) = find.await? {
            self.wrong_tokens.right(&who);
            return Ok(Some(found));
        }
        match self.wrong_tokens.wrong(&who) {
            ServiceError::Unauthorized => Ok(None),
            too_many => Err(too_many),
        }
    }

    /// The token was just made for whoever asks from there, who has not to wait for what others did.
    pub fn vouch(&self, shown: &Shown) {
        self.wrong_tokens.right(&shown.presented(&KeyDigest(shown.digest)));
    }
}

impl Shown {
    fn presented<'a>(&self, key: &'a KeyDigest) -> Presented<'a> {
        let kind = match self.kind {
            TokenKind::Capture => "capture",
            TokenKind::Session => "session",
        };
        Presented { from: self.from, app: kind, key }
    }
}
