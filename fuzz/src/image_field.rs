//! The image field: base64 in every spelling, data URIs, URLs, and the judgement of URLs without a network.
//!
//! Input: the field's text; behind a line `>` what the URL redirects to.

use base64_simd::STANDARD_NO_PAD;
use facegate_api::stages;
use facegate_service::ImageInput;
use facegate_test_contract::is_image;

use crate::url::judge;

/// Small, so that the fuzzer reaches it.
const MAX_BYTES: usize = 300;

/// Runs one input.
pub fn run(data: &[u8]) {
    let split = data.windows(2).position(|two| two == b"\n>");
    let (text, location) = split.map_or((data, &b""[..]), |at| (&data[..at], &data[at + 2..]));
    let Ok(text) = std::str::from_utf8(text) else { return };
    let read = stages::image(text, MAX_BYTES);
    assert_eq!(read.is_ok(), is_image(text), "the contract's word for {text:?}");
    match read {
        Ok(ImageInput::Bytes(bytes)) => {
            assert!((1..=MAX_BYTES).contains(&bytes.len()));
            // Written plainly it is the same image.
            let plain = STANDARD_NO_PAD.encode_to_string(&bytes);
            assert_eq!(stages::image(&plain, MAX_BYTES), Ok(ImageInput::Bytes(bytes)));
        }
        Ok(ImageInput::TooLarge) => {
            assert!(matches!(stages::image(text, text.len()), Ok(ImageInput::Bytes(b)) if b.len() > MAX_BYTES));
        }
        Ok(ImageInput::Url(url)) => judge(&url, location),
        Ok(ImageInput::Scenario(_)) => panic!("a scenario outside the sandbox"),
        // What is no image field is nothing to fetch either.
        Err(_) => judge(text, location),
    }
}
