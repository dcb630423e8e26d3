//! The calibration inside the manifest's text: only its numbers change, comments and order stay.

use std::io::Write;
use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Value};

use super::Measured;
use crate::EvaluationError;

/// The manifest's text with other numbers in `[profile.NAME.calibration]`.
pub fn rewritten(text: &str, profile: &str, measured: &Measured) -> Result<String, EvaluationError> {
    let bad = |reason: String| EvaluationError::Manifest(reason);
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| bad(error.to_string()))?;
    let section = document.get_mut("profile").and_then(|profiles| profiles.get_mut(profile));
    let calibration = section.and_then(|section| section.get_mut("calibration"));
    let calibration = calibration.ok_or_else(|| bad(format!("it has no [profile.{profile}.calibration]")))?;
    for (key, pairs) in [("points", &measured.points), ("rates", &measured.rates)] {
        let place = calibration.get_mut(key).and_then(Item::as_value_mut);
        let place = place.ok_or_else(|| bad(format!("[profile.{profile}.calibration] has no {key}")))?;
        let decor = place.decor().clone();
        *place = Value::Array(list(pairs));
        *place.decor_mut() = decor;
    }
    Ok(document.to_string())
}

fn list(pairs: &[(f64, f64)]) -> Array {
    pairs.iter().map(|(a, b)| [*a, *b].into_iter().collect::<Array>()).collect()
}

/// Puts a text in a file's place: whoever reads sees the old one or the new one, never a part.
pub fn replace(path: &Path, text: &str) -> Result<(), EvaluationError> {
    let fail = |error: std::io::Error| EvaluationError::file(path, error);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    // A temporary file is private; the manifest need not be.
    let permissions = std::fs::metadata(path).map_err(fail)?.permissions();
    file.as_file().set_permissions(permissions).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# about\n[profile.a]\nname = \"a\"   # the name\n\n# why\n[profile.a.calibration]\n\
                        points = [[-1.0, 0.0], [1.0, 100.0]] # points\nrates = [[1e-4, 0.3]]\n\n\
                        [profile.b.calibration]\nrates = [[1e-4, 0.31]]\n";

    fn measured() -> Measured {
        Measured {
            points: vec![(-1.0, 0.0), (0.25, 82.0), (1.0, 100.0)],
            rates: vec![(1e-4, 0.25)],
            genuine: 1,
            impostors: 1,
            photos: 1,
            people: 1,
            left_out: vec![],
        }
    }

    #[test]
    fn only_the_numbers_change() {
        let new = rewritten(TEXT, "a", &measured()).unwrap();
        let expected = TEXT
            .replace("[[-1.0, 0.0], [1.0, 100.0]]", "[[-1.0, 0.0], [0.25, 82.0], [1.0, 100.0]]")
            .replace("[[1e-4, 0.3]]", "[[0.0001, 0.25]]");
        assert_eq!(new, expected);
        assert!(rewritten(TEXT, "b", &measured()).is_err(), "b has no points");
        assert!(rewritten(TEXT, "c", &measured()).is_err());
        assert!(rewritten("[profile", "a", &measured()).is_err());
    }

    #[test]
    fn the_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.toml");
        std::fs::write(&path, TEXT).unwrap();
        replace(&path, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none"), "x").is_err());
    }
}
