//! The flags of the commands that look at photos.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub const ENROLL_EXAMPLES: &str = "\
Examples:
  facegate enroll photos/                               each file's name is the subject id
  facegate enroll people.csv --file-column photo --subject-column customer
  facegate enroll photos/ --gate quality,nface --dry-run
  FACEGATE_API_KEY=… facegate enroll photos/ --url https://faces.example.com --app APP-ID

The report (a CSV beside the source) gets a line for every file. After an interruption run the same command again: files
that the report answers for are left alone. Exit codes: 0 all enrolled, 2 some refused, 130 interrupted.";

pub const VERIFY_EXAMPLES: &str = "\
Examples:
  facegate verify passport.jpg selfie.jpg
  facegate verify passport.jpg selfie.jpg --gate liveness --json

Exit codes: 0 the same person, 2 not, or a gate failed.";

pub const SEARCH_EXAMPLES: &str = "\
Examples:
  facegate search unknown.jpg                           the best match in the only app of ./data
  facegate search unknown.jpg --app APP-ID --limit 10 --threshold 60

Exit codes: 0 somebody was found, 2 nobody.";

pub const INSPECT_EXAMPLES: &str = "\
Examples:
  facegate inspect photo.jpg                            everything that is measured, as a table
  facegate inspect photo.jpg --draw seen.png            the upright photo with box and landmarks
  facegate inspect photo.jpg --json";

/// Where the work is done.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// A running server; without it the work is done here. The API-Key comes from FACEGATE_API_KEY or --api-key-file
    #[arg(long, value_name = "URL", requires = "app")]
    pub url: Option<String>,
    /// The App-ID [default: the store's only app]
    #[arg(long, value_name = "ID")]
    pub app: Option<String>,
    /// File that holds the API-Key for --url
    #[arg(long, value_name = "FILE", requires = "url")]
    pub api_key_file: Option<PathBuf>,
}

/// A gate of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Gate {
    /// Not blurred, not dark, not black-and-white
    Quality,
    /// No sunglasses, no mask
    Attribute,
    /// A live person
    Liveness,
    /// One face only
    Nface,
}

/// Which gates are asked for.
#[derive(Clone, Debug, Default, Args)]
pub struct Gates {
    /// Refuse photos that do not pass: quality, attribute, liveness, nface; several with commas
    #[arg(long = "gate", value_name = "GATES", value_delimiter = ',')]
    pub gates: Vec<Gate>,
}

/// How a file's subject id is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdFrom {
    /// The file's name without its ending
    Name,
    /// Folders and name below the source, joined by "-"
    Path,
}

#[derive(Debug, Args)]
pub struct EnrollArgs {
    /// A folder (searched for .jpg, .jpeg and .png, with its subfolders) or a CSV file with a header
    pub source: PathBuf,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub gates: Gates,
    /// Refuse a face that is enrolled under another subject id
    #[arg(long)]
    pub check_duplicate: bool,
    /// Check every photo and enrol nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the report goes [default: facegate-enroll.csv in the folder, or beside the CSV file]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Photos on their way at once [default: twice the workers, or 8 with --url]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: Option<u16>,
    /// Of a folder: what a subject id is made of
    #[arg(long, value_enum, default_value = "name")]
    pub id: IdFrom,
    /// Of a CSV file: the column of the photo's path, relative to the CSV file
    #[arg(long, value_name = "NAME", default_value = "file")]
    pub file_column: String,
    /// Of a CSV file: the column of the subject id
    #[arg(long, value_name = "NAME", default_value = "subject_id")]
    pub subject_column: String,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A photo
    pub first: PathBuf,
    /// Another photo
    pub second: PathBuf,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub gates: Gates,
    /// The least similarity of a match, 0 to 100 [default: 82]
    #[arg(long, value_name = "N")]
    pub threshold: Option<f64>,
    /// Print the API's answer
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// A photo
    pub photo: PathBuf,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub gates: Gates,
    /// Most matches shown, 1 to 10
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub limit: u32,
    /// The least similarity, 0 to 100 [default: 82]
    #[arg(long, value_name = "N")]
    pub threshold: Option<f64>,
    /// Print the API's answer
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A photo
    pub photo: PathBuf,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub gates: Gates,
    /// Write the upright photo with boxes and landmarks
    #[arg(long, value_name = "FILE.png")]
    pub draw: Option<PathBuf>,
    /// Print the API's answer
    #[arg(long)]
    pub json: bool,
}
