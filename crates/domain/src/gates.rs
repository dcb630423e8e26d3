//! The gates as a bit mask, as the error codes `FAIL_ON_n` spell it.

use bitflags::bitflags;

bitflags! {
    /// Checks that a request may ask for. The bits are the contract's: `FAIL_ON_n` with n = the sum of the failed gates.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct Gates: u8 {
        /// The image is live.
        const LIVENESS = 1;
        /// No sunglasses and no mask.
        const ATTRIBUTE = 2;
        /// Not blurred, not dark, not black-and-white.
        const QUALITY = 4;
        /// At most one face.
        const NFACE = 8;
        /// Verify and compare: the faces match. Not a gate that a request sets; it fails only when every requested gate
        /// has passed, so it always stands alone.
        const MATCH = 16;
    }
}

impl Gates {
    /// Every gate that a request can set.
    pub const REQUESTABLE: Self = Self::LIVENESS.union(Self::ATTRIBUTE).union(Self::QUALITY).union(Self::NFACE);

    /// `fail on number of face (nface), liveness and quality`: the failed gates in words; `None` when there are none.
    pub fn failure_message(self) -> Option<String> {
        let words = [
            (Self::NFACE, "number of face (nface)"),
            (Self::LIVENESS, "liveness"),
            (Self::ATTRIBUTE, "attribute"),
            (Self::QUALITY, "quality"),
            (Self::MATCH, "similarity"),
        ];
        let failed: Vec<_> = words.iter().filter(|(gate, _)| self.contains(*gate)).map(|(_, word)| *word).collect();
        let (last, rest) = failed.split_last()?;
        Some(match rest {
            [] => format!("fail on {last}"),
            _ => format!("fail on {} and {last}", rest.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_words_are_the_contracts() {
        let say = |bits| Gates::from_bits_truncate(bits).failure_message();
        assert_eq!(say(0), None);
        assert_eq!(say(1).unwrap(), "fail on liveness");
        assert_eq!(say(5).unwrap(), "fail on liveness and quality");
        assert_eq!(say(7).unwrap(), "fail on liveness, attribute and quality");
        assert_eq!(say(16).unwrap(), "fail on similarity");
        assert_eq!(Gates::REQUESTABLE.bits(), 15);
        assert_eq!(say(15).unwrap(), "fail on number of face (nface), liveness, attribute and quality");
    }
}
