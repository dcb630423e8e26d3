//! Points in time.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Now, by the system's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// From a date and time of ISO 8601 in the form of RFC 3339: `2027-01-31T00:00:00Z`, `2027-01-31T07:00:00+07:00`. A date
    /// alone is its first moment, UTC. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = if text.len() == 10 { &format!("{text}T00:00:00Z") } else { text };
        let parsed = OffsetDateTime::parse(whole, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1000).ok().map(Self)
    }

    /// The same form, UTC: `2027-01-31T00:00:00.123456Z`. Moments after the year 9999 are written as its end.
    pub fn to_text(self) -> String {
        let nanos = i128::from(self.0) * 1000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|at| at.format(&Rfc3339).ok());
        at.unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }

    /// Unix seconds with a fraction, as the wire carries it.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written() {
        let at = Timestamp(1_801_353_600_000_000);
        for text in ["2027-01-31T00:00:00Z", "2027-01-31", "2027-01-31T07:00:00+07:00", "2027-01-31T00:00:00.0000009Z"]
        {
            assert_eq!(Timestamp::parse(text), Some(at), "{text}");
        }
        assert_eq!(at.to_text(), "2027-01-31T00:00:00Z");
        assert_eq!(Timestamp(at.0 + 1).to_text(), "2027-01-31T00:00:00.000001Z");
        assert_eq!(Timestamp::parse(&Timestamp(at.0 + 1).to_text()), Some(Timestamp(at.0 + 1)));
        for text in
            ["", "tomorrow", "2027-02-30", "2027-01-31T00:00:00", "1801353600", "2027-01-31 x", "２０２７-01-31"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(Timestamp(i64::MAX).to_text(), "9999-12-31T23:59:59Z");
    }
}
