//! Measurements that survive the run: an append-only file, so that an interrupted run goes on where it stopped.
//!
//! An entry counts only for the pipeline that made it. The file holds templates: biometric data, readable by its owner
//! only; it names no photo, only hashes.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use facegate_domain::{ModelId, Template};
use facegate_vision::Wants;
use serde::{Deserialize, Serialize};

use crate::{EvaluationError, Measurement};

/// The first line, so that no other file is taken for a cache and written to.
const HEADER: &str = "facegate evaluation cache 1\n";

/// What made a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The model of the templates.
    pub model: ModelId,
    /// Changes with anything that can change a measurement.
    pub id: String,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    pipeline: String,
    /// Bits of [`bits`].
    wants: u8,
    measurement: Measurement,
    /// Little-endian `f32` values in hexadecimal: the exact bits.
    template: Option<String>,
}

/// Measurements by the SHA-256 of the photo's file.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    file: File,
    pipeline: Pipeline,
    entries: HashMap<String, (u8, Measurement)>,
}

fn bits(wants: Wants) -> u8 {
    let flags = [wants.template, wants.quality, wants.attributes, wants.liveness, wants.every_face];
    flags.into_iter().enumerate().map(|(bit, flag)| u8::from(flag) << bit).sum()
}

impl Cache {
    /// Opens or makes the file. A last line that was not finished is cut off; lines of other pipelines stay unused.
    pub fn open(path: &Path, pipeline: Pipeline) -> Result<Self, EvaluationError> {
        let fail = |error: &dyn std::fmt::Display| EvaluationError::file(path, error);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| fail(&error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| fail(&error))?;
        if bytes.is_empty() {
            file.write_all(HEADER.as_bytes()).map_err(|error| fail(&error))?;
        } else if !bytes.starts_with(HEADER.as_bytes()) {
            return Err(fail(&"is there already and is no cache of this program; name another file"));
        }
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(bytes.len(), |end| end + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(|error| fail(&error))?;
            file.seek(SeekFrom::End(0)).map_err(|error| fail(&error))?;
        }
        let mut cache = Self { path: path.to_owned(), file, pipeline, entries: HashMap::new() };
        let lines = bytes.get(HEADER.len()..whole).unwrap_or_default().split(|b| *b == b'\n');
        lines.filter_map(|line| serde_json::from_slice(line).ok()).for_each(|entry| cache.take(entry));
        Ok(cache)
    }

    fn take(&mut self, entry: Entry) {
        if entry.pipeline != self.pipeline.id {
            return;
        }
        let mut measurement = entry.measurement;
        if let Some(text) = entry.template {
            let bytes = hex::decode(text).unwrap_or_default();
            let Ok(template) = Template::from_bytes(self.pipeline.model.clone(), &bytes) else { return };
            measurement.template = Some(template);
        }
        self.entries.insert(entry.key, (entry.wants, measurement));
    }

    /// What is known of this key, if it was measured for at least these wants.
    pub fn get(&self, key: &str, wants: Wants) -> Option<Measurement> {
        let (known, measurement) = self.entries.get(key)?;
        (known & bits(wants) == bits(wants)).then(|| measurement.clone())
    }

    /// Keeps a measurement.
    pub fn put(&mut self, key: &str, wants: Wants, measurement: &Measurement) -> Result<(), EvaluationError> {
        let entry = Entry {
            key: key.to_owned(),
            pipeline: self.pipeline.id.clone(),
            wants: bits(wants),
            measurement: measurement.clone(),
            template: measurement.template.as_ref().map(|template| hex::encode(template.to_bytes())),
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| EvaluationError::file(&self.path, error))?;
        line.push(b'\n');
        // One write: a run that is cut off leaves at most one broken line.
        self.file.write_all(&line).map_err(|error| EvaluationError::file(&self.path, error))?;
        self.entries.insert(entry.key, (entry.wants, measurement.clone()));
        Ok(())
    }

    /// Measurements of this pipeline.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    const EVERYTHING: Wants =
        Wants { template: true, quality: true, attributes: true, liveness: true, every_face: true, profile: 0 };

    fn pipeline(id: &str) -> Pipeline {
        Pipeline { model: ModelId::new("m", "00"), id: id.to_owned() }
    }

    fn sample() -> Measurement {
        let mut m = Measurement::without(Outcome::Face);
        m.scores.insert("blur_score".into(), 0.1 + 0.2);
        m.template = Some(Template::new(ModelId::new("m", "00"), vec![0.3, -0.7, 0.11]).unwrap());
        m
    }

    #[test]
    fn it_comes_back_bit_for_bit_after_a_broken_line_and_for_its_pipeline_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let wants = Wants { template: true, quality: true, ..Wants::default() };
        Cache::open(&path, pipeline("p")).unwrap().put("a", wants, &sample()).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], br#"{"key":"b","pipe"#].concat()).unwrap();

        let mut again = Cache::open(&path, pipeline("p")).unwrap();
        assert_eq!(again.get("a", wants), Some(sample()));
        assert_eq!(again.get("a", EVERYTHING), None, "it was measured for less");
        assert_eq!((again.get("b", wants), again.len()), (None, 1));
        again.put("b", EVERYTHING, &Measurement::without(Outcome::NoFace)).unwrap();
        let last = Cache::open(&path, pipeline("p")).unwrap();
        assert_eq!(last.get("b", wants).map(|m| m.outcome), Some(Outcome::NoFace));
        assert!(Cache::open(&path, pipeline("q")).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        Cache::open(&path, pipeline("p")).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, "file,person").unwrap();
        assert!(Cache::open(&path, pipeline("p")).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "file,person");
    }
}
