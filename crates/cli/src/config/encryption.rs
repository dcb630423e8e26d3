//! The settings of `[encryption]`: where master keys come from, never the keys themselves.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Where a master key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In a file that only its owner may read.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
    /// On the standard output of a program, with its arguments.
    Command(Vec<String>),
}

/// The text names no place of a key. It is not repeated, since it may be the key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InvalidSource {
    /// No known prefix.
    #[error("must be file:PATH, env:NAME or command:PROGRAM ARGUMENTS, and not the key itself")]
    Unknown,
    /// Nothing behind the prefix.
    #[error("names nothing behind the colon")]
    Empty,
    /// Variables of this name are settings.
    #[error("must name a variable that does not begin with FACEGATE_: those are settings")]
    Reserved,
}

impl FromStr for KeySource {
    type Err = InvalidSource;

    fn from_str(text: &str) -> Result<Self, InvalidSource> {
        let (kind, rest) = text.split_once(':').ok_or(InvalidSource::Unknown)?;
        let rest = rest.trim();
        match kind {
            "file" | "env" | "command" if rest.is_empty() => Err(InvalidSource::Empty),
            "file" => Ok(Self::File(rest.into())),
            "env" if rest.starts_with("FACEGATE_") => Err(InvalidSource::Reserved),
            "env" => Ok(Self::Env(rest.to_owned())),
            "command" => Ok(Self::Command(rest.split_whitespace().map(str::to_owned).collect())),
            _ => Err(InvalidSource::Unknown),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Command(words) => write!(f, "command:{}", words.join(" ")),
        }
    }
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.trim().parse().map_err(D::Error::custom)
    }
}

impl Serialize for KeySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The source of the current master key; empty: the file beside the embedded store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MasterKeySource(Option<KeySource>);

impl MasterKeySource {
    /// The source that was set, if any.
    pub fn get(&self) -> Option<&KeySource> {
        self.0.as_ref()
    }
}

impl<'de> Deserialize<'de> for MasterKeySource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.trim() {
            "" => Ok(Self(None)),
            text => text.parse().map(|source| Self(Some(source))).map_err(D::Error::custom),
        }
    }
}

impl Serialize for MasterKeySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(source) => serializer.collect_str(source),
            None => serializer.serialize_str(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_shown_alike() {
        for text in ["file:/run/key", "env:MASTER_KEY", "command:kms decrypt --key 7"] {
            assert_eq!(text.parse::<KeySource>().unwrap().to_string(), text);
        }
        assert_eq!("file: a b".parse(), Ok(KeySource::File("a b".into())));
    }

    #[test]
    fn what_is_no_source_is_refused_without_repeating_it() {
        let key = "5e".repeat(32);
        for (text, error) in [
            (key.as_str(), InvalidSource::Unknown),
            ("", InvalidSource::Unknown),
            ("/run/key", InvalidSource::Unknown),
            ("key:5e5e5e", InvalidSource::Unknown),
            ("file:", InvalidSource::Empty),
            ("command: ", InvalidSource::Empty),
            ("env:FACEGATE_MASTER_KEY", InvalidSource::Reserved),
        ] {
            assert_eq!(text.parse::<KeySource>(), Err(error), "{text}");
            assert!(!error.to_string().contains("5e5e"));
        }
    }
}
