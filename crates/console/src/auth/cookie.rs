//! A session's token: in a cookie that scripts cannot read and other sites do not send.

use facegate_gallery::SESSION_LIFE;
use http::{HeaderMap, HeaderValue, header};
use rand::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const NAME: &str = "facegate_console";

/// 256 random bits, hexadecimal.
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    /// A new one.
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        rand::rng().fill_bytes(&mut *bytes);
        Self(hex::encode(*bytes).into())
    }

    /// The one that a request brings, in the form that [`Token::generate`] makes: for another the store is not asked.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
        let valid = value.len() == 64 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(value.to_owned().into()))
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What a page of this session must send with each change: another site's page can send the cookie at best.
    pub fn csrf(&self) -> String {
        hex::encode(Sha256::new().chain_update("facegate console csrf").chain_update(self.0.as_bytes()).finalize())
    }

    /// Whether the request has it.
    pub fn vouches_for(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get("x-csrf-token").map(HeaderValue::as_bytes).unwrap_or_default();
        self.csrf().as_bytes().ct_eq(sent).into()
    }
}

/// The cookie that carries the token; `secure`: over TLS only.
pub(crate) fn cookie(token: &Token, secure: bool) -> Option<HeaderValue> {
    let seconds = SESSION_LIFE / 1_000_000;
    set(&format!("{NAME}={}; Max-Age={seconds}", token.0.as_str()), secure)
}

/// The cookie that takes it away.
pub(crate) fn cleared(secure: bool) -> Option<HeaderValue> {
    set(&format!("{NAME}=; Max-Age=0"), secure)
}

fn set(value: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let mut value =
        HeaderValue::from_str(&format!("{value}; Path=/console; HttpOnly; SameSite=Strict{secure}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether the browser came over TLS, as the proxy says. Who lies about it gets a cookie that their browser keeps to itself.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_cookie_comes_back_among_others() {
        let token = Token::generate();
        let sent = cookie(&token, true).unwrap();
        let sent = sent.to_str().unwrap();
        assert!(sent.ends_with("; Path=/console; HttpOnly; SameSite=Strict; Secure"), "{sent}");
        let pair = sent.split(';').next().unwrap();
        let found = Token::of(&headers("cookie", &format!("a=b; {pair}; c=d"))).unwrap();
        assert_eq!(found.digest(), token.digest());
        let loud = pair.to_uppercase().replace("FACEGATE_CONSOLE", NAME);
        for wrong in ["", "facegate_console=", "facegate_console=zz", "other=1", &pair[..pair.len() - 1], &loud] {
            assert!(Token::of(&headers("cookie", wrong)).is_none(), "{wrong}");
        }
    }

    #[test]
    fn only_its_own_csrf_token_vouches() {
        let (token, other) = (Token::generate(), Token::generate());
        assert!(token.vouches_for(&headers("x-csrf-token", &token.csrf())));
        assert!(!token.vouches_for(&headers("x-csrf-token", &other.csrf())));
        assert!(!token.vouches_for(&HeaderMap::new()));
    }
}
