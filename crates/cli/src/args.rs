//! The command line, as `--help` teaches it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use facegate_domain::{App, AppMode};
use facegate_gallery::MAX_RETENTION_DAYS;

use crate::bench::args::{self as bench, BenchArgs};
use crate::config::Overrides;
use crate::eval::args::{self as eval, CalibrateArgs, EvalCommand};
use crate::faces::args::{self as faces, EnrollArgs, InspectArgs, SearchArgs, VerifyArgs};
use crate::reembed::args::{self as reembed, ReembedArgs};
use crate::transfer::args::{self as transfer, BackupArgs, ExportArgs, ImportArgs, MigrateArgs, RestoreArgs};

const EXAMPLES: &str = "\
Examples:
  facegate app create --mode testing --name shop        a tenant with its first key
  facegate serve                                        serve ./data on 127.0.0.1:8080
  facegate serve --listen 127.0.0.1:9000 --data /srv/facegate
  facegate doctor                                       what is wrong, and what to do about it
  facegate config default > facegate.toml               every setting, explained

Settings come from --config FILE, over it from FACEGATE_… variables, over both from flags.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  facegate completions bash > /etc/bash_completion.d/facegate
  facegate completions zsh > ~/.zfunc/_facegate
  facegate completions fish > ~/.config/fish/completions/facegate.fish";

/// Self-hosted face enrolment server.
#[derive(Parser)]
#[command(name = "facegate", version, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes. No `Debug`: the database's URL may hold a password.
#[derive(Clone, Default, Args)]
pub struct Settings {
    /// Configuration file (TOML); `facegate config default` prints one
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Folder of the store [default: ./data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// A PostgreSQL database instead of the folder, for any number of servers: postgres://USER@HOST/NAME. Others can see
    /// flags: give a password through FACEGATE_DATABASE_FILE or the configuration file
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
    /// Where the master key is: file:PATH, env:NAME or command:PROGRAM ARGS [default: master.key in the data folder]
    #[arg(long, value_name = "SOURCE", global = true)]
    pub master_key: Option<String>,
    /// Folder of the models [default: ./models]
    #[arg(long, value_name = "DIR", global = true)]
    pub models: Option<PathBuf>,
}

impl Settings {
    /// With the address, for the commands that have one.
    pub fn overrides(self, listen: Option<String>) -> Overrides {
        let Self { config, data, database, master_key, models } = self;
        Overrides { config, listen, data, database, master_key, models }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API until SIGTERM or SIGINT
    Serve(ServeArgs),
    /// Make and manage apps (tenants); works while a server runs on the same data
    #[command(subcommand)]
    App(AppCommand),
    /// Make a master key, see which one seals what, and change it
    #[command(subcommand, after_help = KEYS_HELP)]
    Keys(KeysCommand),
    /// Set or reset the password of the web console
    #[command(subcommand)]
    Console(ConsoleCommand),
    /// Check the audit log, and print it
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Save the whole store into an encrypted archive, while it serves
    #[command(after_help = transfer::BACKUP_EXAMPLES)]
    Backup(BackupArgs),
    /// Write a backup into an empty store
    #[command(after_help = transfer::RESTORE_EXAMPLES)]
    Restore(RestoreArgs),
    /// Save one app into an encrypted file for another installation
    #[command(after_help = transfer::EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Write an exported app into the store
    #[command(after_help = transfer::IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// Copy a store from one backend to another and verify the copy
    #[command(after_help = transfer::MIGRATE_EXAMPLES)]
    MigrateStore(MigrateArgs),
    /// Move apps to a better template model: makes templates anew from the kept photos, while servers serve
    #[command(after_help = reembed::EXAMPLES)]
    Reembed(ReembedArgs),
    /// Enrol many photos from a folder or a CSV file; goes on where it was interrupted
    #[command(after_help = faces::ENROLL_EXAMPLES)]
    Enroll(Box<EnrollArgs>),
    /// Compare two photos
    #[command(after_help = faces::VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Find whose face is on a photo
    #[command(after_help = faces::SEARCH_EXAMPLES)]
    Search(SearchArgs),
    /// Show everything that is measured on a photo
    #[command(after_help = faces::INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Look after the models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Check configuration, models, runtime, store, disk and port, and say what to do about each finding
    Doctor {
        /// Address that the server is to serve on
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// Show settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Measure error rates on labelled photos of your own, with the pipeline that serves
    #[command(subcommand, after_help = eval::EXAMPLES)]
    Eval(EvalCommand),
    /// Calibrate similarities on photos of your own: writes what false match rates ask for into the manifest
    Calibrate(CalibrateArgs),
    /// Put load on a server and measure times, throughput, CPU, memory and energy
    #[command(after_help = bench::EXAMPLES)]
    Bench(Box<BenchArgs>),
    /// Print a script that completes commands and flags in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a man page for every command
    Man {
        /// The folder, such as /usr/local/share/man/man1
        folder: PathBuf,
    },
    /// Print the OpenAPI document, as `GET /openapi.json` answers it
    Openapi,
}

#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Address and port to serve on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// If there is no app yet, create a live one named "first" and show its key; show a request to try in any case
    #[arg(long)]
    pub first_app: bool,
    /// Photo that the request shown by --first-app enrols
    #[arg(long, value_name = "PATH", default_value = "photo.jpg", requires = "first_app")]
    pub first_app_photo: PathBuf,
}

const CREATE_EXAMPLES: &str = "\
Examples:
  facegate app create --mode live --name bank
  facegate app create --mode testing --enroll-quota 1000 --liveness-quota unlimited
  facegate app create --mode sandbox --json

The API-Key is shown once; the store keeps only its hash.";

#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Create an app with its first API key, which is shown once
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// live: real models, no quotas. testing: real models, quotas. sandbox: scenarios instead of models, quotas
        #[arg(long)]
        mode: AppMode,
        /// A name for your own use
        #[arg(long, default_value = "", value_parser = app_name)]
        name: String,
        /// Enrolments that may be answered: a number or "unlimited" [default: 100 for testing, unlimited for sandbox]
        #[arg(long, value_name = "N")]
        enroll_quota: Option<Limit>,
        /// Liveness checks that may be answered: a number or "unlimited" [default: as for enroll]
        #[arg(long, value_name = "N")]
        liveness_quota: Option<Limit>,
        /// Delete subjects that were not used for so many days: a number or "off" [default: off]
        #[arg(long, value_name = "N")]
        retention_days: Option<Days>,
        /// Print {"app_id": ..., "api_key": ...}
        #[arg(long)]
        json: bool,
    },
    /// List all apps
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one app: mode, quotas left, keys by fingerprint
    Show {
        /// The App-ID
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change limits; what has been used stays used
    SetQuota {
        /// The App-ID
        id: String,
        /// New limit for enrolments: a number or "unlimited"
        #[arg(long, value_name = "N", required_unless_present = "liveness_quota")]
        enroll_quota: Option<Limit>,
        /// New limit for liveness checks: a number or "unlimited"
        #[arg(long, value_name = "N")]
        liveness_quota: Option<Limit>,
    },
    /// Change how long subjects are kept
    Set {
        /// The App-ID
        id: String,
        /// Delete subjects that were not used (enrolled, verified or found) for so many days from now on: a number or "off"
        #[arg(long, value_name = "N")]
        retention_days: Days,
    },
    /// Add a key, which is shown once; the old ones stay valid until they are revoked
    RotateKey {
        /// The App-ID
        id: String,
        /// Print {"app_id": ..., "api_key": ...}
        #[arg(long)]
        json: bool,
    },
    /// Revoke one key, or all but the newest
    RevokeKey {
        /// The App-ID
        id: String,
        /// The key's fingerprint, as `app show` lists it
        #[arg(required_unless_present = "all_but_newest", conflicts_with = "all_but_newest")]
        fingerprint: Option<String>,
        /// Revoke every key except the newest that is in force
        #[arg(long)]
        all_but_newest: bool,
    },
    /// Delete an app with its keys, subjects, templates and photos
    Delete {
        /// The App-ID
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

const KEYS_HELP: &str = "\
To change the master key while servers run:
  1. (umask 077; facegate keys generate > new.key)
  2. restart each server with the new key among encryption.previous_master_keys
  3. restart each server with the new key as encryption.master_key and the old one among the previous
  4. facegate keys rewrap, with the settings of step 3
  5. take the old key out of the settings; keep it as long as backups that need it";

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print a new random master key
    Generate,
    /// Show by id which master key seals how many apps
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Seal the key of every app with the current master key; works while servers run, and again after an interruption
    Rewrap,
}

#[derive(Debug, Subcommand)]
pub enum ConsoleCommand {
    /// Set or reset the operator's password, asked for or read from standard input; everybody is signed out
    Password,
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every row of every chain; says which one was changed or removed, and fails if there is any
    Verify {
        /// Print JSON, with the heads of the chains: kept elsewhere they show later that the whole log was put back
        #[arg(long)]
        json: bool,
    },
    /// Print the log as JSON lines, in the order of time
    Export {
        /// Only what concerns this app
        #[arg(long, value_name = "APP-ID")]
        app: Option<String>,
        /// Only from this date or moment on: 2027-01-31 or 2027-01-31T10:00:00Z
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        /// Only what concerns this subject
        #[arg(long, value_name = "ID", requires = "app")]
        subject: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Check every file of the models folder against the manifest's SHA-256
    Verify,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings in force as TOML
    Show,
    /// Print every setting with its default and what it means
    Default,
}

/// A quota's limit on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Option<u64>);

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "unlimited" {
            return Ok(Self(None));
        }
        // The stores' integers end there.
        let number = text.parse::<u64>().ok().filter(|n| i64::try_from(*n).is_ok());
        number.map(|n| Self(Some(n))).ok_or_else(|| "a number or \"unlimited\"".to_owned())
    }
}

/// Days that subjects are kept without use, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub Option<u32>);

impl std::str::FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let number = text.parse().ok().filter(|days| (1..=MAX_RETENTION_DAYS).contains(days));
        number.map(|days| Self(Some(days))).ok_or_else(|| format!("a number from 1 to {MAX_RETENTION_DAYS} or \"off\""))
    }
}

fn app_name(text: &str) -> Result<String, String> {
    let most = App::NAME_CHARS;
    if App::may_be_named(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("a name has at most {most} characters and no control characters"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shared_flags_work_after_the_command() {
        let line = "facegate app create --mode testing --enroll-quota 10 --liveness-quota unlimited --data d --json";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(cli.settings.data, Some("d".into()));
        let Command::App(AppCommand::Create { enroll_quota, liveness_quota, json, .. }) = cli.command else {
            panic!("not create")
        };
        assert_eq!((enroll_quota, liveness_quota, json), (Some(Limit(Some(10))), Some(Limit(None)), true));
    }

    #[test]
    fn incomplete_lines_are_refused() {
        for line in [
            "facegate",
            "facegate app create",
            "facegate app create --mode free",
            "facegate app set-quota x",
            "facegate app revoke-key x",
            "facegate app set-quota x --enroll-quota -1",
            "facegate app set-quota x --enroll-quota 9223372036854775808",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
