//! Why there is no image. No text carries the URL, the host or what the server said: they may hold a person's name or a token.

use std::error::Error as StdError;
use std::io;

use thiserror::Error;

/// Why a URL gave no image.
///
/// For the wire: [`Timeout`](Self::Timeout) and [`TooLarge`](Self::TooLarge) have codes of their own, everything else is
/// one code, so that a caller cannot map the network by telling the refusals apart.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FetchError {
    /// Not a URL that can be asked for; says which rule it breaks.
    #[error("the URL is not valid: {0}")]
    InvalidUrl(&'static str),
    /// Neither http nor https.
    #[error("only http and https URLs are fetched")]
    Scheme,
    /// A user name or a password stands before the host.
    #[error("a URL with a user name or a password is not fetched")]
    Credentials,
    /// Port 0, or one that belongs to another protocol.
    #[error("the port of the URL belongs to another protocol")]
    Port,
    /// The path ends in a file extension that is neither JPEG's nor PNG's.
    #[error("the file extension in the URL is neither JPEG nor PNG")]
    Extension,
    /// The host is, or resolves to, an address that is not public.
    #[error("the URL leads to an address that is not public")]
    Forbidden,
    /// The time for the whole fetch is over.
    #[error("the URL did not deliver in time")]
    Timeout,
    /// More bytes than the policy allows.
    #[error("the URL delivers too many bytes")]
    TooLarge,
    /// The server answered with another status than 2xx (and no redirect that can be followed).
    #[error("the URL answered with status {0}")]
    Status(u16),
    /// More redirects than the policy allows.
    #[error("the URL redirects too often")]
    TooManyRedirects,
    /// The body is compressed, which was not asked for.
    #[error("the URL answered with a content encoding")]
    Encoding,
    /// The name does not resolve, nobody answers, TLS fails, or the answer is broken; says which.
    #[error("the URL cannot be reached: {0}")]
    Unreachable(&'static str),
    /// The fetcher itself cannot be made from this policy on this machine. Never an answer of [`fetch`](crate::Fetcher::fetch).
    #[error("images cannot be fetched: {0}")]
    Setup(String),
}

/// What a failure of the HTTP client means. Its own text is never used: it holds the URL.
pub(crate) fn classify(error: &reqwest::Error) -> FetchError {
    let mut source = error.source();
    while let Some(cause) = source {
        // The resolver's verdict arrives as a cause of the connection's failure.
        if let Some(verdict) = cause.downcast_ref::<FetchError>() {
            return verdict.clone();
        }
        if is_tls(cause) {
            return FetchError::Unreachable("TLS fails, or the certificate is not trusted");
        }
        source = cause.source();
    }
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_builder() {
        FetchError::InvalidUrl("not a request target")
    } else if error.is_connect() {
        FetchError::Unreachable("no connection")
    } else if error.is_body() || error.is_decode() {
        FetchError::Unreachable("the answer broke off")
    } else {
        FetchError::Unreachable("no HTTP answer")
    }
}

/// Whether this is TLS's error, however often it is wrapped: an I/O error does not name what it wraps as its source.
fn is_tls(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<rustls::Error>()
        || cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref).is_some_and(|inner| is_tls(inner))
}
