//! Completions and man pages, from the definitions that `--help` comes from.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;

/// `facegate completions SHELL`.
pub fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "facegate", &mut script);
    // A reader that went away is no error.
    let _ = std::io::stdout().lock().write_all(&script);
}

/// `facegate man FOLDER`: facegate.1, facegate-serve.1, …
pub fn pages(folder: &Path) -> Result<()> {
    let write = || {
        std::fs::create_dir_all(folder)?;
        clap_mangen::generate_to(Cli::command().max_term_width(0), folder)
    };
    write().with_context(|| folder.display().to_string())
}
