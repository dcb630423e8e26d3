//! Photos named by a URL.

use async_trait::async_trait;
use bytes::Bytes;
use facegate_fetch::{FetchError, Fetcher};
use thiserror::Error;

/// Why a URL gave no photo.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FetchFault {
    /// Not delivered in time.
    #[error("the URL did not deliver in time")]
    Timeout,
    /// More bytes than allowed.
    #[error("the URL delivers more than allowed")]
    TooLarge,
    /// Any other refusal: the address, the answer, the name. Clients are not told which, so that nothing about the
    /// network can be inferred.
    #[error("the URL cannot be used")]
    Refused,
}

/// URL to bytes.
#[async_trait]
pub trait ImageSource: Send + Sync {
    /// Gets the bytes behind a URL, within the limits on time, size, redirects and addresses.
    async fn fetch(&self, url: &str) -> Result<Bytes, FetchFault>;
}

#[async_trait]
impl ImageSource for Fetcher {
    async fn fetch(&self, url: &str) -> Result<Bytes, FetchFault> {
        // By its full path, or it would call itself.
        Fetcher::fetch(self, url).await.map_err(|error| match error {
            FetchError::Timeout => FetchFault::Timeout,
            FetchError::TooLarge => FetchFault::TooLarge,
            // For the operator; these texts hold neither the URL nor the host.
            refusal => {
                tracing::debug!(%refusal, "a URL was refused");
                FetchFault::Refused
            }
        })
    }
}
