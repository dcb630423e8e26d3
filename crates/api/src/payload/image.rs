//! The image field: base64, a data URI, or a URL; a scenario name for sandbox apps.

use std::borrow::Cow;

use bytes::Bytes;
use facegate_domain::AppMode;
use facegate_service::ImageInput;

use crate::{ApiError, ErrorCode};

/// How an image field is read for one app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageRules {
    /// The app's mode.
    pub mode: AppMode,
    /// Most decoded bytes.
    pub max_bytes: usize,
}

/// Longer than any URL or scenario that is taken, in bytes.
const LONGEST_NAME: usize = 16 * 1024;

impl ImageRules {
    /// Reads the field. `INVALID_PAYLOAD_IMAGE_MISSING` if it is empty, or neither base64 nor a URL. What is too large
    /// is not decoded; the service says so when its turn comes.
    pub fn read(&self, text: &str) -> Result<ImageInput, ApiError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ErrorCode::ImageMissing.into());
        }
        if self.mode == AppMode::Sandbox {
            let name = if text.len() > LONGEST_NAME { "" } else { text };
            return Ok(ImageInput::Scenario(name.to_owned()));
        }
        if has_prefix(text, "http://") || has_prefix(text, "https://") {
            // What is longer is refused for that at its turn, and kept no longer than that takes.
            let kept = &text[..text.floor_char_boundary(LONGEST_NAME)];
            return Ok(ImageInput::Url(kept.to_owned()));
        }
        let encoded = if has_prefix(text, "data:") { data_uri(text) } else { Some(text) };
        encoded.and_then(|text| self.decode(text)).ok_or_else(|| ErrorCode::ImageMissing.into())
    }

    fn decode(&self, text: &str) -> Option<ImageInput> {
        let symbols = normalise(text.as_bytes());
        let symbols = strip_padding(&symbols);
        // The decoder would take more padding off.
        if symbols.is_empty() || symbols.len() % 4 == 1 || symbols.ends_with(b"=") {
            return None;
        }
        if symbols.len() / 4 * 3 + (symbols.len() % 4).saturating_sub(1) > self.max_bytes {
            let valid = symbols.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
            return valid.then_some(ImageInput::TooLarge);
        }
        // Forgiving about the unused bits of the last symbol, as browsers are.
        base64_simd::forgiving_decode_to_vec(symbols).ok().map(|bytes| ImageInput::Bytes(Bytes::from(bytes)))
    }
}

/// To the standard alphabet without white space; copies only if it has to.
fn normalise(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|b| matches!(b, b'-' | b'_') || b.is_ascii_whitespace()) {
        return Cow::Borrowed(text);
    }
    let standard = |b: &u8| match b {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    Cow::Owned(text.iter().filter(|b| !b.is_ascii_whitespace()).map(standard).collect())
}

/// Without the padding, of which some encoders write too little or none.
fn strip_padding(symbols: &[u8]) -> &[u8] {
    let one = symbols.strip_suffix(b"=").unwrap_or(symbols);
    one.strip_suffix(b"=").unwrap_or(one)
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// The part after `data:<any media type>;base64,`.
fn data_uri(text: &str) -> Option<&str> {
    let (head, encoded) = text.split_once(',')?;
    let (_, encoding) = head.rsplit_once(';')?;
    encoding.trim().eq_ignore_ascii_case("base64").then_some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ImageInput, ErrorCode> {
        ImageRules { mode: AppMode::Live, max_bytes: 300 }.read(text).map_err(|error| error.code)
    }

    #[test]
    fn base64_in_all_its_spellings() {
        let expected = [0xfb, 0xff, 0xfe, 0x3e];
        for text in [
            "+//+Pg==",
            "+//+Pg",
            "+//+Pg=",
            "-__-Pg==",
            "-__-Pg",
            "+__+Pg",
            " +//+\r\nPg==\n",
            "+//+ P g = =",
            "+//+Ph",
            "data:image/jpeg;base64,+//+Pg==",
            "DATA:;BASE64,+//+Pg",
            "data:image/png;charset=x;base64, +//+Pg",
        ] {
            assert_eq!(read(text), Ok(ImageInput::Bytes(Bytes::copy_from_slice(&expected))), "{text}");
        }
    }

    #[test]
    fn what_is_neither_base64_nor_a_url() {
        for text in [
            "",
            "  ",
            "A",
            "AAAAA",
            "====",
            "=",
            "hello!",
            "a.b.",
            "file:///etc/passwd",
            "gopher://x/",
            "ftp://h/a.jpg",
            "data:image/png;base64,",
            "data:image/png;base64, ",
            "data:image/png,AAAA",
            "data:AAAA",
            "héllo",
            "AA=A",
            "AAAA===",
            "AA===",
            "AA====",
            "//example.com/a.jpg?",
            "http:/example.com",
            "\u{00a0}",
            "AA\u{200b}AA",
        ] {
            assert_eq!(read(text), Err(ErrorCode::ImageMissing), "{text:?}");
        }
    }

    #[test]
    fn urls_are_left_to_the_fetcher() {
        for text in ["http://h/a.jpg", "HTTPS://h/a.png", " https:// "] {
            assert_eq!(read(text), Ok(ImageInput::Url(text.trim().into())));
        }
        let endless = read(&format!("https://h/{}", "é".repeat(1 << 20)));
        assert!(matches!(endless, Ok(ImageInput::Url(text)) if (9_000..=LONGEST_NAME).contains(&text.len())));
    }

    #[test]
    fn too_large_is_known_without_decoding_but_rubbish_stays_rubbish() {
        assert!(matches!(read(&"A".repeat(400)), Ok(ImageInput::Bytes(b)) if b.len() == 300));
        assert_eq!(read(&"A".repeat(402)), Ok(ImageInput::TooLarge));
        assert_eq!(read(&format!("{}==", "A".repeat(402))), Ok(ImageInput::TooLarge));
        assert_eq!(read(&format!("{}!!", "A".repeat(402))), Err(ErrorCode::ImageMissing));
        assert!(matches!(read(&format!("{}{}", " \n".repeat(400), "A".repeat(400))), Ok(ImageInput::Bytes(_))));
    }

    #[test]
    fn sandbox_apps_name_scenarios() {
        let rules = ImageRules { mode: AppMode::Sandbox, max_bytes: 300 };
        assert_eq!(rules.read(" LIVE_PERSON_A_1 "), Ok(ImageInput::Scenario("LIVE_PERSON_A_1".into())));
        assert_eq!(rules.read(" ").unwrap_err().code, ErrorCode::ImageMissing);
        assert_eq!(rules.read(&"LIVE_".repeat(10_000)), Ok(ImageInput::Scenario(String::new())));
    }
}
