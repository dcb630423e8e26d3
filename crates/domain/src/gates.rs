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

    /// The failed gates in the words of the reference document; `None` when there are none.
    pub fn failure_message(self) -> Option<&'static str> {
        if self.contains(Self::MATCH) {
            return Some("fail on similarity");
        }
        FAILURES.get(usize::from(self.bits()).checked_sub(1)?).copied()
    }
}

/// What `FAIL_ON_1` to `FAIL_ON_15` say, as the reference document words them.
const FAILURES: [&str; 15] = [
    "fail on liveness",
    "fail on attribute",
    "fail on liveness and attribute",
    "fail on quality",
    "fail on liveness and quality",
    "fail on attribute and quality",
    "fail on liveness, attribute, and quality",
    "fail on number of face (nface)",
    "fail on number of face (nface) and liveness",
    "fail on number of face (nface) and attribute",
    "fail on number of face (nface), attribute, and liveness",
    "fail on number of face (nface) and quality",
    "fail on number of face (nface), quality, and liveness",
    "fail on number of face (nface), quality, and attribute",
    "fail on number of face (nface), quality, attribute, and liveness",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_names_its_gates() {
        assert_eq!(Gates::empty().failure_message(), None);
        assert_eq!(Gates::MATCH.failure_message(), Some("fail on similarity"));
        assert_eq!(Gates::REQUESTABLE.bits(), 15);
        let words = [
            (Gates::LIVENESS, "liveness"),
            (Gates::ATTRIBUTE, "attribute"),
            (Gates::QUALITY, "quality"),
            (Gates::NFACE, "nface"),
        ];
        for n in 1..=15 {
            let gates = Gates::from_bits_truncate(n);
            let message = gates.failure_message().unwrap();
            for (gate, word) in words {
                assert_eq!(message.contains(word), gates.contains(gate), "FAIL_ON_{n}: {message}");
            }
        }
    }
}
