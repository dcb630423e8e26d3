//! The arguments of `eval` and `calibrate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use facegate_evaluation::Renames;

pub const EXAMPLES: &str = "\
Examples:
  facegate eval verify photos --labels people.csv --html report.html
  facegate eval verify photos --labels pairs.csv --columns file_a=img_a,file_b=img_b
  facegate eval liveness photos --labels labels.csv --by skin_tone --by sex
  facegate eval quality photos --labels labels.csv --degrade --cache run.cache

docs/EVALUATION.md describes the columns of the labels and the numbers of the reports.";

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Same person or not: FNMR at FMR 1e-3 to 1e-6, the shipped thresholds, accuracy, error versus discard
    Verify {
        #[command(flatten)]
        common: EvalArgs,
        /// Recommend a threshold for this false match rate
        #[arg(long, value_name = "RATE", value_parser = share)]
        fmr: Option<f64>,
    },
    /// Search among everybody: rank 1, FNIR at FPIR 1 % and 0.1 %
    Identify {
        #[command(flatten)]
        common: EvalArgs,
        /// Recommend a threshold for this false positive identification rate
        #[arg(long, value_name = "RATE", value_parser = share)]
        fpir: Option<f64>,
    },
    /// Live or attack: APCER of each kind of attack, BPCER, ACER
    Liveness {
        #[command(flatten)]
        common: EvalArgs,
        /// Recommend a threshold for this APCER of the worst kind [default: 0.01]
        #[arg(long, value_name = "RATE", value_parser = share)]
        apcer: Option<f64>,
    },
    /// Sunglasses, mask, veil, hat, eyeglasses: AUC, F1, false alarms
    Attributes {
        #[command(flatten)]
        common: EvalArgs,
        /// Recommend thresholds for this false alarm rate [default: 0.003]
        #[arg(long, value_name = "RATE", value_parser = share)]
        fpr: Option<f64>,
    },
    /// Blur, dark, grayscale: what is refused, of whom
    Quality {
        #[command(flatten)]
        common: EvalArgs,
        /// Also make blurred, dark and grey copies of every photo and say how many are caught
        #[arg(long)]
        degrade: bool,
    },
    /// Faces found and counted
    Detect {
        #[command(flatten)]
        common: EvalArgs,
        /// Also look at copies of every photo in which the face leans, fills the picture or is tiny
        #[arg(long)]
        degrade: bool,
    },
}

impl EvalCommand {
    /// As on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Verify { .. } => "verify",
            Self::Identify { .. } => "identify",
            Self::Liveness { .. } => "liveness",
            Self::Attributes { .. } => "attributes",
            Self::Quality { .. } => "quality",
            Self::Detect { .. } => "detect",
        }
    }

    /// What all jobs take, and the error rate for which a threshold is wanted.
    pub fn common(&self) -> (&EvalArgs, Option<f64>) {
        match self {
            Self::Verify { common, fmr: rate }
            | Self::Identify { common, fpir: rate }
            | Self::Liveness { common, apcer: rate }
            | Self::Attributes { common, fpr: rate } => (common, *rate),
            Self::Quality { common, .. } | Self::Detect { common, .. } => (common, None),
        }
    }
}

/// Where the photos are and how they are run through.
#[derive(Clone, Debug, Args)]
pub struct InputArgs {
    /// Folder that the file names of the labels are below
    pub folder: PathBuf,
    /// CSV file with a header; its columns depend on the job (docs/EVALUATION.md)
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// Columns of the labels that have other names: file=image,person=name
    #[arg(long, value_name = "WANTED=PRESENT,…", default_value = "", hide_default_value = true, value_parser = renames)]
    pub columns: Renames,
    /// Template profile of the manifest [default: that of the configuration]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Keep measurements in this file, so that an interrupted run goes on; holds templates, so guard it
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// Worker threads [default: limits.workers of the configuration]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// A word of the labels that means "not known", as a blank does; may be given several times
    #[arg(long, value_name = "WORD")]
    pub unknown: Vec<String>,
    /// Leave out rows whose file is not there
    #[arg(long)]
    pub skip_missing: bool,
    /// Take only the first N rows of the labels
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Flags that all jobs take.
#[derive(Clone, Debug, Args)]
pub struct EvalArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Break the result down by this column; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub by: Vec<String>,
    /// Rounds of the bootstrap behind the intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub bootstrap: usize,
    /// Seed of everything that is drawn at random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Add each photo's own numbers, and those of each listed pair, to the JSON
    #[arg(long, requires = "json")]
    pub details: bool,
    /// Write a report with plots, one HTML file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `facegate calibrate`.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Write the result into the manifest; without it, it is only printed
    #[arg(long)]
    pub write: bool,
}

fn renames(text: &str) -> Result<Renames, String> {
    if text.is_empty() { Ok(Renames::default()) } else { text.parse() }
}

fn share(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0.0 && *rate < 1.0);
    rate.ok_or_else(|| "a rate between 0 and 1, like 1e-4".to_owned())
}
