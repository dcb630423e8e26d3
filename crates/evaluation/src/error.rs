//! Why an evaluation cannot be made. Texts are for the operator and say what to do.

use std::path::PathBuf;

use thiserror::Error;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum EvaluationError {
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The labels lack a column that the job needs.
    #[error("the labels have no column {wanted:?}; they have {present}. Name another with --columns {wanted}=COLUMN")]
    Column {
        /// What the job calls it.
        wanted: String,
        /// Those that are there.
        present: String,
    },
    /// A label cannot be understood.
    #[error("line {line} of the labels: {reason}")]
    Label {
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The data cannot answer the question.
    #[error("{0}")]
    TooLittle(String),
    /// The manifest cannot be changed.
    #[error("the manifest cannot be changed: {0}")]
    Manifest(String),
    /// A plot could not be drawn.
    #[error("a plot could not be drawn: {0}")]
    Plot(String),
}

impl EvaluationError {
    /// For a file.
    pub fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File { path: path.into(), reason: reason.to_string() }
    }
}
