//! What an image field may be: base64 in every spelling, a data URI of base64, or a URL.

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";

/// Whether the text is an image as far as its spelling tells.
pub fn is_image(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return true;
    }
    match lower.starts_with("data:") {
        true => data_uri(text).is_some_and(is_base64),
        false => is_base64(text),
    }
}

/// What follows `data:…;base64,`.
fn data_uri(text: &str) -> Option<&str> {
    let (head, data) = text.split_once(',')?;
    let (_, encoding) = head.rsplit_once(';')?;
    encoding.trim().eq_ignore_ascii_case("base64").then_some(data)
}

/// One byte or more, in either alphabet, white space anywhere, up to two signs of padding at the end.
fn is_base64(text: &str) -> bool {
    let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let symbols = dense.trim_end_matches('=');
    let padding = dense.len() - symbols.len();
    padding <= 2 && symbols.len() >= 2 && symbols.len() % 4 != 1 && symbols.chars().all(|c| ALPHABET.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_image() {
        for good in
            ["AA", "AA==", "-_+/", "A A\nA=", "data:image/png;base64,AAAA", "DATA:;Base64,AA", "HTTP://x", " AA "]
        {
            assert!(is_image(good), "{good}");
        }
        for bad in ["", "A", "AAAAA", "AA===", "A=A=", "=", "data:AAAA", "data:;base64,", "ftp://x", "héé", "AA.A"] {
            assert!(!is_image(bad), "{bad}");
        }
    }
}
