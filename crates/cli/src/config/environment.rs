//! Settings from environment variables. A variable that starts with `FACEGATE_` and names no setting is an error: it is
//! a typing mistake that would otherwise be found on a bad day.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::DEFAULT;

const PREFIX: &str = "FACEGATE_";

/// What the environment says.
#[derive(Debug, Default)]
pub struct Environment {
    /// `FACEGATE_CONFIG`: the file to read.
    pub config: Option<PathBuf>,
    /// Settings, in sections.
    pub values: Table,
}

/// The key for commands that ask a server: no setting, and in no place where settings are printed.
pub const API_KEY: &str = "FACEGATE_API_KEY";

/// Reads the variables that start with `FACEGATE_`; an empty one counts as not set.
pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Environment> {
    let known: Table = toml::from_str(DEFAULT).context("the embedded defaults")?;
    let mut found = Environment::default();
    for (variable, value) in variables {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        if value.is_empty() || variable == API_KEY {
            continue;
        }
        if name == "CONFIG" {
            found.config = Some(value.into());
            continue;
        }
        let direct = lookup(&known, name).map(|place| (place, value.clone()));
        let from_file = || {
            let place = lookup(&known, name.strip_suffix("_FILE")?)?;
            Some((place, value.clone()))
        };
        let (place, text) = match (direct, from_file()) {
            (Some(found), _) => found,
            (None, Some((place, path))) => {
                let text =
                    std::fs::read_to_string(&path).with_context(|| format!("{variable}: {path} cannot be read"))?;
                (place, text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, None) => bail!("{variable} is no setting of facegate; `facegate config default` lists them all"),
        };
        let parsed = parse(place.like, &text).with_context(|| format!("{variable} has a value of the wrong kind"))?;
        let section = match place.section {
            Some(section) => {
                let entry = found.values.entry(section).or_insert_with(|| Table::new().into());
                entry.as_table_mut().context("a section")?
            }
            None => &mut found.values,
        };
        section.insert(place.key, parsed);
    }
    Ok(found)
}

struct Place<'a> {
    section: Option<String>,
    key: String,
    like: &'a Value,
}

/// `LIMITS__WORKERS` or `LISTEN` among the settings that have a default.
fn lookup<'a>(known: &'a Table, name: &str) -> Option<Place<'a>> {
    let name = name.to_ascii_lowercase();
    let (section, key) = match name.split_once("__") {
        Some((section, key)) => (Some(section.to_owned()), key.to_owned()),
        None => (None, name),
    };
    let table = match &section {
        Some(section) => known.get(section)?.as_table()?,
        None => known,
    };
    let like = table.get(&key).filter(|value| !value.is_table())?;
    Some(Place { section, key, like })
}

/// The text as a value of the default's kind.
fn parse(like: &Value, text: &str) -> Result<Value> {
    let text = text.trim();
    Ok(match like {
        Value::Integer(_) => text.parse::<i64>()?.into(),
        Value::Float(_) => text.parse::<f64>()?.into(),
        Value::Boolean(_) => text.parse::<bool>()?.into(),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(Value::from).collect())
        }
        _ => text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(variables: &[(&str, &str)]) -> Result<Table> {
        read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).map(|found| found.values)
    }

    #[test]
    fn variables_become_settings_of_the_right_kind() {
        let table = values(&[
            ("FACEGATE_LISTEN", "[::1]:80"),
            ("FACEGATE_LIMITS__WORKERS", " 4"),
            ("FACEGATE_STORE__KEEP_PHOTOS", "false"),
            ("FACEGATE_CORS__ORIGINS", "https://a.example, https://b.example"),
            ("FACEGATE_URL__ALLOW_NETWORKS", ""),
            ("HOME", "/x"),
        ]);
        let expected = "listen = '[::1]:80'\n[limits]\nworkers = 4\n[store]\nkeep_photos = false\n\
                        [cors]\norigins = ['https://a.example', 'https://b.example']";
        assert_eq!(table.unwrap(), toml::from_str(expected).unwrap());
    }

    #[test]
    fn a_value_can_come_from_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "json\n").unwrap();
        let table = values(&[("FACEGATE_LOG__FORMAT_FILE", path.to_str().unwrap())]).unwrap();
        assert_eq!(table, toml::from_str("[log]\nformat = 'json'").unwrap());
        assert!(values(&[("FACEGATE_LOG__FORMAT_FILE", "/does/not/exist")]).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        for name in ["FACEGATE_LISTN", "FACEGATE_LIMITS", "FACEGATE_LIMITS_WORKERS", "FACEGATE_LIMITS__X_FILE"] {
            assert!(values(&[(name, "1")]).unwrap_err().to_string().contains(name), "{name}");
        }
        let error = values(&[("FACEGATE_LIMITS__WORKERS", "many")]).unwrap_err();
        assert!(error.to_string().contains("FACEGATE_LIMITS__WORKERS"));
    }
}
