//! How an answer says whether every gate passed.

use bitflags::bitflags;
use serde::Deserialize;

bitflags! {
    /// The gates of a request, as `FAIL_ON_n` numbers them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Gates: u8 {
        /// The face is live.
        const LIVENESS = 1;
        /// Neither sunglasses nor mask.
        const ATTRIBUTE = 2;
        /// Neither blurred, dark nor grayscale.
        const QUALITY = 4;
        /// One face only.
        const NFACE = 8;
        /// The faces match: verify and compare.
        const MATCH = 16;
    }
}

/// The head of every answer that gates can fail.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// `Request Success`, or which gates failed.
    pub message: String,
    /// `FAIL_ON_n`; `None` on success.
    pub error_code: Option<String>,
    /// The request's id, to look it up in the server's log.
    pub session_id: String,
    /// Unix seconds with a fraction.
    pub timestamp: f64,
}

impl Outcome {
    /// Whether every requested gate passed (and, for verify and compare, the faces match).
    pub fn passed(&self) -> bool {
        self.error_code.is_none()
    }

    /// The gates that failed; empty on success.
    pub fn failed_gates(&self) -> Gates {
        let number = self.error_code.as_deref().and_then(|code| code.strip_prefix("FAIL_ON_")?.parse().ok());
        Gates::from_bits_retain(number.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(more: &str) -> Outcome {
        let json = format!(r#"{{"message":"x","session_id":"s","timestamp":1.5,"new":[1]{more}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn codes_name_their_gates() {
        assert!(outcome("").passed());
        assert_eq!(outcome("").failed_gates(), Gates::empty());
        for (code, gates) in [
            ("FAIL_ON_1", Gates::LIVENESS),
            ("FAIL_ON_5", Gates::LIVENESS | Gates::QUALITY),
            ("FAIL_ON_15", Gates::all() - Gates::MATCH),
            ("FAIL_ON_16", Gates::MATCH),
            ("FAIL_ON_64", Gates::from_bits_retain(64)),
            ("SOMETHING_NEW", Gates::empty()),
        ] {
            let answer = outcome(&format!(r#","error_code":"{code}""#));
            assert!(!answer.passed());
            assert_eq!(answer.failed_gates(), gates, "{code}");
        }
    }
}
