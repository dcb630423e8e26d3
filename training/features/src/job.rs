//! One photograph, how it is to be changed, and what came of it.

use std::path::Path;

use anyhow::{Context, Result};
use facegate_image::{Limits, Photo};
use facegate_vision::{Analyzer, VisionError, Wants};
use serde::{Deserialize, Serialize};

use crate::augment::Change;

/// One line of the jobs file: `{"path": "a.jpg", "change": {…}}`; without `change` the file's own bytes are used.
#[derive(Deserialize)]
pub struct Job {
    path: String,
    change: Option<Change>,
}

/// One line of the index: where the first face is, or why there is none. `output.rs` adds the row of the tensor.
#[derive(Default, Serialize)]
pub struct Outcome {
    /// Left, top, right, bottom of the first face in pixels of the changed photo, turned by `turn`.
    face: Option<[f32; 4]>,
    /// Width and height of that photo.
    size: Option<[u32; 2]>,
    /// Degrees clockwise by which the photo was turned to find the face.
    turn: u16,
    /// Faces found.
    faces: usize,
    error: Option<String>,
    /// The numbers; they go into the tensor.
    #[serde(skip)]
    pub features: Vec<f32>,
}

/// Reads the jobs file.
pub fn read(path: &Path) -> Result<Vec<Job>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), index + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

impl Job {
    /// Runs the pipeline; a photo that cannot be used is an outcome, a file that cannot be read is an error.
    pub fn run(&self, analyzer: &mut Analyzer) -> Result<Outcome> {
        let bytes = std::fs::read(&self.path).with_context(|| format!("{} cannot be read", self.path))?;
        Ok(self
            .look(bytes, analyzer)
            .unwrap_or_else(|error| Outcome { error: Some(error.to_string()), ..Outcome::default() }))
    }

    fn look(&self, bytes: Vec<u8>, analyzer: &mut Analyzer) -> Result<Outcome> {
        let limits = Limits::default();
        let mut photo = Photo::open(bytes, &limits)?;
        if let Some(change) = &self.change {
            photo = Photo::open(change.apply(&photo.decode(u32::MAX)?)?, &limits)?;
        }
        let analysis = analyzer.analyze(&photo, Wants::default())?;
        let first = analysis.faces.first().ok_or(VisionError::NoFace)?.bounding_box;
        Ok(Outcome {
            face: Some([first.left, first.top, first.right, first.bottom]),
            size: Some([analysis.width, analysis.height]),
            turn: analysis.rotation,
            faces: analysis.faces.len(),
            error: None,
            features: analyzer.attribute_features(&photo)?,
        })
    }
}
