//! The facegate binary: parses, wires, prints. What it does lives in the crates below.

mod app;
mod args;
mod commands;
mod config;
mod doctor;
mod first_app;
mod lock;
mod logging;
mod output;
mod serve;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("facegate: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
