//! From a parsed command line to the command's code.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::args::{Cli, Command, ConfigCommand, ModelsCommand, Settings};
use crate::config::{self, Config};
use crate::output::say;
use crate::{app, audit, bench, console, doctor, eval, faces, keys, manual, reembed, serve, transfer, wiring};

/// Runs the command; `Ok` carries the exit code.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let settings = cli.settings;
    match cli.command {
        Command::Serve(args) => {
            let config = config::load(&settings.overrides(args.listen.clone()))?;
            runtime()?.block_on(serve::serve(&config, &args))?;
        }
        Command::App(command) => runtime()?.block_on(app::run(&plain(settings)?, command))?,
        Command::Keys(command) => runtime()?.block_on(keys::run(&plain(settings)?, command))?,
        Command::Console(command) => runtime()?.block_on(console::run(&plain(settings)?, command))?,
        Command::Audit(command) => return runtime()?.block_on(audit::run(&plain(settings)?, command)),
        Command::Reembed(args) => runtime()?.block_on(reembed::run(&plain(settings)?, args))?,
        Command::Backup(args) => runtime()?.block_on(transfer::backup(&plain(settings)?, args))?,
        Command::Restore(args) => runtime()?.block_on(transfer::restore(&plain(settings)?, args))?,
        Command::Export(args) => runtime()?.block_on(transfer::export(&plain(settings)?, args))?,
        Command::Import(args) => runtime()?.block_on(transfer::import(&plain(settings)?, args))?,
        Command::MigrateStore(args) => runtime()?.block_on(transfer::migrate(&settings, args))?,
        Command::Enroll(args) => return runtime()?.block_on(faces::enroll(&plain(settings)?, *args)),
        Command::Verify(args) => return runtime()?.block_on(faces::verify(&plain(settings)?, args)),
        Command::Search(args) => return runtime()?.block_on(faces::search(&plain(settings)?, args)),
        Command::Inspect(args) => return runtime()?.block_on(faces::inspect(&plain(settings)?, args)),
        Command::Models(ModelsCommand::Verify) => return verify_models(&plain(settings)?),
        Command::Doctor { listen } => {
            let sound = runtime()?.block_on(doctor::run(&settings.overrides(listen)));
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Eval(command) => runtime()?.block_on(eval::eval(&plain(settings)?, command))?,
        Command::Calibrate(args) => runtime()?.block_on(eval::calibrate(&plain(settings)?, args))?,
        Command::Bench(args) => runtime()?.block_on(bench::bench(settings, *args))?,
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder } => manual::pages(&folder)?,
        Command::Openapi => say(facegate_api::openapi_json()?.trim_end()),
        Command::Config(ConfigCommand::Default) => say(config::DEFAULT.trim_end()),
        Command::Config(ConfigCommand::Show) => {
            // The database's password is left out by its type.
            say(toml::to_string(&plain(settings)?)?.trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn plain(settings: Settings) -> Result<Config> {
    config::load(&settings.overrides(None))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the threads cannot be started")
}

fn verify_models(config: &Config) -> Result<ExitCode> {
    let mut sound = true;
    for file in wiring::open_pack(config)?.verify() {
        match file.outcome {
            Ok(bytes) => say(&format!("ok    {} ({bytes} bytes) {}", file.name, file.licence)),
            Err(error) => {
                sound = false;
                say(&format!("fail  {}: {error}", file.name));
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
