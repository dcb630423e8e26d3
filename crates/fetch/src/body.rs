//! The body of an answer, counted as it arrives.

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;

use crate::FetchError;
use crate::error::classify;

/// What is reserved when the length is not announced, in bytes.
const FIRST_RESERVE: usize = 64 * 1024;

/// Most that is reserved on the server's word alone, in bytes, however high the operator's limit is.
const MOST_RESERVE: usize = 8 * 1024 * 1024;

/// Reads the body of a 2xx answer, at most `max_bytes`.
///
/// What the server announces only serves to refuse early; the bytes that arrive are what counts.
pub(crate) async fn read(mut response: Response, max_bytes: usize) -> Result<Bytes, FetchError> {
    // Nothing is decompressed, so that the cap holds for what the decoder gets, and no small body can become a huge one.
    let encodings = response.headers().get_all(CONTENT_ENCODING);
    if encodings.iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(FetchError::Encoding);
    }
    let announced = response.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(|length| length > max_bytes) {
        return Err(FetchError::TooLarge);
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or(FIRST_RESERVE).min(MOST_RESERVE));
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if chunk.len() > max_bytes - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
