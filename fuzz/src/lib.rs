//! What the fuzz targets do with their input, one module a surface. Each holds what it finds against a rule that is known
//! without the code under test: a panic is a finding, so is a wrong answer.

#![forbid(unsafe_code)]

/// The configuration's loader, compiled from the binary's source.
#[path = "../../crates/cli/src/config/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the binary uses more of it")]
mod loader;

pub mod archive;
pub mod config;
pub mod console;
mod edit;
pub mod image;
pub mod image_field;
pub mod request;
pub mod sandbox;
pub mod sealed;
pub mod token;
mod url;
