//! A folder of models: the manifest and the files beside it, read only after their hash is right.

use std::fs;
use std::path::{Path, PathBuf};

use facegate_domain::{Calibration, ModelId};
use sha2::{Digest, Sha256};

use crate::error::ModelsError;
use crate::manifest::{FileEntry, LibraryEntry, Manifest, Profile};
use crate::recipe;

/// A folder with a manifest that was read and makes sense. Files are checked when they are read.
#[derive(Clone, Debug)]
pub struct Pack {
    folder: PathBuf,
    manifest: Manifest,
    profile: (String, Profile),
}

/// What [`Pack::verify`] found of one file.
#[derive(Debug)]
pub struct FileStatus {
    /// Name in the manifest, or `runtime`.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Licence; empty for the runtime.
    pub licence: String,
    /// Size in bytes, or what is wrong.
    pub outcome: Result<u64, ModelsError>,
}

impl Pack {
    /// Reads `folder/manifest.toml`, checks that it is complete, and chooses its default profile.
    pub fn open(folder: &Path) -> Result<Self, ModelsError> {
        Self::open_profile(folder, None)
    }

    /// The same with the profile of this name, or the manifest's default without one.
    pub fn open_profile(folder: &Path, profile: Option<&str>) -> Result<Self, ModelsError> {
        let path = folder.join("manifest.toml");
        let bad = |reason: String| ModelsError::Manifest { path: path.clone(), reason };
        let text = fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if manifest.schema != 1 {
            return Err(bad(format!("schema {} is not known here (1 is)", manifest.schema)));
        }
        let name = profile.unwrap_or(&manifest.default_profile).to_owned();
        let known = || manifest.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
        let chosen = manifest.profiles.get(&name).cloned();
        let profile = chosen.ok_or_else(|| ModelsError::UnknownProfile { name: name.clone(), known: known() })?;
        let pack = Self { folder: folder.to_owned(), manifest, profile: (name, profile) };
        let m = &pack.manifest;
        let used = [&m.detector.network, &m.liveness.network, &m.attributes.context_network, &m.attributes.heads];
        used.into_iter().try_for_each(|name| pack.entry(name).map(drop))?;
        if !(m.liveness.slope > 0.0 && m.liveness.slope.is_finite() && m.liveness.offset.is_finite()) {
            return Err(bad("liveness: slope must be above 0, and slope and offset finite".to_owned()));
        }
        for (name, profile) in &m.profiles {
            recipe::check(profile).map_err(|reason| bad(format!("profile {name}: {reason}")))?;
            let files = profile.parts.iter().map(|part| &part.network).chain(&profile.means);
            files.into_iter().try_for_each(|file| pack.entry(file).map(drop))?;
        }
        pack.calibration()?;
        Ok(pack)
    }

    /// The chosen profile.
    pub fn profile(&self) -> &Profile {
        &self.profile.1
    }

    /// The chosen profile's name.
    pub fn profile_name(&self) -> &str {
        &self.profile.0
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of a file, after its hash has been checked.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ModelsError> {
        let entry = self.entry(name)?;
        self.checked(&entry.path, &entry.sha256)
    }

    /// The path of the runtime's shared library, after its hash has been checked.
    pub fn runtime(&self) -> Result<PathBuf, ModelsError> {
        let platform = platform();
        let expected = self.manifest.runtime.sha256.get(&platform).ok_or(ModelsError::Platform(platform))?;
        self.checked(&self.manifest.runtime.path, expected)?;
        Ok(self.folder.join(&self.manifest.runtime.path))
    }

    /// The path of the fast runtime's library to load, after the hashes of all its libraries have been checked; `None`
    /// if the pack has none for this platform.
    pub fn accelerator(&self) -> Result<Option<PathBuf>, ModelsError> {
        let Some(entry) = self.manifest.accelerator.as_ref().filter(|entry| entry.platform == platform()) else {
            return Ok(None);
        };
        self.libraries().try_for_each(|library| self.checked(&library.path, &library.sha256).map(drop))?;
        let mut paths = self.libraries().map(|library| Path::new(&library.path));
        let path = paths.find(|path| path.file_name().is_some_and(|name| name == entry.entry.as_str()));
        let path = path.ok_or_else(|| ModelsError::UnknownFile(entry.entry.clone()))?;
        Ok(Some(self.folder.join(path)))
    }

    fn libraries(&self) -> impl Iterator<Item = &LibraryEntry> {
        let entry = self.manifest.accelerator.iter().filter(|entry| entry.platform == platform());
        entry.flat_map(|entry| &entry.library)
    }

    /// The id of templates made with this pack: it changes with the weights and with the way a face is prepared.
    pub fn template_model(&self) -> Result<ModelId, ModelsError> {
        recipe::model_id(self.profile(), |file| self.entry(file).map(|entry| entry.sha256.as_str()))
    }

    /// How cosines of this pack's templates become similarities.
    pub fn calibration(&self) -> Result<Calibration, ModelsError> {
        let settings = &self.profile().calibration;
        Ok(Calibration::new(settings.points.clone(), settings.rates.clone())?)
    }

    /// Checks every file and the runtime.
    pub fn verify(&self) -> Vec<FileStatus> {
        let status = |entry: &FileEntry| FileStatus {
            name: entry.name.clone(),
            path: self.folder.join(&entry.path),
            licence: entry.licence.clone(),
            outcome: self.checked(&entry.path, &entry.sha256).map(|bytes| bytes.len() as u64),
        };
        let mut found: Vec<FileStatus> = self.manifest.files.iter().map(status).collect();
        let runtime = self.runtime().map(|path| fs::metadata(path).map_or(0, |meta| meta.len()));
        let path = self.folder.join(&self.manifest.runtime.path);
        found.push(FileStatus { name: "runtime".into(), path, licence: "MIT".into(), outcome: runtime });
        found.extend(self.libraries().map(|library| FileStatus {
            name: library.path.clone(),
            path: self.folder.join(&library.path),
            licence: "Apache-2.0".into(),
            outcome: self.checked(&library.path, &library.sha256).map(|bytes| bytes.len() as u64),
        }));
        found
    }

    fn entry(&self, name: &str) -> Result<&FileEntry, ModelsError> {
        let found = self.manifest.files.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| ModelsError::UnknownFile(name.to_owned()))
    }

    fn checked(&self, relative: &str, expected: &str) -> Result<Vec<u8>, ModelsError> {
        let path = self.folder.join(relative);
        let bytes =
            fs::read(&path).map_err(|error| ModelsError::Missing { path: path.clone(), reason: error.to_string() })?;
        let found = hex::encode(Sha256::digest(&bytes));
        if !found.eq_ignore_ascii_case(expected) {
            return Err(ModelsError::Hash { path, expected: expected.to_owned(), found });
        }
        Ok(bytes)
    }
}

/// `x86_64-linux`, as the manifest's `[runtime.sha256]` names it.
fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The repository's own manifest with one small stand-in for each file.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/manifest.toml");
        fs::copy(shipped, dir.path().join("manifest.toml")).unwrap();
        dir
    }

    #[test]
    fn the_shipped_manifest_is_complete() {
        let dir = folder();
        let pack = Pack::open(dir.path()).unwrap();
        assert!(pack.template_model().unwrap().as_str().starts_with(&pack.profile().name));
    }

    #[test]
    fn profiles_have_models_of_their_own_and_unknown_ones_are_refused() {
        let dir = folder();
        let of = |name| Pack::open_profile(dir.path(), Some(name)).unwrap().template_model().unwrap();
        assert_ne!(of("fast"), of("accurate"));
        assert_eq!(of("fast"), Pack::open(dir.path()).unwrap().template_model().unwrap());
        let error = Pack::open_profile(dir.path(), Some("slow")).unwrap_err().to_string();
        assert!(error.contains("slow") && error.contains("accurate, fast"), "{error}");
    }

    #[test]
    fn a_liveness_map_that_turns_answers_round_is_refused() {
        let dir = folder();
        let path = dir.path().join("manifest.toml");
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().find(|line| line.starts_with("slope = ")).unwrap();
        for wrong in ["slope = 0.0", "slope = -1.0", "slope = nan", "slope = inf", "offset = inf\nslope = 1.0"] {
            let text = text.lines().filter(|line| !(wrong.starts_with("offset") && line.starts_with("offset = ")));
            fs::write(&path, text.collect::<Vec<_>>().join("\n").replace(line, wrong)).unwrap();
            assert!(Pack::open(dir.path()).unwrap_err().to_string().contains("liveness"), "{wrong}");
        }
    }

    #[test]
    fn missing_and_damaged_files_are_told_apart() {
        let dir = folder();
        let pack = Pack::open(dir.path()).unwrap();
        let name = pack.manifest().detector.network.clone();
        assert!(matches!(pack.read(&name), Err(ModelsError::Missing { .. })));
        let path = dir.path().join(&pack.entry(&name).unwrap().path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"not weights").unwrap();
        assert!(matches!(pack.read(&name), Err(ModelsError::Hash { .. })));
        assert!(pack.verify().iter().all(|file| file.outcome.is_err()));
    }

    #[test]
    fn a_mistyped_key_is_an_error() {
        let dir = folder();
        let path = dir.path().join("manifest.toml");
        let text = fs::read_to_string(&path).unwrap().replace("score_threshold", "score_treshold");
        fs::write(&path, text).unwrap();
        let error = Pack::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("score_treshold"), "{error}");
    }
}
