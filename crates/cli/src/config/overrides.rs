//! What the command line sets.

use std::path::PathBuf;

/// What flags set, over all other sources.
#[derive(Clone, Default)]
pub struct Overrides {
    pub config: Option<PathBuf>,
    pub listen: Option<String>,
    pub data: Option<PathBuf>,
    pub database: Option<String>,
    pub master_key: Option<String>,
    pub models: Option<PathBuf>,
}
