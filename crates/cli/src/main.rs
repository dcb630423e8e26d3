//! The facegate binary: parses, wires, prints. What it does lives in the crates below.

mod app;
mod args;
mod audit;
mod bench;
mod commands;
mod config;
mod console;
mod doctor;
mod eval;
mod faces;
mod first_app;
mod keys;
mod lock;
mod logging;
mod manual;
mod output;
mod photos;
mod progress;
mod reembed;
mod serve;
mod transfer;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    // Where it is not to be had, memory settles higher and everything works the same.
    let _ = facegate_heap::give_large_blocks_back();
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("facegate: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
