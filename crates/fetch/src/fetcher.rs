//! The fetch itself: one budget of time, a bounded number at once, redirects followed one checked hop at a time.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect, retry};
use tokio::sync::Semaphore;

use crate::error::classify;
use crate::resolver::GuardedResolver;
use crate::target::Target;
use crate::{FetchError, FetchPolicy, Lookup, SystemLookup, body, tls};

/// Fetches images by URL under a [`FetchPolicy`]. Cheap to clone; clones share the limit on fetches at once.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    policy: Arc<FetchPolicy>,
    slots: Arc<Semaphore>,
}

impl Fetcher {
    /// A fetcher that asks the system for addresses.
    ///
    /// # Errors
    /// [`FetchError::Setup`] when the policy allows no fetch at all or the HTTP client cannot be made.
    pub fn new(policy: FetchPolicy) -> Result<Self, FetchError> {
        Self::with_resolver(policy, Arc::new(SystemLookup))
    }

    /// A fetcher that asks `lookup` for addresses. What it answers is checked like the system's answers.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_resolver(policy: FetchPolicy, lookup: Arc<dyn Lookup>) -> Result<Self, FetchError> {
        if !(1..=Semaphore::MAX_PERMITS).contains(&policy.max_concurrent) {
            return Err(FetchError::Setup("max_concurrent is out of range".to_owned()));
        }
        let policy = Arc::new(policy);
        let resolver = GuardedResolver::new(lookup, policy.clone());
        let client = Client::builder()
            .user_agent(concat!("facegate/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([
                (ACCEPT, HeaderValue::from_static("image/jpeg, image/png")),
                (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
            ]))
            .tls_backend_preconfigured(tls::client_config()?)
            .dns_resolver(resolver)
            // A proxy of the environment would connect in our place, past the check.
            .no_proxy()
            // Redirects are followed here, hop by hop, since the resolver never sees a host that is an address.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // Each fetch connects anew, so each is checked anew, and no caller meets another's connection.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| FetchError::Setup("the HTTP client cannot be made".to_owned()))?;
        let slots = Arc::new(Semaphore::new(policy.max_concurrent));
        Ok(Self { client, policy, slots })
    }

    /// The bytes at the URL, whatever they are; at most `max_bytes`. Dropping the future closes the connection.
    ///
    /// # Errors
    /// Every [`FetchError`] but `Setup`.
    pub async fn fetch(&self, url: &str) -> Result<Bytes, FetchError> {
        let target = Target::parse(url, &self.policy)?;
        tokio::time::timeout(self.policy.timeout, self.follow(target)).await.unwrap_or(Err(FetchError::Timeout))
    }

    async fn follow(&self, mut target: Target) -> Result<Bytes, FetchError> {
        let _slot = self.slots.acquire().await.map_err(|_| FetchError::Timeout)?;
        let mut redirects = 0;
        loop {
            let response = self.client.get(target.url().clone()).send().await.map_err(|error| classify(&error))?;
            let Some(location) = location(&response) else {
                return match response.status() {
                    status if status.is_success() => body::read(response, self.policy.max_bytes).await,
                    status => Err(FetchError::Status(status.as_u16())),
                };
            };
            if redirects == self.policy.max_redirects {
                return Err(FetchError::TooManyRedirects);
            }
            redirects += 1;
            target = target.redirected(location.as_bytes(), &self.policy)?;
        }
    }
}

/// Where the answer redirects to: the statuses that the Fetch standard calls redirect statuses, with a `Location`.
fn location(response: &Response) -> Option<&HeaderValue> {
    let redirects = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    redirects.then(|| response.headers().get(LOCATION)).flatten()
}
