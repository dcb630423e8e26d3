//! What the fuzz targets do with their input, one module a surface. Each holds what it finds against a rule that is known
//! without the code under test: a panic is a finding, so is a wrong answer.

#![forbid(unsafe_code)]

/// What the configuration's loader knows of the command line; the loader itself is compiled from the binary's source.
mod args {
    use std::path::PathBuf;

    #[derive(Default)]
    pub struct Overrides {
        pub config: Option<PathBuf>,
        pub listen: Option<String>,
        pub data: Option<PathBuf>,
        pub database: Option<String>,
        pub master_key: Option<String>,
        pub models: Option<PathBuf>,
    }
}

#[path = "../../crates/cli/src/config/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the binary uses more of it")]
mod loader;

pub mod archive;
pub mod config;
mod edit;
pub mod image;
pub mod image_field;
pub mod request;
pub mod sandbox;
pub mod sealed;
pub mod token;
mod url;
