//! The setting `database`. Shown without its password, also by `facegate config show`.

use facegate_gallery_postgres::DatabaseUrl;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A database's URL; empty: the store is in the data folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database(Option<DatabaseUrl>);

impl Database {
    /// The database that is to be used instead of the data folder, if any.
    pub fn url(&self) -> Option<&DatabaseUrl> {
        self.0.as_ref()
    }
}

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.trim() {
            "" => Ok(Self(None)),
            text => DatabaseUrl::parse(text).map(|url| Self(Some(url))).map_err(D::Error::custom),
        }
    }
}

impl Serialize for Database {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(url) => serializer.collect_str(url),
            None => serializer.serialize_str(""),
        }
    }
}
